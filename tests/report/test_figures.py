"""What figures add up, choose and say, on a few rows that can be followed by hand.

What it guards against: an average that counts cohorts instead of customers, a bridge that does not close, a grain of
periods that say nothing, a sentence that calls chance a change, a need that is met already, and an interval that cannot
be seen.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from changed_marts import Change, changed

from assets.report import outcomes, people, retention, revenue, satisfaction, trust
from assets.report.charts import dots, trend
from assets.report.figure import Chart, Figure, Section
from assets.report.findings import of_trend
from assets.report.layout import side_by_side
from assets.report.marts import Published, readable
from assets.report.numbers import change_shown, interval, shown
from assets.report.page import script_json, specification
from assets.report.periods import later, names, period
from assets.report.points import Point, Target, n_of_all

Row = dict[str, Any]


def figure(section: Section, anchor: str) -> Figure:
    """The figure of that anchor, whose chart the page can write."""
    found = next(found for found in section.figures if found.anchor == anchor)
    if found.chart is not None:
        assert script_json(specification(found.chart))
    return found


def with_rows(published: Published, folder: Path, mart: str, rows: list[Row]) -> Published:
    """The version with other rows in one mart; columns that a row does not name are as in the mart's first one."""

    def change(name: str, frame: pl.DataFrame) -> pl.DataFrame:
        if name != mart:
            return frame
        blank = dict.fromkeys(frame.columns)
        return pl.DataFrame([{**blank, **row} for row in rows], schema=frame.schema, orient="row")

    return changed(published, folder, change)


def test_the_average_curve_counts_customers_and_not_cohorts(published: Published, tmp_path: Path) -> None:
    """The worked example of docs/decisions/report.md; cells that are under way or suppressed are in no part of it."""
    cell: Row = {"grain": "quarter", "kind": "on", "period_offset": 1, "is_complete": True, "is_suppressed": False}
    cells = [
        {
            **cell,
            "cohort_start": dt.date(2023, 1, 1),
            "cohort_size": 10,
            "denominator": 10,
            "retained": 4,
            "value": 0.4,
        },
        {
            **cell,
            "cohort_start": dt.date(2023, 4, 1),
            "cohort_size": 30,
            "denominator": 30,
            "retained": 18,
            "value": 0.6,
        },
        {
            **cell,
            "cohort_start": dt.date(2023, 7, 1),
            "cohort_size": 50,
            "denominator": 50,
            "retained": 50,
            "value": 1.0,
        }
        | {"is_complete": False},
        {**cell, "cohort_start": dt.date(2023, 10, 1), "cohort_size": 2, "is_suppressed": True},
    ]
    section = retention.section(with_rows(published, tmp_path, "cohort_retention", cells))
    table = figure(section, "retention-curves").table
    assert table is not None
    assert table.rows == [("1", "bought in the period", "55.0%", "39.8% to 69.3%", "40", "complete")]
    heatmap = figure(section, "cohort-heatmap")
    assert heatmap.finding.startswith("55.0% of new customers bought again in the quarter after their first")
    assert heatmap.table is not None
    assert [row[2] for row in heatmap.table.rows] == ["40.0%", "60.0%", "100.0%", "too few to show"]
    assert [row[5] for row in heatmap.table.rows] == ["complete", "complete", "still under way", "too few to show"]


def test_the_bridge_closes_and_does_not_span_a_hidden_month(published: Published, tmp_path: Path) -> None:
    """Months before one that is hidden are left out: start and movements would not add up to the end."""

    def month(number: int, start: int, new: int, churn: int, **more: object) -> Row:
        amounts = dict.fromkeys(("reactivation_amount", "expansion_amount", "contraction_amount"), 0)
        return {
            "dimension": "total",
            "period_start": dt.date(2024, number, 1),
            "period_end": dt.date(2024, number + 1, 1),
            "start_mrr_amount": start,
            "new_amount": new,
            "churn_amount": churn,
            "end_mrr_amount": start + new - churn,
            "end_customer_count": 9,
            "is_complete": True,
            "is_suppressed": False,
            **amounts,
            **more,
        }

    months = [
        month(1, 100, 50, 0),
        month(2, 150, 0, 0, is_suppressed=True),
        month(3, 150, 70, 20),
        month(4, 200, 0, 40),
    ]
    found = figure(revenue.section(with_rows(published, tmp_path, "mrr_movements", months)), "mrr-bridge")
    assert found.finding == "Mar 2024 to Apr 2024: from 150.00 to 160.00 GBP a month."
    assert found.chart is not None
    (steps,) = found.chart.to_dict()["datasets"].values()
    assert {step["name"]: step["says"] for step in steps} == {
        "Start": "150.00",
        "New": "+70.00",
        "Reactivation": "0.00",
        "Expansion": "0.00",
        "Contraction": "0.00",
        "Churn": "\N{MINUS SIGN}60.00",
        "End": "160.00",
    }
    assert [step["from"] for step in steps[1:-1]] == [step["to"] for step in steps[:-2]]


def test_restatements_are_counted_by_version_and_reason(published: Published, tmp_path: Path) -> None:
    """A day in the chart's rows is no JSON: no page was made from the first night on that restated a number."""
    cell: Row = {"as_of_date": dt.date(2024, 1, 2), "is_derived": False, "mart": "kpi", "change_kind": "changed"}
    cells = [
        *[{**cell, "version": 3, "reason": "late data"}] * 2,
        {**cell, "version": 2, "reason": "correction"},
        {**cell, "version": 3, "reason": "late data", "is_derived": True},
    ]
    third = replace(with_rows(published, tmp_path, "restatements", cells), version=3)
    found = figure(trust.section(third), "restatements")
    assert found.finding.startswith("Version 3 restated 2 cells")
    assert found.table is not None
    assert found.table.rows == [
        ("3", "2 January 2024", "late data", "2"),
        ("2", "2 January 2024", "correction", "1"),
    ]
    assert found.chart is not None
    (bars,) = json.loads(json.dumps(found.chart.to_dict()))["datasets"].values()
    assert {(bar["name"], bar["reason"], bar["cells"]) for bar in bars} == {
        ("Version 3", "late data", 2),
        ("Version 2", "correction", 1),
    }


def rows_of(grain: str, months: int, n: list[int], hidden: int = 0) -> list[Row]:
    """Rows of a metric by period, the first `hidden` of them suppressed."""
    return [
        {
            "grain": grain,
            "period_start": later(dt.date(2022, 1, 1), months * place),
            "n": count,
            "is_suppressed": place < hidden,
        }
        for place, count in enumerate(n)
    ]


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([*rows_of("month", 1, [40] * 12), *rows_of("quarter", 3, [120] * 4)], ("month", 12)),
        ([*rows_of("month", 1, [12] * 12), *rows_of("quarter", 3, [36] * 4)], ("quarter", 4)),
        # Three years are no course; quarters of fifteen are one.
        ([*rows_of("quarter", 3, [15] * 12), *rows_of("year", 12, [60] * 3)], ("quarter", 12)),
        # Neither are the quarters that are mostly hidden.
        ([*rows_of("quarter", 3, [3] * 4, hidden=3), *rows_of("year", 12, [12])], ("quarter", 4)),
        ([*rows_of("month", 1, [2], hidden=1), *rows_of("year", 12, [12])], ("year", 1)),
        (rows_of("month", 1, [40] * 40), ("month", 24)),
        ([], None),
    ],
)
def test_the_grain_is_the_finest_that_says_something(rows: list[Row], chosen: tuple[str, int] | None) -> None:
    found = readable(rows)
    assert (chosen is None and not found) or (found[0]["grain"], len(found)) == chosen
    assert len({row["grain"] for row in found}) <= 1


def test_a_change_within_its_interval_is_called_no_clear_one() -> None:
    row: Row = {
        "grain": "month",
        "period_start": dt.date(2024, 5, 1),
        "is_complete": True,
        "is_suppressed": False,
        "n": 50,
        "value": 0.41234,
        "ci_low": 0.3,
        "ci_high": 0.5,
        "change": 0.02,
        "change_ci_low": -0.1,
        "change_ci_high": 0.2,
    }
    said = of_trend([row], "rate", "customers")
    assert said["finding"] == (
        "May 2024: 41.2%, with 95% confidence between 30.0% and 50.0%; no clear change (+2.0 pp on the month before)."
    )
    assert said["n"] == "50 customers in May 2024"
    assert "; +2.0 pp on the month before." in of_trend([{**row, "change_ci_low": 0.01}], "rate", "c")["finding"]
    under_way = {**row, "period_start": dt.date(2024, 6, 1), "is_complete": False, "value": 0.9}
    assert of_trend([row, under_way], "rate", "customers") == said, "a month that is under way is no finding"
    hidden = {**row, "is_suppressed": True}
    assert "No complete period" in of_trend([hidden], "rate", "customers")["finding"]


def test_numbers_are_written_for_people() -> None:
    assert shown(0.0001, "rate") == "0.0%"
    assert shown(-0.00001, "rate") == "0.0%", "never minus zero"
    assert shown(-12.4, "points") == "\N{MINUS SIGN}12"
    assert (shown(1234567.8, "amount"), shown(12.345, "amount")) == ("1,234,568", "12.35")
    assert change_shown(0.031, "rate") == "+3.1 pp"
    assert interval(None, 1.0, "rate") == shown(None, "rate") == "\N{EN DASH}"


def test_a_period_without_rows_keeps_its_place() -> None:
    """Else a line would join March and May as if they were neighbours."""
    rows = [{"grain": "month", "period_start": dt.date(2024, month, 1)} for month in (11, 2)]
    rows[0]["period_start"] = dt.date(2023, 11, 1)
    assert names(rows) == ["Nov 2023", "Dec 2023", "Jan 2024", "Feb 2024"]
    assert (period("quarter", dt.date(2024, 10, 1)), period("year", dt.date(2024, 1, 1))) == ("Q4 2024", "2024")


def only(mart: str, keep: pl.Expr) -> Change:
    """The change that leaves those rows of a mart."""
    return lambda name, rows: rows.filter(keep) if name == mart else rows


def test_the_index_says_whose_weights_it_has(published: Published) -> None:
    """Customers who were never asked what matters to them do not say it."""
    asked = figure(satisfaction.section(published), "satisfaction-index")
    assert "weighted by how important customers say it is" in asked.counts
    fixed = figure(satisfaction.section(replace(published, has_fixed_weights=True)), "satisfaction-index")
    assert "with the weights that are configured as `csi.weights`" in fixed.counts


def test_answers_without_weights_need_weights_and_no_answers(published: Published, tmp_path: Path) -> None:
    without = changed(published, tmp_path, only("kpi", pl.col("metric_id") != "csi_index"))
    needed = "Needs answers to questions of the measure `csi_importance`, or the weights `csi.weights`."
    assert figure(satisfaction.section(without), "satisfaction-index").needs == needed
    assert figure(people.section(without), "satisfaction-by-channel").needs == needed


def test_the_combined_report_names_only_what_is_missing(published: Published, tmp_path: Path) -> None:
    def change(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        if name == "data_quality":
            return rows.filter(pl.col("entity").is_in(["survey_questions", "survey_responses", "shipments"]))
        return rows.clear() if name == "csi_summary" else rows

    found = figure(satisfaction.section(changed(published, tmp_path, change)), "combined-report")
    assert found.needs == (
        "Needs one of these at least, each of which brings indicators: answers to questions of the blocks `price` or "
        "`logistics`, `competitor_prices` or `orders`."
    )


def channels(n: list[int]) -> list[Row]:
    """A satisfaction index by channel in one year, with so many respondents each."""
    row: Row = {"metric_id": "csi_index", "grain": "year", "period_start": dt.date(2023, 1, 1), "is_complete": True}
    total = {
        **row,
        "dimension": "total",
        "dimension_value": "total",
        "n": sum(n),
        "value": 60.0,
        "is_suppressed": False,
    }
    by_channel = [
        {
            **row,
            "dimension": "channel",
            "dimension_value": f"Channel {place}",
            "n": count,
            "is_suppressed": count < 5,
            "value": None if count < 5 else 50.0 + place,
            "ci_low": None if count < 5 else 40.0 + place,
            "ci_high": None if count < 5 else 60.0 + place,
            "target": 95.0,
        }
        for place, count in enumerate(n)
    ]
    return [total, *by_channel]


def test_what_is_hidden_is_counted_and_the_rest_is_shown(published: Published, tmp_path: Path) -> None:
    """Two channels of three with few answers are no missing column."""
    some = with_rows(published, tmp_path / "some", "kpi", channels([1200, 3, 4]))
    found = figure(people.section(some), "satisfaction-by-channel")
    assert "2 of 3 hidden: fewer than 5 respondents each." in found.notes
    assert found.table is not None
    assert [row[0] for row in found.table.rows] == ["Channel 0"]
    assert (found.needs, found.n) == ("", "1,200 respondents; 2023")
    none = with_rows(published, tmp_path / "none", "kpi", channels([2, 3, 4]))
    found = figure(people.section(none), "satisfaction-by-channel")
    assert (found.chart, found.needs) == (None, "All 3 hidden: fewer than 5 respondents each.")
    one = with_rows(published, tmp_path / "one", "kpi", channels([1200]))
    assert "two channels" in figure(people.section(one), "satisfaction-by-channel").needs


def test_the_heading_names_what_the_section_shows(published: Published, tmp_path: Path) -> None:
    found = people.section(with_rows(published, tmp_path, "kpi", channels([1200, 800])))
    assert found.title == "Channels"
    drawn = figure(found, "satisfaction-by-channel")
    assert drawn.n == "2,000 respondents in total, 800 to 1,200 by channel; 2023"
    assert drawn.notes == ("The target 95 lies beyond the axis.",)


def test_with_nothing_held_back_there_is_a_sentence_and_no_chart(published: Published, tmp_path: Path) -> None:
    """An axis of tenths of nothing had the same label twice."""

    def nothing(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(quarantined_count=pl.lit(0, pl.Int64)) if name == "data_quality" else rows

    found = figure(trust.section(changed(published, tmp_path, nothing)), "data-quality")
    assert (found.chart, found.needs) == (None, "")
    assert found.finding.startswith("0 of ")


def test_a_headline_leaves_names_as_they_are_written(published: Published, tmp_path: Path) -> None:
    """`WLAN` is no `wlan`."""

    def named(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(parameter=pl.lit("WLAN an Bord")) if name == "csi_parameters" else rows

    found = figure(satisfaction.section(changed(published, tmp_path, named)), "satisfaction-parameters")
    assert "farthest off is WLAN an Bord with" in found.finding


POINTS = [Point("Business", 61.2, 60.8, 61.5, 9544), Point("Departure/Arrival time convenient", 51.6, 50.9, 52.4, 1452)]


def drawn(chart: Chart) -> list[Row]:
    """The rows of a chart's points."""
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows if "name" in row]


def test_few_rows_have_value_interval_and_n_beside_them() -> None:
    """At thousands of respondents an interval is narrower than a dot, and n stood in the folded table only."""
    chart = dots(POINTS, "index", "respondents", value="Index", head="Channel")
    assert [row["label"] for row in drawn(chart)] == [
        "Business\n61.2 (60.8 to 61.5), n 9,544",
        "Departure/Arrival time convenient\n51.6 (50.9 to 52.4), n 1,452",
    ]
    many = [replace(POINTS[0], name=f"Name {place}") for place in range(16)]
    assert drawn(dots(many, "index", "respondents", value="Index", head="Name"))[0]["label"] == "Name 0"


@pytest.mark.parametrize(
    "chart",
    [
        dots(POINTS, "index", "respondents", value="Index", head="Channel"),
        trend(
            [replace(point, name=name) for point, name in zip(POINTS, "ab", strict=True)],
            ["a", "b"],
            "index",
            "n",
            value="I",
        ),
    ],
    ids=["rows", "course"],
)
def test_intervals_with_their_ends_are_drawn_over_the_dots(chart: Chart) -> None:
    marks = [layer["mark"]["type"] for layer in chart.to_dict()["layer"]]
    assert marks[-4:] == ["point", "rule", "tick", "tick"]


def test_a_far_target_is_said_and_does_not_stretch_the_axis() -> None:
    far, near = Target(95, is_default=True), Target(65)
    assert far.note(POINTS) == ("The target 95 (default) lies beyond the axis.",)
    assert near.note(POINTS) == ()

    def told(target: Target) -> str:
        return json.dumps(dots(POINTS, "index", "respondents", value="I", head="C", target=target).to_dict())

    assert "target" not in told(far)
    assert '"text": "target 65"' in told(near)


def test_values_that_hardly_differ_are_not_drawn_as_if_they_did() -> None:
    """Half a point of a hundred filled the whole axis."""
    chart = dots([Point("2024", 56.6, 56.4, 56.9, 20_000)], "index", "respondents", value="Index", head="Period")
    low, high = chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert high - low == pytest.approx(10)
    assert low < 56.4
    assert high > 56.9


def test_one_period_is_a_row_and_no_course() -> None:
    chart = trend([replace(POINTS[0], name="2024")], ["2024"], "index", "respondents", value="Index")
    assert drawn(chart)[0]["label"] == "2024\n61.2 (60.8 to 61.5), n 9,544"


def test_n_of_several_rows_is_called_a_total() -> None:
    assert n_of_all(POINTS, "respondents", "channel") == "10,996 respondents in total, 1,452 to 9,544 by channel"
    assert n_of_all(POINTS[:1], "respondents", "channel") == "9,544 respondents"


def test_a_short_figure_stands_beside_no_tall_one() -> None:
    """The hole below it was up to half of a screen."""
    short = Figure("a", "A", "", (), chart=dots(POINTS, "index", "n", value="I", head="C"))
    many = [replace(POINTS[0], name=f"Name {place}") for place in range(14)]
    tall = Figure("b", "B", "", (), chart=dots(many, "index", "n", value="I", head="C"))
    sentence = Figure("c", "C", "", (), finding="Nothing was held back.")
    assert [figure.wide for figure in side_by_side([short, short, tall, short, sentence])] == [
        *(False, False),
        *(True, True, True),
    ]


def test_outcomes_name_only_what_is_missing(published: Published, tmp_path: Path) -> None:
    """Respondents who rated everything were asked for, where nobody had bought anything."""

    def survey(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        if name == "data_quality":
            return rows.filter(pl.col("entity").str.starts_with("survey_"))
        if name == "kpi":
            return rows.filter(pl.col("metric_id").is_in(["csi_index", "csat"]))
        return rows.clear() if name in {"key_drivers", "nps_outcomes"} else rows

    found = outcomes.section(changed(published, tmp_path, survey))
    nps, paying = "Needs answers to a question of the measure `nps`.", "Needs orders or contracts."
    assert figure(found, "outcome-retention").needs == f"{nps} {paying}"
    assert figure(found, "drivers-nps").needs == nps
    assert figure(found, "drivers-next-year-revenue").needs == paying
