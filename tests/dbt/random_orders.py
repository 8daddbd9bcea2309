"""Small random order data with everything that is awkward in it, and a slow plain computation of its net lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST_DAY = pd.Timestamp(2022, 1, 1)
LAST_DAY = pd.Timestamp(2023, 12, 31)
PRODUCTS = {"p0": "Dairy", "p1": "Dairy", "p2": "Bakery", "p3": "Bakery > Rolls", "p4": None, "p5": None}


def random_orders(seed: int, order_count: int = 700, customer_count: int = 120) -> dict[str, pd.DataFrame]:
    """Orders and lines with returns: named and not, too many, too early, of strangers' and unknown orders."""
    random = np.random.default_rng(seed)
    days = random.integers(0, (LAST_DAY - FIRST_DAY).days + 1, order_count)
    business_day = FIRST_DAY + pd.to_timedelta(days, unit="D")
    orders = pd.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(order_count)],
            # Few customers buy often and many once.
            "customer_id": [f"c{int(customer_count * u**2)}" for u in random.random(order_count)],
            "business_day": business_day,
            "ordered_at": business_day + pd.to_timedelta(random.integers(0, 3, order_count) * 6, unit="h"),
            "status": random.choice(["completed", "cancelled"], order_count, p=[0.95, 0.05]),
            "channel": random.choice(["web", "shop"], order_count),
        }
    )
    lines = [line for order in orders.itertuples() for line in _lines(random, order, orders)]
    return {"orders": orders, "order_lines": pd.DataFrame(lines), "products": _products()}


def _products() -> pd.DataFrame:
    return pd.DataFrame({"product_id": list(PRODUCTS), "category_path": list(PRODUCTS.values())})


def _lines(random: np.random.Generator, order: object, orders: pd.DataFrame) -> list[dict[str, object]]:
    lines = []
    for line_no in range(1, int(random.integers(1, 4)) + 1):
        is_return = bool(random.random() < 0.25)
        quantity = int(random.integers(1, 5))
        own = orders[orders["customer_id"] == order.customer_id]["order_id"]
        named = [None, random.choice(own), random.choice(orders["order_id"]), "unknown"]
        lines.append(
            {
                "order_id": order.order_id,
                "line_no": line_no,
                "product_id": str(random.choice(list(PRODUCTS))),
                "quantity": -quantity if is_return and random.random() < 0.5 else quantity,
                "net_amount": round(float(random.integers(1, 3000)) / 100, 2),
                "is_return": is_return,
                "returned_order_id": named[int(random.choice(4, p=[0.6, 0.3, 0.05, 0.05]))] if is_return else None,
                "business_day": order.business_day,
            }
        )
    return lines


@dataclass
class Line:
    """A line of a valid order while returns are taken from it."""

    order_id: str
    line_no: int
    customer_id: str
    product_id: str
    ordered_at: pd.Timestamp
    ordered_on: pd.Timestamp
    is_return: bool
    returned_order_id: str | None
    quantity: float
    amount: float
    left: float
    net_amount: float


def net_lines(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What returns leave of each line, by going through the returns one by one."""
    valid = frames["orders"][frames["orders"]["status"] == "completed"].drop(columns="business_day")
    merged = frames["order_lines"].merge(valid, on="order_id")
    lines = [_line(row) for row in merged.sort_values(["order_id", "line_no"]).itertuples()]
    purchases = [line for line in lines if not line.is_return]
    for named in (True, False):
        returns = [line for line in lines if line.is_return and (line.returned_order_id is not None) == named]
        for back in sorted(returns, key=lambda line: (line.ordered_at, line.order_id, line.line_no)):
            _take_back(back, _candidates(back, purchases, named=named))
    kept = [line for line in lines if not line.is_return or line.left > 1e-9]
    return pd.DataFrame([_net(line) for line in kept])


def _line(row: object) -> Line:
    named = row.returned_order_id if isinstance(row.returned_order_id, str) else None
    quantity, amount = abs(row.quantity), abs(row.net_amount)
    return Line(
        row.order_id, row.line_no, row.customer_id, row.product_id, row.ordered_at, row.business_day,
        row.is_return or row.quantity < 0, named, quantity, amount, quantity, amount,
    )  # fmt: skip


def _candidates(back: Line, purchases: list[Line], *, named: bool) -> list[Line]:
    own = [line for line in purchases if (line.customer_id, line.product_id) == (back.customer_id, back.product_id)]
    if named:
        return sorted((line for line in own if line.order_id == back.returned_order_id), key=lambda line: -line.line_no)
    earlier = [line for line in own if line.ordered_at <= back.ordered_at]
    return sorted(earlier, key=lambda line: (line.ordered_at, line.order_id, line.line_no), reverse=True)


def _take_back(back: Line, candidates: list[Line]) -> None:
    for line in candidates:
        units = min(line.left, back.left)
        line.left -= units
        back.left -= units
        line.net_amount -= back.amount * units / back.quantity
        back.net_amount -= back.amount * units / back.quantity


def _net(line: Line) -> dict[str, object]:
    sign = -1 if line.is_return else 1
    return {
        "order_id": line.order_id,
        "line_no": line.line_no,
        "customer_id": line.customer_id,
        "product_id": line.product_id,
        "ordered_on": line.ordered_on,
        "is_purchase": not line.is_return and line.left > 0,
        "net_quantity": sign * line.left,
        "net_amount": sign * line.net_amount,
    }
