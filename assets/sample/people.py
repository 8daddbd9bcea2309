"""Who the customers are: segment, region, latent loyalty, when they came and when they leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.streams import (
    Calendar,
    Days,
    Flags,
    Floats,
    Integers,
    choose,
    choose_by_row,
    identifiers,
    labels,
    stream,
)


@dataclass(frozen=True)
class People:
    """Customers of one block, one element per customer; positions refer to the declared names."""

    number: Integers
    segment: Integers
    region: Integers
    group: Integers
    choice: Integers
    start_month: Integers
    start_day: Integers
    lifetime: Integers
    """Offset of the last month in which the customer has not left."""
    location: Integers
    is_guest: Flags
    do_not_contact: Flags

    def __len__(self) -> int:
        """Count customers."""
        return len(self.number)

    @property
    def pays_euro(self) -> Flags:
        """Whether the customer orders in EUR."""
        return np.asarray(self.region == declared.EURO_REGION)

    @property
    def customer_id(self) -> pl.Series:
        """The customers' identifiers."""
        return identifiers("C", self.number, width=7)

    def is_alive(self, position: Integers, month: Integers) -> Flags:
        """Say whether customers at the given positions have come and not left in a month."""
        offset = month - self.start_month[position]
        return np.asarray((offset >= 0) & (offset <= self.lifetime[position]))


def monthly_hazards() -> Floats:
    """Rate of leaving per month and latent group."""
    return declared.DETRACTOR_MONTHLY_HAZARD * np.array(declared.HAZARD_RATIOS)


def first_months(calendar: Calendar) -> Floats:
    """Share of customers who come in each month: growing, and more before the winter holidays."""
    season = np.array([1.3 if calendar.month_start(m).month >= 11 else 1.0 for m in range(calendar.month_count)])
    weights = season * (1.0 + 0.01 * np.arange(calendar.month_count))
    return np.asarray(weights / weights.sum())


def draw_people(seed: int, block: int, customers: int, calendar: Calendar) -> People:
    """Draw the customers of one block; the last block is cut at the number of customers."""
    rng = stream(seed, "customers", block)
    size = declared.BLOCK_CUSTOMERS
    segment = choose(rng, declared.SEGMENT_SHARES, size)
    group_shares = np.array([declared.GROUP_SHARES[name] for name in declared.SEGMENTS])
    group = choose_by_row(rng, group_shares[segment])
    start_month = choose(rng, first_months(calendar).tolist(), size)
    stay = -np.log1p(-rng.random(size)) / monthly_hazards()[group]
    everyone: dict[str, Any] = {
        "number": np.arange(size, dtype=np.int64) + block * size,
        "segment": segment,
        "region": choose(rng, declared.REGION_SHARES, size),
        "group": group,
        "choice": choose(rng, declared.CHOICE_SHARES, size),
        "start_month": start_month,
        "start_day": (rng.random(size) * calendar.lengths[start_month]).astype(np.int64),
        "lifetime": np.floor(stay).astype(np.int64),
        "location": rng.integers(0, declared.LOCATION_COUNT, size),
        "is_guest": rng.random(size) < declared.UNPUBLISHED_SHARE,
        "do_not_contact": rng.random(size) < declared.DO_NOT_CONTACT_SHARE,
    }
    count = min(size, customers - block * size)
    return People(**{name: values[:count] for name, values in everyone.items()})


def customer_rows(people: People, calendar: Calendar) -> pl.DataFrame:
    """Give the rows of `customers`: guests, and those who come after the last day, are missing."""
    first_days: Days = calendar.starts[people.start_month] + people.start_day
    rows = pl.DataFrame(
        {
            "customer_id": people.customer_id,
            "segment": labels(declared.SEGMENTS, people.segment),
            "region": labels(declared.REGIONS, people.region),
            "do_not_contact": people.do_not_contact,
        }
    )
    return rows.filter(pl.Series(~people.is_guest & (first_days <= np.datetime64(calendar.last_day))))


def retention_curve(month_count: int) -> Floats:
    """Probability that a customer purchases in the month at each offset from their first, averaged over customers."""
    offsets = np.arange(month_count)
    alive = np.exp(-np.outer(monthly_hazards(), offsets))
    curve = group_mix() @ (alive * np.array(declared.MONTHLY_PURCHASE_PROBABILITY)[:, None])
    curve[0] = 1.0
    return np.asarray(curve)


def one_time_share(months_observed: int) -> float:
    """Probability of no purchase in any of the months observed after the first."""
    hazards, buys = monthly_hazards(), np.array(declared.MONTHLY_PURCHASE_PROBABILITY)
    none = np.exp(-hazards * months_observed) * (1 - buys) ** months_observed
    for left_in in range(1, months_observed + 1):
        leaves = np.exp(-hazards * (left_in - 1)) - np.exp(-hazards * left_in)
        none = none + leaves * (1 - buys) ** (left_in - 1)
    return float(group_mix() @ none)


def group_mix() -> Floats:
    """Share of each latent group over all segments."""
    shares = np.array([declared.GROUP_SHARES[name] for name in declared.SEGMENTS])
    return np.asarray(np.array(declared.SEGMENT_SHARES) @ shares)
