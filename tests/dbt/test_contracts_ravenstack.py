"""Recurring revenue of a published data set, whose published figure counts differently and is explained to the dollar.

Its subscriptions become contracts of one term. `end_date` is taken as the last day of use, so that a contract ends on
the day after: 13 subscriptions start and end on one day and would otherwise never have been in force.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "ravenstack"
AS_OF = dt.date(2024, 12, 31)
PUBLISHED_DECEMBER_MRR = 10_734_251

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the ravenstack data is not beside the checkout ({DATA})")


@pytest.fixture(scope="module")
def subscriptions() -> pd.DataFrame:
    """The subscriptions as they were published."""
    return pd.read_csv(DATA / "ravenstack_subscriptions.csv", parse_dates=["start_date", "end_date"])


@pytest.fixture(scope="module")
def warehouse(subscriptions: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse built from them. Amounts are given per month, whatever the billing frequency."""
    contracts = pd.DataFrame(
        {
            "contract_id": subscriptions["subscription_id"],
            "term_no": 1,
            "customer_id": subscriptions["account_id"],
            "plan_id": subscriptions["plan_tier"],
            "plan_tier": subscriptions["plan_tier"].map({"Basic": 1, "Pro": 2, "Enterprise": 3}),
            "billing_period": "month",
            "recurring_amount": subscriptions["mrr_amount"],
            "started_on": subscriptions["start_date"].dt.date,
            "ended_on": (subscriptions["end_date"] + pd.Timedelta(days=1)).dt.date,
            "is_trial": subscriptions["is_trial"],
        }
    )
    accounts = pd.read_csv(DATA / "ravenstack_accounts.csv")
    customers = accounts.rename(columns={"account_id": "customer_id", "industry": "segment", "country": "region"})
    path = tmp_path_factory.mktemp("ravenstack") / "warehouse.duckdb"
    frames = {"contracts": contracts, "customers": customers[["customer_id", "segment", "region"]]}
    fill_warehouse(path, AS_OF, frames, company={"currency": "USD", "history_start": dt.date(2023, 1, 1)})
    run_models(path, "mrr_movements", "contract_survival", "int_kpi__contracts", "int_contract_conversions")
    return path


def published_mrr(subscriptions: pd.DataFrame, month: str) -> pd.DataFrame:
    """What the publisher counts: start month ≤ m, and end month ≥ m or empty; trials too."""
    period = pd.Period(month)
    starts, ends = (subscriptions[name].dt.to_period("M") for name in ("start_date", "end_date"))
    return subscriptions[(starts <= period) & ((ends >= period) | ends.isna())]


def test_december_differs_from_the_published_figure_by_what_ended_within_the_month(
    subscriptions: pd.DataFrame, warehouse: Path
) -> None:
    """The counts part in trials (all free here) and in what had ended before the last day, and in nothing else."""
    counted = published_mrr(subscriptions, "2024-12")
    assert counted["mrr_amount"].sum() == PUBLISHED_DECEMBER_MRR
    trials = counted[counted["is_trial"]]
    ended = counted[~counted["is_trial"] & (counted["end_date"] < pd.Timestamp(AS_OF))]
    assert (len(trials), trials["mrr_amount"].sum()) == (726, 0)
    assert (len(ended), ended["mrr_amount"].sum()) == (145, 474_742)
    ours = query(
        warehouse,
        "select end_mrr_amount from marts.mrr_movements where period_start = date '2024-12-01' and dimension = 'total'",
    )
    assert ours["end_mrr_amount"].tolist() == [PUBLISHED_DECEMBER_MRR - 474_742] == [10_259_509]


def test_every_month_ends_with_what_was_in_force_on_its_last_day(subscriptions: pd.DataFrame, warehouse: Path) -> None:
    """A month-end that is off by a day moves revenue between months and shows in no identity."""
    rows = query(
        warehouse,
        "select period_end, end_mrr_amount from marts.mrr_movements where dimension = 'total' order by period_end",
    )
    assert len(rows) == 24
    for period_end, amount in rows.itertuples(index=False):
        last_day = period_end - pd.Timedelta(days=1)
        in_force = subscriptions[
            ~subscriptions["is_trial"]
            & (subscriptions["start_date"] <= last_day)
            & ~(subscriptions["end_date"] < last_day)
        ]
        assert amount == in_force["mrr_amount"].sum()


def test_bridge_holds_by_month_segment_and_region(warehouse: Path) -> None:
    """Accounts hold ten subscriptions each that come and go: a customer's net movement must stand in one place."""
    broken = query(
        warehouse,
        """
        from marts.mrr_movements
        where start_mrr_amount + new_amount + reactivation_amount + expansion_amount - contraction_amount - churn_amount
            <> end_mrr_amount
        """,
    )
    assert broken.empty
    sums = query(
        warehouse,
        """
        select dimension, period_start, sum(end_mrr_amount) as amount, sum(churn_amount) as churned
        from marts.mrr_movements group by all
        """,
    ).pivot_table(index="period_start", columns="dimension", values=["amount", "churned"])
    for name in ("amount", "churned"):
        assert (sums[name]["segment"] == sums[name]["total"]).all()
        assert (sums[name]["region"] == sums[name]["total"]).all()


def test_no_cancellation_rate_without_notices(warehouse: Path) -> None:
    """The source has no notices; a cancellation rate of 0 would be a wrong number."""
    metrics = query(warehouse, "select distinct metric_id from intermediate.int_kpi__contracts")["metric_id"]
    assert set(metrics) == {"churn_rate_renewal_due", "first_renewal_rate", "subscription_repurchase_ratio"}


def test_conversions_are_one_per_paid_subscription(subscriptions: pd.DataFrame, warehouse: Path) -> None:
    """Each account has first subscriptions on one day only, and every paid subscription is one conversion."""
    rows = query(warehouse, "select * from intermediate.int_contract_conversions")
    paid = subscriptions[~subscriptions["is_trial"]]
    assert len(rows) == len(paid)
    first_days = paid.groupby("account_id")["start_date"].transform("min")
    assert (rows["conversion_type"] == "acquisition").sum() == (paid["start_date"] == first_days).sum()
    assert set(rows["conversion_type"]) == {"acquisition", "repeat", "upsell", "downsell"}
