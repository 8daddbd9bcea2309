"""One entity from its source into the lake: windows, snapshots, and what happens where too many rows are bad."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from assets.configuration import Configuration
from assets.errors import LakeError, QuarantineLimitError, SourceError
from assets.lake import load as loading
from assets.lake.coverage import source_digest
from assets.lake.load import load_entity
from assets.lake.manifest import UNKNOWN_DAY, Lake, current_partitions, read_manifest
from assets.lake.outcomes import build_site
from assets.lake.quarantine import quarantine_summary, quarantined_rows
from assets.lake.window import nightly_window
from assets.sources import Window
from assets.validation import Validated, batches, validate
from tests.flow.small_company import EXTRACTED_ON, FIRST_AS_OF, HISTORY_START, SmallCompany, found_company

EVERYTHING = Window(HISTORY_START, FIRST_AS_OF)


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    company = found_company(tmp_path / "company")
    company.write_sources()
    return company


def strict(company: SmallCompany) -> Configuration:
    """The company's configuration with the default limit of bad rows."""
    configuration = company.configuration()
    return configuration.model_copy(update={"quarantine": type(configuration.quarantine)()})


def lake_of(company: SmallCompany) -> Lake:
    paths = company.configuration().paths
    return Lake(paths.lake, paths.quarantine)


def break_orders(company: SmallCompany, count: int) -> None:
    for order in list(company.rows["orders"].values())[:count]:
        order["status"] = "complete"
    company.write_sources()


def test_no_row_vanishes(company: SmallCompany) -> None:
    """Accepted, quarantined and duplicates make up what the source gave, whose rows of no order have no day."""
    company.rows["order_lines"]["nowhere", 0] = {
        "order_id": "nowhere",
        "line_no": 1,
        "product_id": "soap",
        "quantity": Decimal(1),
        "net_amount": Decimal(1),
    }
    company.write_sources()
    load_entity("orders", company.configuration(), EVERYTHING, EXTRACTED_ON)
    loaded = load_entity("order_lines", company.configuration(), EVERYTHING, EXTRACTED_ON)
    in_time = {key for key, o in company.rows["orders"].items() if o["ordered_at"].date() <= FIRST_AS_OF}
    expected = sum(key[0] in in_time or key[0] == "nowhere" for key in company.rows["order_lines"])
    assert loaded.is_conserved
    assert (loaded.extracted, loaded.quarantined) == (expected, 1)
    assert read_manifest(lake_of(company), "order_lines").partitions[UNKNOWN_DAY].reasons == {"order_not_found": 1}


def lose_a_row(validated: Validated, way: str) -> Validated:
    if way == "accepted":
        return replace(validated, accepted=validated.accepted[1:])
    if way == "accepted twice":
        return replace(validated, accepted=pl.concat([validated.accepted, validated.accepted[:1]]))
    return replace(validated, duplicates=validated.duplicates.clear())


@pytest.mark.parametrize("way", ["accepted", "accepted twice", "duplicates"])
@pytest.mark.parametrize("entity", ["orders", "customers"])
def test_a_row_that_is_lost_between_source_and_lake_stops_the_run(
    company: SmallCompany, monkeypatch: pytest.MonkeyPatch, entity: str, way: str
) -> None:
    """The rows that come out are held against those that were counted as they came in, not against themselves."""
    load_entity(entity, company.configuration(), EVERYTHING, EXTRACTED_ON)
    before = read_manifest(lake_of(company), entity)
    source = company.folder / f"{entity}.parquet"
    rows = pl.read_parquet(source)
    pl.concat([rows, rows[:3]]).write_parquet(source)
    monkeypatch.setattr(loading, "validate", lambda *given: lose_a_row(validate(*given), way))
    with pytest.raises(LakeError, match=rf"rows of {entity} were extracted for the partition .*stays as it was"):
        load_entity(entity, company.configuration(), EVERYTHING, EXTRACTED_ON)
    assert read_manifest(lake_of(company), entity) == before


def test_too_many_bad_rows_stop_the_run_change_nothing_and_can_be_looked_at(company: SmallCompany) -> None:
    """The message sends the user to the rows; they must be there."""
    load_entity("orders", strict(company), EVERYTHING, EXTRACTED_ON)
    before = read_manifest(lake_of(company), "orders")
    break_orders(company, 5)
    with pytest.raises(QuarantineLimitError, match="unknown_status: 5"):
        load_entity("orders", strict(company), EVERYTHING, EXTRACTED_ON)
    assert read_manifest(lake_of(company), "orders") == before
    assert quarantined_rows(company.configuration(), "orders", "unknown_status").height == 5
    assert quarantine_summary(company.configuration()).row(0)[:3] == ("orders", "unknown_status", 5)
    break_orders(company, 0)
    for order in company.rows["orders"].values():
        order["status"] = "completed"
    company.write_sources()
    load_entity("orders", strict(company), EVERYTHING, EXTRACTED_ON)
    assert quarantined_rows(company.configuration(), "orders").is_empty()


def test_one_bad_row_of_a_quiet_night_does_not_stop_it(company: SmallCompany) -> None:
    """One of two rows is half of them, and no sign of a broken source after hundreds of good ones."""
    template = next(iter(company.rows["orders"].values()))
    for number in range(300):
        day = dt.datetime.combine(HISTORY_START, dt.time(9)) + dt.timedelta(days=number % 60)
        company.rows["orders"][f"more {number}"] = {**template, "order_id": f"more {number}", "ordered_at": day}
    company.write_sources()
    load_entity("orders", strict(company), EVERYTHING, EXTRACTED_ON)
    quiet = FIRST_AS_OF
    for number, status in enumerate(["completed", "complete"]):
        moment = dt.datetime.combine(quiet, dt.time(9))
        company.rows["orders"][f"quiet {number}"] = {
            **template,
            "order_id": f"quiet {number}",
            "ordered_at": moment,
            "status": status,
        }
    company.write_sources()
    loaded = load_entity("orders", strict(company), Window(quiet, quiet), EXTRACTED_ON)
    assert loaded.quarantined == 1


def test_an_unchanged_snapshot_stays_under_its_first_day(company: SmallCompany) -> None:
    """A copy of all customers a day would be a history of nothing."""
    for days in range(3):
        load_entity("customers", company.configuration(), EVERYTHING, EXTRACTED_ON + dt.timedelta(days=days))
    assert list(read_manifest(lake_of(company), "customers").partitions) == [EXTRACTED_ON.isoformat()]
    company.rows["customers"]["ada"]["segment"] = "other"
    company.write_sources()
    load_entity("customers", company.configuration(), EVERYTHING, EXTRACTED_ON + dt.timedelta(days=3))
    assert len(read_manifest(lake_of(company), "customers").partitions) == 2


def test_a_window_without_rows_and_an_entity_never_extracted_have_data_docs(company: SmallCompany) -> None:
    """A quiet week of one entity once stopped the night at its documentation."""
    configuration = company.configuration()
    paths = configuration.paths.model_copy(update={"data_docs": company.folder / "data_docs"})
    configuration = configuration.model_copy(update={"paths": paths})
    quiet = FIRST_AS_OF + dt.timedelta(days=300)
    loaded = load_entity("orders", configuration, Window(quiet, quiet), EXTRACTED_ON)
    assert loaded.extracted == 0
    assert {outcome.evaluated for outcome in loaded.expectations} == {0}
    index = build_site(configuration, "a run", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    assert "orders" in index.read_text(encoding="utf-8")


def permitted(company: SmallCompany, entity: str) -> Configuration:
    """The company's configuration in which one source may be empty."""
    told = company.configuration().model_dump(by_alias=True)
    told["sources"][entity]["may_be_empty"] = True
    return Configuration.model_validate(told)


def empty_the_source(company: SmallCompany, entity: str, form: str) -> Configuration:
    """Leave the columns of a source and none of its rows, in a file of that form."""
    header = pl.read_parquet(company.folder / f"{entity}.parquet").clear()
    path = company.folder / f"{entity}.{form}"
    header.write_csv(path) if form == "csv" else header.write_parquet(path)
    told = company.configuration().model_dump(by_alias=True)
    told["sources"][entity]["file"] = str(path)
    return Configuration.model_validate(told)


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("entity", ["customers", "products", "contracts", "survey_questions"])
def test_a_state_entity_that_lost_all_of_its_rows_is_refused_and_its_snapshot_stays(
    company: SmallCompany, entity: str, form: str
) -> None:
    """A header without rows is what a broken export leaves; it would have been published as MRR 0."""
    load_entity(entity, company.configuration(), EVERYTHING, EXTRACTED_ON)
    before = read_manifest(lake_of(company), entity)
    rows = sum(partition.accepted for partition in before.partitions.values())
    configuration = empty_the_source(company, entity, form)
    says = rf"sources\.{entity} has no row at all, .* of 2024-06-01 has {rows}; .*`may_be_empty: true`"
    for days in (0, 1):
        with pytest.raises(SourceError, match=says):
            load_entity(entity, configuration, EVERYTHING, EXTRACTED_ON + dt.timedelta(days=days))
    assert read_manifest(lake_of(company), entity) == before
    company.write_sources()
    assert load_entity(entity, company.configuration(), EVERYTHING, EXTRACTED_ON).accepted == rows


def test_a_state_entity_that_may_be_empty_is(company: SmallCompany) -> None:
    """Its last snapshot would go on for ever as if nothing had been deleted."""
    load_entity("customers", company.configuration(), EVERYTHING, EXTRACTED_ON)
    company.rows["customers"].clear()
    company.write_sources()
    load_entity("customers", permitted(company, "customers"), EVERYTHING, EXTRACTED_ON + dt.timedelta(days=1))
    newest = current_partitions(read_manifest(lake_of(company), "customers"), is_state=True)
    assert [(key, partition.version) for key, partition in newest.items()] == [("2024-06-02", None)]
    load_entity("customers", company.configuration(), EVERYTHING, EXTRACTED_ON + dt.timedelta(days=2))


@pytest.mark.parametrize("entity", ["customers", "orders"])
def test_a_source_that_never_had_rows_and_a_quiet_window_of_events_are_no_errors(
    company: SmallCompany, entity: str
) -> None:
    company.rows["customers"].clear()
    company.extract(EVERYTHING)
    company.rows["orders"].clear()
    company.rows["order_lines"].clear()
    company.write_sources()
    assert load_entity(entity, company.configuration(), EVERYTHING, EXTRACTED_ON).extracted == 0


def test_the_key_is_no_other_way_of_reading(company: SmallCompany) -> None:
    """All of history would be extracted again where somebody writes it."""
    for entity in ("customers", "contracts"):
        assert source_digest(entity, company.configuration()) == source_digest(entity, permitted(company, entity))


def test_progress_names_the_days_that_are_done(company: SmallCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch by batch, in the order of days; a snapshot is of no day of its rows."""
    monkeypatch.setattr(loading, "batches", partial(batches, maximum_rows=8))
    told: list[str] = []
    for entity in ("customers", "orders"):
        load_entity(entity, company.configuration(), EVERYTHING, EXTRACTED_ON, told.append)
    assert told[0] == "customers: 5 of 5 rows validated"
    days = sorted(order["ordered_at"].date() for order in company.rows["orders"].values())
    days = [day for day in days if day <= FIRST_AS_OF]
    assert told[1] == f"orders: {days[0]} to {days[7]}, 8 of {len(days)} rows validated"
    assert told[-1].endswith(f"{days[-1]}, {len(days)} of {len(days)} rows validated")


def test_the_night_looks_back_and_a_changed_mapping_brings_all_of_history(company: SmallCompany) -> None:
    """Late rows of a week are found; a new mapping would otherwise hold for new days only."""
    configuration = company.configuration()
    lake = lake_of(company)
    assert nightly_window(lake, configuration, "orders", FIRST_AS_OF).first_day == HISTORY_START
    company.extract(EVERYTHING)
    night = FIRST_AS_OF + dt.timedelta(days=1)
    window = nightly_window(lake, configuration, "orders", night)
    assert window == Window(night - dt.timedelta(days=6), night)
    after_an_outage = nightly_window(lake, configuration, "orders", night + dt.timedelta(days=20))
    assert after_an_outage.first_day == night - dt.timedelta(days=6)
    changed = configuration.model_dump()
    changed["sources"]["orders"]["where"] = "order_id <> 'o1'"
    other = Configuration.model_validate(changed)
    assert nightly_window(lake, other, "orders", night).first_day == HISTORY_START
    assert nightly_window(lake, other, "survey_responses", night) == window, "the others have no reason to"


def test_each_entity_looks_back_as_far_as_its_source_says(company: SmallCompany) -> None:
    """Answers of a paper survey come weeks late, and are no reason to read weeks of orders every night."""
    company.extract(EVERYTHING)
    told = company.configuration().model_dump()
    told["sources"]["survey_responses"]["lookback_days"] = 30
    configuration = Configuration.model_validate(told)
    night = FIRST_AS_OF + dt.timedelta(days=1)
    first_days = {e: nightly_window(lake_of(company), configuration, e, night).first_day for e in company.entities}
    assert first_days["survey_responses"] == night - dt.timedelta(days=29)
    assert first_days["orders"] == night - dt.timedelta(days=6)


def test_lines_follow_whatever_was_extracted_of_their_orders(company: SmallCompany) -> None:
    """A run killed between orders and lines, or a backfill of orders alone, would leave orders without their lines."""
    company.extract(EVERYTHING)
    configuration, lake, night = company.configuration(), lake_of(company), FIRST_AS_OF + dt.timedelta(days=1)
    recent = nightly_window(lake, configuration, "order_lines", night)
    order = next(o for o in company.rows["orders"].values() if o["ordered_at"].date() < recent.first_day)
    day = order["ordered_at"].date()
    load_entity("orders", configuration, Window(day, day), EXTRACTED_ON)
    followed = nightly_window(lake, configuration, "order_lines", night)
    assert followed.spans == [(day, day), *recent.spans]
    load_entity("order_lines", configuration, recent, EXTRACTED_ON)
    assert nightly_window(lake, configuration, "order_lines", night).spans[0] == (day, day), "it was left out"
    load_entity("order_lines", configuration, followed, EXTRACTED_ON)
    assert nightly_window(lake, configuration, "order_lines", night).spans[0] != (day, day)


def test_a_backfill_of_some_days_does_not_pass_a_new_mapping_off_as_that_of_all(company: SmallCompany) -> None:
    """The days before and after would stay under the old mapping for ever."""
    company.extract(EVERYTHING)
    changed = company.configuration().model_dump()
    changed["sources"]["orders"]["where"] = "order_id <> 'o1'"
    configuration, lake = Configuration.model_validate(changed), lake_of(company)
    load_entity("orders", configuration, Window(FIRST_AS_OF, FIRST_AS_OF), EXTRACTED_ON)
    assert nightly_window(lake, configuration, "orders", FIRST_AS_OF) == EVERYTHING
    load_entity("orders", configuration, EVERYTHING, EXTRACTED_ON)
    assert nightly_window(lake, configuration, "orders", FIRST_AS_OF) != EVERYTHING
