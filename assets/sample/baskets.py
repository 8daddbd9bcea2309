"""Order lines: what is in the orders, chosen so that customers repeat and change products as declared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from assets.sample import parameters as declared
from assets.sample.catalogue import Catalogue
from assets.sample.people import People
from assets.sample.purchases import NAMED_RETURN, UNMATCHED_RETURN, UNNAMED_RETURN, VOIDED, Orders, only_where
from assets.sample.streams import Calendar, Flags, Floats, Integers, labels, money, position_in_group, quantities

EURO_PENCE_FACTOR = 1.15
LINE_STEPS = np.array([5, 7, 11, 13, 17, 19, 23, 25])
"""Coprime to the number of products: stepping through them meets each once before any again."""


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
            "returned_order_id": only_where(pl.Series(lines.named >= 0), order_id.gather(np.maximum(lines.named, 0))),
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
