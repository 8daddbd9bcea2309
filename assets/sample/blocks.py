"""One block of customers: all their rows, and what they add to the truths. Nothing here depends on other blocks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from assets.sample import agreements, baskets, opinions, purchases, service
from assets.sample.asking import Expected
from assets.sample.catalogue import Catalogue
from assets.sample.opinions import Asked, Visits
from assets.sample.people import People, customer_rows, draw_people
from assets.sample.purchases import Handling, Orders
from assets.sample.streams import Calendar, Floats, Integers, stream
from assets.sample.surroundings import Drivers

SIDE_NAMES = ("cancelled", "pending", "voided", "named_return", "unnamed_return", "unmatched_return")


@dataclass(frozen=True)
class Company:
    """What is the same for all customers."""

    seed: int
    customers: int
    calendar: Calendar
    catalogue: Catalogue
    rates: Floats
    drivers: Drivers


@dataclass
class Tally:
    """Sums over blocks from which the truths are told."""

    counts: Counter[str] = field(default_factory=Counter)
    cohorts: dict[str, Integers] = field(default_factory=dict)
    months: dict[str, Integers] = field(default_factory=dict)
    expected: dict[str, Expected] = field(default_factory=dict)

    def add_months(self, name: str, values: Integers) -> None:
        """Add a sum per month."""
        self.months[name] = self.months[name] + values if name in self.months else values

    def add_survey(self, name: str, expected: Expected) -> None:
        """Add the expectations of a survey."""
        self.expected[name] = self.expected[name] + expected if name in self.expected else expected


def draw_block(company: Company, block: int, tally: Tally) -> dict[str, pl.DataFrame]:
    """Draw all rows of one block by entity, and add to the tally."""
    people = draw_people(company.seed, block, company.customers, company.calendar)
    last = np.datetime64(company.calendar.last_day)
    started = company.calendar.starts[people.start_month] + people.start_day <= last
    tally.counts["unpublished"] += int((people.is_guest & started).sum())
    tally.add_months("cohort", np.bincount(people.start_month[started], minlength=company.calendar.month_count))
    frames = {"customers": customer_rows(people, company.calendar)}
    frames.update(_draw_purchases(company, block, people, tally))
    frames.update(_draw_contracts(company, block, people, tally))
    if service.in_panel(people):
        frames["support_requests"] = service.support_rows(company.seed, block, people, company.calendar)
    return frames


def _draw_purchases(company: Company, block: int, people: People, tally: Tally) -> dict[str, pl.DataFrame]:
    seed, calendar = company.seed, company.calendar
    rng = stream(seed, "orders", block)
    occasions = purchases.plan_occasions(people, calendar, rng)
    orders = purchases.plan_orders(occasions, rng)
    handling = purchases.draw_handling(people, orders, rng)
    lines = baskets.plan_lines(people, orders, company.catalogue, stream(seed, "order_lines", block))
    order_id = purchases.order_identifiers(people, orders)
    is_known = orders.day <= np.datetime64(calendar.last_day)
    revenue = baskets.revenue_by_month(people, orders, lines, calendar, company.rates)
    tally.add_months("revenue", revenue)
    tally.counts["planned"] += int(((orders.slot <= 1) & is_known).sum())
    for side, name in enumerate(SIDE_NAMES):
        slot = 2 if side <= purchases.VOIDED else 3 + (side == purchases.UNMATCHED_RETURN)
        tally.counts[name] += int(((orders.side == side) & (orders.slot == slot) & is_known).sum())
    rows = purchases.order_rows(stream(seed, "orders", block, part=1), people, orders, handling, order_id)
    details = baskets.line_rows(
        stream(seed, "order_lines", block, part=1), people, lines, orders, order_id, company.catalogue
    )
    frames = {"orders": rows.filter(pl.Series(is_known)), "order_lines": details.filter(is_known[lines.order])}
    if service.in_panel(people):
        frames["shipments"] = service.shipment_rows(seed, block, people, orders, lines, company.catalogue, calendar)
        frames.update(_ask(company, block, people, _visits(orders, handling, order_id), tally))
    return frames


def _visits(orders: Orders, handling: Handling, order_id: pl.Series) -> Visits:
    at = np.flatnonzero((orders.slot <= 1) & handling.in_store)
    return Visits(
        orders.person[at],
        orders.month[at],
        orders.day[at],
        order_id.gather(at),
        handling.location[at],
        handling.employee[at],
    )


def _ask(company: Company, block: int, people: People, visits: Visits, tally: Tally) -> dict[str, pl.DataFrame]:
    arguments = (company.seed, block, people, company.calendar)
    drivers = (company.drivers.staff_turnover, company.drivers.training_hours)
    surveys: dict[str, Asked] = {
        "relationship": opinions.ask_relationship(*arguments),
        "store_visit": opinions.ask_store_visit(*arguments, visits, drivers),
        "service_quality": opinions.ask_service_quality(*arguments),
    }
    for name, asked in surveys.items():
        tally.add_survey(name, asked.expected)
        tally.counts["repeat_responses"] += asked.repeat_responses
    tally.add_survey("nps", surveys["relationship"].nps)
    return {
        "survey_invitations": pl.concat([asked.invitations for asked in surveys.values()]),
        "survey_responses": pl.concat([asked.responses for asked in surveys.values()]),
    }


def _draw_contracts(company: Company, block: int, people: People, tally: Tally) -> dict[str, pl.DataFrame]:
    seed, calendar = company.seed, company.calendar
    plans = agreements.plan_contracts(seed, block, people, calendar)
    pence = agreements.monthly_pence(people, plans, calendar, company.rates)
    tally.add_months("mrr", pence.sum(axis=0))
    tally.add_months("mrr_customers", (pence > 0).sum(axis=0))
    for kind, values in agreements.movements(pence).items():
        tally.add_months(kind, values)
    frames = {"contracts": agreements.contract_rows(seed, block, people, plans, calendar)}
    if service.in_panel(people):
        frames["usage_events"] = service.usage_rows(seed, block, people, plans, calendar)
    return frames
