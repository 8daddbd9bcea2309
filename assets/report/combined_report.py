"""The combined satisfaction report: indicators of price, quality, service and client beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from assets.report.charts import dots, legend, series_of
from assets.report.figure import Figure, Table
from assets.report.findings import NO_PERIOD, gap_told
from assets.report.marts import Published, Row, readable
from assets.report.numbers import count, interval, shown, title_case
from assets.report.periods import latest_complete, period
from assets.report.points import Point, least_and_most

BLOCKS = "answers to questions of the blocks `price` or `logistics`"
REPORT_SOURCES = {"competitor_prices": "`competitor_prices`", "shipments": "`shipments`", "orders": "`orders`"}


def figure(published: Published) -> Figure:
    """The report's figure; without one, what is missing for it."""
    title, anchor, metrics = (
        "The combined report: price, quality, service, client",
        "combined-report",
        ("csi_summary",),
    )
    counts = "Indicators of four blocks as facts of 0 to 100, each with its weight and target."
    all_rows = published.rows("csi_summary", pl.col("dimension") == "total")
    totals = readable([row for row in all_rows if row["level"] == "report" and row["indicator"] == "total"])
    rows = [row for row in all_rows if totals and row["grain"] == totals[0]["grain"]]
    indicators = [row for row in rows if row["level"] == "indicator" and row["fact"] is not None]
    newest = latest_complete(indicators)
    if newest is None:
        needs = _report_needs(published, all_rows)
        return Figure(anchor, title, counts, metrics, needs=needs)
    shown_rows = sorted(
        (row for row in rows if row["period_start"] == newest["period_start"]), key=lambda row: row["position"]
    )
    points = [
        Point(
            title_case(row["indicator"]),
            row["fact"],
            row["ci_low"],
            row["ci_high"],
            row["n"],
            series=title_case(row["block"]),
            is_suppressed=row["is_suppressed"],
        )
        for row in shown_rows
        if row["level"] == "indicator"
    ]
    when, target = period(newest["grain"], newest["period_start"]), published.target(newest["target"])
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=_total_of(shown_rows),
        n=f"{least_and_most([point.n or 0 for point in points])} by indicator, beside each; {when}",
        chart=dots(points, "index", "behind it", value="Fact", head="Indicator", target=target),
        legend=legend(series_of(points)),
        table=_summary_table(shown_rows),
        notes=target.note(points) if target else (),
    )


def _report_needs(published: Published, rows: Sequence[Row]) -> str:
    """What is missing for the report, each of which would bring indicators; what came in is not named."""
    if any(row["fact"] is not None for row in rows):
        return NO_PERIOD
    if any(row["is_suppressed"] for row in rows):
        return f"All indicators are hidden: fewer than {published.minimum_n} behind each."
    came = published.entities()
    missing = [BLOCKS, *(words for entity, words in REPORT_SOURCES.items() if entity not in came)]
    if len(missing) == 1:
        return f"Needs {BLOCKS}."
    return f"Needs one of these at least, each of which brings indicators: {', '.join(missing[:-1])} or {missing[-1]}."


def _total_of(rows: Sequence[Row]) -> str:
    """The report's total with its gap; of what is available where an indicator is missing."""
    totals = {row["indicator"]: row for row in rows if row["level"] == "report" and row["fact"] is not None}
    row = totals.get("total") or totals.get("total_of_available")
    if row is None:
        return "No total can be shown yet."
    what = (
        "" if "total" in totals else f" of the {shown(row['weight_available'], 'rate')} of the weight that is available"
    )
    when = period(row["grain"], row["period_start"])
    return f"{when}: {shown(row['fact'], 'index')} in total{what}{gap_told(row)}."


def _summary_table(rows: Sequence[Row]) -> Table:
    return Table(
        ("Indicator", "Block", "Fact", "95% interval", "Weight", "Weighted", "Target", "Gap to target", "n"),
        [
            (
                _indicator(row),
                title_case(row["block"]),
                shown(row["fact"], "index"),
                interval(row["ci_low"], row["ci_high"], "index"),
                shown(row["weight"], "rate"),
                shown(row["weighted_value"], "index"),
                shown(row["target"], "index"),
                shown(row["gap_to_target"], "index"),
                count(row["n"]),
            )
            for row in rows
        ],
    )


def _indicator(row: Row) -> str:
    words = {
        "block": f"{title_case(row['block'])} in total",
        "report": f"Report: {title_case(row['indicator']).lower()}",
    }
    return words.get(row["level"], title_case(row["indicator"]))
