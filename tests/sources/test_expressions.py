"""Expressions over text: numbers where numbers are meant, text everywhere else, never a silent wrong value."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from assets.errors import ContractError
from assets.sources.expressions import mapped_expression
from assets.sources.tables import SourceTable

FRAME = pl.DataFrame(
    {
        "id": ["007", "10"],
        "n": ["2", "n/a"],
        "price": ["0.1", "9"],
        "Customer ID": ["13085.0", None],
        "on": ["2024-03-01", "x"],
    }
)
TABLE = SourceTable(FRAME.lazy(), "sources.orders")


def computed(sql: str, frame: pl.DataFrame = FRAME) -> list[Any]:
    mapped = mapped_expression(sql, dict(frame.schema), TABLE)
    return frame.select(value=mapped.expression)["value"].to_list()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("n * price", [0.2, None]),
        ("price + price", [0.2, 18.0]),
        ("price - 1", [-0.9, 8.0]),
        ("-price", [-0.1, -9.0]),
        ("id % 2", [1.0, 0.0]),
        ("ABS(price)", [0.1, 9.0]),
        ("ROUND(price, 0)", [0.0, 9.0]),
        ("POWER(id, 2)", [49.0, 100.0]),
        ("price > 1", [False, True]),
        ("1 < price", [False, True]),
        ("price BETWEEN 1 AND 9", [False, True]),
        ("id IN (7, 8)", [True, False]),
        ("id = 7", [True, False]),
        ("id = price * 70", [True, False]),
        ("GREATEST(price, 1)", [1.0, 9.0]),
        ("SUM(price) OVER (PARTITION BY id)", [0.1, 9.0]),
        ('CAST("Customer ID" AS BIGINT)', [13085, None]),
        ("CAST(id AS BIGINT) + 1", [8, 11]),
        ("CAST(price AS DOUBLE) < CAST(id AS DOUBLE)", [True, True]),
        ("CASE WHEN price > 1 THEN 'dear' ELSE 'cheap' END", ["cheap", "dear"]),
    ],
)
def test_text_is_a_number_where_a_number_is_meant(sql: str, expected: list[Any]) -> None:
    """Polars itself would join `price + price` to 0.10.1, and refuse the rest."""
    assert computed(sql) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("id", ["007", "10"]),
        ("Customer ID", ["13085.0", None]),
        ("id = '007'", [True, False]),
        ("id || '-' || n", ["007-2", "10-n/a"]),
        ("UPPER(n)", ["2", "N/A"]),
        ('COALESCE("Customer ID", id)', ["13085.0", "10"]),
        ("CASE WHEN id = '10' THEN id ELSE n END", ["2", "10"]),
        ("id IN ('007')", [True, False]),
        ("'completed'", ["completed"]),
    ],
)
def test_text_stays_text_elsewhere(sql: str, expected: list[Any]) -> None:
    """An id that looks like a number must keep its zeros."""
    assert computed(sql) == expected


@pytest.mark.parametrize("sql", ["n < price", "n >= price", "GREATEST(n, price)", "id BETWEEN n AND price"])
def test_comparing_text_by_size_is_refused(sql: str) -> None:
    """As text '10' < '9': the rows kept would be wrong without a word."""
    with pytest.raises(ContractError, match="which are text"):
        computed(sql)


def test_numbers_compare_by_size_where_the_source_has_types() -> None:
    assert computed("a < b", pl.DataFrame({"a": [9], "b": [10]})) == [True]


@pytest.mark.parametrize(
    ("sql", "column"),
    [("n * price", "n"), ("CAST(n AS BIGINT)", "n"), ("LEAST(n, 1)", "n"), ('CAST("on" AS DATE)', "on")],
)
def test_a_text_that_is_no_number_is_known(sql: str, column: str) -> None:
    """Null alone would not say why, and LEAST would even hide it."""
    mapped = mapped_expression(sql, dict(FRAME.schema), TABLE)
    assert FRAME.select(mapped.unparseable[column]).to_series().to_list() == [False, True]


def test_try_cast_means_that_null_is_wanted() -> None:
    mapped = mapped_expression("TRY_CAST(n AS DOUBLE)", dict(FRAME.schema), TABLE)
    assert mapped.unparseable == {}
    assert computed("TRY_CAST(n AS DOUBLE)") == [2.0, None]


@pytest.mark.parametrize("sql", ["a b c", "a;", "SELECT 1", "UPPER(", "nosuch(n)"])
def test_what_is_no_expression_is_told(sql: str) -> None:
    with pytest.raises(ContractError, match=r"sources\.orders: `.*` is no SQL expression"):
        computed(sql)


def test_what_cannot_be_computed_is_told_with_the_types() -> None:
    with pytest.raises(ContractError, match="cannot be computed \\(a is Int64\\)"):
        computed("UPPER(a)", pl.DataFrame({"a": [1]}))


def test_an_unknown_column_suggests_quotes_where_text_was_meant() -> None:
    with pytest.raises(ContractError, match=r"no column 'completed' \(text is written in quotes"):
        computed("completed")


@pytest.mark.parametrize("sql", ["1e999", "n > 1e999", "-1e999 + n"])
def test_a_number_that_no_computer_holds_is_told(sql: str) -> None:
    """It once came out of the library as an error about deserializing."""
    source = SourceTable(pl.LazyFrame({"n": ["1"]}), "sources.x")
    with pytest.raises(ContractError, match=r"sources\.x.* holds a value that cannot be used"):
        mapped_expression(sql, {"n": pl.String()}, source)
