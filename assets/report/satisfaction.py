"""How satisfied customers are, with what, how much it matters to them, and how far the target is."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import polars as pl

from assets.report import combined_report
from assets.report.charts import INK, QUIET, SERIES_COLOURS, dots, layers, legend, trend
from assets.report.figure import Figure, Section, Table
from assets.report.findings import NO_PERIOD, gap_told, of_trend
from assets.report.marts import Published, Row, hidden, may_be_shown
from assets.report.numbers import count, interval, shown, title_case
from assets.report.periods import latest_complete, names, period
from assets.report.points import least_and_most, points_of, table_of

ANSWERS = "csi_satisfaction"
WEIGHTS = "Needs answers to questions of the measure `csi_importance`, or the weights `csi.weights`."
IMPORTANCE = "Needs answers to questions of the measure `csi_importance`, for two parameters at least."
ASKED = "weighted by how important customers say it is"
FIXED = "with the weights that are configured as `csi.weights`"
QUADRANTS = ("concentrate_here", "keep_up", "low_priority", "possible_overkill")
QUADRANT_COLOURS = [SERIES_COLOURS[place] for place in (1, 2, 5, 0)]


def section(published: Published) -> Section:
    """The figures of satisfaction."""
    rows = _parameters(published)
    figures = [
        _index(published),
        combined_report.figure(published),
        _by_parameter(published, rows),
        _quadrants(published, rows),
    ]
    return Section("satisfaction", "Satisfaction", "How satisfied are customers, and with what?", figures)


def _index(published: Published) -> Figure:
    rows = published.metric("csi_index")
    title, anchor, metrics = "Customer satisfaction index", "satisfaction-index", ("csi_index",)
    weighted = FIXED if published.has_fixed_weights else ASKED
    counts = f"The mean satisfaction with each parameter, {weighted}; 0 to 100."
    if not rows:
        return Figure(anchor, title, counts, metrics, needs=index_needs(published))
    points, target = points_of(rows), published.target(rows[-1]["target"])
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        **of_trend(rows, "index", "respondents"),
        chart=trend(points, names(rows), "index", "respondents", value="Index", target=target),
        table=table_of(points, "index", head="Period", value="Index", n_of="respondents"),
        notes=target.note(points) if target else (),
    )


def index_needs(published: Published) -> str:
    """What the satisfaction index needs, of which the answers may be there already."""
    return WEIGHTS if _parameters(published) else published.answers_needed(ANSWERS)


def _parameters(published: Published) -> list[Row]:
    """The parameters of the newest complete period with those that are hidden; else of the newest one."""
    rows = published.total("csi_parameters", pl.col("level") == "parameter")
    newest = latest_complete(rows) or max(rows, key=lambda row: row["period_start"], default=None)
    return [row for row in rows if newest is not None and row["period_start"] == newest["period_start"]]


def _shown(parameters: Sequence[Row]) -> list[Row]:
    """The parameters that may be shown, the farthest from the target first; none of a period that is under way."""
    found = may_be_shown([row for row in parameters if row["is_complete"]], "satisfaction_index")
    return sorted(found, key=lambda row: (row["satisfaction_index"], row["block"], row["parameter"]))


def _by_parameter(published: Published, parameters: Sequence[Row]) -> Figure:
    title, anchor, metrics = (
        "Satisfaction by parameter, and the gap to the target",
        "satisfaction-parameters",
        ("csi_parameters",),
    )
    counts = "The mean answer to each parameter as its place between the ends of the scale, 0 to 100."
    rows = _shown(parameters)
    few = hidden(parameters, "respondents", published.minimum_n)
    if not rows:
        needs = (few or NO_PERIOD) if parameters else published.answers_needed(ANSWERS)
        return Figure(anchor, title, counts, metrics, needs=needs)
    when = period(rows[0]["grain"], rows[0]["period_start"])
    labelled = [{**row, "label": title_case(row["parameter"])} for row in rows]
    points = points_of(labelled, "satisfaction_index", name="label", interval_of="satisfaction_index_ci")
    farthest, target = rows[0], published.target(rows[0]["target"])
    gap = gap_told(farthest) if target else ""
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=f"{when}: farthest off is {title_case(farthest['parameter'])} with "
        f"{shown(farthest['satisfaction_index'], 'index')}{gap}.",
        n=f"{_by_row(rows)} in {when}",
        chart=dots(points, "index", "respondents", value="Index", head="Parameter", target=target),
        table=Table(
            ("Parameter", "Block", "Index", "95% interval", "Gap to target", "Weight", "Satisfied", "Respondents"),
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
        notes=(*(target.note(points) if target else ()), *([few] if few else [])),
    )


def _by_row(rows: Sequence[Row]) -> str:
    """How many answered: a respondent can answer all parameters, so their counts are not added up."""
    return f"{least_and_most([row['n'] for row in rows])} respondents{' by parameter' if len(rows) > 1 else ''}"


def _quadrants(published: Published, parameters: Sequence[Row]) -> Figure:
    title, anchor, metrics = (
        "Where to act: importance against satisfaction",
        "importance-satisfaction",
        ("csi_parameters",),
    )
    counts = "Each parameter by how important and how satisfying customers find it, split at the means of both."
    rows = [row for row in _shown(parameters) if row["quadrant"] and row["importance_percent_of_max"] is not None]
    if not rows:
        is_asked = any(row["importance_count"] for row in parameters)
        needs = (is_asked and (hidden(parameters, "respondents", published.minimum_n) or NO_PERIOD)) or IMPORTANCE
        return Figure(anchor, title, counts, metrics, needs=needs)
    when = period(rows[0]["grain"], rows[0]["period_start"])
    act = [title_case(row["parameter"]) for row in rows if row["quadrant"] == "concentrate_here"]
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=f"{when}: {'concentrate on ' + ' and '.join(act) if act else 'nothing is both important and weak'}.",
        n=f"{_by_row(rows)} in {when}",
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
