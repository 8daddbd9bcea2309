"""A year of nights over sources that change as real ones do: in the end the marts are those of one full refresh.

What it guards against: what no single night shows. Late rows, corrections, deletions, a column that gets another name,
a day without data, a file that is delivered twice and backfills, night after night, each upon what the others left.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.errors import ContractError
from assets.lake.extracted import accepted_rows
from assets.lake.load import load_entity
from assets.lake.manifest import UNKNOWN_DAY, Lake, read_manifest
from assets.lake.window import nightly_window
from assets.publication.publish import publish
from assets.sources import Window
from assets.warehouse.asset import AS_OF_TAG, refresh
from assets.warehouse.build import refuse_failures
from assets.warehouse.database import open_warehouse
from tests.flow.recorded_builds import RecordedBuilds
from tests.flow.small_company import differences
from tests.nights.changing_demo import ChangingDemo, days, found_demo, rows_by_day
from tests.nights.published import misnamed_restatements, published_marts, version_of

LOOKBACK = dt.timedelta(days=6)


@dataclass
class Plan:
    """What happens on which day, beside what happens every day."""

    first: dt.date
    last: dt.date
    column_renamed_on: dt.date
    settings_mended_on: dt.date
    backfills: dict[dt.date, Window] = field(default_factory=dict)


def lead_through(demo: ChangingDemo, plan: Plan) -> None:
    """Every night of a plan, each with the sources as they are that evening; dbt builds the first of each kind."""
    with RecordedBuilds().in_use():
        for day in days(plan.first, plan.last):
            lead_through_day(demo, plan, day)


def lead_through_day(demo: ChangingDemo, plan: Plan, day: dt.date) -> None:
    """One day of a plan: what changes, what the night extracts and publishes, and whether its counts hold."""
    if day == plan.column_renamed_on:
        demo.renamed["orders"] = {"status": "order_status"}
    if day == plan.settings_mended_on:
        mend_settings(demo)
    demo.show(day)
    if plan.column_renamed_on <= day < plan.settings_mended_on:
        with pytest.raises(ContractError, match="status"):
            extract(demo, day, None)
        return
    windows = extract(demo, day, None)
    if day in plan.backfills:
        extract(demo, day, plan.backfills[day])
    folder = demo.configuration().paths.publish
    before = version_of(folder)
    build_and_publish(demo.configuration(), day)
    if before is not None:
        assert misnamed_restatements(folder, before) == []
    assert_counts_of(demo, day, windows)


def mend_settings(demo: ChangingDemo) -> None:
    """Tell the configuration the new name of the column."""
    document = yaml.safe_load(demo.settings_file.read_text(encoding="utf-8"))
    document["sources"]["orders"]["columns"] = {"status": "order_status"}
    demo.settings_file.write_text(yaml.safe_dump(document), encoding="utf-8")


def extract(demo: ChangingDemo, day: dt.date, wanted: Window | None) -> dict[str, Window]:
    """Extract a window, by default that of an ordinary night, and return it by entity."""
    configuration = demo.configuration()
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    windows = {}
    for entity in (entity for entity in entities() if entity in configuration.sources):
        windows[entity] = wanted or nightly_window(lake, configuration, entity, day)
        load_entity(entity, configuration, windows[entity], day + dt.timedelta(days=1))
    return windows


def build_and_publish(configuration: Configuration, day: dt.date) -> None:
    """Build the marts as of a day, and publish them."""
    refuse_failures(refresh(configuration, {AS_OF_TAG: day.isoformat()}, day))
    with open_warehouse(configuration.paths.warehouse) as connection:
        publish(
            connection,
            configuration.paths.publish,
            run_id=day.isoformat(),
            published_at=dt.datetime.combine(day, dt.time(3)),
            keep_versions=2,
        )


def assert_counts_of(demo: ChangingDemo, day: dt.date, windows: dict[str, Window]) -> None:
    """Every row that a source showed for the days of a night is accepted, in quarantine, or an exact duplicate."""
    paths = demo.configuration().paths
    lake = Lake(paths.lake, paths.quarantine)
    for entity in demo.rows:
        partitions = read_manifest(lake, entity).partitions
        for partition in partitions.values():
            assert partition.accepted + partition.quarantined + partition.duplicates == partition.extracted
        contract, shown = load_contract(entity), demo.at(entity, day)
        if contract.day_of:
            # A correction may have reached the lines of an order that itself comes late: they have no day before.
            owners = accepted_rows(lake, load_contract(contract.day_of)).select("order_id").unique().collect()
            without_day = partitions[UNKNOWN_DAY].extracted if UNKNOWN_DAY in partitions else 0
            assert without_day == shown.join(owners, on="order_id", how="anti").height, (entity, day)
            shown = shown.join(owners, on="order_id", how="semi")
        if contract.kind == "event":
            wanted = [str(own) for own in windows[entity].days]
            found = {key: partitions[key].extracted for key in wanted if key in partitions}
            assert found == rows_by_day(shown, wanted), (entity, day)


def assert_equal_to_a_full_refresh(demo: ChangingDemo, day: dt.date, folder: Path) -> None:
    """The published marts are those of a company that extracts all of history once, from the sources as they are."""
    fresh = ChangingDemo(folder, demo.rows, demo.renamed)
    folder.mkdir()
    (folder / "loyalty.yaml").write_bytes(demo.settings_file.read_bytes())
    fresh.show(day)
    extract(fresh, day, None)
    build_and_publish(fresh.configuration(), day)
    marts = [published_marts(each.configuration().paths.publish) for each in (demo, fresh)]
    assert differences(*marts) == []


def unrest(demo: ChangingDemo, day: dt.date, rng: random.Random) -> None:
    """Something happens on a day to orders of the days before that an ordinary night extracts again."""
    orders = demo.orders_of(day - LOOKBACK + dt.timedelta(days=1), day)
    if orders:
        change = rng.choice([demo.come_late, demo.correct, demo.go])
        change(rng.choice(orders), day)


def test_a_week_of_nights_equals_a_full_refresh(tmp_path: Path) -> None:
    """Each thing that may happen, once."""
    demo = found_demo(tmp_path / "demo", customers=60, years=2)
    first = dt.date(2024, 3, 10)
    long_ago = dt.date(2023, 9, 1)
    backfilled = Window(long_ago, long_ago + dt.timedelta(days=30))
    demo.hold_back(first + dt.timedelta(days=1), until=first + dt.timedelta(days=2))
    demo.deliver_twice("survey_responses", first)
    late, corrected, deleted = demo.orders_of(first - LOOKBACK, first)[:3]
    demo.come_late(late, first + dt.timedelta(days=1))
    demo.correct(corrected, first + dt.timedelta(days=1))
    demo.go(deleted, first + dt.timedelta(days=1))
    demo.correct(demo.orders_of(backfilled.first_day, backfilled.last_day)[0], first + dt.timedelta(days=2))
    plan = Plan(
        first,
        last=first + dt.timedelta(days=4),
        column_renamed_on=first + dt.timedelta(days=3),
        settings_mended_on=first + dt.timedelta(days=4),
        backfills={first + dt.timedelta(days=2): backfilled},
    )
    lead_through(demo, plan)
    assert_equal_to_a_full_refresh(demo, plan.last, tmp_path / "fresh")


@pytest.mark.soak
def test_a_year_of_nights_equals_a_full_refresh(tmp_path: Path) -> None:
    """365 nights with something on every other day, twice a backfill of a period that was corrected."""
    rng = random.Random(20)  # noqa: S311  (which order is no secret)
    # Of so few rows the few bad ones of every demo are soon more than the usual share.
    few_rows = {"quarantine": {"max_share": 0.2}}
    demo = found_demo(tmp_path / "demo", customers=60, years=2, settings=few_rows)
    first = dt.date(2024, 1, 1)
    nights = list(days(first, first + dt.timedelta(days=364)))
    for day in nights[7::2]:
        unrest(demo, day, rng)
    for day in (nights[40], nights[200]):
        demo.hold_back(day, until=day + dt.timedelta(days=1))
    for entity, day in (("orders", nights[90]), ("order_lines", nights[90]), ("survey_responses", nights[150])):
        demo.deliver_twice(entity, day)
    backfills = {nights[120]: Window(nights[30], nights[60]), nights[300]: Window(nights[0], nights[200])}
    for day, window in backfills.items():
        for order_id in demo.orders_of(window.first_day, window.last_day)[::7]:
            demo.correct(order_id, day)
    plan = Plan(first, nights[-1], nights[240], nights[241], backfills)
    lead_through(demo, plan)
    assert_equal_to_a_full_refresh(demo, plan.last, tmp_path / "fresh")
