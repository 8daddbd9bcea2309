"""What figures add up, choose and say, on a few rows that can be followed by hand.

What it guards against: an average that counts cohorts instead of customers, a bridge that does not close, a grain of
periods that say nothing, and a sentence that calls chance a change.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from changed_marts import changed

from assets.report import retention, revenue, trust
from assets.report.figure import Figure, Section
from assets.report.findings import of_trend
from assets.report.marts import Published, readable
from assets.report.numbers import change_shown, interval, shown
from assets.report.page import script_json, specification
from assets.report.periods import later, names, period

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
