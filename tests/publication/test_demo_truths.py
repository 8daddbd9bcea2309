"""What the demo declares of itself in `truths.json` stands in its published marts.

What it guards against: a number that every model and every reference computes alike, and that is not what was so. The
truths come from the plan of the demo and not from its rows. No contract of the demo is bad, and the bad orders are
added to the good ones, so that what was planned is published whole.
"""

from __future__ import annotations

import json
from math import exp, sqrt
from typing import Any

import pandas as pd
import pytest
from demo_company import OWN_BRAND, DemoCompany

MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
COMPETITOR = "Competitor A"
CENT = 0.01
SCALE_MIN, SCALE_MAX = 1, 10
DEVIATIONS = 4.5
"""Standard errors that a recovered truth may be off."""


@pytest.fixture(scope="module")
def truths(company: DemoCompany) -> dict[str, Any]:
    """What the demo declares; months are ISO dates of their first day, decimals are text."""
    declared: dict[str, Any] = json.loads((company.folder / "truths.json").read_text(encoding="utf-8"))
    assert declared["bad_rows"].keys() >= {"orders", "order_lines", "survey_responses"}
    assert "contracts" not in declared["bad_rows"]
    return declared


def by_month(rows: pd.DataFrame, column: str) -> dict[str, float]:
    """A column of a mart by the first day of its month."""
    return {str(day.date()): float(amount) for day, amount in zip(rows["period_start"], rows[column], strict=True)}


def test_recurring_revenue_and_its_movements_are_the_planned_ones(company: DemoCompany, truths: dict[str, Any]) -> None:
    """To the cent, every month: a term that counts twice, in a wrong month, or as another movement."""
    rows = company.marts("from mrr_movements where dimension = 'total'")
    planned = {f"{kind}_amount": truths["mrr_movements"][kind] for kind in MOVEMENTS} | {
        "end_mrr_amount": truths["mrr"],
        "end_customer_count": truths["mrr_customers"],
    }
    for column, path in planned.items():
        published = by_month(rows, column)
        for month, amount in path.items():
            # Before the first contract there is no row.
            assert published.get(month, 0) == pytest.approx(float(amount), abs=CENT / 2), f"{column} {month}"
        assert published.keys() <= path.keys()
        assert any(float(amount) > 0 for amount in path.values()), column
    told = company.marts(
        "from kpi where metric_id = 'mrr' and grain = 'month' and dimension = 'total' and not is_suppressed"
    )
    closes = by_month(rows, "end_mrr_amount")
    assert by_month(told, "value") == {month: closes[month] for month in by_month(told, "value")}
    assert len(told) > 12


def test_net_revenue_of_each_month_is_the_planned_one(company: DemoCompany, truths: dict[str, Any]) -> None:
    """All cohorts together: a return that is lost or counts twice, a rate of another day, a customer in no cohort."""
    rows = company.marts(
        "select period_start, sum(revenue_amount) as amount from cohort_retention"
        " where grain = 'month' and kind = 'on' group by period_start"
    )
    # Amounts in another currency are rounded line by line.
    planned = {month: pytest.approx(float(amount), abs=CENT) for month, amount in truths["net_revenue"].items()}
    assert by_month(rows, "amount") == planned


def test_cohorts_hold_the_planned_customers(company: DemoCompany, truths: dict[str, Any]) -> None:
    rows = company.marts(
        "select cohort_start as period_start, cohort_size from cohort_retention"
        " where grain = 'month' and kind = 'on' and period_offset = 0"
    )
    assert by_month(rows, "cohort_size") == truths["cohort_sizes"]


def test_cohorts_retain_the_planned_share_at_every_offset(company: DemoCompany, truths: dict[str, Any]) -> None:
    """Over all cohorts: customers who lapse and count no more when they are back, or who count before they are."""
    rows = company.marts(
        "select period_offset, sum(retained) as retained, sum(denominator) as customers from cohort_retention"
        " where grain = 'month' and kind = 'on' and is_complete and not is_suppressed"
        " group by period_offset order by period_offset"
    )
    assert rows["period_offset"].tolist() == list(range(len(rows)))
    assert len(rows) > 20
    squares = 0.0
    for row in rows.itertuples():
        truth = truths["retention_curve"][row.period_offset]
        error = sqrt(truth * (1 - truth) / row.customers)
        off = row.retained / row.customers - truth
        assert abs(off) <= DEVIATIONS * error + 1e-12, f"offset {row.period_offset}: {row.retained} of {row.customers}"
        squares += (off / error) ** 2 if error else 0
    # Together they are far from what another curve would give.
    assert squares / (len(rows) - 1) < 2


@pytest.mark.parametrize("brand", [OWN_BRAND, COMPETITOR])
def test_the_satisfaction_index_of_the_market_is_the_planned_one(
    company: DemoCompany, truths: dict[str, Any], brand: str
) -> None:
    """In each year within its interval: the competitor's, seven points lower, is in neither of ours."""
    planned = truths["csi"][f"market/{brand}"]
    for metric in ("csi_index", "csi_score", "csi_percent_of_max"):
        cells = company.marts(
            f"from kpi where metric_id = '{metric}' and grain = 'year' and dimension_value = '{brand}'"
        )
        assert len(cells) == truths["years"]
        assert (cells["ci_low"] <= planned[metric]).all(), metric
        assert (planned[metric] <= cells["ci_high"]).all(), metric


@pytest.mark.parametrize("brand", [OWN_BRAND, COMPETITOR])
def test_every_parameter_of_the_index_has_its_planned_weight_and_score(
    company: DemoCompany, truths: dict[str, Any], brand: str
) -> None:
    """The index alone hardly tells weights from none: parameters that go by the importance of another, or by none."""
    planned = truths["csi"][f"market/{brand}"]
    parameters = company.marts(
        "from csi_parameters where grain = 'year' and level = 'parameter' and dimension = 'brand'"
        f" and dimension_value = '{brand}'"
    )
    assert set(parameters["parameter"]) == planned["weights"].keys()
    for name, rows in parameters.groupby("parameter"):
        answers = rows["n"].sum()
        # Drawn as so many steps from the lowest answer up, an answer spreads no wider than a binomial.
        error = sqrt(SCALE_MAX - SCALE_MIN) / 2 / sqrt(answers)
        score = (rows["satisfaction_score"] * rows["n"]).sum() / answers
        assert abs(score - planned["satisfaction"][name]) <= DEVIATIONS * error, name
        weight = (rows["weight"] * rows["n"]).sum() / answers
        tolerance = DEVIATIONS * error / sum(planned["importance"].values())
        assert abs(weight - planned["weights"][name]) <= tolerance, name


def chance_of_a_purchase(truths: dict[str, Any], group: str, months: int) -> float:
    """That a customer who is there in one month buys in one of the next, the group being what it was planned to be."""
    stays, buys = exp(-truths["group_hazards"][group]), truths["purchase_probabilities"][group]
    none = 1.0
    for _ in range(months):
        none = (1 - stays) + stays * (1 - buys) * none
    return 1 - none


def test_promoters_stay_and_buy_more_than_detractors(company: DemoCompany, truths: dict[str, Any]) -> None:
    """A year after they were asked: outcomes that go to another group, or come from before the answer."""
    rows = company.marts(
        "from nps_outcomes where grain = 'year' and dimension = 'total' and horizon_days = 365 and is_complete"
    ).set_index("response_group")
    assert rows.loc["promoter", "retention_rate"] > rows.loc["detractor", "retention_rate"]
    assert rows.loc["promoter", "purchase_rate"] > rows.loc["detractor", "purchase_rate"]
    assert rows.loc["promoter", "retention_rate_difference"] > 0
    for group in truths["group_hazards"]:
        chance = chance_of_a_purchase(truths, group, 12)
        assert rows.loc[group, "purchase_rate_ci_low"] <= chance <= rows.loc[group, "purchase_rate_ci_high"], group
