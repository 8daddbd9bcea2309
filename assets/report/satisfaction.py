"""How satisfied customers are, with what, how much it matters to them, and how far the target is."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import polars as pl

from assets.report.charts import INK, QUIET, SERIES_COLOURS, dots, layers, legend, series_of, trend
from assets.report.figure import Figure, Section, Table
from assets.report.findings import of_trend
from assets.report.marts import Published, Row, readable
from assets.report.numbers import count, interval, shown, title_case
from assets.report.periods import latest_complete, names, period
from assets.report.points import Point, points_of, table_of

QUESTIONS = (
    "Needs answers to questions of the measure `csi_satisfaction`: configure `survey_questions` and `survey_responses`."
)
QUADRANTS = ("concentrate_here", "keep_up", "low_priority", "possible_overkill")
QUADRANT_COLOURS = [SERIES_COLOURS[place] for place in (1, 2, 5, 0)]


def section(published: Published) -> Section:
    """The figures of satisfaction."""
    parameters = _parameters(published)
    figures = [_index(published), _summary(published), _by_parameter(parameters), _quadrants(parameters)]
    return Section("satisfaction", "Satisfaction", "How satisfied are customers, and with what?", figures)


def _index(published: Published) -> Figure:
    rows = published.metric("csi_index")
    title, anchor, metrics = "Customer satisfaction index", "satisfaction-index", ("csi_index",)
    counts = "The mean satisfaction with each parameter, weighted by how important customers say it is; 0 to 100."
    if not rows:
        return Figure(anchor, title, counts, metrics, needs=QUESTIONS)
    points = points_of(rows)
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        **of_trend(rows, "index", "respondents"),
        chart=trend(points, names(rows), "index", "respondents", value="Index", target=rows[-1]["target"]),
        table=table_of(points, "index", head="Period", value="Index", n_of="respondents"),
    )


def _parameters(published: Published) -> list[Row]:
    """The parameters of the newest complete period, the farthest from the target first."""
    rows = published.total("csi_parameters", pl.col("level") == "parameter")
    newest = latest_complete(rows)
    if newest is None:
        return []
    of_period = [row for row in rows if row["period_start"] == newest["period_start"]]
    found = [row for row in of_period if not row["is_suppressed"] and row["satisfaction_index"] is not None]
    return sorted(found, key=lambda row: (row["satisfaction_index"], row["block"], row["parameter"]))


def _by_parameter(rows: Sequence[Row]) -> Figure:
    title, anchor, metrics = (
        "Satisfaction by parameter, and the gap to the target",
        "satisfaction-parameters",
        ("csi_parameters",),
    )
    counts = "The mean answer to each parameter as its place between the ends of the scale, 0 to 100."
    if not rows:
        return Figure(anchor, title, counts, metrics, needs=QUESTIONS)
    when = period(rows[0]["grain"], rows[0]["period_start"])
    labelled = [{**row, "label": title_case(row["parameter"])} for row in rows]
    points = points_of(labelled, "satisfaction_index", name="label", interval_of="satisfaction_index_ci")
    farthest = rows[0]
    gap = f", {shown(farthest['gap_to_target'], 'index')} below the target" if farthest["gap_to_target"] else ""
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=f"{when}: farthest off is {title_case(farthest['parameter']).lower()} with "
        f"{shown(farthest['satisfaction_index'], 'index')}{gap}.",
        n=f"{_least_and_most(rows)} respondents in {when}",
        chart=dots(points, "index", "respondents", value="Index", head="Parameter", target=rows[0]["target"]),
        table=Table(
            ("Parameter", "Block", "Index", "95% interval", "Gap to target", "Importance", "Satisfied", "Respondents"),
            [
                (
                    title_case(row["parameter"]),
                    title_case(row["block"] or ""),
                    shown(row["satisfaction_index"], "index"),
                    interval(row["satisfaction_index_ci_low"], row["satisfaction_index_ci_high"], "index"),
                    shown(row["gap_to_target"], "index"),
                    shown(row["weight"], "rate"),
                    shown(row["satisfied_share"], "rate"),
                    count(row["n"]),
                )
                for row in rows
            ],
        ),
    )


def _least_and_most(rows: Sequence[Row]) -> str:
    least, most = min(row["n"] for row in rows), max(row["n"] for row in rows)
    return count(most) if least == most else f"{count(least)} to {count(most)}"


def _quadrants(parameters: Sequence[Row]) -> Figure:
    title, anchor, metrics = (
        "Where to act: importance against satisfaction",
        "importance-satisfaction",
        ("csi_parameters",),
    )
    counts = "Each parameter by how important and how satisfying customers find it, split at the means of both."
    rows = [row for row in parameters if row["quadrant"] and row["importance_percent_of_max"] is not None]
    if not rows:
        needs = "Needs answers to questions of the measure `csi_importance`, for two parameters at least."
        return Figure(anchor, title, counts, metrics, needs=needs)
    when = period(rows[0]["grain"], rows[0]["period_start"])
    act = [title_case(row["parameter"]).lower() for row in rows if row["quadrant"] == "concentrate_here"]
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=f"{when}: {'concentrate on ' + ' and '.join(act) if act else 'nothing is both important and weak'}.",
        n=f"{_least_and_most(rows)} respondents in {when}",
        chart=_quadrant_chart(rows),
        legend=legend([title_case(quadrant) for quadrant in QUADRANTS], QUADRANT_COLOURS),
        table=Table(
            ("Parameter", "Importance, % of maximum", "Satisfaction index", "Quadrant"),
            [
                (
                    title_case(row["parameter"]),
                    shown(row["importance_percent_of_max"], "index"),
                    shown(row["satisfaction_index"], "index"),
                    title_case(row["quadrant"]),
                )
                for row in rows
            ],
        ),
        notes=("Low priority and possible overkill are relative: the split is at this company's own means.",),
    )


def _quadrant_chart(rows: Sequence[Row]) -> alt.LayerChart:
    drawn = [
        {
            "name": title_case(row["parameter"]),
            "importance": row["importance_percent_of_max"],
            "satisfaction": row["satisfaction_index"],
            "series": title_case(row["quadrant"]),
            "n": count(row["n"]),
        }
        for row in rows
    ]
    quadrants = alt.Scale(domain=[title_case(quadrant) for quadrant in QUADRANTS], range=QUADRANT_COLOURS)
    padded = alt.Scale(zero=False, padding=28)
    x = alt.X("importance:Q", scale=padded, axis=alt.Axis(title="Importance, % of maximum", tickCount=5, grid=False))
    y = alt.Y("satisfaction:Q", scale=padded, axis=alt.Axis(title="Satisfaction index", tickCount=5, grid=False))
    base = alt.Chart().encode(x=x, y=y)
    tips = [
        alt.Tooltip("name:N", title="Parameter"),
        alt.Tooltip("importance:Q", title="Importance", format=".1f"),
        alt.Tooltip("satisfaction:Q", title="Satisfaction", format=".1f"),
        alt.Tooltip("series:N", title="Quadrant"),
        alt.Tooltip("n:N", title="Respondents"),
    ]
    split = alt.Chart().mark_rule(strokeDash=[4, 3], color=QUIET)
    means = [split.encode(x="mean(importance):Q"), split.encode(y="mean(satisfaction):Q")]
    marks = base.mark_circle(size=110, opacity=1).encode(
        color=alt.Color("series:N", scale=quadrants, legend=None), tooltip=tips
    )
    words = base.mark_text(dy=-13, color=INK).encode(text="name:N")
    return layers(*means, marks, words, rows=drawn, height=320)


def _summary(published: Published) -> Figure:
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
        needs = "Needs survey answers, shipments, competitors' prices or orders with customers; each brings indicators."
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
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=_total_of(shown_rows),
        n=f"by indicator, in the table; {period(newest['grain'], newest['period_start'])}",
        chart=dots(points, "index", "behind it", value="Fact", head="Indicator", target=newest["target"]),
        legend=legend(series_of(points)),
        table=_summary_table(shown_rows),
    )


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
    gap = row["gap_to_target"]
    away = "" if gap is None else f", {shown(abs(gap), 'index')} {'below' if gap > 0 else 'above'} the target"
    return f"{when}: {shown(row['fact'], 'index')} in total{what}{away}."


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
