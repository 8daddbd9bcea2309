"""Two publications about the same real invoices, each reproduced to the digit by a configuration alone."""

from __future__ import annotations

import pandas as pd
from example_run import ExampleRun

DECEMBER = [951, 333, 317, 404, 360, 342, 358, 327, 321, 344, 401, 457]
JANUARY = [368, 79, 118, 116, 100, 114, 99, 86, 105, 120, 111]


def monthly_cells(run: ExampleRun) -> pd.DataFrame:
    """The published cells of monthly cohorts."""
    return run.marts("from cohort_retention where grain = 'month' and kind = 'on' order by cohort_start, period_offset")


def test_notebook_rows_and_customers(notebook: ExampleRun) -> None:
    """Duplicates are dropped over whole source lines: over mapped columns alone another number would come out."""
    lines = notebook.loaded["order_lines"]
    assert (lines.extracted, lines.accepted, lines.quarantined, lines.duplicates) == (399_554, 399_554, 0, 0)
    orders = notebook.accepted("orders")
    assert orders["customer_id"].nunique() == 4_285
    # Customers come as floats: 13085.0 must be found as 13085 in all entities.
    assert set(orders["customer_id"]) <= set(notebook.accepted("customers")["customer_id"])
    assert notebook.loaded["orders"].accepted == len(orders) == orders["order_id"].nunique()


def test_notebook_cohorts(notebook: ExampleRun) -> None:
    """The published counts of distinct customers per month, of the first two cohorts."""
    cells = monthly_cells(notebook)
    december = cells[cells["cohort_start"] == pd.Timestamp(2009, 12, 1)]
    assert december["retained"].tolist() == DECEMBER
    rates = december["value"].round(3).tolist()
    assert (rates[1], rates[2], rates[3], rates[-1]) == (0.350, 0.333, 0.425, 0.481)
    january = cells[cells["cohort_start"] == pd.Timestamp(2010, 1, 1)]
    assert january["retained"].tolist() == JANUARY
    # The as-of date cuts November by a day, and the mart says so.
    assert december["is_complete"].tolist() == [True] * 11 + [False]


def test_notebook_days_after_the_as_of_date_are_in_the_lake_only(notebook: ExampleRun) -> None:
    """The lake holds the file to 9 December; the marts as of 29 November know nothing of what came later."""
    orders = notebook.accepted("orders")
    known = orders[pd.to_datetime(orders["business_day"]) <= pd.Timestamp(2010, 11, 29)]
    cells = monthly_cells(notebook)
    assert len(known) < len(orders)
    assert cells["order_count"].sum() == len(known)
    assert cells.loc[cells["period_offset"] == 0, "cohort_size"].sum() == known["customer_id"].nunique()
    assert pd.Timestamp(cells["period_start"].max()) == pd.Timestamp(2010, 11, 1)


def test_report_cohorts_and_revenue(cohort_report: ExampleRun) -> None:
    """4,314 customers in 13 cohorts, the first of 955, who brought 2,047.29 each."""
    cells = monthly_cells(cohort_report)
    sizes = cells.loc[cells["period_offset"] == 0, "cohort_size"]
    assert (len(sizes), sizes.iloc[0], sizes.sum()) == (13, 955, 4_314)
    assert round(float(cells["revenue_amount"].sum()) / 4_314, 2) == 2_047.29
    customers = cohort_report.marts("select sum(revenue_amount) as revenue, count(*) as n from customers")
    assert customers["n"].tolist() == [4_314]
    assert round(float(customers["revenue"].iloc[0]) / 4_314, 2) == 2_047.29


def test_report_retention_at_the_first_offset(cohort_report: ExampleRun) -> None:
    """Pooled over cohorts that have the cell, over all cohorts, and as a plain mean: three numbers for one name."""
    cells = monthly_cells(cohort_report)
    sizes = cells[cells["period_offset"] == 0]
    first = cells[cells["period_offset"] == 1]
    assert len(first) == 12
    assert round(100 * first["retained"].sum() / first["denominator"].sum(), 1) == 23.0
    assert round(100 * first["retained"].sum() / sizes["cohort_size"].sum(), 1) == 22.8
    assert round(100 * first["value"].mean(), 1) == 20.5
    # The last of these cells had nine of its days. What the mart calls complete gives more.
    complete = first[first["is_complete"]]
    assert (complete["retained"].sum(), complete["denominator"].sum()) == (947, 3_943)


def test_report_loses_no_line(cohort_report: ExampleRun) -> None:
    """Equal lines of one invoice are two sales here: none may be dropped as a duplicate."""
    lines = cohort_report.loaded["order_lines"]
    assert (lines.accepted, lines.quarantined, lines.duplicates) == (lines.extracted, 0, 0)
