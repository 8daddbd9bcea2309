"""What is written: reproducible files in bounded chunks, with the columns of the contracts, closed in themselves."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml

from assets.configuration import Configuration
from assets.contracts import entities, load_contract, polars_schema
from assets.errors import ConfigurationError
from assets.sample import SampleTruths, parameters, write_sample
from tests.sample.conftest import Demo


def checksums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("first", 3), ("second", 3), ("other", 4)):
        write_sample(tmp_path / name, customers=300, years=1, seed=seed)
    first, second, other = (checksums(tmp_path / name) for name in ("first", "second", "other"))
    assert first == second
    same = {name for name in first if first[name] == other[name]}
    assert same == {"products.parquet", "survey_questions.parquet", "business_events.parquet", "loyalty.yaml"}


def test_chunking_changes_no_row(tmp_path: Path) -> None:
    """A row that depended on its chunk would make the benchmark's data depend on the machine's memory."""
    one = write_sample(tmp_path / "one", customers=2_500, years=1, blocks_per_chunk=1)
    all_ = write_sample(tmp_path / "all", customers=2_500, years=1, blocks_per_chunk=3)
    assert one == all_
    for entity in entities():
        files = [tmp_path / name / f"{entity}.parquet" for name in ("one", "all")]
        assert pl.read_parquet(files[0]).equals(pl.read_parquet(files[1])), entity
    groups = [pq.ParquetFile(tmp_path / name / "orders.parquet").num_row_groups for name in ("one", "all")]
    assert groups == [4, 2]


def test_more_customers_leave_the_first_as_they_are(tmp_path: Path) -> None:
    few = write_sample(tmp_path / "few", customers=1_000, years=1)
    write_sample(tmp_path / "many", customers=2_000, years=1)
    for entity in ("customers", "orders", "order_lines", "contracts", "usage_events"):
        good = few.row_counts[entity] - sum(few.bad_rows[entity].values())
        rows = [pl.read_parquet(tmp_path / name / f"{entity}.parquet").head(good) for name in ("few", "many")]
        assert rows[0].equals(rows[1]), entity


def test_a_change_to_one_entity_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(tmp_path / "before", customers=300, years=1)
    monkeypatch.setattr(parameters, "SUPPORT_RATE", 0.5)
    monkeypatch.setattr(parameters, "CONTRACT_SHARES", (0.9, 0.9, 0.9))
    write_sample(tmp_path / "after", customers=300, years=1)
    before, after = checksums(tmp_path / "before"), checksums(tmp_path / "after")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"support_requests.parquet", "contracts.parquet", "usage_events.parquet", "truths.json"}


@pytest.mark.parametrize("entity", entities())
def test_columns_and_types_are_those_of_the_contract(demo: Demo, entity: str) -> None:
    assert list(demo.raw(entity).schema.items()) == list(polars_schema(load_contract(entity)).items())


@pytest.mark.parametrize("entity", entities())
def test_rows_refer_to_rows_that_are_there(demo: Demo, entity: str) -> None:
    for reference in load_contract(entity).references:
        mine = demo.rows(entity).drop_nulls(list(reference.columns))
        theirs = demo.rows(reference.entity)
        lost = mine.join(theirs, left_on=list(reference.columns), right_on=list(reference.target_columns), how="anti")
        assert lost.height == 0, reference


@pytest.mark.parametrize("entity", entities())
def test_keys_are_unique(demo: Demo, entity: str) -> None:
    rows = demo.rows(entity)
    assert rows.select(pl.struct(load_contract(entity).key).n_unique()).item() == rows.height


def test_survey_answers_refer_to_known_orders_products_and_invitations(demo: Demo) -> None:
    answers = demo.rows("survey_responses")
    for column, entity in (("order_id", "orders"), ("product_id", "products")):
        mine = answers.drop_nulls(column)
        assert mine.height > 0
        assert mine.join(demo.rows(entity), on=column, how="anti").height == 0
    invitations = demo.rows("survey_invitations").drop_nulls("response_id")
    assert invitations.join(answers, on=["response_id", "survey_id"], how="anti").height == 0


@pytest.mark.parametrize("last_day", [dt.date(2024, 12, 31), dt.date(2024, 2, 13), dt.date(2023, 10, 29)])
def test_nothing_happens_after_the_last_day_or_while_clocks_change(tmp_path: Path, last_day: dt.date) -> None:
    truths = write_sample(tmp_path, customers=600, years=2, last_day=last_day)
    planned_ahead = {"promised_on", "ended_on", "ends_on", "starts_on"}
    for entity in entities():
        for name, kind in pl.read_parquet_schema(tmp_path / f"{entity}.parquet").items():
            if not kind.is_temporal() or name in planned_ahead:
                continue
            values = pl.read_parquet(tmp_path / f"{entity}.parquet", columns=[name])[name].drop_nulls()
            assert values.min() >= (
                truths.first_day if kind == pl.Date else dt.datetime.combine(truths.first_day, dt.time())
            ), name
            assert (values.dt.date() if kind != pl.Date else values).max() <= last_day, (entity, name)
            if kind != pl.Date:
                assert (values.dt.hour() != 1).all(), (entity, name)
    assert all(
        (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) <= last_day + dt.timedelta(1)
        for month in truths.mrr
    )


def test_the_configuration_loads_and_names_every_entity(demo: Demo) -> None:
    settings = yaml.safe_load((demo.folder / "loyalty.yaml").read_text(encoding="utf-8"))
    configuration = Configuration.model_validate(settings)
    assert set(configuration.sources) == set(entities())
    assert configuration.company.history_start == demo.truths.first_day
    for source in configuration.sources.values():
        assert isinstance(source.file, str)
        assert (demo.folder / source.file).is_file()


def test_truths_are_written_as_they_are_returned(demo: Demo) -> None:
    told = json.loads((demo.folder / "truths.json").read_text(encoding="utf-8"))
    assert set(told) == set(SampleTruths.__dataclass_fields__)
    assert told["mrr"] == {str(month): str(amount) for month, amount in demo.truths.mrr.items()}
    assert told["retention_curve"] == demo.truths.retention_curve
    assert told["row_counts"] == {entity: demo.raw(entity).height for entity in entities()}


def test_bad_rows_are_few(demo: Demo) -> None:
    for entity, kinds in demo.truths.bad_rows.items():
        assert sum(kinds.values()) <= 0.02 * demo.truths.row_counts[entity], entity


@pytest.mark.parametrize("customers", [1, 7])
def test_the_smallest_demo_has_every_file_and_no_bad_row_where_it_would_weigh(tmp_path: Path, customers: int) -> None:
    truths = write_sample(tmp_path, customers=customers, years=1)
    for entity in entities():
        assert (
            dict(pl.read_parquet_schema(tmp_path / f"{entity}.parquet")).keys()
            == polars_schema(load_contract(entity)).keys()
        )
    assert "orders" not in truths.bad_rows


@pytest.mark.parametrize(("argument", "value"), [("customers", 0), ("years", 0), ("years", 31), ("seed", -1)])
def test_impossible_demos_are_refused_in_one_sentence(tmp_path: Path, argument: str, value: int) -> None:
    with pytest.raises(ConfigurationError, match=str(value)):
        write_sample(tmp_path / "demo", **{argument: value})  # type: ignore[arg-type]
    assert not (tmp_path / "demo").exists()


def test_progress_is_told_per_chunk(tmp_path: Path) -> None:
    said: list[str] = []
    write_sample(tmp_path, customers=2_100, years=1, progress=said.append, blocks_per_chunk=1)
    assert [line.split(" customers")[0] for line in said] == ["1,000 of 2,100", "2,000 of 2,100", "2,100 of 2,100"]
