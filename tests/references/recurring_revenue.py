"""The bridge of recurring revenue by a loop over customers, from what each of them paid at the end of each month."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

MOVEMENTS = ["new", "reactivation", "expansion", "contraction", "churn"]
BRIDGE = ["start", *MOVEMENTS, "end"]


def bridge(closes: pd.DataFrame) -> pd.DataFrame:
    """Amounts and customers of each movement by month: reactivation is a return after a month of zero.

    `closes` has one row per customer and one column per month, the first being the month before the first bridge.
    """
    rows = []
    for before, month in zip(closes.columns, closes.columns[1:], strict=False):
        amounts, customers = {name: Decimal(0) for name in BRIDGE}, dict.fromkeys(BRIDGE, 0)
        for _, revenue in closes.iterrows():
            start, end = Decimal(str(revenue[before])), Decimal(str(revenue[month]))
            for name, amount in _parts(start, end, was_customer=bool((revenue[:before] > 0).any())).items():
                amounts[name] += amount
                customers[name] += amount > 0
        rows.append({"month": month.start_time, **amounts, **{f"{name} customers": n for name, n in customers.items()}})
    return pd.DataFrame(rows).set_index("month")


def _parts(start: Decimal, end: Decimal, *, was_customer: bool) -> dict[str, Decimal]:
    """What one customer brings to the bridge of a month."""
    if start == 0:
        movement, amount = "reactivation" if was_customer else "new", end
    elif end == 0:
        movement, amount = "churn", start
    else:
        movement, amount = "expansion" if end > start else "contraction", abs(end - start)
    return {"start": start, movement: amount, "end": end}


def assert_same_bridge(published: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Every month's amounts to the cent, and its customers."""
    assert published["period_start"].tolist() == expected.index.tolist()
    for name in BRIDGE:
        total = "_mrr" if name in {"start", "end"} else ""
        amounts = [Decimal(str(amount)) for amount in published[f"{name}{total}_amount"]]
        assert amounts == expected[name].tolist(), name
        assert published[f"{name}_customer_count"].tolist() == expected[f"{name} customers"].tolist(), name
