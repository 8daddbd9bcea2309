"""Number what a source does not number, so that the same rows always get the same numbers."""

from __future__ import annotations

import polars as pl


def number_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Fill a null `line_no` per order, after the numbers that the order already has.

    Lines are numbered in the order of all their other columns, so the numbers depend neither on the order of
    the rows nor on anything but the order's own lines. The result is sorted by order and line number.
    """
    others = [name for name in rows.columns if name not in ("order_id", "line_no")]
    # A line's number is its place among the unnumbered lines, past the highest number given.
    ordered = rows.sort(["order_id", "line_no", *others], nulls_last=True)
    highest = pl.col("line_no").max().fill_null(0)
    unnumbered = pl.col("line_no").is_null().cum_sum()
    return ordered.with_columns(
        pl.coalesce("line_no", (highest + unnumbered).over("order_id")).cast(pl.Int64).alias("line_no")
    )


def numbered_terms(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Fill a null `term_no` per contract, by start, after the numbers that the contract already has."""
    names = rows.collect_schema().names()
    first = ["contract_id", "term_no", "started_on", "ended_on"]
    ordered = rows.sort([*first, *(name for name in names if name not in first)], nulls_last=True)
    highest = pl.col("term_no").max().fill_null(0)
    unnumbered = pl.col("term_no").is_null().cum_sum()
    return ordered.with_columns(
        pl.coalesce("term_no", (highest + unnumbered).over("contract_id")).cast(pl.Int64).alias("term_no")
    )
