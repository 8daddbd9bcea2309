"""Recurring revenue: what moved it, how much of it stays, and how long contracts live."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import altair as alt
import polars as pl

from assets.report.charts import INK, ROW_HEIGHT, SERIES_COLOURS, colour, layers, legend, trend, value_axis
from assets.report.figure import Figure, Section, Table
from assets.report.findings import of_trend
from assets.report.marts import Published, Row
from assets.report.numbers import count, interval, shown
from assets.report.periods import names, period
from assets.report.points import points_of, table_of

CONTRACTS = "Needs contracts: configure the source `contracts`."
MOVEMENTS = {"new": 1, "reactivation": 1, "expansion": 1, "contraction": -1, "churn": -1}
MONTHS = 12
MOST_PLANS = 5
RATES = {"nrr": "net, with expansion", "grr": "gross, without it"}


def section(published: Published) -> Section:
    """The figures of recurring revenue."""
    figures = [_bridge(published), _retention(published), _survival(published)]
    return Section("revenue", "Recurring revenue", "What moved it, and how long do contracts live?", figures)


def _bridge(published: Published) -> Figure:
    title, anchor, metrics = "What moved recurring revenue", "mrr-bridge", ("mrr_movements", "mrr")
    counts = f"Recurring revenue per month, in {published.currency}; the movements of each customer and month, summed."
    rows = published.rows(
        "mrr_movements", pl.col("dimension") == "total", pl.col("is_complete"), ~pl.col("is_suppressed")
    )
    months = _without_gaps(sorted(rows, key=lambda row: row["period_start"])[-MONTHS:])
    if not months:
        return Figure(anchor, title, counts, metrics, needs=CONTRACTS)
    steps = _steps(months)
    first, last = (period("month", months[place]["period_start"]) for place in (0, -1))
    start, end = months[0]["start_mrr_amount"], months[-1]["end_mrr_amount"]
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=f"{first} to {last}: from {shown(start, 'amount')} to {shown(end, 'amount')} {published.currency} a "
        "month.",
        n=f"{count(months[-1]['end_customer_count'])} customers at the end of {last}",
        chart=_bridge_chart(steps),
        table=Table(
            ("Month", "Start", *(name.title() for name in MOVEMENTS), "End", "Customers"),
            [
                (
                    period("month", row["period_start"]),
                    shown(row["start_mrr_amount"], "amount"),
                    *(shown(row[f"{name}_amount"], "amount") for name in MOVEMENTS),
                    shown(row["end_mrr_amount"], "amount"),
                    count(row["end_customer_count"]),
                )
                for row in months
            ],
        ),
        notes=("Start + new + reactivation + expansion, less contraction and churn, is the end: to the cent.",),
    )


def _without_gaps(months: list[Row]) -> list[Row]:
    """The newest months that follow one another: a bridge over a hidden month would not close."""
    kept = months[-1:]
    for row in reversed(months[:-1]):
        if row["period_end"] != kept[0]["period_start"]:
            break
        kept.insert(0, row)
    return kept


def _steps(months: Sequence[Row]) -> list[Row]:
    """The bars of the bridge: where each begins and ends, and what it says."""
    level: Decimal = months[0]["start_mrr_amount"]
    steps = [_step("Start", Decimal(0), level, "total")]
    for name, sign in MOVEMENTS.items():
        amount = sign * sum((row[f"{name}_amount"] for row in months), Decimal(0))
        steps.append(_step(name.title(), level, level + amount, "gain" if sign > 0 else "loss"))
        level += amount
    return [*steps, _step("End", Decimal(0), level, "total")]


def _step(name: str, low: Decimal, high: Decimal, kind: str) -> Row:
    amount = high - low
    return {
        "name": name,
        "from": float(low),
        "to": float(high),
        "end": float(max(low, high)),
        "kind": kind,
        "says": shown(float(amount), "amount", signed=kind != "total"),
    }


def _bridge_chart(steps: Sequence[Row]) -> alt.LayerChart:
    kinds = alt.Scale(domain=["total", "gain", "loss"], range=[SERIES_COLOURS[place] for place in (5, 2, 1)])
    y = alt.Y("name:N", sort=[step["name"] for step in steps], axis=alt.Axis(title=None, grid=False))
    tips = [alt.Tooltip("name:N", title="Movement"), alt.Tooltip("says:N", title="Amount")]
    room = alt.Scale(domainMax=max(step["end"] for step in steps) * 1.2 or 1)
    bars = (
        alt.Chart()
        .mark_bar(height=20)
        .encode(
            y=y,
            x=alt.X("from:Q", axis=value_axis("amount"), scale=room),
            x2="to:Q",
            color=alt.Color("kind:N", scale=kinds, legend=None),
            tooltip=tips,
        )
    )
    words = alt.Chart().mark_text(align="left", dx=6, color=INK).encode(y=y, x="end:Q", text="says:N")
    return layers(bars, words, rows=steps, height=ROW_HEIGHT * len(steps))


def _retention(published: Published) -> Figure:
    found = published.metrics(*RATES)
    title, anchor = "How much recurring revenue stays", "revenue-retention"
    counts = "Of the recurring revenue at a period's start, the share that the same customers still bring at its end."
    if not found:
        return Figure(anchor, title, counts, tuple(RATES), needs=CONTRACTS)
    points = [point for metric, rows in found.items() for point in points_of(rows, series=RATES[metric])]
    return Figure(
        anchor,
        title,
        counts,
        tuple(found),
        **of_trend(next(iter(found.values())), "rate", "customers at the start", lead="Net, "),
        chart=trend(
            points, names([row for rows in found.values() for row in rows]), "rate", "customers", value="Share"
        ),
        legend=legend([RATES[metric] for metric in found]),
        table=table_of(points, "rate", head="Period", value="Share", n_of="customers", series="Retention"),
    )


def _survival(published: Published) -> Figure:
    title, anchor, metrics = "How long contracts live", "contract-survival", ("contract_survival",)
    counts = "Share of contracts still in force so many days after their start, by the plan on which they started."
    rows = published.rows(
        "contract_survival",
        pl.col("grain") == "total",
        pl.col("dimension") == "plan",
        ~pl.col("is_suppressed"),
        pl.col("survival_rate").is_not_null(),
    )
    if not rows:
        return Figure(anchor, title, counts, metrics, needs=CONTRACTS)
    sizes = {row["dimension_value"]: row["cohort_size"] for row in rows}
    plans = sorted(sizes, key=lambda plan: (-sizes[plan], plan))[:MOST_PLANS]
    drawn = [
        _on_curve(row)
        for row in sorted(rows, key=lambda row: row["days_since_start"])
        if row["dimension_value"] in plans
    ]
    drawn.sort(key=lambda row: plans.index(row["plan"]))
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=_after_a_year(drawn, plans),
        n=", ".join(f"{count(sizes[plan])} contracts on {plan}" for plan in plans),
        chart=_survival_chart(drawn, plans),
        legend=legend(plans),
        table=Table(
            ("Plan", "Days", "In force", "95% interval", "At risk"),
            [(row["plan"], count(row["days"]), row["says"], row["sure"], row["risk"]) for row in drawn],
        ),
        notes=("Kaplan\N{EN DASH}Meier: contracts still in force count for as long as they were seen.",)
        + ((f"The {MOST_PLANS} largest of {len(sizes)} plans.",) if len(sizes) > MOST_PLANS else ()),
    )


def _on_curve(row: Row) -> Row:
    return {
        "plan": row["dimension_value"],
        "series": row["dimension_value"],
        "days": row["days_since_start"],
        "value": row["survival_rate"],
        "low": row["ci_low"],
        "high": row["ci_high"],
        "says": shown(row["survival_rate"], "rate"),
        "sure": interval(row["ci_low"], row["ci_high"], "rate"),
        "risk": count(row["at_risk_count"]),
    }


def _after_a_year(rows: Sequence[Row], plans: Sequence[str]) -> str:
    """What is left of each plan after a year, of those that were seen for so long."""
    left = []
    for plan in plans:
        curve = [row for row in rows if row["plan"] == plan]
        if curve[-1]["days"] >= 365:
            left.append(f"{[row for row in curve if row['days'] <= 365][-1]['says']} on {plan}")
    return f"After a year {', '.join(left)} are still in force." if left else "No plan was seen for a year yet."


def _survival_chart(rows: Sequence[Row], plans: Sequence[str]) -> alt.LayerChart:
    x = alt.X("days:Q", axis=alt.Axis(title="Days since the start", tickCount=6, grid=False))
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 1]), axis=value_axis("rate"))
    tips = [
        alt.Tooltip("plan:N", title="Plan"),
        alt.Tooltip("days:Q", title="Days"),
        alt.Tooltip("says:N", title="In force"),
        alt.Tooltip("sure:N", title="95% interval"),
        alt.Tooltip("risk:N", title="At risk"),
    ]
    sure = (
        alt.Chart()
        .mark_area(opacity=0.1, interpolate="step-after")
        .encode(x=x, y="low:Q", y2="high:Q", color=colour(plans))
    )
    line = alt.Chart().mark_line(strokeWidth=2, interpolate="step-after").encode(x=x, y=y, color=colour(plans))
    marks = alt.Chart().mark_point(opacity=0, size=120).encode(x=x, y=y, tooltip=tips)
    return layers(sure, line, marks, rows=rows)
