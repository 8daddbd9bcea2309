"""Contracts and recurring revenue against a plain count of random contracts, and survival against lifelines.

Each model is fed by others, so that a wrong end date or a wrong rate upstream passes every unit test; only the whole
chain shows it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from random_contracts import (
    Population,
    bridge,
    cancellations,
    due_terms,
    first_cycles,
    lifetimes,
    random_population,
)
from scratch_warehouse import fill_warehouse, query, run_models

from tests.references.survival import assert_same_curve

MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")


@pytest.fixture(
    scope="module",
    params=[(1, dt.date(2024, 5, 17), 0), (2, dt.date(2024, 4, 30), 3)],
    ids=["within a month, no grace", "at a month's end, three days of grace"],
)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Population, Path]:
    """A random population and a warehouse built from it."""
    seed, as_of, grace_days = request.param
    population = random_population(seed, as_of, grace_days)
    path = tmp_path_factory.mktemp("contracts") / "warehouse.duckdb"
    fill_warehouse(path, as_of, population.frames(), contracts={"grace_days": grace_days})
    run_models(path, "mrr_movements", "contract_survival", "int_kpi__contracts", "int_kpi__recurring_revenue")
    return population, path


def test_bridge_equals_a_plain_count(built: tuple[Population, Path]) -> None:
    """A trial, a gap, an overlap or a rate that is handled in another way would move a cent or a customer."""
    population, path = built
    expected = bridge(population)
    rows = query(path, "select * from marts.mrr_movements where dimension <> 'region'").to_dict("records")
    actual = {(row["period_start"].date(), row["dimension_value"]): row for row in rows}
    assert actual.keys() == expected.keys()
    for key, month in expected.items():
        row = actual[key]
        amounts = [
            row[f"{name}_{'mrr_' if name in ('start', 'end') else ''}amount"] for name in ("start", *MOVEMENTS, "end")
        ]
        assert amounts == [float(month[name]) for name in ("start", *MOVEMENTS, "end")], key
        assert [row[f"{name}_customer_count"] for name in MOVEMENTS] == [
            month[f"{name} customers"] for name in MOVEMENTS
        ], key
    assert all(sum(month[name] for month in expected.values()) > 0 for name in MOVEMENTS), "the population is too tame"


def test_only_the_month_of_the_as_of_date_is_incomplete(built: tuple[Population, Path]) -> None:
    """A month that ends on the as-of date has wholly passed; the one that it cuts has not."""
    population, path = built
    rows = query(path, "select * from marts.mrr_movements where not is_complete")
    first_of_month = population.as_of.replace(day=1)
    is_cut = (population.as_of + dt.timedelta(days=1)).day != 1
    assert {start.date() for start in rows["period_start"]} == ({first_of_month} if is_cut else set())


def kpi(path: Path, metric_id: str) -> dict[dt.date, dict[str, float]]:
    """The months of one metric in total."""
    rows = query(
        path,
        "select * from intermediate.int_kpi__contracts "
        f"where metric_id = '{metric_id}' and grain = 'month' and dimension = 'total'",
    )
    return {row["period_start"].date(): row for row in rows.to_dict("records")}


def test_first_cycles_equal_a_plain_count(built: tuple[Population, Path]) -> None:
    """A cycle that is not over must be in neither part, and a customer in force past its end renewed."""
    population, path = built
    counts = Counter((start.replace(day=1), outcome) for start, outcome in first_cycles(population).values())
    expected = {
        month: (counts[month, "renewed"], counts[month, "stopped"], counts[month, "not_yet_due"] == 0)
        for month, outcome in counts
        if outcome != "not_yet_due"
    }
    is_cut = {
        month: (month + dt.timedelta(days=32)).replace(day=1) > population.as_of + dt.timedelta(days=1)
        for month in expected
    }
    rate, ratio = kpi(path, "first_renewal_rate"), kpi(path, "subscription_repurchase_ratio")
    assert rate.keys() == ratio.keys() == expected.keys()
    for month, (renewed, stopped, is_known) in expected.items():
        assert (rate[month]["numerator"], rate[month]["denominator"]) == (renewed, renewed + stopped)
        assert (ratio[month]["numerator"], ratio[month]["denominator"]) == (renewed, stopped)
        assert rate[month]["is_complete"] == (is_known and not is_cut[month])
    assert len({outcome for _, outcome in counts}) == 3, "the population is too tame"


def test_due_terms_equal_a_plain_count(built: tuple[Population, Path]) -> None:
    """A term followed within the grace days is renewed, one a day later is not, an unjudged one is in neither part."""
    population, path = built
    counts = Counter((end.replace(day=1), outcome) for end, outcome in due_terms(population).values())
    expected = {
        month: (counts[month, "stopped"], counts[month, "renewed"] + counts[month, "stopped"])
        for month, outcome in counts
        if outcome != "not_yet_due"
    }
    actual = {
        month: (row["numerator"], row["denominator"]) for month, row in kpi(path, "churn_rate_renewal_due").items()
    }
    assert actual == expected


def test_cancellations_equal_a_plain_count(built: tuple[Population, Path]) -> None:
    """A contract counts once per month, however many terms and notices it has."""
    population, path = built
    actual = {
        month: (row["numerator"], row["denominator"]) for month, row in kpi(path, "contract_cancellation_rate").items()
    }
    assert actual == {month: counts for month, counts in cancellations(population).items() if counts[1]}


def test_lifetimes_equal_a_walk_day_by_day(built: tuple[Population, Path]) -> None:
    """The end of the first uninterrupted time in force, by a rule that knows no intervals."""
    population, path = built
    rows = query(path, "select * from intermediate.int_contract_lifetimes")
    actual = {row["contract_id"]: (row["observed_days"], row["is_churned"]) for row in rows.to_dict("records")}
    assert actual == lifetimes(population)


def test_survival_equals_lifelines(built: tuple[Population, Path]) -> None:
    """Curves with ties, with censoring and with a churn of the last that are left, to 1e-9."""
    _, path = built
    contracts = query(
        path, "select *, date_trunc('quarter', first_started_on) as quarter from intermediate.int_contract_lifetimes"
    )
    survival = query(path, "select * from marts.contract_survival")
    cohorts = {(None, "total"): contracts}
    cohorts |= {(None, plan): rows for plan, rows in contracts.groupby("plan_id")}
    cohorts |= {(start, "total"): rows for start, rows in contracts.groupby("quarter")}
    for (start, value), rows in cohorts.items():
        is_cohort = (
            survival["grain"].eq("quarter") & survival["cohort_start"].eq(start)
            if start
            else survival["grain"].eq("total")
        )
        curve = survival[is_cohort & survival["dimension_value"].eq(value)].set_index("days_since_start").sort_index()
        assert_same_curve(curve, rows)


def test_survival_that_ends_at_zero_equals_lifelines(tmp_path: Path) -> None:
    """The logarithm of a factor of 0 does not exist; the curve must end at 0, with ties before it, and not be null."""
    generator = np.random.default_rng(7)
    started = dt.date(2023, 1, 1)
    days = generator.integers(1, 20, 60).tolist()
    is_open = [day < max(days) and n % 4 == 0 for n, day in enumerate(days)]
    as_of = started + dt.timedelta(days=400)
    contracts = pd.DataFrame(
        {
            "contract_id": [str(n) for n in range(60)],
            "term_no": 1,
            "customer_id": "a",
            "plan_id": "p",
            "billing_period": "month",
            "recurring_amount": 1,
            "started_on": [as_of - dt.timedelta(days=day - 1) if is_open[n] else started for n, day in enumerate(days)],
            "ended_on": [None if is_open[n] else started + dt.timedelta(days=day) for n, day in enumerate(days)],
        }
    )
    path = tmp_path / "warehouse.duckdb"
    fill_warehouse(path, as_of, {"contracts": contracts})
    run_models(path, "contract_survival")
    lives = query(path, "select * from intermediate.int_contract_lifetimes")
    curve = query(path, "select * from marts.contract_survival where grain = 'total' and dimension = 'total'")
    curve = curve.set_index("days_since_start").sort_index()
    assert curve["survival_rate"].iloc[-1] == 0
    assert_same_curve(curve, lives)
