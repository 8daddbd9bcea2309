"""Reads the published marts for the report: only the rows and columns that a figure asks for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assets.report.periods import GRAINS, MOST_PERIODS, newest

Row = dict[str, Any]
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Published:
    """The version that the report shows: whose it is, its number, its as-of date, and the folder of its marts."""

    company: str
    currency: str
    version: int
    as_of_date: dt.date
    published_at: dt.datetime
    folder: Path

    def mart(self, name: str) -> pl.LazyFrame:
        """A mart of this version."""
        return pl.scan_parquet(self.folder / "marts" / f"{name}.parquet")

    def rows(self, name: str, *conditions: pl.Expr) -> list[Row]:
        """The rows of a mart that fulfil all conditions."""
        return self.mart(name).filter(*conditions).collect().to_dicts()

    def total(self, name: str, *conditions: pl.Expr) -> list[Row]:
        """The rows of a mart's total, by period, at the grain that reads best; the newest periods only."""
        return readable(self.rows(name, pl.col("dimension") == "total", pl.col("grain").is_in(GRAINS), *conditions))

    def metric(self, metric_id: str) -> list[Row]:
        """The values of a metric in total, by period, at the grain that reads best."""
        return self.total("kpi", pl.col("metric_id") == metric_id)

    def metrics(self, *metric_ids: str) -> dict[str, list[Row]]:
        """The values of several metrics in total, at one grain; only of those that have rows, in the order given."""
        rows = self.total("kpi", pl.col("metric_id").is_in(metric_ids))
        found = {metric_id: [row for row in rows if row["metric_id"] == metric_id] for metric_id in metric_ids}
        return {metric_id: rows for metric_id, rows in found.items() if rows}

    def newest_by(self, name: str, dimension: str, *conditions: pl.Expr) -> list[Row]:
        """The rows of the newest complete period in which at least two values of a dimension may be shown, at the
        finest such grain. What the source does not name is left out.
        """
        named = pl.col("dimension") == dimension, pl.col("dimension_value") != UNKNOWN, pl.col("is_complete")
        rows = self.rows(name, *named, ~pl.col("is_suppressed"), pl.col("value").is_not_null(), *conditions)
        for grain in GRAINS:
            of_grain = [row for row in rows if row["grain"] == grain]
            for start in sorted({row["period_start"] for row in of_grain}, reverse=True)[: MOST_PERIODS[grain] // 4]:
                found = [row for row in of_grain if row["period_start"] == start]
                if len(found) > 1:
                    return found
        return []


def readable(rows: list[Row]) -> list[Row]:
    """The newest periods at the finest grain of which two thirds may be shown; else those of the coarsest.

    A small company has months in which hardly any value may be shown, and its quarters tell more.
    """
    found: list[Row] = []
    for grain in GRAINS:
        of_grain = newest([row for row in rows if row["grain"] == grain], grain)
        shown = [row for row in of_grain if not row["is_suppressed"]]
        found = of_grain or found
        if shown and len(shown) * 3 >= len(of_grain) * 2:
            return of_grain
    return found
