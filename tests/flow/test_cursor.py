"""A cursor at the source: exactly the days that changed are read and extracted again, on a real PostgreSQL.

What it guards against: a night that reads all of history for one old order, an order that stays on its old day as well,
a change that is never found, lines that do not follow their orders, marts that differ from those of a full refresh.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.lake.load import load_entity
from assets.sources import Window
from tests.flow.shop_database import FIRST_DAY, FIRST_NIGHT, Heard, Shop, shop_server
from tests.flow.small_company import differences, read_marts

NIGHT = FIRST_NIGHT + dt.timedelta(days=1)
NOON = f"updated_at = timestamptz '{NIGHT} 12:00Z'"
LONG_AGO, BESIDE, FROM, LINE, TO = (NIGHT - dt.timedelta(days=days) for days in (300, 240, 200, 120, 90))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Heard]]:
    with shop_server(tmp_path_factory.mktemp("shop")) as (shop, heard):
        shop.night(FIRST_NIGHT)
        yield shop, heard


@pytest.fixture
def shop(served: tuple[Shop, Heard], tmp_path: Path) -> Shop:
    """The shop as it stood after its first night."""
    shutil.copytree(served[0].folder, tmp_path / "company")
    served[0].open()
    return Shop(tmp_path / "company", {}, served[0].entities, served[0].url)


@pytest.fixture
def heard(served: tuple[Shop, Heard]) -> Heard:
    return served[1]


def order_of(day: dt.date) -> int:
    """The number of the order of the morning of a day."""
    return (day - FIRST_DAY).days * 2


def changed(before: dict[str, str | None], after: dict[str, str | None]) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def days(*of: dt.date) -> list[tuple[dt.date, dt.date]]:
    return [(day, day) for day in of]


def test_one_order_changed_from_300_days_ago_extracts_one_day_again(shop: Shop, heard: Heard) -> None:
    """Of 315 days only the changed one and the new one are asked for, read and written."""
    before = shop.versions("orders")
    shop.execute(f"UPDATE orders SET status = 'cancelled', {NOON} WHERE id = {order_of(LONG_AGO)}")
    heard.since()
    loaded = shop.night(NIGHT, "orders")["orders"]
    assert loaded.window.spans == days(LONG_AGO, NIGHT)
    assert loaded.extracted == 3
    assert changed(before, shop.versions("orders")) == {LONG_AGO.isoformat(), NIGHT.isoformat()}
    greatest, since, extracted = heard.since()
    assert 'MAX("updated_at")' in greatest
    assert "WHERE \"updated_at\" >= '2024-11-11 00:50:00+00:00'" in since, "ten minutes before the last night's newest"
    asked = re.findall(r"DATE '(\S+)'", extracted)
    two_days = dt.timedelta(days=2)
    assert asked == [str(day) for of in (LONG_AGO, NIGHT) for day in (of - two_days, of + two_days)]
    assert shop.remembered("orders") == f"{NIGHT} 12:00:00+00"


def night_of_changes(shop: Shop, folder: Path) -> Shop:
    """An order moves from one day to another, one is deleted beside a changed one, a line changes by itself.

    Returns the same shop as it would be if it were extracted whole on that night.
    """
    shop.execute(
        f"UPDATE orders SET at = timestamp '{TO} 15:00', {NOON} WHERE id = {order_of(FROM)}",
        f"UPDATE orders SET customer = 'c0', {NOON} WHERE id = {order_of(BESIDE)}",
        f"DELETE FROM orders WHERE id = {order_of(BESIDE) + 1}",
        f"DELETE FROM lines WHERE order_id = {order_of(BESIDE) + 1}",
        f"UPDATE lines SET amount = 99.5, {NOON} WHERE order_id = {order_of(LINE)}",
    )
    before = {entity: shop.versions(entity) for entity in shop.entities}
    loaded = shop.night(NIGHT)
    assert loaded["orders"].window.spans == days(BESIDE, FROM, TO, NIGHT)
    assert loaded["order_lines"].window.spans == days(BESIDE, FROM, LINE, TO, NIGHT), "lines follow their orders"
    for entity, each in loaded.items():
        assert changed(before[entity], shop.versions(entity)) == {first.isoformat() for first, _ in each.window.spans}
        assert each.quarantined == 0
    fresh = Shop(folder, {}, shop.entities, shop.url)
    fresh.folder.mkdir()
    fresh.night(NIGHT)
    return fresh


def test_a_night_of_changes_gives_the_lake_of_a_whole_extraction(shop: Shop, tmp_path: Path) -> None:
    fresh = night_of_changes(shop, tmp_path / "fresh")
    assert fresh.lake_versions() == shop.lake_versions()


@pytest.mark.soak
def test_a_night_of_changes_gives_the_marts_of_a_full_refresh(shop: Shop, tmp_path: Path) -> None:
    """The same, up to the marts: three builds take their time."""
    shop.build(FIRST_NIGHT)
    fresh = night_of_changes(shop, tmp_path / "fresh")
    shop.build(NIGHT)
    fresh.build(NIGHT)
    marts = [read_marts(each.configuration().paths.warehouse) for each in (shop, fresh)]
    assert differences(*marts) == []


def test_a_night_without_changes_reads_the_new_day_only(shop: Shop) -> None:
    loaded = shop.night(NIGHT)
    assert [(each.window.spans, each.extracted) for each in loaded.values()] == [(days(NIGHT), 1)] * 2


def test_a_backfill_of_some_days_does_not_hide_what_changed_on_others(shop: Shop) -> None:
    """It would remember today's newest change, and the night would ask from there on only."""
    shop.execute(f"UPDATE orders SET status = 'cancelled', {NOON} WHERE id = {order_of(LONG_AGO)}")
    load_entity("orders", shop.configuration(), Window(FROM, TO), NIGHT, cursor=f"{NIGHT} 12:00:00+00")
    assert LONG_AGO in (shop.night(NIGHT)["orders"].window.only or ())


def test_lines_follow_orders_that_an_earlier_run_extracted_before_it_was_killed(shop: Shop) -> None:
    """By the next night the cursor of the orders has moved on."""
    shop.execute(f"UPDATE orders SET at = timestamp '{TO} 15:00', {NOON} WHERE id = {order_of(FROM)}")
    shop.night(NIGHT, "orders")
    later = NIGHT + dt.timedelta(days=1)
    loaded = shop.night(later)
    assert {FROM, TO, NIGHT, later} <= set(loaded["order_lines"].window.only or ())


def test_an_order_that_leaves_the_period_leaves_its_day(shop: Shop) -> None:
    """Its new day is not due, and would tell nothing of the old one."""
    shop.execute(f"UPDATE orders SET at = timestamp '{NIGHT}' + interval '9 days', {NOON} WHERE id = {order_of(FROM)}")
    assert shop.night(NIGHT)["orders"].window.spans == days(FROM, NIGHT)


def test_a_row_that_was_in_quarantine_leaves_it_when_it_is_mended_on_another_day(shop: Shop) -> None:
    shop.execute(f"UPDATE orders SET status = '?', {NOON} WHERE id = {order_of(FROM)}")
    first = shop.night(NIGHT)["orders"]
    assert (first.window.spans, first.quarantined) == (days(FROM, NIGHT), 1)
    mended = f"status = 'completed', at = timestamp '{TO} 15:00'"
    shop.execute(f"UPDATE orders SET {mended}, updated_at = updated_at + interval '1 hour' WHERE id = {order_of(FROM)}")
    second = shop.night(NIGHT)["orders"]
    assert (second.window.spans, second.quarantined) == (days(FROM, TO), 0)


def test_rows_deleted_at_the_source_are_found_by_looking_back(shop: Shop) -> None:
    """A cursor does not see them; `lookback_days` beside it does, as far as it reaches."""
    recent = NIGHT - dt.timedelta(days=3)
    shop.execute(f"DELETE FROM orders WHERE id IN ({order_of(recent)}, {order_of(FROM)})")
    before = shop.versions("orders")
    loaded = shop.night(NIGHT, "orders", lookback_days=5)["orders"]
    assert loaded.window.spans == [(NIGHT - dt.timedelta(days=4), NIGHT)]
    assert changed(before, shop.versions("orders")) == {recent.isoformat(), NIGHT.isoformat()}


def test_another_mapping_extracts_everything_and_begins_the_cursor_anew(shop: Shop) -> None:
    loaded = shop.night(NIGHT, "orders", where="status <> 'cancelled'")["orders"]
    assert loaded.window == Window(FIRST_DAY, NIGHT)
    assert shop.remembered("orders") == "2024-11-11 01:00:00+00"
