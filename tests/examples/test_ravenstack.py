"""The ravenstack example: recurring revenue to the cent, and the published figure explained by what it counts more."""

from __future__ import annotations

import math
from decimal import Decimal

import pandas as pd
import pytest
from example_run import DATA, ExampleRun

from tests.references.recurring_revenue import assert_same_bridge, bridge
from tests.references.survival import assert_same_curves, lifetimes

FOLDER = DATA / "ravenstack"
AS_OF = pd.Timestamp(2024, 12, 31)
PUBLISHED_DECEMBER_MRR = 10_734_251
EXACT = 1e-12
MINIMUM_N = 5


@pytest.fixture(scope="module")
def subscriptions() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "ravenstack_subscriptions.csv", parse_dates=["start_date", "end_date"])


@pytest.fixture(scope="module")
def closes(subscriptions: pd.DataFrame) -> pd.DataFrame:
    """Monthly revenue of each account on the last day of each month, trials out; one column per month."""
    paid = subscriptions[~subscriptions["is_trial"]]
    columns = {}
    for month in pd.period_range("2022-12", "2024-12", freq="M"):
        last_day = month.end_time.normalize()
        in_force = paid[(paid["start_date"] <= last_day) & ~(paid["end_date"] < last_day)]
        columns[month] = in_force.groupby("account_id")["mrr_amount"].sum()
    return pd.DataFrame(columns).fillna(0).astype(int)


@pytest.fixture(scope="module")
def movements(ravenstack: ExampleRun) -> pd.DataFrame:
    return ravenstack.marts("from mrr_movements where dimension = 'total' order by period_start").set_index(
        "period_start"
    )


def test_all_rows_are_accepted(ravenstack: ExampleRun) -> None:
    """None of these rows is bad, and a ticket without a score is no answer rather than a bad one."""
    accepted = {entity: loaded.accepted for entity, loaded in ravenstack.loaded.items()}
    scores = pd.read_csv(FOLDER / "ravenstack_support_tickets.csv")["satisfaction_score"]
    assert accepted == {
        "customers": 500,
        "contracts": 5000,
        "support_requests": 2000,
        "survey_questions": 1,
        "survey_responses": scores.count(),
        "usage_events": 25_000,
    }
    assert all(loaded.extracted == loaded.accepted for loaded in ravenstack.loaded.values())


def test_bridge_of_every_month_equals_a_plain_computation(movements: pd.DataFrame, closes: pd.DataFrame) -> None:
    """To the cent; an identity alone would also hold where expansion and reactivation are mixed up."""
    plain = bridge(closes)
    assert_same_bridge(movements.reset_index(), plain)
    assert len(plain) == 24
    # An account holds ten subscriptions, so that hardly any loses all of them; yet some do, and come back.
    assert (plain[["reactivation", "churn", "contraction"]].sum() > 0).all()


def test_survival_of_subscriptions_equals_lifelines(ravenstack: ExampleRun, subscriptions: pd.DataFrame) -> None:
    """A last day of use taken for the first day without, or a trial among those who pay, moves every curve."""
    paid = subscriptions[~subscriptions["is_trial"]]
    terms = pd.DataFrame(
        {
            "contract_id": paid["subscription_id"],
            "plan_id": paid["plan_tier"],
            "started_on": paid["start_date"],
            "ended_on": paid["end_date"] + pd.Timedelta(days=1),
        }
    )
    lives = lifetimes(terms, AS_OF)
    assert len(lives) == len(paid)
    assert assert_same_curves(ravenstack.marts("from contract_survival"), lives) > 100


def test_december_is_the_published_figure_less_what_ended_within_the_month(
    subscriptions: pd.DataFrame, movements: pd.DataFrame
) -> None:
    """Published: start month ≤ m, end month ≥ m or none, trials too. All trials are free; the rest is explained."""
    month = pd.Period("2024-12")
    starts, ends = (subscriptions[name].dt.to_period("M") for name in ("start_date", "end_date"))
    counted = subscriptions[(starts <= month) & ((ends >= month) | ends.isna())]
    assert counted["mrr_amount"].sum() == PUBLISHED_DECEMBER_MRR
    trials = counted[counted["is_trial"]]
    ended = counted[~counted["is_trial"] & (counted["end_date"] < AS_OF)]
    assert (len(trials), trials["mrr_amount"].sum()) == (726, 0)
    assert (len(ended), ended["mrr_amount"].sum()) == (145, 474_742)
    ours = Decimal(str(movements["end_mrr_amount"].iloc[-1]))
    assert (
        ours == PUBLISHED_DECEMBER_MRR - int(trials["mrr_amount"].sum()) - int(ended["mrr_amount"].sum()) == 10_259_509
    )


def test_kpi_and_movements_tell_the_same(ravenstack: ExampleRun, movements: pd.DataFrame, closes: pd.DataFrame) -> None:
    """MRR, nrr and grr stand in two marts; both must be what a plain computation over accounts gives."""
    kpi = ravenstack.marts(
        "from kpi where grain = 'month' and dimension = 'total' "
        "and metric_id in ('mrr', 'nrr', 'grr', 'arpa_recurring')"
    ).set_index(["metric_id", "period_start"])["value"]
    for before, month in zip(closes.columns, closes.columns[1:], strict=False):
        start, end = closes[before], closes[month]
        expected = {"mrr": end.sum(), "arpa_recurring": end.sum() / (end > 0).sum()}
        if (end > 0).sum() < MINIMUM_N:
            expected = dict.fromkeys(expected, math.nan)
        if (start > 0).sum() >= MINIMUM_N:
            kept = closes[[before, month]].min(axis=1)
            expected |= {"nrr": end[start > 0].sum() / start.sum(), "grr": kept.sum() / start.sum()}
        for metric, value in expected.items():
            assert kpi[metric, month.start_time] == pytest.approx(value, rel=EXACT, nan_ok=True), (metric, month)
            if metric in movements:
                assert movements.loc[month.start_time, metric] == pytest.approx(value, rel=EXACT), (metric, month)


def test_tickets_satisfaction_equals_a_plain_computation(ravenstack: ExampleRun) -> None:
    """A blank is no answer; every ticket counts, also where an account closed two in one month."""
    tickets = pd.read_csv(FOLDER / "ravenstack_support_tickets.csv", parse_dates=["closed_at"])
    accounts = pd.read_csv(FOLDER / "ravenstack_accounts.csv")
    tickets = tickets.merge(accounts[["account_id", "industry"]], on="account_id")
    answered = tickets[tickets["satisfaction_score"].notna()]
    answered = answered.assign(month=answered["closed_at"].dt.to_period("M").dt.start_time)
    for dimension, keys in {"total": ["month"], "segment": ["month", "industry"]}.items():
        scores = answered.groupby(keys)["satisfaction_score"]
        for metric, expected in {
            "csat": scores.mean(),
            "csat_satisfied_share": scores.apply(lambda s: (s >= 4).mean()),
        }.items():
            found = ravenstack.marts(
                f"from kpi where grain = 'month' and dimension = '{dimension}' and metric_id = '{metric}' "
                "order by period_start, dimension_value"
            )
            assert found["n"].tolist() == scores.count().tolist()
            shown = ~found["is_suppressed"]
            assert shown.tolist() == (scores.count() >= 5).tolist()
            assert found.loc[shown, "value"].tolist() == pytest.approx(expected[shown.to_numpy()].tolist(), rel=EXACT)


def test_tickets_are_read_as_their_times_stand(ravenstack: ExampleRun) -> None:
    """`2024-04-28 3:00`, an hour of one digit, is no other time and not unreadable; a day alone is its midnight."""
    tickets = pd.read_csv(FOLDER / "ravenstack_support_tickets.csv").set_index("ticket_id")
    found = ravenstack.accepted("support_requests").set_index("request_id").loc[tickets.index]
    assert (found["resolved_at"] == pd.to_datetime(tickets["closed_at"])).all()
    assert (found["opened_at"] == pd.to_datetime(tickets["submitted_at"])).all()


def test_uses_belong_to_the_accounts_of_their_subscriptions(
    ravenstack: ExampleRun, subscriptions: pd.DataFrame
) -> None:
    """21 usage ids stand for two uses each: both must stay, and no minute may be lost in the join."""
    uses = pd.read_csv(FOLDER / "ravenstack_feature_usage.csv").merge(
        subscriptions[["subscription_id", "account_id"]], on="subscription_id"
    )
    found = ravenstack.accepted("usage_events")
    plain = uses.groupby("account_id")["usage_duration_secs"].sum() / 60
    assert found.groupby("customer_id")["duration_minutes"].sum().to_dict() == pytest.approx(plain.to_dict(), rel=1e-9)
    assert len(found) == len(uses)
