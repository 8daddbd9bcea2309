"""Where satisfaction differs: by employee, by channel, by segment."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from assets.report.charts import dots
from assets.report.figure import Figure, Section
from assets.report.marts import Published, Row
from assets.report.numbers import count, interval, shown
from assets.report.periods import period
from assets.report.points import points_of, table_of

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


def section(published: Published) -> Section:
    """The figures of employees, channels and segments."""
    figures = [_satisfaction(published, dimension) for dimension in PLACES]
    figures.append(_recommendation(published))
    return Section("people", "Employees and channels", "Where are customers more satisfied, and where less?", figures)


def _satisfaction(published: Published, dimension: str) -> Figure:
    title, needs = PLACES[dimension]
    metrics = ("csi_index", "csi_employees") if dimension == "employee" else ("csi_index",)
    counts = f"The customer satisfaction index of the answers that name the {dimension}; 0 to 100."
    rows = published.newest_by("kpi", dimension, pl.col("metric_id") == "csi_index")
    notes = (NO_RANKING,) if dimension == "employee" else ()
    empty = Figure(f"satisfaction-by-{dimension}", title, counts, metrics, needs=needs, notes=notes)
    return _by_name(empty, rows, "index")


def _recommendation(published: Published) -> Figure:
    rows = published.newest_by("kpi", "channel", pl.col("metric_id") == "nps")
    counts = "The net promoter score of the answers that came in through the channel."
    needs = "Needs `channel` in `survey_responses`, and two channels with enough answers to the measure `nps`."
    empty = Figure("nps-by-channel", "Recommendation by channel", counts, ("nps",), needs=needs)
    return _by_name(empty, rows, "points")


def _by_name(empty: Figure, rows: list[Row], unit: str) -> Figure:
    """The figure filled with a row per name; as it is where there is none."""
    if not rows:
        return replace(empty, notes=())
    most = sorted(rows, key=lambda row: (-row["n"], row["dimension_value"]))[:MOST_NAMES]
    drawn = sorted(most, key=lambda row: (-row["value"], row["dimension_value"]))
    points = points_of(drawn, name="dimension_value")
    when = period(drawn[0]["grain"], drawn[0]["period_start"])
    some = (f"The {MOST_NAMES} of {len(rows)} with the most answers.",) if len(rows) > len(drawn) else ()
    return replace(
        empty,
        finding=_spread(drawn, unit, when),
        n=f"{count(sum(row['n'] for row in drawn))} respondents in {when}",
        chart=dots(points, unit, "respondents", value=empty.title, head="Name", target=drawn[0]["target"]),
        table=table_of(points, unit, head="Name", value="Value", n_of="respondents"),
        notes=(*empty.notes, *some),
    )


def _spread(rows: list[Row], unit: str, when: str) -> str:
    """The highest and the lowest, and whether their intervals let one tell them apart."""
    high, low = rows[0], rows[-1]
    told = f"{when}: from {shown(low['value'], unit)} to {shown(high['value'], unit)}"
    if low["ci_high"] is None or high["ci_low"] is None or low["ci_high"] >= high["ci_low"]:
        return f"{told}; the intervals overlap, so no difference is certain."
    sure = interval(high["ci_low"], high["ci_high"], unit)
    return f"{told}; {high['dimension_value']} ({sure}) is clearly above {low['dimension_value']}."
