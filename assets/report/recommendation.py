"""Whether customers would recommend the company: the net promoter score, its groups and their reasons."""

from __future__ import annotations

import polars as pl

from assets.report.charts import SERIES_COLOURS, dots, legend, stacked, trend
from assets.report.figure import ALL_HIDDEN, Figure, Section
from assets.report.findings import Said, of_trend
from assets.report.marts import Published, Row
from assets.report.numbers import count, shown, title_case
from assets.report.periods import latest_complete, names, period
from assets.report.points import Point, points_of, table_of

GROUPS = {"detractor": "Detractors, 0 to 6", "passive": "Passives, 7 and 8", "promoter": "Promoters, 9 and 10"}
GROUP_COLOURS = [SERIES_COLOURS[place] for place in (1, 5, 2)]
LEAST_PASSIVE, LEAST_PROMOTER = 7, 9


def section(published: Published) -> Section:
    """The figures of recommendation."""
    figures = [_trend(published), _groups(published), _reasons(published)]
    return Section("recommendation", "Recommendation", "Would customers recommend us?", figures)


def _trend(published: Published) -> Figure:
    rows = published.metric("nps")
    title, anchor, metrics = "Net promoter score", "nps-trend", ("nps",)
    counts = "Per cent of answers 9 and 10 less per cent of answers 0 to 6; from \N{MINUS SIGN}100 to 100."
    if not rows:
        return Figure(anchor, title, counts, metrics, needs=published.answers_needed("nps"))
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


def _groups(published: Published) -> Figure:
    rows = published.total("survey_distributions", pl.col("measure") == "nps")
    title, anchor, metrics = "Promoters, passives and detractors", "nps-groups", ("nps",)
    counts = "Share of the answers that each group gives."
    if not rows:
        return Figure(anchor, title, counts, metrics, needs=published.answers_needed("nps"))
    points = [point for group in GROUPS for point in _shares(rows, group)]
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        **_newest_shares(rows, points),
        chart=stacked(points, names(rows), "rate", "answers", value="Share", colours=GROUP_COLOURS),
        legend=legend(list(GROUPS.values()), GROUP_COLOURS),
        table=table_of(points, "rate", head="Period", value="Share", n_of="answers", series="Group"),
    )


def _shares(rows: list[Row], group: str) -> list[Point]:
    """A group's share by period: the sum of the shares of its answers."""
    found: dict[str, Point] = {}
    for row in rows:
        name = period(row["grain"], row["period_start"])
        of_group = _group(row["answer"]) == group
        share = 0.0 if row["value"] is None else float(row["value"]) * of_group
        before = found[name].value or 0.0 if name in found else 0.0
        hidden = row["is_suppressed"]
        found[name] = Point(
            name,
            None if hidden else before + share,
            n=row["n"],
            series=GROUPS[group],
            is_complete=row["is_complete"],
            is_suppressed=hidden,
        )
    return list(found.values())


def _group(answer: int) -> str:
    if answer >= LEAST_PROMOTER:
        return "promoter"
    return "passive" if answer >= LEAST_PASSIVE else "detractor"


def _newest_shares(rows: list[Row], points: list[Point]) -> Said:
    newest = latest_complete(rows)
    if newest is None:
        return Said(finding="No complete period has enough answers to show shares yet.", n="")
    when = period(newest["grain"], newest["period_start"])
    share = {point.series: shown(point.value, "rate") for point in points if point.name == when}
    finding = f"{when}: {share[GROUPS['promoter']]} promoters, {share[GROUPS['detractor']]} detractors."
    return Said(finding=finding, n=f"{count(newest['n'])} answers in {when}")


def _reasons(published: Published) -> Figure:
    title, anchor, metrics = "The reasons that they give", "nps-reasons", ("nps_reasons",)
    counts = "Share of each group's answers that name a reason; an answer names one."
    rows = published.total("nps_reasons")
    newest = latest_complete([row for row in rows if row["value"] is not None])
    if newest is None:
        needs = ALL_HIDDEN if rows else "Needs the column `reason_code` of `survey_responses`, beside answers to `nps`."
        return Figure(anchor, title, counts, metrics, needs=needs)
    of_period = [
        row
        for row in rows
        if row["period_start"] == newest["period_start"] and not row["is_suppressed"] and row["value"] is not None
    ]
    groups = [group for group in GROUPS if any(row["nps_group"] == group for row in of_period)]
    labelled = sorted(
        ({**row, "label": title_case(row["reason_code"])} for row in of_period), key=lambda row: -float(row["value"])
    )
    points = [
        point
        for group in groups
        for point in points_of(
            [row for row in labelled if row["nps_group"] == group], name="label", series=GROUPS[group]
        )
    ]
    when = period(newest["grain"], newest["period_start"])
    colours = [GROUP_COLOURS[list(GROUPS).index(group)] for group in groups]
    return Figure(
        anchor,
        title,
        counts,
        metrics,
        finding=f"{when}: most often {labelled[0]['label']}, named by "
        f"{shown(labelled[0]['value'], 'rate')} of the {labelled[0]['nps_group']}s.",
        n=f"{', '.join(f'{_n(of_period, group)} {group}s' for group in groups)} in {when}",
        chart=dots(points, "rate", "answers", value="Share", head="Reason", colours=colours),
        legend=legend([GROUPS[group] for group in groups], colours),
        table=table_of(points, "rate", head="Reason", value="Share", n_of="answers", series="Group"),
    )


def _n(rows: list[Row], group: str) -> str:
    return count(max(row["n"] for row in rows if row["nps_group"] == group))
