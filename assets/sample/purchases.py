"""Orders: the planned purchases, and around them what must not change the truths.

A customer buys on at most one day of a month. Cancelled, pending and wholly returned orders, partial returns and
unmatched ones stand beside planned purchases, in the same month, and leave every planned purchase one.
Slots of a month number its orders: 0 and 1 planned, 2 an order that does not count, 3 a return, 4 an unmatched return.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.people import People
from assets.sample.streams import (
    Calendar,
    Days,
    Flags,
    Integers,
    choose,
    identifiers,
    labels,
    local_times,
    position_in_group,
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
            "employee_id": only_where(in_store, identifiers("E", handling.employee + 1, width=2)),
            "location_id": only_where(in_store, identifiers("L", handling.location + 1, width=2)),
        }
    )


def only_where(condition: pl.Series, values: pl.Series) -> pl.Series:
    """Keep values where a condition holds, and null elsewhere."""
    return pl.select(pl.when(condition).then(values)).to_series()
