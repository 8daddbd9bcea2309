"""The demo goes through extraction and validation as a company's data would: exactly the declared rows are refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import yaml

from assets.configuration import Configuration
from assets.contracts import BUSINESS_DAY, entities, load_contract
from assets.lake.dated import with_days
from assets.sample import SampleTruths, write_sample
from assets.sources.extraction import extract
from assets.sources.tables import Window
from assets.validation import Validated, allowed_values, validate


@pytest.fixture(scope="module")
def default_demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[SampleTruths, dict[str, Validated]]:
    folder = tmp_path_factory.mktemp("default")
    truths = write_sample(folder)
    return truths, validated(folder, truths)


def validated(folder: Path, truths: SampleTruths) -> dict[str, Validated]:
    settings = yaml.safe_load((folder / "loyalty.yaml").read_text(encoding="utf-8"))
    for source in settings["sources"].values():
        source["file"] = str(folder / source["file"])
    configuration = Configuration.model_validate(settings)
    window = Window(truths.first_day, truths.last_day)
    found: dict[str, Validated] = {}
    for entity in entities():
        contract = load_contract(entity)
        accepted = {name: result.accepted for name, result in found.items()}
        rows = extract(entity, configuration, window).collect()
        if contract.day_of:
            rows = with_days(rows, load_contract(contract.day_of), accepted[contract.day_of].lazy())
        found[entity] = validate(rows, contract, accepted, allowed_values(contract, configuration))
    return found


def test_exactly_the_declared_rows_are_refused(default_demo: tuple[SampleTruths, dict[str, Validated]]) -> None:
    truths, found = default_demo
    for entity, result in found.items():
        declared = dict(truths.bad_rows.get(entity, {}))
        duplicates = declared.pop("exact duplicate", 0)
        copies = result.duplicates["row_count"].sum()
        assert (result.quarantined.height, copies) == (sum(declared.values()), duplicates), entity
        assert result.accepted.height == truths.row_counts[entity] - sum(declared.values()) - duplicates


def test_each_kind_is_refused_for_a_reason_of_its_own(default_demo: tuple[SampleTruths, dict[str, Validated]]) -> None:
    truths, found = default_demo
    for entity, kinds in truths.bad_rows.items():
        reasons = found[entity].quarantined.explode("reasons").group_by("reasons").len()
        expected = sorted(count for kind, count in kinds.items() if kind != "exact duplicate")
        assert sorted(reasons["len"].to_list()) == expected, (entity, reasons)


def test_nothing_stops_a_run(default_demo: tuple[SampleTruths, dict[str, Validated]]) -> None:
    truths, found = default_demo
    for entity, result in found.items():
        assert result.quarantined.height <= 0.05 * truths.row_counts[entity]
        assert set(result.accepted.columns) >= set(load_contract(entity).column_names)


def test_local_times_become_business_days(default_demo: tuple[SampleTruths, dict[str, Validated]]) -> None:
    """Orders just after midnight in summer are of the day before in UTC, and must not move there."""
    _, found = default_demo
    orders = found["orders"].accepted
    moved = orders.filter(pl.col("ordered_at").dt.date() != pl.col(BUSINESS_DAY))
    assert moved.height > 0
    assert (moved["ordered_at"].dt.hour() == 23).all()
