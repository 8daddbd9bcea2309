"""Repeat ratios and product pairs of real invoices against plain loops over customers, straight from the file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from example_run import ExampleRun

from tests.dbt.online_retail import as_entities, notebook_lines
from tests.references.product_pairs import assert_same_pair, customers_of_pair, days_of_products
from tests.references.repeat_purchases import assert_same_ratios, histories, observed_windows

AS_OF = pd.Timestamp(2010, 11, 29)
MINIMUM_N = 5
PAIR_MINIMUM_N = 10
WINDOW_DAYS = 30
SAMPLE = 200


@pytest.fixture(scope="module")
def purchases(notebook: ExampleRun) -> pd.DataFrame:
    """The lines of invoices up to the as-of date, once the example has told that the file is there."""
    assert notebook.loaded["orders"].accepted > 0
    frames = as_entities(notebook_lines())
    lines = frames["order_lines"].drop(columns="business_day").merge(frames["orders"], on="order_id")
    lines = lines[lines["business_day"] <= AS_OF]
    return lines.rename(columns={"business_day": "ordered_on"})


def test_repeat_ratios_equal_a_plain_computation(notebook: ExampleRun, purchases: pd.DataFrame) -> None:
    """Two invoices of one day that count as coming back, or windows that are not over as of the date of the marts."""
    windows = observed_windows(histories(purchases.assign(item=purchases["product_id"])), AS_OF)
    # 1 December 2009 to 29 November 2010 is a year less a day.
    assert set(windows["window_name"]) == {"90", "180", "lifetime"}
    assert assert_same_ratios(notebook.marts("from repurchase"), windows, MINIMUM_N) > 30


def test_product_pairs_equal_a_plain_computation(notebook: ExampleRun, purchases: pd.DataFrame) -> None:
    """Strong pairs and any others; and of frequent products none that is not there may be frequent as a pair."""
    days, customers = days_of_products(purchases), purchases["customer_id"].nunique()
    pairs = notebook.marts("from product_affinity order by from_product_id, to_product_id")
    assert len(pairs) > 10_000
    assert not pairs["is_suppressed"].any()
    strongest = pairs.nlargest(SAMPLE, "lift")
    for _, row in pd.concat([strongest, pairs.sample(SAMPLE, random_state=1)]).iterrows():
        assert_same_pair(row, days, WINDOW_DAYS, customers)
    published = set(zip(pairs["from_product_id"], pairs["to_product_id"], strict=True))
    frequent = sorted(product for product, buyers in days.items() if len(buyers) >= PAIR_MINIMUM_N)
    drawn = np.random.default_rng(2)
    for first, then in (drawn.choice(frequent, 2, replace=False) for _ in range(10 * SAMPLE)):
        is_frequent = customers_of_pair(days, first, then, WINDOW_DAYS) >= PAIR_MINIMUM_N
        assert is_frequent == ((first, then) in published)
