"""`loyalty backfill` over all of history and `loyalty full-refresh`, as an operator calls them on a published company.

What it guards against: a change of last year that a backfill does not find, one that takes a run per day or rewrites
days that are as they were, a full refresh that gives other numbers than the nights before it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.configuration.file import load_configuration
from assets.lake.manifest import Lake, Partition, read_manifest
from tests.flow.small_company import differences, in_order
from tests.pipelines.published_demo import AS_OF, loyalty

FIRST_DAY = "2023-01-01"
MONTH = dt.date(2023, 3, 1)
# What a version says of itself differs from the next one's.
OF_THE_VERSION = {"publication", "restatements"}


def partitions(folder: Path) -> dict[tuple[str, str], Partition]:
    """Every partition of the lake, by entity and key."""
    configuration = load_configuration(folder / "loyalty.yaml")
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    return {
        (entity, key): partition
        for entity in configuration.sources
        for key, partition in read_manifest(lake, entity).partitions.items()
    }


def told_as_json(folder: Path, *words: str) -> Any:
    told = loyalty(*words, "--config", folder / "loyalty.yaml", "--json")
    assert told.exit_code == 0, told.err
    return json.loads(told.out)


def published_marts(folder: Path) -> dict[str, pl.DataFrame]:
    files = (folder / ".loyalty/publish/current/marts").glob("*.parquet")
    return {path.stem: in_order(pl.read_parquet(path)) for path in files if path.stem not in OF_THE_VERSION}


def raise_a_price(folder: Path, amount: Decimal) -> str:
    """Have the source say another amount of a line of an order of March 2023; the order's day."""
    orders = pl.read_parquet(folder / "orders.parquet").filter(
        pl.col("ordered_at").dt.date().dt.month_start() == MONTH,
        # Winter time, in which London's days are those of UTC.
        pl.col("ordered_at").dt.day() < 20,
        status="completed",
        currency="GBP",
    )
    order = orders.sort("order_id").row(0, named=True)
    path = folder / "order_lines.parquet"
    lines = pl.read_parquet(path)
    is_changed = (pl.col("order_id") == order["order_id"]) & (pl.col("line_no") == 1)
    assert lines.filter(is_changed, quantity=pl.col("quantity").abs()).height == 1
    changed = pl.col("net_amount") + pl.lit(amount, lines.schema["net_amount"])
    lines.with_columns(pl.when(is_changed).then(changed).otherwise("net_amount")).write_parquet(path)
    return str(order["ordered_at"].date())


def test_a_backfill_of_all_of_history_finds_one_changed_order_in_one_run(own_demo: Path) -> None:
    """A night looks back for a week: what changed before it is found by a backfill, or by nothing."""
    before, runs = partitions(own_demo), told_as_json(own_demo, "status")["runs"]
    day = raise_a_price(own_demo, Decimal(100))
    told = loyalty("backfill", "--from", FIRST_DAY, "--to", AS_OF, "--config", own_demo / "loyalty.yaml")
    assert told.exit_code == 0, told.err
    assert told.out.startswith("Published version 2: ")

    after = partitions(own_demo)
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == {("order_lines", day)}
    assert len(told_as_json(own_demo, "status")["runs"]) == len(runs) + 1
    restated = [
        (Decimal(row["old_value"]), Decimal(row["new_value"]), row["reason"], row["version"])
        for row in told_as_json(own_demo, "restatements", "--metric", "arpa")
        if (row["grain"], row["dimension"], row["column_name"]) == ("month", "total", "numerator")
        and row["period_start"][:10] == MONTH.isoformat()
    ]
    ((old, new, reason, version),) = restated
    assert new - old == pytest.approx(Decimal(100))
    assert (reason, version) == ("correction", 2)


def test_a_backfill_tells_which_days_of_which_entity_are_done(own_demo: Path) -> None:
    """Who waits for three years of a large company wants to know where it is."""
    config = own_demo / "loyalty.yaml"
    told = loyalty("backfill", "--from", "2024-03-01", "--to", "2024-03-31", "--entity", "orders", "--config", config)
    assert told.exit_code == 0, told.err
    assert told.out.startswith("Nothing new")
    assert re.search(r" orders: 2024-03-\d\d to 2024-03-\d\d, (\d+) of \1 rows validated\n", told.err), told.err


def test_a_full_refresh_gives_the_same_numbers(own_demo: Path) -> None:
    before = published_marts(own_demo)
    told = loyalty("full-refresh", "--config", own_demo / "loyalty.yaml")
    assert told.exit_code == 0, told.err
    assert told.out.startswith("Published version 2: ")
    assert differences(before, published_marts(own_demo)) == []
    assert told_as_json(own_demo, "restatements") == []
