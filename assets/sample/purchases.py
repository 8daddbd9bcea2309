"""Orders and their lines: the planned purchases, and around them what must not change the truths.

A customer buys on at most one day of a month. Cancelled, pending and wholly returned orders, partial returns and
unmatched ones stand beside planned purchases, in the same month, and leave every planned purchase one.
Slots of a month number its orders: 0 and 1 planned, 2 an order that does not count, 3 a return, 4 an unmatched return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.catalogue import Catalogue
from assets.sample.people import People
from assets.sample.streams import (
    Calendar,
    Days,
    Flags,
    Floats,
    Integers,
    choose,
    identifiers,
    labels,
    local_times,
    money,
    position_in_group,
    quantities,
)

SIDE_SHARES = (
    declared.CANCELLED_SHARE,
    declared.PENDING_SHARE,
    declared.VOIDED_SHARE,
    declared.NAMED_RETURN_SHARE,
    declared.UNNAMED_RETURN_SHARE,
    declared.UNMATCHED_RETURN_SHARE,
)
CANCELLED, PENDING, VOIDED, NAMED_RETURN, UNNAMED_RETURN, UNMATCHED_RETURN, NOTHING = range(7)
LAST_DAY_WITH_SIDE = 14
"""Later in a month nothing follows a purchase, so that what follows stays within the month."""

EURO_PENCE_FACTOR = 1.15
LINE_STEPS = np.array([5, 7, 11, 13, 17, 19, 23, 25])
"""Coprime to the number of products: stepping through them meets each once before any again."""


@dataclass(frozen=True)
class Occasions:
    """Planned days of purchase, by customer and time."""

    person: Integers
    month: Integers
    day: Days
    ordinal: Integers
    order_count: Integers
    side: Integers


@dataclass(frozen=True)
class Orders:
    """Orders of one block, planned ones first."""

    person: Integers
    month: Integers
    slot: Integers
    day: Days
    status: Integers
    ordinal: Integers
    side: Integers

    def __len__(self) -> int:
        """Count orders."""
        return len(self.person)


@dataclass(frozen=True)
class Lines:
    """Order lines of one block; `order` is the position of the order, `named` that of the returned one or -1."""

    order: Integers
    line_no: Integers
    product: Integers
    quantity: Integers
    pence: Integers
    is_return: Flags
    named: Integers


STATUSES = ("completed", "cancelled", "pending")


def plan_occasions(people: People, calendar: Calendar, rng: np.random.Generator) -> Occasions:
    """Draw in which months and on which day customers buy."""
    months = np.arange(calendar.month_count)
    offset = months[None, :] - people.start_month[:, None]
    alive = (offset >= 0) & (offset <= people.lifetime[:, None])
    buys = rng.random(alive.shape) < np.array(declared.MONTHLY_PURCHASE_PROBABILITY)[people.group][:, None]
    person, month = np.nonzero(alive & (buys | (offset == 0)))
    drawn = (rng.random(len(person)) * calendar.lengths[month]).astype(np.int64)
    day_of_month = np.where(month == people.start_month[person], people.start_day[person], drawn)
    order_count = 1 + (rng.random(len(person)) < declared.TWO_ORDERS_SHARE)
    side = choose(rng, (*SIDE_SHARES, 1 - sum(SIDE_SHARES)), len(person))
    is_return = np.isin(side, (NAMED_RETURN, UNNAMED_RETURN, UNMATCHED_RETURN))
    # Returns of EUR orders would make revenue depend on whether the day of the sale or of the return gives the rate.
    unwanted = (day_of_month >= LAST_DAY_WITH_SIDE) | (is_return & (people.pays_euro[person] | (order_count > 1)))
    return Occasions(
        person=person,
        month=month,
        day=calendar.starts[month] + day_of_month,
        ordinal=position_in_group(person),
        order_count=order_count.astype(np.int64),
        side=np.where(unwanted, NOTHING, side),
    )


def plan_orders(occasions: Occasions, rng: np.random.Generator) -> Orders:
    """Lay out the planned orders, then those that do not count, then the returns."""
    planned = np.repeat(np.arange(len(occasions.person)), occasions.order_count)
    uncounted = np.flatnonzero(np.isin(occasions.side, (CANCELLED, PENDING, VOIDED)))
    returns = np.flatnonzero(np.isin(occasions.side, (VOIDED, NAMED_RETURN, UNNAMED_RETURN, UNMATCHED_RETURN)))
    source = np.concatenate([planned, uncounted, returns])
    is_unmatched = occasions.side[returns] == UNMATCHED_RETURN
    slot = np.concatenate(
        [position_in_group(planned), np.full(len(uncounted), 2), np.where(is_unmatched, 4, 3)],
    )
    delay = np.concatenate(
        [
            np.zeros(len(planned), dtype=np.int64),
            rng.integers(1, 4, len(uncounted)),
            rng.integers(5, 10, len(returns)),
        ]
    )
    side = occasions.side[source]
    status = np.where((slot == 2) & (side == CANCELLED), 1, np.where((slot == 2) & (side == PENDING), 2, 0))
    return Orders(
        person=occasions.person[source],
        month=occasions.month[source],
        slot=slot,
        day=occasions.day[source] + delay,
        status=status,
        ordinal=occasions.ordinal[source],
        side=side,
    )


def plan_lines(people: People, orders: Orders, catalogue: Catalogue, rng: np.random.Generator) -> Lines:
    """Draw what is in the orders: planned and uncounted orders first, then the returned lines."""
    bought = np.flatnonzero(orders.slot <= 2)
    line_count = 1 + rng.binomial(4, 0.5, len(bought))
    basket = 1 + rng.binomial(4, 0.5, len(people))
    choice = people.choice[orders.person[bought]]
    line_count = np.where(choice == 0, basket[orders.person[bought]], line_count)
    line_count = np.where((choice == 2) & (orders.ordinal[bought] > 0), np.maximum(line_count, 2), line_count)
    order = np.repeat(bought, line_count)
    product = _choose_products(people, orders, order, catalogue, rng)
    person = orders.person[order]
    quantity = _draw_quantities(people, orders, order, rng)
    discount = np.where(rng.random(len(order)) < 0.2, 0.9, 1.0)
    factor = np.where(people.pays_euro[person], EURO_PENCE_FACTOR, 1.0) * discount
    unit_pence = np.round(catalogue.price_pence[product] * factor).astype(np.int64)
    line_no = position_in_group(order) + 1
    sold = Lines(
        order, line_no, product, quantity, quantity * unit_pence, np.zeros(len(order), bool), np.full(len(order), -1)
    )
    return _with_returns(orders, sold, unit_pence, catalogue)


def _choose_products(
    people: People, orders: Orders, order: Integers, catalogue: Catalogue, rng: np.random.Generator
) -> Integers:
    """Give each line its product, so that customers choose as declared.

    Each customer walks through the catalogue in an order of their own: `different` never turns back, `same` stays on
    the first basket, `both` starts each later order with the very first product and goes on with new ones.
    """
    count = catalogue.regular_count
    start = rng.integers(0, count, len(people))
    step = LINE_STEPS[rng.integers(0, len(LINE_STEPS), len(people))]
    person = orders.person[order]
    is_planned = orders.slot[order] <= 1
    walk = np.zeros(len(order), dtype=np.int64)
    walk[is_planned] = position_in_group(person[is_planned])
    line = position_in_group(order)
    choice = people.choice[person]
    walk = np.where(choice == 0, line, walk)
    walk = np.where((choice == 2) & (orders.ordinal[order] > 0) & (line == 0), 0, walk)
    anything = rng.integers(0, count, len(order))
    return np.where(is_planned, (start[person] + step[person] * walk) % count, anything)


def _draw_quantities(people: People, orders: Orders, order: Integers, rng: np.random.Generator) -> Integers:
    mean = np.array(declared.QUANTITY_MEANS)[people.segment[orders.person[order]]]
    quantity = 1 + rng.poisson(mean)
    is_returned_later = np.isin(orders.side[order], (NAMED_RETURN, UNNAMED_RETURN)) & (position_in_group(order) == 0)
    return np.where(is_returned_later, np.maximum(quantity, 2), quantity).astype(np.int64)


def _with_returns(orders: Orders, sold: Lines, unit_pence: Integers, catalogue: Catalogue) -> Lines:
    """Add the returned lines: the whole of a voided order, one piece of a planned line, or something never bought."""
    key = orders.person * 10_000 + orders.month
    returns = np.flatnonzero(orders.slot >= 3)
    by_key = returns[np.argsort(key[returns], kind="stable")]
    line_key = key[sold.order]
    found = np.clip(np.searchsorted(key[by_key], line_key), 0, max(len(by_key) - 1, 0))
    if len(by_key) == 0:
        return sold
    return_order = by_key[found]
    matches = key[return_order] == line_key
    side = orders.side[return_order]
    is_voided = matches & (side == VOIDED) & (orders.slot[sold.order] == 2)
    is_partial = matches & np.isin(side, (NAMED_RETURN, UNNAMED_RETURN)) & (sold.line_no == 1)
    unmatched = returns[orders.side[returns] == UNMATCHED_RETURN]
    back = np.flatnonzero(is_voided | is_partial)
    quantity = np.where(is_voided[back], sold.quantity[back], 1)
    named = np.where(side[back] == UNNAMED_RETURN, -1, sold.order[back])
    last = len(catalogue.price_pence) - 1
    ones = np.ones(len(unmatched), dtype=np.int64)
    returned = Lines(
        order=np.r_[return_order[back], unmatched],
        line_no=np.r_[sold.line_no[back], ones],
        product=np.r_[sold.product[back], ones * last],
        quantity=np.r_[quantity, ones],
        pence=np.r_[quantity * unit_pence[back], ones * catalogue.price_pence[last]],
        is_return=np.ones(len(back) + len(unmatched), bool),
        named=np.r_[named, -ones],
    )
    return Lines(**{name: np.r_[getattr(sold, name), getattr(returned, name)] for name in Lines.__dataclass_fields__})


def order_identifiers(people: People, orders: Orders) -> pl.Series:
    """Number orders by customer, month and slot, so that an order's number depends on nothing else."""
    return identifiers("O", people.number[orders.person] * 100_000 + orders.month * 10 + orders.slot)


@dataclass(frozen=True)
class Handling:
    """Where and by whom each order is taken; location and employee count only for orders in a shop."""

    channel: Integers
    location: Integers
    employee: Integers

    @property
    def in_store(self) -> Flags:
        """Whether the order is taken in a shop."""
        return np.asarray(self.channel == declared.ORDER_CHANNELS.index("store"))


def draw_handling(people: People, orders: Orders, rng: np.random.Generator) -> Handling:
    """Draw the channel of each order; a customer goes to one shop, and is served by any of its employees."""
    location = people.location[orders.person]
    colleague = rng.integers(0, declared.EMPLOYEES_PER_LOCATION, len(orders))
    return Handling(
        channel=choose(rng, declared.ORDER_CHANNEL_SHARES, len(orders)),
        location=location,
        employee=location * declared.EMPLOYEES_PER_LOCATION + colleague,
    )


def order_rows(
    rng: np.random.Generator, people: People, orders: Orders, handling: Handling, order_id: pl.Series
) -> pl.DataFrame:
    """Give the rows of `orders`; a null currency is the company's."""
    in_store = pl.Series(handling.in_store)
    is_unsaid = rng.random(len(orders)) < 0.2
    currency = np.where(people.pays_euro[orders.person], 1, np.where(is_unsaid, 2, 0))
    return pl.DataFrame(
        {
            "order_id": order_id,
            "customer_id": people.customer_id.gather(orders.person),
            "ordered_at": local_times(rng, orders.day),
            "status": labels(STATUSES, orders.status),
            "currency": labels(("GBP", "EUR", None), currency),
            "channel": labels(declared.ORDER_CHANNELS, handling.channel),
            "employee_id": _where(in_store, identifiers("E", handling.employee + 1, width=2)),
            "location_id": _where(in_store, identifiers("L", handling.location + 1, width=2)),
        }
    )


def _where(condition: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(condition).then(values)).to_series()


def line_rows(
    rng: np.random.Generator, people: People, lines: Lines, orders: Orders, order_id: pl.Series, catalogue: Catalogue
) -> pl.DataFrame:
    """Give the rows of `order_lines`: half of the returns are flagged, the others have negative numbers."""
    count = len(lines.order)
    is_negative = lines.is_return & (rng.random(count) < 0.5)
    sign = np.where(is_negative, -1, 1)
    factor = np.where(people.pays_euro[orders.person[lines.order]], EURO_PENCE_FACTOR, 1.0)
    cost = np.round(catalogue.price_pence[lines.product] * 0.6 * factor).astype(np.int64)
    offered = (orders.ordinal[lines.order] > 0) & ~lines.is_return & (rng.random(count) < declared.EXPLICIT_OFFER_SHARE)
    offer = np.where(offered, np.where(rng.random(count) < 0.5, 0, 1), 2)
    return pl.DataFrame(
        {
            "order_id": order_id.gather(lines.order),
            "line_no": pl.Series(lines.line_no, dtype=pl.Int64),
            "product_id": catalogue.rows["product_id"].gather(lines.product),
            "quantity": quantities(lines.quantity * sign),
            "net_amount": money(lines.pence * sign),
            "unit_cost": money(cost),
            "is_return": lines.is_return & ~is_negative,
            "returned_order_id": _where(pl.Series(lines.named >= 0), order_id.gather(np.maximum(lines.named, 0))),
            "offer_type": labels(("upsell", "cross_sell", None), offer),
        }
    )


def revenue_by_month(people: People, orders: Orders, lines: Lines, calendar: Calendar, rates: Floats) -> Integers:
    """Sum net revenue per month in millionths of GBP: pence times rate of four digits, returns taken off."""
    day = (orders.day - calendar.starts[0]).astype(np.int64)
    counts = (orders.status == 0) & (day < len(rates))
    rate = np.round(rates[np.minimum(day, len(rates) - 1)] * 10_000).astype(np.int64)
    rate = np.where(people.pays_euro[orders.person], rate, 10_000)[lines.order]
    sign = np.where(lines.is_return, -1, 1) * counts[lines.order]
    total = np.zeros(calendar.month_count, dtype=np.int64)
    np.add.at(total, orders.month[lines.order], sign * lines.pence * rate)
    return total
