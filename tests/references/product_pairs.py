"""Which customers bought one product and then another within a window, by holding their days against each other."""

from __future__ import annotations

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

Days = dict[str, dict[str, list[pd.Timestamp]]]


def days_of_products(lines: pd.DataFrame) -> Days:
    """Per product and customer the days of purchase, from rows of customer_id, ordered_on and product_id."""
    days: Days = {}
    for row in lines[["product_id", "customer_id", "ordered_on"]].drop_duplicates().itertuples():
        days.setdefault(row.product_id, {}).setdefault(row.customer_id, []).append(row.ordered_on)
    return days


def customers_of_pair(days: Days, first: str, then: str, window_days: int) -> int:
    """Customers who bought `then` on a day on which they bought `first`, or at most so many days after one."""
    window = pd.Timedelta(days=window_days)
    both = days[first].keys() & days[then].keys()
    return sum(any(a <= b <= a + window for a in days[first][who] for b in days[then][who]) for who in both)


def assert_same_pair(row: pd.Series, days: Days, window_days: int, customer_count: int) -> None:
    """What is published of a pair that is not suppressed."""
    first, then = row["from_product_id"], row["to_product_id"]
    n, firsts, thens = customers_of_pair(days, first, then, window_days), len(days[first]), len(days[then])
    assert (row["n"], row["from_customer_count"], row["to_customer_count"]) == (n, firsts, thens)
    low, high = proportion_confint(n, firsts, method="wilson")
    for column, expected in {
        "all_customer_count": customer_count,
        "support": n / customer_count,
        "confidence": n / firsts,
        "lift": (n / firsts) / (thens / customer_count),
        "confidence_ci_low": low,
        "confidence_ci_high": high,
    }.items():
        assert row[column] == pytest.approx(expected, abs=1e-9, rel=1e-9), (first, then, column)
