"""Contracts: planned month by month as whole units of price, and written as terms.

The recurring revenue that is declared comes from the plan (units times rate, in whole pence); the rows come from where
the plan changes. A test computes revenue from the rows' dates and amounts and must find the declared path to the penny.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.people import People, monthly_hazards
from assets.sample.streams import (
    FUTURE_MONTHS,
    Calendar,
    Days,
    Flags,
    Floats,
    Integers,
    choose,
    identifiers,
    labels,
    money,
    position_in_group,
    stream,
)

UNIT_PENCE = np.array([100, 10_000])
"""Of one unit of price in the contract's own currency: 1 GBP or 100 EUR."""

PRIMARY, ADD_ON, RETURNED = range(3)
UPGRADE, DOWNGRADE, RISE, CUT, STAY = range(5)


@dataclass(frozen=True)
class Heads:
    """Contracts as they are signed; `person` is the position in the block."""

    person: Integers
    slot: Integers
    start_month: Integers
    day: Integers
    billing: Integers
    has_trial: Flags
    converts: Flags

    def __len__(self) -> int:
        """Count contracts."""
        return len(self.person)

    @property
    def paid_month(self) -> Integers:
        """The month in which the first paid term starts."""
        return self.start_month + self.has_trial


@dataclass(frozen=True)
class Plans:
    """The course of contracts, one row per contract and one column per month, future months included."""

    heads: Heads
    units: Integers
    """Monthly price in units at the month's end; 0 where not in force or on trial."""
    plan: Integers
    opens_term: Flags
    churn_month: Integers
    """The month in which the contract ends; beyond the last column where it does not."""


def join_heads(first: Heads, second: Heads) -> Heads:
    """Put two sets of contracts one after the other."""
    return Heads(**{name: np.r_[getattr(first, name), getattr(second, name)] for name in Heads.__dataclass_fields__})


def plan_contracts(seed: int, block: int, people: People, calendar: Calendar) -> Plans:
    """Plan the contracts of a block: first ones, add-ons beside them, and new ones of customers who come back."""
    rng = stream(seed, "contracts", block)
    holders = np.flatnonzero(rng.random(len(people)) < np.array(declared.CONTRACT_SHARES)[people.segment])
    primary = _sign(rng, holders, PRIMARY, people.start_month[holders] + rng.integers(0, 6, len(holders)))
    has_add_on = np.flatnonzero(rng.random(len(primary)) < declared.ADD_ON_SHARE)
    add_on_start = primary.paid_month[has_add_on] + rng.integers(1, 7, len(has_add_on))
    add_ons = _sign(rng, primary.person[has_add_on], ADD_ON, add_on_start)
    early = _run(rng, join_heads(primary, add_ons), people, calendar)
    ended = np.flatnonzero(
        (early.heads.slot == PRIMARY)
        & (early.churn_month < calendar.month_count)
        & (rng.random(len(early.heads)) < declared.REACTIVATION_SHARE)
    )
    back_month = early.churn_month[ended] + rng.integers(1, 4, len(ended))
    late = _run(rng, _sign(rng, early.heads.person[ended], RETURNED, back_month), people, calendar)
    return _keep_started(_join(early, late), calendar)


def _sign(rng: np.random.Generator, person: Integers, slot: int, start_month: Integers) -> Heads:
    count = len(person)
    has_trial = (rng.random(count) < declared.TRIAL_SHARE) & (slot == PRIMARY)
    return Heads(
        person=person,
        slot=np.full(count, slot),
        start_month=start_month,
        day=rng.integers(0, 28, count),
        billing=choose(rng, declared.BILLING_SHARES, count),
        has_trial=has_trial,
        converts=~has_trial | (rng.random(count) < declared.TRIAL_CONVERSION),
    )


def _run(rng: np.random.Generator, heads: Heads, people: People, calendar: Calendar) -> Plans:
    """Walk through the months: at the end of each billing cycle a contract churns, changes or goes on."""
    shape = (len(heads), calendar.month_count + FUTURE_MONTHS)
    euro = people.pays_euro[heads.person].astype(np.int64)
    every = np.array(declared.BILLING_MONTHS)[heads.billing]
    leaves = 1 - np.exp(-monthly_hazards()[people.group[heads.person]] * every)
    chance, move = rng.random(shape), _moves(rng, shape)
    plan = rng.integers(0, len(declared.PLAN_IDS), shape[0])
    units = np.array(declared.PLAN_UNITS)[euro, plan]
    active = np.zeros(shape[0], bool)
    churn_month = np.full(shape[0], shape[1])
    course = np.zeros(shape, dtype=np.int64)
    plan_course = np.zeros(shape, dtype=np.int64)
    opens_term = np.zeros(shape, bool)
    for month in range(shape[1]):
        begins = heads.converts & (month == heads.paid_month)
        is_due = active & ((month - heads.paid_month) % every == 0)
        churns = is_due & (chance[:, month] < leaves)
        churn_month[churns] = month
        active = (active & ~churns) | begins
        changed_units, changed_plan = _change(move[:, month], units, plan, euro)
        stays = is_due & ~churns
        is_changed = stays & ((changed_units != units) | (changed_plan != plan))
        units, plan = np.where(is_changed, changed_units, units), np.where(is_changed, changed_plan, plan)
        opens_term[:, month] = begins | is_changed | (stays & (every > 1))
        course[:, month] = np.where(active, units, 0)
        plan_course[:, month] = plan
    return Plans(heads, course, plan_course, opens_term, churn_month)


def _moves(rng: np.random.Generator, shape: tuple[int, int]) -> Integers:
    shares = (declared.UPGRADE_SHARE, declared.DOWNGRADE_SHARE, declared.PRICE_RISE_SHARE, declared.PRICE_CUT_SHARE)
    return choose(rng, (*shares, 1 - sum(shares)), shape[0] * shape[1]).reshape(shape)


def _change(move: Integers, units: Integers, plan: Integers, euro: Integers) -> tuple[Integers, Integers]:
    """Give price and plan after a move: a new plan at its list price, or a tenth more or less for the same plan."""
    top = len(declared.PLAN_IDS) - 1
    new_plan = np.clip(plan + (move == UPGRADE) - (move == DOWNGRADE), 0, top)
    tenth = np.maximum(units // 10, 1)
    same_plan = units + tenth * (move == RISE) - tenth * ((move == CUT) & (units > 1))
    return np.where(new_plan != plan, np.array(declared.PLAN_UNITS)[euro, new_plan], same_plan), new_plan


def _join(first: Plans, second: Plans) -> Plans:
    names = ("units", "plan", "opens_term", "churn_month")
    values = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names}
    return Plans(heads=join_heads(first.heads, second.heads), **values)


def _keep_started(plans: Plans, calendar: Calendar) -> Plans:
    """Drop contracts that are signed after the last day."""
    started = plans.heads.start_month < calendar.month_count
    first_days = _day(calendar, np.where(started, plans.heads.start_month, 0), plans.heads.day)
    keep = started & (first_days <= np.datetime64(calendar.last_day))
    heads = Heads(**{name: getattr(plans.heads, name)[keep] for name in Heads.__dataclass_fields__})
    return Plans(heads, plans.units[keep], plans.plan[keep], plans.opens_term[keep], plans.churn_month[keep])


def _day(calendar: Calendar, month: Integers, day: Integers) -> Days:
    return np.asarray(calendar.starts[month] + day)


def monthly_pence(people: People, plans: Plans, calendar: Calendar, rates: Floats) -> Integers:
    """Give recurring revenue in pence of GBP per customer of the block (rows) and month end (columns).

    A contract keeps the rate of the day on which its first term started.
    """
    first_days = _day(calendar, plans.heads.start_month, plans.heads.day)
    rate = np.round(rates[(first_days - calendar.starts[0]).astype(np.int64)] * 10_000).astype(np.int64)
    is_euro = people.pays_euro[plans.heads.person]
    unit = np.where(is_euro, UNIT_PENCE[1] * rate // 10_000, UNIT_PENCE[0])
    total = np.zeros((len(people), calendar.month_count), dtype=np.int64)
    np.add.at(total, plans.heads.person, plans.units[:, : calendar.month_count] * unit[:, None])
    return total


def movements(pence: Integers) -> dict[str, Integers]:
    """Sum customers' movements in pence per month, each of one kind by what the customer paid before."""
    before = np.c_[np.zeros(len(pence), dtype=np.int64), pence[:, :-1]]
    has_paid = np.c_[np.zeros(len(pence), bool), np.maximum.accumulate(pence > 0, axis=1)[:, :-1]]
    change = pence - before
    starts, ends = (before == 0) & (pence > 0), (before > 0) & (pence == 0)
    stays = (before > 0) & (pence > 0)
    kinds = {
        "new": starts & ~has_paid,
        "reactivation": starts & has_paid,
        "expansion": stays & (change > 0),
        "contraction": stays & (change < 0),
        "churn": ends,
    }
    return {kind: np.abs(change * chosen).sum(axis=0) for kind, chosen in kinds.items()}


def contract_rows(seed: int, block: int, people: People, plans: Plans, calendar: Calendar) -> pl.DataFrame:
    """Give the rows of `contracts` as they are known on the last day.

    Monthly contracts have one term per constant plan and price, open-ended while it lasts; quarterly and yearly ones
    have a term per cycle, whose end may lie in the future.
    """
    heads = plans.heads
    rng = stream(seed, "contracts", block, part=1)
    notice = rng.integers(1, 21, len(heads))
    contract, month = np.nonzero(plans.opens_term)
    same_next = np.r_[contract[1:] == contract[:-1], False] if len(contract) else np.zeros(0, bool)
    following = np.where(same_next, np.r_[month[1:], 0][: len(month)], plans.churn_month[contract])
    trial = np.flatnonzero(heads.has_trial)
    order = np.lexsort((np.r_[month, heads.start_month[trial]], np.r_[contract, trial]))
    contract, month = np.r_[contract, trial][order], np.r_[month, heads.start_month[trial]][order]
    following = np.r_[following, heads.start_month[trial] + 1][order]
    is_trial = np.r_[np.zeros(len(same_next), bool), np.ones(len(trial), bool)][order]
    price_month = np.where(is_trial, heads.paid_month[contract], month)
    is_last = ~np.r_[contract[1:] == contract[:-1], False] if len(contract) else np.zeros(0, bool)
    is_churn = is_last & (following < calendar.month_count + FUTURE_MONTHS)
    rows = _term_frame(people, plans, contract, price_month, is_trial)
    return _with_dates(rows, calendar, (month, following, heads.day[contract]), (is_churn, notice[contract]))


def _term_frame(
    people: People, plans: Plans, contract: Integers, price_month: Integers, is_trial: Flags
) -> pl.DataFrame:
    heads = plans.heads
    person = heads.person[contract]
    euro = people.pays_euro[person].astype(np.int64)
    plan = plans.plan[contract, price_month]
    units = np.where(is_trial, np.array(declared.PLAN_UNITS)[euro, plan], plans.units[contract, price_month])
    billing = np.where(is_trial, 0, heads.billing[contract])
    pence = units * UNIT_PENCE[euro] * np.array(declared.BILLING_MONTHS)[billing]
    return pl.DataFrame(
        {
            "contract_id": identifiers("K", people.number[person] * 10 + heads.slot[contract]),
            "term_no": pl.Series(position_in_group(contract) + 1, dtype=pl.Int64),
            "customer_id": people.customer_id.gather(person),
            "plan_id": labels(declared.PLAN_IDS, plan),
            "plan_tier": pl.Series(plan + 1, dtype=pl.Int64),
            "billing_period": labels(declared.BILLING_PERIODS, billing),
            "recurring_amount": money(pence),
            "currency": labels(("GBP", "EUR"), euro),
            "is_trial": is_trial,
        }
    )


def _with_dates(
    rows: pl.DataFrame, calendar: Calendar, when: tuple[Integers, Integers, Integers], churn: tuple[Flags, Integers]
) -> pl.DataFrame:
    """Add the dates, as far as they are known on the last day: a notice not yet given leaves no trace."""
    month, following, day = when
    is_churn, notice = churn
    has_end = following < calendar.month_count + FUTURE_MONTHS
    ended_on = _day(calendar, np.where(has_end, following, 0), day)
    cancelled_on = np.maximum(ended_on - notice, _day(calendar, month, day))
    dated = rows.with_columns(
        started_on=pl.Series(_day(calendar, month, day)),
        ended_on=pl.Series(ended_on),
        cancelled_on=pl.Series(cancelled_on),
        has_end=pl.Series(has_end),
        is_churn=pl.Series(is_churn),
    )
    last = pl.lit(calendar.last_day)
    is_noticed = pl.col("is_churn") & (pl.col("cancelled_on") <= last)
    is_fixed = (pl.col("billing_period") != "month") | pl.col("is_trial")
    is_end_known = pl.col("has_end") & ((pl.col("ended_on") <= last) | is_fixed | is_noticed)
    columns = [*rows.columns[:8], "started_on", "ended_on", "cancelled_on", "is_trial"]
    known = dated.with_columns(
        ended_on=pl.when(is_end_known).then("ended_on"), cancelled_on=pl.when(is_noticed).then("cancelled_on")
    )
    return known.filter(pl.col("started_on") <= last).select(columns)
