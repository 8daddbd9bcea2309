"""Whether customers come back: cohorts of first purchase, their average curve, and the retention rate by period."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import altair as alt
import polars as pl

from assets.report.charts import HATCH, layers, legend, trend
from assets.report.figure import TOO_FEW, UNDER_WAY, Figure, Section, Table
from assets.report.findings import of_trend
from assets.report.marts import Published, Row, readable
from assets.report.numbers import count, interval, shown
from assets.report.periods import MONTHS, MOST_PERIODS, names, period
from assets.report.points import Point, points_of, table_of

ORDERS = "Needs orders: configure the sources `orders` and `order_lines`."
ACTIVITY = "Needs orders or contracts: configure one of these sources."
STEPS = 7
STEP_WIDTHS = (0.01, 0.02, 0.05, 0.1, 0.15)
Z = 1.959963984540054


def section(published: Published) -> Section:
    """The figures of retention."""
    cohorts = _cohorts(published)
    return Section(
        "retention",
        "Retention",
        "Do customers come back, and do they stay?",
        [_heatmap(cohorts["on"]), _curves(cohorts), _rate(published)],
    )


def _cohorts(published: Published) -> dict[str, list[Row]]:
    """The cells after the first period, by kind, at the grain that reads best."""
    kinds = pl.col("kind").is_in(["on", "on_or_after"]), pl.col("grain").is_in(list(MOST_PERIODS))
    cells = published.rows("cohort_retention", *kinds, pl.col("period_offset") > 0)
    by_cohort = [{**cell, "period_start": cell["cohort_start"]} for cell in cells]
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for cell in readable(by_cohort):
        if cell["period_offset"] <= MOST_PERIODS[cell["grain"]]:
            by_kind[cell["kind"]].append(cell)
    return by_kind


def _heatmap(cells: Sequence[Row]) -> Figure:
    title, anchor, metrics = "Who comes back, cohort by cohort", "cohort-heatmap", ("cohort_retention",)
    counts = "Of the customers who first bought in a period, the share who bought in a later one."
    if not cells:
        return Figure(anchor, title, counts, metrics, needs=ORDERS)
    grain = cells[0]["grain"]
    rows = [_cell(cell) for cell in sorted(cells, key=lambda cell: (cell["cohort_start"], cell["period_offset"]))]
    sizes = {cell["cohort_start"]: cell["cohort_size"] for cell in cells}
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=_first_return(cells),
        n=f"{count(sum(sizes.values()))} customers in {len(sizes)} cohorts",
        chart=_heatmap_chart(rows, grain),
        table=Table(
            ("First purchase", f"{grain.title()}s later", "Bought again", "95% interval", "Of customers", "State"),
            [(r["cohort"], str(r["offset"]), r["says"], r["sure"], r["of"], r["state"]) for r in rows],
        ),
        notes=(f"A hatched cell's {grain} is still under way. A cell without a number has too few customers to show.",),
        wide=True,
        least_width=10 + 2.5 * len({row["offset"] for row in rows}),
    )


def _cell(cell: Row) -> Row:
    hidden = cell["is_suppressed"] or cell["value"] is None
    cohort = period(cell["grain"], cell["cohort_start"])
    return {
        "cohort": cohort,
        "label": f"{cohort}  (n {count(cell['cohort_size'])})",
        "offset": cell["period_offset"],
        "value": None if hidden else cell["value"],
        "complete": cell["is_complete"],
        "says": TOO_FEW if hidden else shown(cell["value"], "rate"),
        "short": "" if hidden else f"{cell['value']:.0%}",
        "sure": interval(None if hidden else cell["ci_low"], cell["ci_high"], "rate"),
        "of": count(cell["denominator"]),
        "state": TOO_FEW if hidden else ("complete" if cell["is_complete"] else UNDER_WAY),
    }


def _heatmap_chart(rows: Sequence[Row], grain: str) -> alt.LayerChart:
    most = max((row["value"] for row in rows if row["value"] is not None), default=1.0)
    width = next((width for width in STEP_WIDTHS if width * STEPS >= most), STEP_WIDTHS[-1])
    limits = [width * step for step in range(1, STEPS)]
    x = alt.X("offset:O", axis=alt.Axis(title=f"{grain.title()}s after the first purchase", labelAngle=0, orient="top"))
    y = alt.Y(
        "label:N", sort=list(dict.fromkeys(row["label"] for row in rows)), axis=alt.Axis(title=None, labelLimit=180)
    )
    tips = [
        alt.Tooltip("cohort:N", title="First purchase"),
        alt.Tooltip("offset:O", title=f"{grain.title()}s later"),
        alt.Tooltip("says:N", title="Bought again"),
        alt.Tooltip("sure:N", title="95% interval"),
        alt.Tooltip("of:N", title="Of customers"),
        alt.Tooltip("state:N", title="State"),
    ]
    steps = alt.Scale(type="threshold", domain=limits, range=[f"var(--step-{step})" for step in range(1, STEPS + 1)])
    inks = alt.Scale(type="threshold", domain=limits, range=[f"var(--on-step-{step})" for step in range(1, STEPS + 1)])
    base = alt.Chart().encode(x=x, y=y)
    cells = base.mark_rect(aria=True, cornerRadius=3, stroke="var(--surface)", strokeWidth=2).encode(
        fill=alt.when("datum.value === null")
        .then(alt.value("var(--hidden)"))
        .otherwise(alt.Fill("value:Q", scale=steps, legend=None)),
        tooltip=tips,
        description="aria:N",
    )
    hatch = base.mark_rect(fill=HATCH, cornerRadius=3).transform_filter("!datum.complete")
    numbers = base.mark_text(fontSize=12).encode(text="short:N", fill=alt.Fill("value:Q", scale=inks, legend=None))
    told = [{**row, "aria": f"{row['cohort']}, {grain} {row['offset']}: {row['says']}, {row['state']}"} for row in rows]
    chart = layers(cells, hatch, numbers, rows=told, height=alt.Step(30))
    chart.resolve = alt.Resolve(scale=alt.ScaleResolveMap(fill="independent"))
    return chart


def _first_return(cells: Sequence[Row]) -> str:
    """What share came back in the period after the first, over all cohorts."""
    first = next((point for point in _average(cells, "") if point.name == "1"), None)
    if first is None:
        return ""
    sure = interval(first.low, first.high, "rate").replace(" to ", " and ")
    grain = cells[0]["grain"]
    return (
        f"{shown(first.value, 'rate')} of new customers bought again in the {grain} after their first, with 95% "
        f"confidence between {sure}."
    )


def _curves(cohorts: dict[str, list[Row]]) -> Figure:
    title, anchor, metrics = "How many are still buying as time passes", "retention-curves", ("cohort_retention",)
    counts = (
        "The average of the cohorts, weighted by size: the share of customers who bought in that very period, and the "
        "share who bought in it or later."
    )
    series = {"on": "bought in the period", "on_or_after": "bought in it or later"}
    points = [point for kind, name in series.items() for point in _average(cohorts.get(kind, []), name)]
    if not points:
        return Figure(anchor, title, counts, metrics, needs=ORDERS)
    grain = cohorts["on"][0]["grain"]
    offsets = list(dict.fromkeys(point.name for point in points))
    later = [point for point in points if point.series == series["on_or_after"]] or points
    year = later[min(12 // MONTHS[grain], len(later)) - 1]
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=f"{shown(year.value, 'rate')} of customers bought {year.name} {grain}s after their first or later.",
        n=f"{count(max(point.n or 0 for point in points))} customers at first, fewer as cohorts are younger",
        chart=trend(
            points, offsets, "rate", "customers", value="Share", x_title=f"{grain.title()}s after the first purchase"
        ),
        legend=legend(list(series.values())),
        table=table_of(points, "rate", head=f"{grain.title()}s later", value="Share", n_of="customers", series="Curve"),
        notes=(
            "Only complete cells count, and only those that may be shown.",
            "The upper curve falls at its end also because there the cohorts have had little time to come back.",
        ),
    )


def _average(cells: Sequence[Row], series: str) -> list[Point]:
    """The curve over cohorts: the retained of all complete cells of an offset over their customers, Wilson interval."""
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for cell in cells:
        if cell["is_complete"] and not cell["is_suppressed"] and cell["denominator"]:
            parts[cell["period_offset"]].append((cell["retained"], cell["denominator"]))
    points = []
    for offset, found in sorted(parts.items()):
        retained, customers = (sum(part) for part in zip(*found, strict=True))
        low, high = _wilson(retained, customers)
        points.append(Point(str(offset), retained / customers, low, high, customers, series))
    return points


def _wilson(successes: int, n: int) -> tuple[float, float]:
    share, spread = successes / n, Z * Z / n
    middle, half = share + spread / 2, Z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def _rate(published: Published) -> Figure:
    rows = published.metric("crr")
    title, anchor, metrics = "Customer retention rate", "retention-rate", ("crr", "churn_rate_start_base")
    counts = "Of the customers who were active when the period began, the share who were still active when it ended."
    if not rows:
        return Figure(
            anchor, title, counts, metrics, needs="Needs orders or contracts: configure one of these sources."
        )
    points = points_of(rows)
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        **of_trend(rows, "rate", "customers active at the start"),
        chart=trend(points, names(rows), "rate", "customers", value="Share retained"),
        table=table_of(points, "rate", head="Period", value="Retained", n_of="customers at the start"),
    )
