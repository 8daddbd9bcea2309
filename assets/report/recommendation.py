"""Whether customers would recommend the company: the net promoter score, its groups and their reasons."""

from __future__ import annotations

from assets.report.charts import trend
from assets.report.figure import Figure, Section
from assets.report.findings import of_trend
from assets.report.marts import Published
from assets.report.periods import names
from assets.report.points import points_of, table_of

ANSWERS = "Needs answers to a question of the measure `nps`: configure `survey_questions` and `survey_responses`."


def section(published: Published) -> Section:
    """The figures of recommendation."""
    return Section("recommendation", "Recommendation", "Would customers recommend us?", [_trend(published)])


def _trend(published: Published) -> Figure:
    rows = published.metric("nps")
    title, anchor, metrics = "Net promoter score", "nps-trend", ("nps",)
    counts = "Per cent of answers 9 and 10 less per cent of answers 0 to 6; from \N{MINUS SIGN}100 to 100."
    if not rows:
        return Figure(anchor, title, counts, metrics, needs=ANSWERS)
    points = points_of(rows)
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        **of_trend(rows, "points", "answers"),
        chart=trend(points, names(rows), "points", "answers", value="Net promoter score"),
        table=table_of(points, "points", head="Period", value="NPS", n_of="answers"),
    )
