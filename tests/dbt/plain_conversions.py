"""Conversions, new items and their distances by plain loops over each customer's history: slow, and obviously right."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
from random_orders import FIRST_DAY, LAST_DAY, net_lines, random_orders

# Product: category and tier. The plans stand among them, one in a category that is sold in orders, too.
PRODUCTS: dict[str, tuple[str | None, int | None]] = {
    "milk": ("Dairy > Milk > Fresh", 1),
    "whole milk": ("Dairy > Milk > Fresh", 2),
    "oat milk": ("Dairy > Milk > Fresh", 2),
    "gold milk": ("Dairy > Milk > Fresh", 3),
    "odd milk": ("Dairy > Milk > Fresh", None),
    "long milk": ("Dairy > Milk > Long life", 1),
    "cheese": ("Dairy > Cheese", 1),
    "dairy": ("Dairy", None),
    "rolls": ("Bakery > Rolls", 1),
    "gift": (None, None),
    "vase": (None, 2),
    "box": ("Plans", 2),
    "gold box": ("Plans", 3),
    "mystery box": (None, 1),
}
BOUGHT = [*list(PRODUCTS)[:11], "box", "not in products"]
PLANS = ["box", "gold box", "mystery box", "rolls"]
OFFERS = [None, None, None, None, None, None, "Cross-Sell", "upsell", "discount", "unclassified"]

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Bought:
    """One product bought in one order."""

    order_id: str
    product_id: str
    day: pd.Timestamp
    occasion: int
    stated: str | None
    channel: str


def random_frames(seed: int) -> Frames:
    """Orders with returns over the products above, with offers, and contracts of a third of the customers."""
    random = np.random.default_rng(seed)
    frames = random_orders(seed, order_count=600, customer_count=100)
    lines = frames["order_lines"]
    lines["product_id"] = random.choice(BOUGHT, len(lines))
    lines["offer_type"] = random.choice(np.array(OFFERS, dtype=object), len(lines))
    rows = [(product, path, tier) for product, (path, tier) in PRODUCTS.items()]
    products = pd.DataFrame(rows, columns=["product_id", "category_path", "tier"]).astype({"tier": "Int64"})
    customers = pd.DataFrame({"customer_id": [f"c{n}" for n in range(0, 100, 2)]})
    customers["segment"] = random.choice(["small", "large"], len(customers))
    return {**frames, "products": products, "customers": customers, "contracts": _contracts(random)}


def _contracts(random: np.random.Generator) -> pd.DataFrame:
    days = FIRST_DAY + pd.to_timedelta(random.integers(0, (LAST_DAY - FIRST_DAY).days, 60), unit="D")
    return pd.DataFrame(
        {
            "contract_id": [f"k{number}" for number in range(60)],
            "term_no": 1,
            "customer_id": [f"c{number}" for number in random.integers(0, 110, 60)],
            "plan_id": random.choice(PLANS, 60),
            "plan_tier": pd.array(random.choice([1, 4, None], 60), dtype="Int64"),
            "billing_period": "month",
            "recurring_amount": 10,
            "started_on": days,
            "is_trial": random.random(60) < 0.2,
        }
    )


def purchases(frames: Frames, *, each_order: bool) -> dict[str, list[Bought]]:
    """What each customer bought, with the number of the occasion: a day, or each order."""
    lines = net_lines(frames)
    lines = lines[lines["is_purchase"]]
    orders = frames["orders"].set_index("order_id")
    offers = frames["order_lines"].set_index(["order_id", "line_no"])["offer_type"]
    found: dict[str, list[Bought]] = {}
    for customer, own in lines.groupby("customer_id"):
        key = {o: (orders.ordered_at[o], o) if each_order else orders.business_day[o] for o in own["order_id"]}
        occasions = {value: number for number, value in enumerate(sorted(set(key.values())), start=1)}
        for (order, product), same in own.sort_values("line_no").groupby(["order_id", "product_id"]):
            stated = [_stated(offers[order, line_no]) for line_no in same["line_no"]]
            first = next((offer for offer in stated if offer), None)
            bought = Bought(
                order, product, orders.business_day[order], occasions[key[order]], first, orders.channel[order]
            )
            found.setdefault(str(customer), []).append(bought)
    return found


def _stated(offer: object) -> str | None:
    return {"Cross-Sell": "cross_sell", "upsell": "upsell"}.get(str(offer))


def conversion_types(frames: Frames, customers: dict[str, list[Bought]]) -> dict[tuple[str, str], str]:
    """The type of each conversion of an order."""
    plans = _plans(frames["contracts"])
    return {
        (item.order_id, item.product_id): _conversion_type(item, own, plans[customer])
        for customer, own in customers.items()
        for item in own
    }


def _plans(contracts: pd.DataFrame) -> dict[str, list[tuple[pd.Timestamp, str, int | None]]]:
    plans = defaultdict(list)
    for term in contracts[~contracts["is_trial"]].itertuples():
        tier = PRODUCTS[term.plan_id][1] if pd.isna(term.plan_tier) else int(term.plan_tier)
        plans[term.customer_id].append((term.started_on, term.plan_id, tier))
    return plans


def _conversion_type(item: Bought, own: list[Bought], plans: list[tuple[pd.Timestamp, str, int | None]]) -> str:
    # When, product, category, tier of all that came before; on one day a plan is later than an order.
    before = [
        ((b.day, 0, b.occasion), b.product_id, *PRODUCTS.get(b.product_id, (None, None)))
        for b in own
        if b.occasion < item.occasion
    ]
    before += [((day, 1, 0), plan, PRODUCTS[plan][0], tier) for day, plan, tier in plans if day < item.day]
    category, tier = PRODUCTS.get(item.product_id, (None, None))
    alike = [(when, level) for when, _, other, level in before if other == category]
    if item.stated:
        type_ = item.stated
    elif not before:
        type_ = "acquisition"
    elif any(product == item.product_id for _, product, _, _ in before):
        type_ = "repeat"
    elif category is not None and alike:
        type_ = _step(tier, [(when, level) for when, level in alike if level is not None])
    else:
        type_ = "unclassified" if category is None or any(other is None for _, _, other, _ in before) else "cross_sell"
    return type_


def _step(tier: int | None, levels: list[tuple[tuple[pd.Timestamp, int, int], int]]) -> str:
    if tier is None or not levels or tier == max(levels)[1]:
        return "switch"
    return "upsell" if tier > max(levels)[1] else "downsell"


def new_items(own: list[Bought], *, by_category: bool) -> list[tuple[pd.Timestamp, float | None]]:
    """Day and distance of each item first bought in a later occasion: each pair of products is compared."""
    found = []
    for occasion in sorted({item.occasion for item in own})[1:]:
        before = [item.product_id for item in own if item.occasion < occasion]
        now = {_item(item.product_id, by_category=by_category): item for item in own if item.occasion == occasion}
        known = {_item(product, by_category=by_category) for product in before}
        found += [(item.day, _distance(item.product_id, before)) for name, item in now.items() if name not in known]
    return found


def _item(product: str, *, by_category: bool) -> str:
    path = PRODUCTS.get(product, (None, None))[0]
    return path if by_category and path else f"only {product}"


def _distance(product: str, before: list[str]) -> float | None:
    path = _levels(product)
    distances = [1 - _common(path, _levels(other)) / len(path) for other in before if path and _levels(other)]
    return min(distances, default=None)


def _levels(product: str) -> list[str]:
    path = PRODUCTS.get(product, (None, None))[0]
    return path.split(" > ") if path else []


def _common(path: list[str], other: list[str]) -> int:
    depth = 0
    for level, other_level in zip(path, other, strict=False):
        if level != other_level:
            break
        depth += 1
    return depth
