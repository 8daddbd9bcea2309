"""Whether customers buy again, the same or something else, and what kinds of purchases there are."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from assets.report.charts import SERIES_COLOURS, legend, series_of, stacked, trend
from assets.report.figure import Figure, Section
from assets.report.findings import of_trend
from assets.report.marts import Published, Row
from assets.report.numbers import interval, shown, title_case
from assets.report.periods import latest_complete, names, period
from assets.report.points import Point, points_of, table_of

ORDERS = "Needs orders: configure the sources `orders` and `order_lines`."
CONVERSIONS = "Needs orders or contracts: configure one of these sources."
RATIOS = {"repurchase_ratio": "the same product again", "upselling_ratio": "a different product"}
TYPES = ("acquisition", "repeat", "cross_sell", "upsell", "switch", "downsell", "unclassified")
TYPE_COLOURS = [SERIES_COLOURS[place] for place in (3, 0, 2, 1, 4, 6, 5)]


def section(published: Published) -> Section:
    """The figures of repeat purchases and upselling."""
    figures = [_rates(published), _ratios(published), _conversions(published)]
    return Section(
        "purchases", "Repeat purchases and upselling", "Do customers buy again, and do they buy more?", figures
    )


def _rates(published: Published) -> Figure:
    title, anchor, metrics = "Customers who buy a second time", "repeat-purchase", ("repeat_purchase_rate",)
    counts = (
        "Of the customers who first bought in a period, the share with a second purchase so many days later at most."
    )
    rows = [
        {**row, "ci_low": row["repeat_purchase_rate_ci_low"], "ci_high": row["repeat_purchase_rate_ci_high"]}
        for row in published.total("repurchase", pl.col("window_days").is_not_null())
    ]
    if not rows:
        return Figure(anchor, title, counts, metrics, needs=ORDERS)
    windows = sorted({row["window_days"] for row in rows})
    points = [
        point
        for days in windows
        for point in points_of(_of_window(rows, days), "repeat_purchase_rate", series=f"within {days} days")
    ]
    longest = [{**row, "value": row["repeat_purchase_rate"]} for row in _of_window(rows, windows[-1])]
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        **of_trend(longest, "rate", "new customers", lead=f"Within {windows[-1]} days, first purchase in "),
        chart=trend(points, names(rows), "rate", "new customers", value="Share"),
        legend=legend(series_of(points)),
        table=table_of(points, "rate", head="First purchase in", value="Share", n_of="new customers", series="Window"),
        notes=("Only customers whose days have all passed count, so the newest periods have few or none.",),
    )


def _of_window(rows: list[Row], days: int) -> list[Row]:
    return [row for row in rows if row["window_days"] == days]


def _ratios(published: Published) -> Figure:
    found = published.metrics(*RATIOS)
    title, anchor = "For each customer who bought once, how many bought more", "repurchase-upsell"
    counts = (
        "Customers who came back for a product that they had bought, and for one that they had not, per customer who "
        "bought only once."
    )
    if not found:
        return Figure(anchor, title, counts, tuple(RATIOS), needs=ORDERS)
    points = [point for metric, rows in found.items() for point in points_of(rows, series=RATIOS[metric])]
    return Figure(
        anchor,
        title,
        counts,
        tuple(found),
        finding=_both(found),
        n=of_trend(next(iter(found.values())), "ratio", "new customers")["n"],
        chart=trend(points, _names(found), "ratio", "customers", value="Ratio"),
        legend=legend([RATIOS[metric] for metric in found]),
        table=table_of(points, "ratio", head="First purchase in", value="Ratio", n_of="customers", series="Bought"),
        notes=(
            "By the period of the first purchase. A customer can be in both.",
            "There is no ratio where nobody bought once, and an interval that reaches beyond the chart is cut.",
        ),
    )


def _both(found: dict[str, list[Row]]) -> str:
    """The newest of each ratio in one sentence."""
    parts = []
    for metric, rows in found.items():
        row = latest_complete([row for row in rows if row["value"] is not None])
        if row:
            sure = interval(row["ci_low"], row["ci_high"], "ratio")
            when = period(row["grain"], row["period_start"])
            parts.append(f"{shown(row['value'], 'ratio')} for {RATIOS[metric]} ({when}; 95% interval {sure})")
    return f"Newest complete: {' and '.join(parts)}." if parts else "No period is complete yet."


def _names(found: dict[str, list[Row]]) -> list[str]:
    return names([row for rows in found.values() for row in rows])


def _conversions(published: Published) -> Figure:
    kinds = pl.col("conversion_source") == "total", pl.col("conversion_type").is_in(TYPES)
    rows = published.total("conversions", *kinds)
    title, anchor, metrics = (
        "What kinds of purchases there are",
        "conversions",
        ("conversions", "upsell_rate", "cross_sell_rate"),
    )
    counts = "Every product bought in an order, contract start and change of plan is of exactly one kind."
    if not rows:
        return Figure(
            anchor, title, counts, metrics, needs="Needs orders or contracts: configure one of these sources."
        )
    points = _parts(rows)
    rate = published.metric("upsell_rate")
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        **of_trend(rate, "percent", "customers", lead="Upsell rate, "),
        chart=stacked(points, names(rows), "rate", "customers", value="Share", colours=TYPE_COLOURS),
        legend=legend([title_case(kind) for kind in TYPES], TYPE_COLOURS),
        table=table_of(points, "rate", head="Period", value="Share", n_of="customers", series="Kind"),
    )


def _parts(rows: Sequence[Row]) -> list[Point]:
    """The points in the order of the kinds, so that they lie on each other in it."""
    return [
        point
        for kind in TYPES
        for point in points_of([row for row in rows if row["conversion_type"] == kind], series=title_case(kind))
    ]
