"""Periods as people name them, and how many of them a chart can hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

MONTHS = {"month": 1, "quarter": 3, "year": 12}
GRAINS = tuple(MONTHS)
MOST_PERIODS = {"month": 24, "quarter": 12, "year": 10}


def period(grain: str, start: dt.date) -> str:
    """The period's name: Mar 2024, Q1 2024 or 2024."""
    if grain == "month":
        return f"{start:%b %Y}"
    return f"Q{(start.month + 2) // 3} {start.year}" if grain == "quarter" else str(start.year)


def day(date: dt.date) -> str:
    """A day as people write it: 5 March 2024."""
    return f"{date.day} {date:%B %Y}"


def names(rows: Sequence[dict[str, Any]], column: str = "period_start") -> list[str]:
    """The names of all periods from the first to the last row's, so that a period without rows leaves a gap."""
    if not rows:
        return []
    grain, found = rows[0]["grain"], [row[column] for row in rows]
    start, named = min(found), []
    while start <= max(found):
        named.append(period(grain, start))
        start = later(start, MONTHS[grain])
    return named


def later(start: dt.date, months: int) -> dt.date:
    """The first day of the month that many months later."""
    count = start.year * 12 + start.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def newest(rows: Sequence[dict[str, Any]], grain: str, column: str = "period_start") -> list[dict[str, Any]]:
    """The rows of the newest periods, as many as a chart can hold, the oldest first."""
    if not rows:
        return []
    first = later(max(row[column] for row in rows), -MONTHS[grain] * (MOST_PERIODS[grain] - 1))
    return sorted((row for row in rows if row[column] >= first), key=lambda row: row[column])


def latest_complete(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The newest row that is complete and may be shown."""
    shown = [row for row in rows if row["is_complete"] and not row["is_suppressed"]]
    return max(shown, key=lambda row: row["period_start"], default=None)
