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


@dataclass(frozen=True)
class Target:
    """What a value is to reach, and whether that is the target of who configured none."""

    value: float
    is_default: bool = False

    @property
    def told(self) -> str:
        """The target in words, such as `target 95 (default)`."""
        return f"target {self.value:g}{' (default)' if self.is_default else ''}"

    def is_near(self, points: Sequence[Point]) -> bool:
        """Whether an axis may reach to it: no farther from the values and intervals than these are from each other."""
        ends = ends_of(points)
        span = max(ends, default=0.0) - min(ends, default=0.0)
        return bool(ends) and min(ends) - span <= self.value <= max(ends) + span

    def note(self, points: Sequence[Point]) -> tuple[str, ...]:
        """What the caption says where the axis does not reach to it."""
        return () if self.is_near(points) else (f"The {self.told} lies beyond the axis.",)


def ends_of(points: Sequence[Point]) -> list[float]:
    """The values and the ends of the intervals."""
    return [end for point in points for end in (point.value, point.low, point.high) if end is not None]


def n_of_all(points: Sequence[Point], n_of: str, by: str) -> str:
    """What is behind all rows together and behind each: `20,000 respondents in total, 1,357 to 9,544 by channel`."""
    counts = [point.n or 0 for point in points]
    if len(counts) == 1:
        return f"{count(counts[0])} {n_of}"
    return f"{count(sum(counts))} {n_of} in total, {least_and_most(counts)} by {by}"


def least_and_most(counts: Sequence[float]) -> str:
    """The range of some counts: `1,357 to 9,544`, or the one that all are."""
    least, most = min(counts), max(counts)
    return count(most) if least == most else f"{count(least)} to {count(most)}"


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
            "behind": point.n,
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
