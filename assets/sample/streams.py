"""The calendar of a demo and its random streams.

Every entity and block of customers draws from a PCG64 stream of its own, so that a change to one entity leaves the
others as they were, and so that the rows of a block do not depend on which chunk it was written in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

STREAMS = (
    "customers",
    "orders",
    "order_lines",
    "contracts",
    "relationship",
    "store_visit",
    "service_quality",
    "market",
    "product_panel",
    "shipments",
    "support_requests",
    "competitor_prices",
    "usage_events",
    "retention_costs",
    "fx_rates",
    "unit_drivers",
)
FUTURE_MONTHS = 12
"""Months beyond the last day for which month starts are known: contract terms end there."""


def stream(seed: int, name: str, block: int = 0, part: int = 0) -> np.random.Generator:
    """Give the random stream of one entity and block of customers; parts of its making have streams of their own."""
    key = (STREAMS.index(name), block, part)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy=seed, spawn_key=key)))


@dataclass(frozen=True)
class Calendar:
    """Whole calendar months that end with the month of the last day; rows after the last day are not written."""

    last_day: dt.date
    month_count: int

    @cached_property
    def first_day(self) -> dt.date:
        """The first day of the history."""
        return self.month_start(0)

    def month_start(self, month: int) -> dt.date:
        """Give the first day of a month counted from the history's first."""
        index = self.last_day.year * 12 + self.last_day.month - self.month_count + month
        return dt.date(index // 12, index % 12 + 1, 1)

    @cached_property
    def starts(self) -> Days:
        """First days of all months and of the future ones, with one more to close the last."""
        months = range(self.month_count + FUTURE_MONTHS + 2)
        return np.array([self.month_start(month) for month in months], dtype="datetime64[D]")

    @cached_property
    def lengths(self) -> Integers:
        """Days in each month."""
        return np.diff(self.starts).astype(np.int64)

    @cached_property
    def complete_months(self) -> list[int]:
        """Months whose last day is not after the last day of the history."""
        return [m for m in range(self.month_count) if self.month_start(m + 1) <= self.last_day + dt.timedelta(days=1)]

    @cached_property
    def days(self) -> Days:
        """Every day of the history."""
        count = (self.last_day - self.first_day).days + 1
        return np.asarray(self.starts[0] + np.arange(count))

    @cached_property
    def training_day(self) -> dt.date:
        """The first day of the service training, which has an effect."""
        return self.month_start(self.month_count // 2)

    @cached_property
    def newsletter_day(self) -> dt.date:
        """The first day of the newsletter, which has none."""
        return self.month_start(self.month_count * 3 // 4)


def choose(rng: np.random.Generator, shares: Sequence[float], size: int) -> Integers:
    """Draw positions with the given shares."""
    return np.searchsorted(np.cumsum(shares)[:-1], rng.random(size), side="right").astype(np.int64)


def choose_by_row(rng: np.random.Generator, shares: Floats) -> Integers:
    """Draw one position per row of shares."""
    passed = rng.random(len(shares))[:, None] >= np.cumsum(shares, axis=1)[:, :-1]
    return np.asarray(passed.sum(axis=1), dtype=np.int64)


def position_in_group(groups: Integers) -> Integers:
    """Count each row within its run of equal group numbers, from 0."""
    if len(groups) == 0:
        return np.zeros(0, dtype=np.int64)
    is_first = np.r_[True, groups[1:] != groups[:-1]]
    firsts = np.flatnonzero(is_first)
    return np.asarray(np.arange(len(groups)) - firsts[np.cumsum(is_first) - 1], dtype=np.int64)


def local_times(rng: np.random.Generator, days: Days) -> pl.Series:
    """Put a local time on each day: 07:00 to 23:59, one in fifty just after midnight.

    The hour from 01:00, which does not exist or exists twice when clocks change, is never used.
    """
    seconds = rng.integers(7 * 3600, 24 * 3600, len(days))
    late = rng.random(len(days)) < 0.02
    return timestamps(days, np.where(late, seconds % 3600, seconds))


def timestamps(days: Days, seconds: Integers) -> pl.Series:
    """Put days and seconds since midnight together."""
    microseconds = days.astype("datetime64[D]").astype(np.int64) * 86_400_000_000 + seconds * 1_000_000
    return pl.Series(microseconds, dtype=pl.Int64).cast(pl.Datetime("us"))


def money(hundredths: Integers) -> pl.Series:
    """Turn whole hundredths into decimals."""
    return pl.Series(hundredths / 100.0, dtype=pl.Float64).cast(pl.Decimal(18, 4))


def quantities(units: Integers) -> pl.Series:
    """Turn whole units into decimals."""
    return pl.Series(units, dtype=pl.Int64).cast(pl.Decimal(18, 4))


def identifiers(prefix: str, numbers: Integers, width: int = 0) -> pl.Series:
    """Turn numbers into text identifiers with a prefix."""
    digits = pl.Series(numbers, dtype=pl.Int64).cast(pl.String)
    digits = digits.str.zfill(width) if width else digits
    return pl.select(pl.concat_str(pl.lit(prefix), digits)).to_series()


def labels(names: Sequence[str | None], positions: Integers) -> pl.Series:
    """Look names up by position."""
    return pl.Series(list(names), dtype=pl.String).gather(positions)
