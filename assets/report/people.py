"""Where satisfaction differs: by employee, by channel, by segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from assets.report.charts import dots
from assets.report.figure import Figure, Section
from assets.report.findings import NO_PERIOD
from assets.report.marts import UNKNOWN, Published, Row, hidden, may_be_shown
from assets.report.numbers import shown
from assets.report.periods import period
from assets.report.points import n_of_all, points_of, table_of
from assets.report.satisfaction import index_needs

MOST_NAMES = 25
NO_RANKING = "Where intervals overlap the order may be chance: no ranking of people can be read from it."
PLACES = {
    "employee": (
        "Satisfaction by employee",
        "Needs `employee_id` in `survey_responses`, and two employees with enough answers.",
    ),
    "channel": (
        "Satisfaction by channel",
        "Needs `channel` in `survey_responses`, and two channels with enough answers.",
    ),
    "segment": ("Satisfaction by segment", "Needs `segment` in `customers`, and two segments with enough answers."),
}
HEADINGS = {"employee": "employees", "channel": "channels", "segment": "segments"}


def section(published: Published) -> Section:
    """The figures of employees, channels and segments."""
    figures = [_satisfaction(published, dimension) for dimension in PLACES]
    figures.append(_recommendation(published))
    return Section("people", _heading(figures), "Where are customers more satisfied, and where less?", figures)


def _heading(figures: Sequence[Figure]) -> str:
    """What the section shows, the first two of it: a survey may name no employee."""
    drawn = " ".join(figure.anchor for figure in figures if figure.chart is not None)
    return " and ".join([name for dimension, name in HEADINGS.items() if dimension in drawn][:2]).capitalize()


def _satisfaction(published: Published, dimension: str) -> Figure:
    title, needs = PLACES[dimension]
    metrics = ("csi_index", "csi_employees") if dimension == "employee" else ("csi_index",)
    counts = f"The customer satisfaction index of the answers that name the {dimension}; 0 to 100."
    rows = published.newest_by("kpi", dimension, pl.col("metric_id") == "csi_index")
    notes = (NO_RANKING,) if dimension == "employee" else ()
    empty = Figure(f"satisfaction-by-{dimension}", title, counts, metrics, needs=needs, notes=notes)
    if not published.metric("csi_index"):
        wanted = [] if _is_named(published, "csi_parameters", dimension) else [needs]
        return replace(empty, notes=(), needs=" ".join([index_needs(published), *wanted]))
    return _by_name(published, empty, rows, "index", dimension)


def _recommendation(published: Published) -> Figure:
    rows = published.newest_by("kpi", "channel", pl.col("metric_id") == "nps")
    counts = "The net promoter score of the answers that came in through the channel."
    needs = "Needs `channel` in `survey_responses`, and two channels with enough answers to the measure `nps`."
    empty = Figure("nps-by-channel", "Recommendation by channel", counts, ("nps",), needs=needs)
    if not published.metric("nps"):
        return replace(empty, needs=published.answers_needed("nps"))
    return _by_name(published, empty, rows, "points", "channel")


def _by_name(published: Published, empty: Figure, all_rows: list[Row], unit: str, dimension: str) -> Figure:
    """The figure filled with a row per name that may be shown; as it is where there are not two to compare."""
    rows = may_be_shown(all_rows)
    few = hidden(all_rows, "respondents", published.minimum_n)
    if not rows or len(all_rows) == 1:
        of_metric = pl.col("metric_id") == empty.metrics[0]
        is_under_way = not all_rows and _is_named(published, "kpi", dimension, of_metric)
        return replace(empty, notes=(), needs=few or (NO_PERIOD if is_under_way else empty.needs))
    most = sorted(rows, key=lambda row: (-row["n"], row["dimension_value"]))[:MOST_NAMES]
    drawn = sorted(most, key=lambda row: (-row["value"], row["dimension_value"]))
    points, target = points_of(drawn, name="dimension_value"), published.target(drawn[0]["target"])
    when = period(drawn[0]["grain"], drawn[0]["period_start"])
    some = (f"The {MOST_NAMES} of {len(rows)} with the most answers.",) if len(rows) > len(drawn) else ()
    return replace(
        empty,
        finding=_spread(drawn, unit, when),
        n=f"{n_of_all(points, 'respondents', dimension)}; {when}",
        chart=dots(points, unit, "respondents", value=empty.title, head="Name", target=target),
        table=table_of(points, unit, head="Name", value="Value", n_of="respondents"),
        needs="",
        notes=(*empty.notes, *some, *([few] if few else []), *(target.note(points) if target else ())),
    )


def _is_named(published: Published, mart: str, dimension: str, *conditions: pl.Expr) -> bool:
    """Whether any answer names the dimension."""
    named = pl.col("dimension") == dimension, pl.col("dimension_value") != UNKNOWN
    return bool(published.rows(mart, *named, *conditions))


def _spread(rows: list[Row], unit: str, when: str) -> str:
    """The highest and the lowest, and whether their intervals let one tell them apart."""
    high, low = rows[0], rows[-1]
    if high is low:
        return f"{when}: {shown(high['value'], unit)} for {high['dimension_value']}, the only one that may be shown."
    told = f"{when}: from {shown(low['value'], unit)} to {shown(high['value'], unit)}"
    if low["ci_high"] is None or high["ci_low"] is None or low["ci_high"] >= high["ci_low"]:
        return f"{told}; the intervals overlap, so the difference may be chance."
    return f"{told}; the intervals of {low['dimension_value']} and {high['dimension_value']} lie apart."
