"""The sentence that a figure says: its latest complete value, how sure it is, and whether it changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from assets.report.numbers import change_shown, count, interval, shown
from assets.report.periods import latest_complete, period

NO_PERIOD = "No period with answers is complete yet."


class Said(TypedDict):
    """What a figure says of its newest complete period."""

    finding: str
    n: str


def of_trend(rows: Sequence[dict[str, Any]], unit: str, n_of: str, lead: str = "") -> Said:
    """The newest complete value with its interval and change, and its n; both empty where none may be shown."""
    row = latest_complete(rows)
    if row is None or row["value"] is None:
        return Said(finding="No complete period has enough answers to show a number yet.", n="")
    when = period(row["grain"], row["period_start"])
    sentence = f"{lead}{when}: {shown(row['value'], unit)}"
    if row.get("ci_low") is not None:
        sentence += (
            f", with 95% confidence between {interval(row['ci_low'], row['ci_high'], unit).replace(' to ', ' and ')}"
        )
    changed = change(row, unit)
    return Said(finding=f"{sentence}{'; ' + changed if changed else ''}.", n=f"{count(row['n'])} {n_of} in {when}")


def gap_told(row: dict[str, Any]) -> str:
    """How far the value is from its target, in which direction; empty where it is there or there is none."""
    gap = row["gap_to_target"]
    return f", {shown(abs(gap), 'index')} {'below' if gap > 0 else 'above'} the target" if gap else ""


def change(row: dict[str, Any], unit: str) -> str:
    """The change to the period before, and whether it is more than chance; empty where there is none."""
    if row.get("change") is None:
        return ""
    if not round(row["change"], 9):
        return f"unchanged from the {row['grain']} before"
    told = f"{change_shown(row['change'], unit)} on the {row['grain']} before"
    if row.get("change_ci_low") is None:
        return told
    is_clear = row["change_ci_low"] > 0 or row["change_ci_high"] < 0
    return told if is_clear else f"no clear change ({told})"
