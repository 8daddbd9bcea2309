"""What is sold, at which price, and at which price competitors sell it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as combinations

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.streams import Calendar, Integers, labels, money, stream

LEAVES = (
    "Dairy > Milk > Pasteurised",
    "Dairy > Milk > Long Life",
    "Dairy > Cheese > Hard",
    "Dairy > Cheese > Soft",
    "Dairy > Yoghurt > Plain",
    "Bakery > Bread > White",
    "Bakery > Bread > Wholegrain",
    "Bakery > Cakes > Fruit",
    "Drinks > Juice > Apple",
    "Drinks > Juice > Orange",
    "Drinks > Water > Still",
    "Drinks > Water > Sparkling",
    "Household > Cleaning > Kitchen",
    "Household > Cleaning > Bathroom",
    "Household > Paper > Towels",
    "Garden > Tools > Hand",
    "Garden > Seeds > Herbs",
    "Garden > Seeds > Flowers",
)
TIERS = (1, 2, 3)
VARIANTS = ("Small", "Medium", "Large", "Family")
BRANDS = (declared.OWN_BRAND, "Brand A", "Brand B")
COMPETITORS = (declared.COMPETITOR_BRAND, "Competitor B")
DISCONTINUED = "P9999"
"""A product that was last sold before the history: its returns match no line."""


@dataclass(frozen=True)
class Catalogue:
    """Products, one element per product; the discontinued one is the last."""

    rows: pl.DataFrame
    price_pence: Integers

    @property
    def regular_count(self) -> int:
        """Products that are sold: all but the discontinued one."""
        return self.rows.height - 1


def draw_catalogue(calendar: Calendar) -> Catalogue:
    """Lay out the products: enough of them that nobody runs out of new ones within the history."""
    editions = -(-calendar.month_count // 36)
    leaves = np.arange(len(LEAVES))
    rows = [
        (LEAVES[leaf], tier, variant, edition)
        for leaf, tier, variant, edition in combinations(leaves, TIERS, range(len(VARIANTS)), range(editions))
    ]
    base = 125 + 40 * leaves
    pence = np.array([base[LEAVES.index(leaf)] * tier * (variant + 1) for leaf, tier, variant, _ in rows])
    frame = pl.DataFrame(
        {
            "product_id": [f"P{number:04d}" for number in range(len(rows))] + [DISCONTINUED],
            "name": [_name(*row) for row in rows] + ["Discontinued item"],
            "category_path": [row[0] for row in rows] + [LEAVES[-1]],
            "tier": pl.Series([row[1] for row in rows] + [1], dtype=pl.Int64),
            "list_price": money(np.r_[pence, 100]),
            "brand": [BRANDS[row[2] % len(BRANDS)] for row in rows] + [BRANDS[0]],
        }
    )
    return Catalogue(frame, np.r_[pence, 100].astype(np.int64))


def _name(leaf: str, tier: int, variant: int, edition: int) -> str:
    quality = ("Basic", "Choice", "Premium")[tier - 1]
    _, group, kind = leaf.split(" > ")
    ending = f" {edition + 1}" if edition else ""
    return f"{quality} {group} {kind} {VARIANTS[variant]}{ending}"


def competitor_price_rows(seed: int, calendar: Calendar, catalogue: Catalogue) -> pl.DataFrame:
    """Observe both competitors' prices on the first of each month.

    In the declared category the main competitor asks exactly 97.6 % of our price for every product, so the level is
    97.6 whatever the weights; everywhere else competitors are dearer, so the level is 100.
    """
    rng = stream(seed, "competitor_prices")
    count, months = catalogue.regular_count, calendar.month_count
    products = np.tile(np.repeat(np.arange(count), len(COMPETITORS)), months)
    competitor = np.tile(np.arange(len(COMPETITORS)), months * count)
    month = np.repeat(np.arange(months), count * len(COMPETITORS))
    own = catalogue.price_pence[products]
    dearer = np.ceil(own * rng.uniform(1.01, 1.15, len(own))).astype(np.int64)
    is_level = (catalogue.rows["category_path"] == declared.PRICE_LEVEL_CATEGORY).to_numpy()[products]
    cheaper = np.round(own * declared.PRICE_LEVEL / 100).astype(np.int64)
    return pl.DataFrame(
        {
            "product_id": catalogue.rows["product_id"].gather(products),
            "competitor": labels(COMPETITORS, competitor),
            "observed_on": calendar.starts[month],
            "competitor_price": money(np.where(is_level & (competitor == 0), cheaper, dearer)),
            "own_price": money(own),
            "currency": pl.repeat("GBP", len(own), eager=True),
        }
    )
