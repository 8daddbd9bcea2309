"""How much data each size is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

# Three years of demo data end on the day of the ordinary night.
HISTORY_START, FIRST_AS_OF, NIGHT = dt.date(2022, 1, 1), dt.date(2024, 12, 30), dt.date(2024, 12, 31)
YEARS = 3


@dataclass(frozen=True)
class Size:
    """A size by its letter: about so many orders, and three lines to each."""

    letter: str
    customers: int
    told: str


# XS is for trying the benchmarks themselves.
SIZES = {
    "XS": Size("XS", 1_000, "6 thousand orders"),
    "S": Size("S", 16_400, "100 thousand orders"),
    "M": Size("M", 164_000, "1 million orders"),
    "L": Size("L", 1_640_000, "10 million orders"),
}
