"""The few numbers that come first, each from the newest complete period of its metric."""

from __future__ import annotations

from dataclasses import dataclass

from assets.report.findings import change
from assets.report.marts import Published
from assets.report.numbers import count, interval, shown
from assets.report.periods import latest_complete, period

# Metric, its name in few words, unit, and the figure that shows more of it.
FIRST = (
    ("crr", "Customers retained", "rate", "retention-rate"),
    ("repeat_purchase_rate", "New customers who bought again", "rate", "repeat-purchase"),
    ("csi_index", "Satisfaction index", "index", "satisfaction-index"),
    ("csi_report_total", "Combined report", "index", "combined-report"),
    ("nps", "Net promoter score", "points", "nps-trend"),
    ("mrr", "Recurring revenue a month", "amount", "mrr-bridge"),
)


@dataclass(frozen=True)
class Tile:
    """One number with its period, interval, n and change as text, and the figure that shows more of it."""

    name: str
    value: str
    when: str
    sure: str
    changed: str
    anchor: str


def tiles(published: Published) -> list[Tile]:
    """The first numbers; those that no source feeds are left out."""
    found = []
    for metric, name, unit, anchor in FIRST:
        row = latest_complete([row for row in published.metric(metric) if row["value"] is not None])
        if row is None:
            continue
        money = f" {published.currency}" if unit == "amount" else ""
        sure = "" if row["ci_low"] is None else f"95% interval {interval(row['ci_low'], row['ci_high'], unit)}, "
        found.append(
            Tile(
                name,
                shown(row["value"], unit) + money,
                period(row["grain"], row["period_start"]),
                f"{sure}n\N{NO-BREAK SPACE}{count(row['n'])}",
                change(row, unit),
                anchor,
            )
        )
    return found
