"""The points of a chart: what is drawn and the table behind it come from the same ones, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assets.report.figure import TOO_FEW, UNDER_WAY, Table
from assets.report.numbers import count, interval, shown
from assets.report.periods import period


@dataclass(frozen=True)
class Point:
    """One value with its 95 % interval and what is behind it.

    `name` is its place on the axis, `series` the line or colour that it belongs to.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: float | None = None
    series: str = ""
    is_complete: bool = True
    is_suppressed: bool = False


def points_of(
    rows: Sequence[dict[str, Any]], value: str = "value", *, name: str = "", series: str = "", interval_of: str = "ci"
) -> list[Point]:
    """The points of a mart's rows: the period on the axis, or the column `name`; the interval stands in
    `<interval_of>_low` and `_high`. What is suppressed has no value.
    """
    return [
        Point(
            name=str(row[name]) if name else period(row["grain"], row["period_start"]),
            value=None if row["is_suppressed"] or row[value] is None else float(row[value]),
            low=None if row["is_suppressed"] else row.get(f"{interval_of}_low"),
            high=None if row["is_suppressed"] else row.get(f"{interval_of}_high"),
            n=row.get("n"),
            series=series,
            is_complete=row.get("is_complete", True),
            is_suppressed=row["is_suppressed"],
        )
        for row in rows
    ]


def chart_data(points: Sequence[Point], unit: str, n_of: str) -> list[dict[str, Any]]:
    """The points as a chart reads them, with what a tooltip says of each."""
    return [
        {
            "name": point.name,
            "series": point.series,
            "value": point.value,
            "low": point.low,
            "high": point.high,
            "complete": point.is_complete,
            "says": shown(point.value, unit),
            "sure": interval(point.low, point.high, unit),
            "n": f"{count(point.n)} {n_of}",
            "state": state(point),
        }
        for point in points
        if point.value is not None
    ]


def state(point: Point) -> str:
    """Whether the number may still change as its period goes on, or is hidden."""
    if point.is_suppressed:
        return TOO_FEW
    return "complete" if point.is_complete else UNDER_WAY


def table_of(points: Sequence[Point], unit: str, *, head: str, value: str, n_of: str, series: str = "") -> Table:
    """The points as a table; with a column for the series where it is named."""
    columns = (head, *([series] if series else []), value, "95% interval", n_of[:1].upper() + n_of[1:], "State")
    rows = [
        (
            point.name,
            *([point.series] if series else []),
            TOO_FEW if point.is_suppressed else shown(point.value, unit),
            interval(point.low, point.high, unit),
            count(point.n),
            state(point),
        )
        for point in points
    ]
    return Table(columns, rows)
