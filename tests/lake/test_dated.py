"""The days that order lines take over from their orders.

What it guards against: a line on a wrong day, a line that is lost because its order is not there, or that counts twice
because its order stands on two days, and amounts that change on their way through another engine.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from assets.contracts import BUSINESS_DAY, lake_schema, load_contract
from assets.lake.dated import with_days, write_dated
from assets.sources import ALWAYS, Window

ORDERS = load_contract("orders")
SCHEMA = {**lake_schema(load_contract("order_lines")), "_problems": pl.String()}
FIRST, SECOND, THIRD = (dt.date(2024, 1, day) for day in (5, 6, 9))


def lines(*order_ids: str | None) -> pl.DataFrame:
    """A line of each order, with an amount that no double holds."""
    rows = [
        {"order_id": order_id, "line_no": number, "net_amount": Decimal("90071992547409.9301"), "is_return": False}
        for number, order_id in enumerate(order_ids)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def orders(folder: Path, **days: list[str]) -> list[Path]:
    """The orders of each day, in a file of its own as in the lake."""
    files = []
    for day, (key, order_ids) in zip((FIRST, SECOND, THIRD), days.items(), strict=False):
        files.append(folder / f"{key}.parquet")
        pl.DataFrame({"order_id": order_ids}).with_columns(pl.lit(day).alias(BUSINESS_DAY)).write_parquet(files[-1])
    return files


def dated(folder: Path, rows: pl.DataFrame, owners: list[Path], window: Window = ALWAYS) -> pl.DataFrame:
    undated, destination = folder / "undated.parquet", folder / "dated.parquet"
    rows.write_parquet(undated)
    write_dated([undated], ORDERS, owners, window, destination)
    return pl.read_parquet(destination).sort("line_no")


def test_a_line_has_its_orders_day_and_one_without_an_order_stays(tmp_path: Path) -> None:
    rows = lines("a", "b", "nobody's", None)
    found = dated(tmp_path, rows, orders(tmp_path, first=["a"], second=["b"]))
    assert found[BUSINESS_DAY].to_list() == [FIRST, SECOND, None, None]
    assert found.schema == rows.schema
    assert found.drop(BUSINESS_DAY).equals(rows.drop(BUSINESS_DAY))


@pytest.mark.parametrize("only", [None, frozenset({SECOND})])
def test_of_other_days_nothing_is_written(tmp_path: Path, only: frozenset[dt.date] | None) -> None:
    owners = orders(tmp_path, first=["a"], second=["b"], third=["c"])
    window = Window(SECOND, SECOND) if only is None else Window(FIRST, THIRD, only)
    assert dated(tmp_path, lines("a", "b", "c", "nobody's"), owners, window)["order_id"].to_list() == ["b", "nobody's"]


def test_an_order_that_stands_on_two_days_does_not_double_its_lines(tmp_path: Path) -> None:
    owners = orders(tmp_path, first=["a"], second=["a"])
    assert dated(tmp_path, lines("a"), owners)[BUSINESS_DAY].to_list() == [SECOND]
    assert with_days(lines("a"), ORDERS, pl.scan_parquet(owners))[BUSINESS_DAY].to_list() == [SECOND]


def test_without_any_order_no_line_has_a_day(tmp_path: Path) -> None:
    assert dated(tmp_path, lines("a", "b"), [])[BUSINESS_DAY].to_list() == [None, None]


def test_a_few_lines_find_their_days(tmp_path: Path) -> None:
    rows = lines("b", "nobody's", "a", None)
    found = with_days(rows, ORDERS, pl.scan_parquet(orders(tmp_path, first=["a"], second=["b"])))
    assert found[BUSINESS_DAY].to_list() == [SECOND, None, FIRST, None]
    assert found["line_no"].to_list() == rows["line_no"].to_list()
