"""Orders of the published demo against plain loops over customers, from the source files to the published marts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from demo_company import AS_OF, DemoCompany

from tests.dbt.random_orders import net_lines
from tests.references.product_pairs import assert_same_pair, customers_of_pair, days_of_products
from tests.references.repeat_purchases import assert_same_ratios, histories, observed_windows

MINIMUM_N = 5
PAIR_MINIMUM_N = 3
WINDOW_DAYS = 30


@pytest.fixture(scope="module")
def purchases(company: DemoCompany) -> pd.DataFrame:
    """What returns leave of the lines of completed orders."""
    lines = net_lines({"orders": company.orders(), "order_lines": company.order_lines()})
    assert len(lines) < len(company.order_lines())
    return lines[lines["is_purchase"]]


def test_repeat_ratios_equal_a_plain_computation(company: DemoCompany, purchases: pd.DataFrame) -> None:
    """A purchase that was returned, a cancelled order, a second order of the day, a window that is not over."""
    windows = observed_windows(histories(purchases.assign(item=purchases["product_id"])), AS_OF)
    assert set(windows["window_name"]) == {"90", "180", "365", "lifetime"}
    assert windows["repeats"].any()
    assert assert_same_ratios(company.marts("from repurchase"), windows, MINIMUM_N) > 40


def test_product_pairs_equal_a_plain_computation(company: DemoCompany, purchases: pd.DataFrame) -> None:
    """A pair turned round, another window, lines counted in place of customers, or a frequent pair that is missing."""
    days, customers = days_of_products(purchases), purchases["customer_id"].nunique()
    pairs = company.marts("from product_affinity")
    shown, hidden = pairs[~pairs["is_suppressed"]], pairs[pairs["is_suppressed"]]
    assert len(shown) > 10
    for _, row in shown.iterrows():
        assert_same_pair(row, days, WINDOW_DAYS, customers)
    assert hidden[["support", "confidence", "lift"]].isna().all(axis=None)
    for first, then, n in hidden[["from_product_id", "to_product_id", "n"]].itertuples(index=False):
        assert PAIR_MINIMUM_N <= n == customers_of_pair(days, first, then, WINDOW_DAYS) < MINIMUM_N
    published = set(zip(pairs["from_product_id"], pairs["to_product_id"], strict=True))
    drawn = np.random.default_rng(1)
    for first, then in (drawn.choice(sorted(days), 2, replace=False) for _ in range(3_000)):
        is_frequent = customers_of_pair(days, first, then, WINDOW_DAYS) >= PAIR_MINIMUM_N
        assert is_frequent == ((first, then) in published)
