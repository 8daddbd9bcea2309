"""Marts are compared cell by cell, and nothing that is the same is called another.

What it guards against: a mart whose comparison is no SQL, rounding that is told as a change, a null that hides one, and
a retyped column that restates every row.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.publication.cells import Comparison, compare, text
from assets.warehouse.catalogue import published_marts
from tests.pipelines.published_demo import AS_OF

SETTLED = sorted(name for name, mart in published_marts().items() if mart.settled)
DAY = dt.date.fromisoformat(AS_OF)
JANUARY = dt.date(2024, 1, 1)
KEY = ("metric_id", "grain", "period_start")
Row = dict[str, object]


def types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"describe select * from {relation}").fetchall()}


def differing(
    old: Path, new: Path, name: str, key: tuple[str, ...], settled: str, as_of: tuple[dt.date, dt.date]
) -> list[Row]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as publication; create schema publication.marts")
        connection.execute(f'create table publication.marts."{name}" as from read_parquet({text(new)})')
        old_types, new_types = (types(connection, f"read_parquet({text(file)})") for file in (old, new))
        query = compare(Comparison(name, key, settled, old_types, new_types, text(old), *as_of))
        return connection.sql(query).pl().to_dicts()


@pytest.mark.parametrize("name", SETTLED)
def test_a_mart_restates_nothing_against_itself(published_demo: Path, name: str) -> None:
    """Of every mart, whichever way the as-of date went."""
    mart = published_marts()[name]
    file = published_demo / ".loyalty/publish/current/marts" / f"{name}.parquet"
    assert pl.scan_parquet(file).filter("is_complete").select(pl.len()).collect().item() > 0
    for as_of in ((DAY, DAY), (DAY, DAY - dt.timedelta(days=40)), (DAY - dt.timedelta(days=40), DAY)):
        assert differing(file, file, name, mart.key, str(mart.settled), as_of) == []


def row(value: object, metric: str = "nps", start: dt.date = JANUARY, *, is_complete: bool = True) -> Row:
    return {"metric_id": metric, "grain": "month", "period_start": start, "value": value, "is_complete": is_complete}


def changes(
    folder: Path, old: list[Row], new: list[Row], as_of: tuple[dt.date, dt.date] = (DAY, DAY)
) -> list[tuple[object, ...]]:
    schema = {"period_start": pl.Date, "is_complete": pl.Boolean}
    for name, rows in (("old", old), ("new", new)):
        pl.DataFrame(rows, schema_overrides=schema, strict=False).write_parquet(folder / f"{name}.parquet")
    found = differing(folder / "old.parquet", folder / "new.parquet", "it", KEY, "true", as_of)
    names = ("column_name", "old_value", "new_value", "change_kind")
    return sorted(tuple(cell[name] for name in names) for cell in found if cell["column_name"] == "value")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (0.1 + 0.2, 0.3, []),
        (1e15, 1e15 + 1, []),
        (0.0, 1e-13, []),
        (0.3, 0.3000001, [("value", "0.3", "0.3000001", "changed")]),
        (None, 0.3, [("value", None, "0.3", "changed")]),
        (0.3, None, [("value", "0.3", None, "changed")]),
        (0.1 + 0.2, 0.4, [("value", "0.30000000000000004", "0.4", "changed")]),
        (2, 2.0, []),
        (2, 2.5, [("value", "2", "2.5", "changed")]),
        ("a", "b", [("value", "a", "b", "changed")]),
    ],
)
def test_values_differ_where_they_do(tmp_path: Path, old: object, new: object, expected: list[object]) -> None:
    kept = [row(old, "other"), row(old)]
    assert changes(tmp_path, kept, [row(old, "other"), row(new)]) == expected


def test_rows_come_and_go(tmp_path: Path) -> None:
    assert changes(tmp_path, [row(1.0)], [row(1.0), row(2.0, "csat")]) == [("value", None, "2.0", "added")]
    assert changes(tmp_path, [row(1.0), row(2.0, "csat")], [row(1.0)]) == [("value", "2.0", None, "removed")]


def test_what_was_incomplete_or_later_is_no_restatement(tmp_path: Path) -> None:
    december = dt.date(2024, 12, 1)
    early = dt.date(2024, 12, 15)
    running, whole = row(1.0, start=december, is_complete=False), row(2.0, start=december)
    assert changes(tmp_path, [row(1.0), running], [row(1.0), whole], (early, DAY)) == []
    assert changes(tmp_path, [row(1.0), whole], [row(1.0), running], (DAY, early)) == []
    assert changes(tmp_path, [row(1.0)], [row(1.0), whole], (early, DAY)) == []
    assert changes(tmp_path, [row(1.0), whole], [row(1.0)], (DAY, early)) == []


def test_a_row_whose_window_has_passed_since_is_no_restatement(tmp_path: Path) -> None:
    """A year after the first purchase its cohort gets a figure; nobody was told another one before."""
    before = [row(1.0, "within_a_year", dt.date(2023, 11, 1))]
    after = [*before, row(2.0, "within_a_year", dt.date(2023, 12, 1)), row(3.0, "within_a_year", dt.date(2023, 10, 1))]
    later = (DAY - dt.timedelta(days=30), DAY)
    assert changes(tmp_path, before, after, later) == [("value", None, "3.0", "added")]
    assert changes(tmp_path, after, before, later[::-1]) == [("value", "3.0", None, "removed")]
