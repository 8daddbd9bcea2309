"""Reads the published marts for the report: only the rows and columns that a figure asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from assets.report.periods import GRAINS, newest
from assets.report.points import Target

Row = dict[str, Any]
UNKNOWN = "unknown"
ENOUGH = 30
LEAST_PERIODS = 4


@dataclass(frozen=True)
class Published:
    """The version that the report shows: whose it is, its number, its as-of date, and the folder of its marts.

    `minimum_n` is how many have to stand behind a value, `has_default_target` whether nobody configured a target,
    `has_fixed_weights` whether the weights of the satisfaction index are configured.
    """

    company: str
    currency: str
    version: int
    as_of_date: dt.date
    published_at: dt.datetime
    folder: Path
    minimum_n: int = 5
    has_default_target: bool = False
    has_fixed_weights: bool = False

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
        """The rows of the newest complete period, at the grain that shows most values of a dimension, with those that
        are hidden. What the source does not name is left out.
        """
        named = pl.col("dimension") == dimension, pl.col("dimension_value") != UNKNOWN, pl.col("is_complete")
        rows = self.rows(name, *named, pl.col("grain").is_in(GRAINS), *conditions)
        found = [_newest([row for row in rows if row["grain"] == grain]) for grain in GRAINS]
        return max(found, key=lambda of_grain: (len(may_be_shown(of_grain)), len(of_grain)))

    def entities(self) -> set[str]:
        """The entities of which rows came in."""
        came = self.mart("data_quality").filter(pl.col("accepted_count") > 0).select("entity").unique()
        return set(came.collect()["entity"])

    def answers_needed(self, measure: str) -> str:
        """What the figures of a measure need: of a company with surveys only the answers."""
        where = "" if "survey_responses" in self.entities() else ": configure `survey_questions` and `survey_responses`"
        return f"Needs answers to a question of the measure `{measure}`{where}."

    def target(self, value: float | None) -> Target | None:
        """The target of a value, and whether somebody configured it."""
        return None if value is None else Target(value, self.has_default_target)


def may_be_shown(rows: Sequence[Row], value: str = "value") -> list[Row]:
    """The rows whose value may be shown."""
    return [row for row in rows if not row["is_suppressed"] and row[value] is not None]


def hidden(rows: Sequence[Row], n_of: str, minimum_n: int) -> str:
    """How many of the rows are hidden, and why; empty where none is."""
    few = sum(row["is_suppressed"] for row in rows)
    why = f"hidden: fewer than {minimum_n} {n_of}"
    if few == len(rows):
        return f"All {few} {why} each." if few > 1 else ("The only one is " + why + "." if few else "")
    return f"{few} of {len(rows)} {why}{' each' if few > 1 else ''}." if few else ""


def _newest(rows: list[Row]) -> list[Row]:
    newest_start = max((row["period_start"] for row in rows), default=None)
    return [row for row in rows if row["period_start"] == newest_start]


def readable(rows: list[Row]) -> list[Row]:
    """The newest periods at the grain that reads best.

    That is the finest of which most periods have enough behind them for an interval that says something; else the
    coarsest of which most may be shown at all. Either has some periods, for two points are no course.
    """
    by_grain = {grain: newest([row for row in rows if row["grain"] == grain], grain) for grain in GRAINS}
    courses = [found for found in by_grain.values() if len({row["period_start"] for row in found}) >= LEAST_PERIODS]
    telling = (found for found in courses if _most(found, ENOUGH))
    visible = (found for found in reversed(courses) if _most(found, 0))
    any_shown = (found for found in by_grain.values() if any(not row["is_suppressed"] for row in found))
    return next(chain(telling, visible, any_shown, by_grain.values()), [])


def _most(rows: list[Row], enough: int) -> bool:
    """Whether two thirds of the rows may be shown and have enough behind them."""
    good: int = sum(
        not row["is_suppressed"] and (row.get("n") or row.get("cohort_size") or 0) >= enough for row in rows
    )
    return good * 3 >= len(rows) * 2
