"""Erasure in the lake, step by step: interrupted, followed by ordinary runs, counted; and the retention periods.

What it guards against: an erasure that is killed and brings its customer back, rows of others that go too, counts that
no longer add up, a history that never ends or that loses what is current.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from assets.configuration import Configuration, RetentionPeriods
from assets.configuration.file import load_configuration
from assets.lake import erasure
from assets.lake.erasure import erase_customer, pending_erasure, read_erasures
from assets.lake.load import load_entity
from assets.lake.manifest import UNKNOWN_DAY, Lake, read_manifest
from assets.lake.quarantine import quarantined_rows
from assets.lake.retention_periods import Removed, apply_retention_periods, rows_past_retention
from assets.lake.tombstones import Refusal, read_tombstones
from assets.sources import Window
from tests.erasure.person import MARK, PERSON, company_of_traces, traces
from tests.flow.small_company import EXTRACTED_ON, FIRST_AS_OF, HISTORY_START, SmallCompany

EVERYTHING = Window(HISTORY_START, FIRST_AS_OF)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> SmallCompany:
    company = company_of_traces(tmp_path_factory.mktemp("lake") / "company", with_person=True)
    extract(company)
    return company


@pytest.fixture
def company(extracted: SmallCompany, tmp_path: Path) -> SmallCompany:
    shutil.copytree(extracted.folder, tmp_path / "company")
    return SmallCompany(tmp_path / "company", extracted.rows, extracted.entities)


def settings(company: SmallCompany) -> Configuration:
    return load_configuration(company.folder / "loyalty.yaml")


def extract(company: SmallCompany, day: dt.date = EXTRACTED_ON) -> dict[str, int]:
    """Extract all entities, and say how many rows of erased customers each refused."""
    configuration = settings(company)
    order = ["orders", "survey_questions", "survey_invitations"]
    entities = [*order, *(entity for entity in company.entities if entity not in order)]
    loaded = [load_entity(entity, configuration, EVERYTHING, day) for entity in entities]
    assert all(one.is_conserved for one in loaded)
    return {one.entity: one.refused for one in loaded if one.refused}


def erase(company: SmallCompany) -> erasure.Erasure:
    return erase_customer(settings(company), PERSON, lambda _: None)


def versions(company: SmallCompany) -> dict[str, dict[str, object]]:
    """Every partition of the lake: its versions and all its counts."""
    paths = settings(company).paths
    lake = Lake(paths.lake, paths.quarantine)
    return {entity: dict(read_manifest(lake, entity).partitions) for entity in company.entities}


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_source_that_an_erasure_left_without_rows_is_no_broken_one(company: SmallCompany, is_alone: bool) -> None:
    """Neither while the only customer is still at the source nor after: the nights would all be refused."""
    path, configuration = company.folder / "customers.parquet", settings(company)
    rows = pl.read_parquet(path)
    only = rows.filter(pl.col("customer_id") == PERSON)
    (only if is_alone else rows).write_parquet(path)
    load_entity("customers", configuration, EVERYTHING, EXTRACTED_ON)
    erase(company)
    only.write_parquet(path)
    loaded = load_entity("customers", configuration, EVERYTHING, EXTRACTED_ON + dt.timedelta(days=1))
    assert (loaded.extracted, loaded.refused) == (0, 2)
    only.clear().write_parquet(path)
    assert load_entity("customers", configuration, EVERYTHING, EXTRACTED_ON + dt.timedelta(days=2)).extracted == 0


def test_the_lake_is_that_of_a_company_that_never_had_the_customer(company: SmallCompany, tmp_path: Path) -> None:
    """Versions are digests of rows, so equal manifests are equal rows; and so it stays when all is extracted again."""
    done = erase(company)
    assert done.rows["orders"] == 4
    assert done.rows["survey_responses"] == 9
    never = company_of_traces(tmp_path / "never", with_person=False)
    extract(never)
    assert versions(company) == versions(never)
    refused = extract(company)
    assert refused == done.rows
    assert versions(company) == versions(never)
    assert traces(company.folder, company.folder) == []


@pytest.mark.parametrize("after", ["orders", "survey_invitations"])
def test_an_interrupted_erasure_brings_nobody_back_and_is_completed_by_the_same_call(
    company: SmallCompany, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lines hang on is gone when the second call comes."""
    original = erasure._erase_entity

    def killed(lake: Lake, entity: str, *rest: object) -> None:
        original(lake, entity, *rest)  # type: ignore[arg-type]
        if entity == after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "_erase_entity", killed)
        with pytest.raises(KeyboardInterrupt):
            erase(company)
    assert pending_erasure(settings(company).paths.erasures) is not None
    assert extract(company)["orders"] == 4
    assert quarantined_rows(settings(company), "order_lines").is_empty(), "lines of a refused order are refused, too"
    erase(company)
    assert traces(company.folder, company.folder) == []
    assert read_erasures(settings(company).paths.erasures) == []


def test_an_order_placed_after_the_erasure_is_refused_with_its_lines(company: SmallCompany) -> None:
    """Its number was not known when the customer was forgotten."""
    erase(company)
    orders, lines = (pl.read_parquet(company.folder / f"{entity}.parquet") for entity in ("orders", "order_lines"))
    new = pl.lit("o-new").alias("order_id")
    mine = orders.filter(pl.col("customer_id") == PERSON, pl.col("status") == "completed").head(1)
    pl.concat([orders, mine.with_columns(new)]).write_parquet(company.folder / "orders.parquet")
    pl.concat([lines, lines.head(1).with_columns(new)]).write_parquet(company.folder / "order_lines.parquet")
    refused = extract(company)
    assert (refused["orders"], refused["order_lines"]) == (5, 5)
    assert quarantined_rows(settings(company), "order_lines").is_empty()


def test_tombstones_say_who_is_refused_and_not_who_it_was(company: SmallCompany) -> None:
    """Another lake's salt gives other hashes, and nobody else may read it."""
    erase(company)
    folder = settings(company).paths.erasures
    tombstones = read_tombstones(folder)
    assert tombstones is not None
    assert len(tombstones.salt) == 32
    assert (folder / "salt").stat().st_mode & 0o077 == 0
    assert not any(MARK in path.read_text() for path in folder.iterdir() if path.is_file())


def test_where_nobody_was_erased_rows_pass_untouched(tmp_path: Path) -> None:
    """A check of every night of every company must cost nothing where there is nothing to check."""
    rows = pl.LazyFrame({"customer_id": ["a"]})
    assert Refusal("orders", read_tombstones(tmp_path)).applied(rows) is rows


def with_periods(company: SmallCompany, **periods: int) -> Configuration:
    return settings(company).model_copy(update={"retention_periods": RetentionPeriods(**periods)})


def at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def test_quarantined_rows_go_after_their_period_and_stay_counted(company: SmallCompany) -> None:
    """The share of bad rows of a day is part of the published data quality; rows that the source has anew stay."""
    before = versions(company)
    assert apply_retention_periods(settings(company), at(dt.date(2090, 1, 1))) == Removed()
    today = dt.datetime.now(dt.UTC)
    configuration = with_periods(company, quarantine_days=30)
    assert apply_retention_periods(configuration, today + dt.timedelta(days=29)) == Removed()
    quarantined = quarantined_rows(configuration, "survey_responses").height
    removed = apply_retention_periods(configuration, today + dt.timedelta(days=31))
    assert removed.quarantined_rows >= quarantined > 0
    assert quarantined_rows(configuration, "survey_responses").is_empty()
    assert rows_past_retention(configuration, "survey_responses") == quarantined
    after = versions(company)
    for entity, partitions in before.items():
        for key, partition in partitions.items():
            assert after[entity][key].quarantined == partition.quarantined  # type: ignore[attr-defined]
    assert after["order_lines"][UNKNOWN_DAY] == before["order_lines"][UNKNOWN_DAY]
    assert after["customers"] == before["customers"]


def test_snapshots_go_when_they_were_replaced_long_ago_and_the_newest_never(company: SmallCompany) -> None:
    """The one that was current at the beginning of the period is part of its history, however old it is."""
    changed = pl.read_parquet(company.folder / "customers.parquet")
    days = [EXTRACTED_ON + dt.timedelta(days=number) for number in (10, 20)]
    for number, day in enumerate(days):
        changed.with_columns(pl.lit(f"region {number}").alias("region")).write_parquet(
            company.folder / "customers.parquet"
        )
        load_entity("customers", settings(company), EVERYTHING, day)
    configuration = with_periods(company, snapshot_days=5)
    first, second, newest = (day.isoformat() for day in (EXTRACTED_ON, *days))
    for elapsed, kept in [(15, {first, second, newest}), (16, {second, newest}), (500, {newest})]:
        apply_retention_periods(configuration, at(EXTRACTED_ON + dt.timedelta(days=elapsed)))
        assert set(versions(company)["customers"]) == kept


def test_leftovers_of_a_killed_run_go_with_the_next_and_those_of_a_living_one_stay(company: SmallCompany) -> None:
    """The rows that another process is extracting right now lie beside them."""
    from assets.leftovers import held

    folder = settings(company).paths.lake / "orders"
    dead = folder / ".extracted-dead.parquet"
    dead.touch()
    with held(folder / ".extracted-living.parquet") as living:
        os.utime(living, (0, 0))
        load_entity("orders", settings(company), EVERYTHING, EXTRACTED_ON)
        assert living.exists()
    assert not dead.exists()
    assert not living.exists()
