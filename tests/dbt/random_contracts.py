"""Random contracts with every oddity that the models must bear, and the plain way to count them.

The reference follows METRICS word for word, day by day and customer by customer, with no regard to speed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

import numpy as np
import pandas as pd

Value = TypeVar("Value")

DAY = dt.timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
GAPS = (0, 0, 0, 0, -10, 1, 2, 3, 4, 15, 45, 75)


@dataclass(frozen=True)
class Term:
    """One row of the contracts entity."""

    contract_id: str
    term_no: int
    customer_id: str
    plan_id: str
    billing_period: str
    recurring_amount: Decimal
    currency: str | None
    started_on: dt.date
    ended_on: dt.date | None
    cancelled_on: dt.date | None
    is_trial: bool

    def in_force(self, day: dt.date) -> bool:
        """Whether the term is in force on `day`."""
        return self.started_on <= day and (self.ended_on is None or self.ended_on > day)


@dataclass
class Population:
    """Contracts, segments and rates, as of a day."""

    as_of: dt.date
    grace_days: int
    terms: list[Term] = field(default_factory=list)
    segments: dict[str, str] = field(default_factory=dict)
    rates: dict[dt.date, float] = field(default_factory=dict)

    def frames(self) -> dict[str, pd.DataFrame]:
        """The entities as frames."""
        return {
            "contracts": pd.DataFrame([vars(term) for term in self.terms]),
            "customers": pd.DataFrame(self.segments.items(), columns=["customer_id", "segment"]),
            "fx_rates": pd.DataFrame(
                [
                    {"rate_on": day, "currency": "EUR", "rate": rate, "business_day": day}
                    for day, rate in self.rates.items()
                ]
            ),
        }


@dataclass
class Draw:
    """Draws from a seeded generator."""

    generator: np.random.Generator

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit` - 1."""
        return int(self.generator.integers(limit))

    def one_of(self, options: Sequence[Value]) -> Value:
        """One of the options, each as likely as the others."""
        return options[self.below(len(options))]


def random_population(seed: int, as_of: dt.date, grace_days: int, customers: int = 60) -> Population:
    """Contracts with trials, free, foreign and empty terms, gaps, overlaps, and days after the as-of date."""
    draw = Draw(np.random.default_rng(seed))
    population = Population(as_of, grace_days)
    first_day = as_of - dt.timedelta(days=500)
    population.rates = {first_day + DAY * n: round(0.8 + draw.below(200_000) / 1_000_000, 6) for n in range(620)}
    for number in range(customers):
        customer_id = f"customer {number}"
        if number % 7:
            population.segments[customer_id] = f"segment {number % 3}"
        for contract in range(draw.one_of((1, 1, 2, 3))):
            start = first_day + DAY * draw.below(520)
            population.terms += random_terms(draw, f"{number}-{contract}", customer_id, start)
    return population


def random_terms(draw: Draw, contract_id: str, customer_id: str, start: dt.date) -> list[Term]:
    """The terms of one contract."""
    terms = []
    billing_period = draw.one_of(("month", "month", "quarter", "year"))
    currency = draw.one_of((None, "GBP", "EUR"))
    count = draw.one_of((1, 2, 3, 4))
    for term_no in range(1, count + 1):
        end = start + DAY * draw.one_of((0, 1, 10, 28, 30, 31, 31, 60, 90, 200))
        is_open = term_no == count and draw.below(100) < 50
        is_notice_known = draw.below(100) < 40
        terms.append(
            Term(
                contract_id=contract_id,
                term_no=term_no,
                customer_id=customer_id,
                plan_id=draw.one_of("abc"),
                billing_period=billing_period,
                recurring_amount=draw.one_of(
                    (Decimal(0), Decimal(1 + draw.below(50_000)) / 100, Decimal(1 + draw.below(900)), Decimal(40))
                ),
                currency=currency,
                started_on=start,
                ended_on=None if is_open else end,
                cancelled_on=end - DAY * 10 if is_notice_known else None,
                is_trial=term_no == 1 and draw.below(100) < 25,
            )
        )
        start = max(end + DAY * draw.one_of(GAPS), start)
    return terms


def known_terms(population: Population) -> list[Term]:
    """The terms as one knew them on the as-of date."""

    def known(day: dt.date | None) -> dt.date | None:
        return day if day is not None and day <= population.as_of else None

    return [
        Term(**{**vars(term), "ended_on": known(term.ended_on), "cancelled_on": known(term.cancelled_on)})
        for term in population.terms
        if term.started_on <= population.as_of and (term.ended_on is None or term.ended_on > term.started_on)
    ]


def monthly_amounts(population: Population) -> dict[tuple[str, int], Decimal]:
    """The amount per month of each term, to the cent, at the rate of the contract's first day."""
    first_days: dict[str, dt.date] = {}
    for term in population.terms:
        first_days[term.contract_id] = min(term.started_on, first_days.get(term.contract_id, term.started_on))
    amounts = {}
    for term in population.terms:
        amount = term.recurring_amount
        if term.currency == "EUR":
            rate = Decimal(str(population.rates[first_days[term.contract_id]]))
            amount = (amount * rate).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        per_month = amount / MONTHS[term.billing_period]
        amounts[term.contract_id, term.term_no] = per_month.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return amounts


def balances(population: Population, day: dt.date) -> dict[str, Decimal]:
    """Recurring revenue per month of each customer at the close of `day`."""
    amounts = monthly_amounts(population)
    in_force: dict[str, list[Term]] = defaultdict(list)
    for term in known_terms(population):
        if term.in_force(day) and not term.is_trial:
            in_force[term.contract_id].append(term)
    total: dict[str, Decimal] = defaultdict(Decimal)
    for terms in in_force.values():
        last = max(terms, key=lambda term: (term.started_on, term.term_no))
        total[last.customer_id] += amounts[last.contract_id, last.term_no]
    return {customer_id: amount for customer_id, amount in total.items() if amount}


def months(first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """First day and first day after of each calendar month that begins in the range."""
    start = first.replace(day=1)
    while start <= last:
        end = (start + DAY * 31).replace(day=1)
        yield start, end
        start = end


def bridge(population: Population) -> dict[tuple[dt.date, str], dict[str, Decimal]]:
    """The movements of each month and segment (`total` for all), from the first month with revenue of each."""
    rows: dict[tuple[dt.date, str], dict[str, Decimal]] = {}
    seen: set[str] = set()
    begun: set[str] = set()
    before: dict[str, Decimal] = {}
    earliest = min(term.started_on for term in population.terms)
    for start, end in months(earliest, population.as_of):
        after = balances(population, min(end - DAY, population.as_of))
        month: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for customer_id in before.keys() | after.keys():
            old, new = before.get(customer_id, Decimal(0)), after.get(customer_id, Decimal(0))
            for value in ("total", population.segments.get(customer_id, "unknown")):
                month[value]["start"] += old
                month[value]["end"] += new
                month[value][movement(old, new, is_known=customer_id in seen)] += abs(new - old)
                month[value][movement(old, new, is_known=customer_id in seen) + " customers"] += 1
        begun |= month.keys()
        rows |= {(start, value): month[value] for value in begun}
        seen |= after.keys()
        before = after
    return rows


def movement(old: Decimal, new: Decimal, *, is_known: bool) -> str:
    """What a change of a customer's revenue is called."""
    if not old:
        return "reactivation" if is_known else "new"
    if not new:
        return "churn"
    return "expansion" if new > old else "contraction" if new < old else "unchanged"


def add_months(day: dt.date, count: int) -> dt.date:
    """The same day `count` months later, or the last of that month."""
    return (pd.Timestamp(day) + pd.DateOffset(months=count)).date()


def first_cycles(population: Population) -> dict[str, tuple[dt.date, str]]:
    """Start and outcome of each paying customer's first cycle."""
    amounts = monthly_amounts(population)
    paid: dict[str, list[Term]] = defaultdict(list)
    for term in known_terms(population):
        if not term.is_trial and amounts[term.contract_id, term.term_no]:
            paid[term.customer_id].append(term)
    outcomes = {}
    for customer_id, terms in paid.items():
        first = min(terms, key=lambda term: (term.started_on, term.contract_id, term.term_no))
        cycle_end = add_months(first.started_on, MONTHS[first.billing_period])
        window = [cycle_end + DAY * n for n in range(population.grace_days + 1)]
        if window[-1] > population.as_of:
            outcome = "not_yet_due"
        else:
            is_renewed = any(term.in_force(day) for term in terms for day in window)
            outcome = "renewed" if is_renewed else "stopped"
        outcomes[customer_id] = (first.started_on, outcome)
    return outcomes


def due_terms(population: Population) -> dict[tuple[str, int], tuple[dt.date, str]]:
    """End and outcome of each term that has ended."""
    contracts: dict[str, list[Term]] = defaultdict(list)
    for term in known_terms(population):
        if not term.is_trial:
            contracts[term.contract_id].append(term)
    outcomes = {}
    for terms in contracts.values():
        for term in terms:
            if term.ended_on is None:
                continue
            window = [term.ended_on + DAY * n for n in range(population.grace_days + 1)]
            if window[-1] > population.as_of:
                outcome = "not_yet_due"
            else:
                is_renewed = any(other.in_force(day) for other in terms for day in window)
                outcome = "renewed" if is_renewed else "stopped"
            outcomes[term.contract_id, term.term_no] = (term.ended_on, outcome)
    return outcomes


def cancellations(population: Population) -> dict[dt.date, tuple[int, int]]:
    """Per month the contracts with a notice in it, and those in force on any day of it."""
    terms = [term for term in known_terms(population) if not term.is_trial]
    earliest = min(term.started_on for term in terms)
    counts = {}
    for start, end in months(earliest, population.as_of):
        days = [start + DAY * n for n in range((min(end - DAY, population.as_of) - start).days + 1)]
        active = {term.contract_id for term in terms if any(term.in_force(day) for day in days)}
        noticed = {
            term.contract_id for term in terms if term.cancelled_on is not None and start <= term.cancelled_on < end
        }
        counts[start] = (len(active & noticed), len(active))
    return counts


def lifetimes(population: Population) -> dict[str, tuple[int, bool]]:
    """Days in force of each contract up to its first churn, walked day by day, and whether it churned."""
    contracts: dict[str, list[Term]] = defaultdict(list)
    for term in known_terms(population):
        if not term.is_trial:
            contracts[term.contract_id].append(term)
    result = {}
    for contract_id, terms in contracts.items():
        first = min(term.started_on for term in terms)
        last_in_force = first
        day = first
        while day <= population.as_of and (day - last_in_force).days <= population.grace_days + 1:
            if any(term.in_force(day) for term in terms):
                last_in_force = day
            day += DAY
        is_churned = (population.as_of - last_in_force).days > population.grace_days
        result[contract_id] = ((last_in_force - first).days + 1, is_churned)
    return result
