"""The declared recurring revenue comes back out of the terms' dates and amounts, to the penny."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from decimal import Decimal

import polars as pl
import pytest

from tests.sample.conftest import Demo, assert_share

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def month_ends(demo: Demo) -> list[tuple[dt.date, dt.date]]:
    months = list(demo.truths.mrr)
    following = [*months[1:], demo.truths.last_day + dt.timedelta(days=1)]
    return [(month, after - dt.timedelta(days=1)) for month, after in zip(months, following, strict=True)]


@pytest.fixture(scope="module")
def revenue(demo: Demo) -> dict[str, list[Decimal]]:
    """Recurring revenue per customer at each month's end, term by term in plain Python."""
    rates = {day: Decimal(str(rate)) for day, _, rate in demo.rows("fx_rates").iter_rows()}
    terms = demo.rows("contracts").sort("contract_id", "term_no")
    ends = month_ends(demo)
    found: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * len(ends))
    first_day: dict[str, dt.date] = {}
    for term in terms.iter_rows(named=True):
        start = first_day.setdefault(term["contract_id"], term["started_on"])
        rate = rates[start] if term["currency"] == "EUR" else Decimal(1)
        if term["is_trial"]:
            continue
        for position, (_, end) in enumerate(ends):
            if term["started_on"] <= end and (term["ended_on"] is None or term["ended_on"] > end):
                found[term["customer_id"]][position] += term["recurring_amount"] * rate / MONTHS[term["billing_period"]]
    return found


def test_the_path_of_recurring_revenue_is_exact(demo: Demo, revenue: dict[str, list[Decimal]]) -> None:
    path = {month: sum(paid[p] for paid in revenue.values()) for p, (month, _) in enumerate(month_ends(demo))}
    assert path == demo.truths.mrr
    customers = {month: sum(paid[p] > 0 for paid in revenue.values()) for p, (month, _) in enumerate(month_ends(demo))}
    assert customers == demo.truths.mrr_customers


def test_the_movements_are_exact(demo: Demo, revenue: dict[str, list[Decimal]]) -> None:
    months = list(demo.truths.mrr)
    found = {kind: dict.fromkeys(months, Decimal(0)) for kind in demo.truths.mrr_movements}
    for paid in revenue.values():
        ever = False
        for position, month in enumerate(months):
            before = paid[position - 1] if position else Decimal(0)
            now = paid[position]
            kind = _kind(before, now, ever)
            if kind:
                found[kind][month] += abs(now - before)
            ever = ever or now > 0
    assert found == demo.truths.mrr_movements


def _kind(before: Decimal, now: Decimal, ever: bool) -> str | None:
    if before == now:
        return None
    if before == 0:
        return "reactivation" if ever else "new"
    if now == 0:
        return "churn"
    return "expansion" if now > before else "contraction"


def test_the_bridge_holds_and_every_movement_occurs(demo: Demo) -> None:
    truths = demo.truths
    before = Decimal(0)
    for month, end in truths.mrr.items():
        moves = {kind: amounts[month] for kind, amounts in truths.mrr_movements.items()}
        gained = moves["new"] + moves["reactivation"] + moves["expansion"]
        assert before + gained - moves["contraction"] - moves["churn"] == end
        before = end
    assert all(sum(amounts.values()) > 0 for amounts in truths.mrr_movements.values())


def test_terms_follow_each_other_without_gap(demo: Demo) -> None:
    """A gap or an overlap within a contract would be a churn or double revenue that nobody planned."""
    terms = demo.rows("contracts").sort("contract_id", "term_no")
    following = terms.with_columns(
        next_start=pl.col("started_on").shift(-1).over("contract_id"),
        position=pl.int_range(1, pl.len() + 1).over("contract_id"),
    )
    assert (following["term_no"] == following["position"]).all()
    inner = following.filter(pl.col("next_start").is_not_null())
    assert (inner["ended_on"] == inner["next_start"]).all()


def test_contracts_show_only_what_is_known_on_the_last_day(demo: Demo) -> None:
    terms = demo.rows("contracts")
    last = demo.truths.last_day
    assert terms["started_on"].max() <= last
    assert terms["cancelled_on"].max() <= last
    ahead = terms.filter(pl.col("ended_on") > last)
    assert set(ahead["billing_period"].unique()) >= {"quarter", "year"}
    assert terms.filter(pl.col("ended_on").is_null())["billing_period"].unique().to_list() == ["month"]
    assert set(terms["currency"].unique()) == {"GBP", "EUR"}


def test_trials_convert_at_the_declared_rate(demo: Demo) -> None:
    terms = demo.rows("contracts")
    trials = terms.filter(pl.col("is_trial") & (pl.col("ended_on") <= demo.truths.last_day))
    paid = terms.filter(~pl.col("is_trial"))["contract_id"].implode()
    converted = trials.filter(pl.col("contract_id").is_in(paid)).height
    assert_share(converted, trials.height, demo.truths.trial_conversion, "trial conversion")


def test_contracts_end_at_the_declared_rate_of_the_group(demo: Demo) -> None:
    """Monthly contracts of customers whose NPS group is known: ends over months that came due."""
    answers = demo.rows("survey_responses").filter(
        (pl.col("question_id") == "nps") & (pl.col("answered_at").dt.date() < demo.truths.training_day)
    )
    groups = {
        "detractor": answers.filter(pl.col("score") <= 6)["customer_id"].implode(),
        "promoter": answers.filter(pl.col("score") >= 9)["customer_id"].implode(),
    }
    last = pl.lit(demo.truths.last_day)
    courses = (
        demo.rows("contracts")
        .filter((pl.col("billing_period") == "month") & ~pl.col("is_trial"))
        .group_by("contract_id", "customer_id")
        .agg(start=pl.col("started_on").min(), end=pl.col("ended_on").sort_by("term_no").last())
        .with_columns(has_ended=(pl.col("end") <= last).fill_null(value=False))
        .with_columns(until=pl.when("has_ended").then("end").otherwise(last))
    )
    whole = (
        (pl.col("until").dt.year() - pl.col("start").dt.year()) * 12
        + (pl.col("until").dt.month() - pl.col("start").dt.month()).cast(pl.Int32)
        - (pl.col("until").dt.day() < pl.col("start").dt.day()).cast(pl.Int32)
    )
    for group, members in groups.items():
        mine = courses.filter(pl.col("customer_id").is_in(members)).with_columns(due=whole)
        truth = 1 - math.exp(-demo.truths.group_hazards[group])
        assert_share(int(mine["has_ended"].sum()), int(mine["due"].sum()), truth, group)
