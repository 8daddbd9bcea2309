"""Conversions on random orders and contracts, against loops over each customer's history."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from plain_conversions import PRODUCTS, Bought, Frames, conversion_types, purchases, random_frames
from random_orders import LAST_DAY
from scratch_warehouse import fill_warehouse, query, run_models
from statsmodels.stats.proportion import proportion_confint

TYPES = ["acquisition", "upsell", "downsell", "cross_sell", "repeat", "switch", "unclassified"]


@pytest.fixture(scope="module", params=["day", "order"])
def occasion(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return random_frames(seed=3)


@pytest.fixture(scope="module")
def customers(frames: Frames, occasion: str) -> dict[str, list[Bought]]:
    return purchases(frames, each_order=occasion == "order")


@pytest.fixture(scope="module")
def warehouse(frames: Frames, occasion: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("conversions") / "warehouse.duckdb"
    fill_warehouse(path, LAST_DAY.date(), frames, orders={"purchase_occasion": occasion}, privacy={"minimum_n": 3})
    run_models(path, "conversions")
    return path


def test_conversion_types_equal_those_of_a_loop(
    warehouse: Path, frames: Frames, customers: dict[str, list[Bought]]
) -> None:
    """Window functions must see exactly what came before, in both senses of an occasion, contracts included."""
    expected = conversion_types(frames, customers)
    assert set(expected.values()) == set(TYPES)
    actual = query(warehouse, "select conversion_id, conversion_type from intermediate.int_order_conversions")
    ids = {f"order:{len(order)}:{order}:{product}": type_ for (order, product), type_ in expected.items()}
    assert dict(actual.itertuples(index=False)) == ids


def test_conversions_are_counted_as_by_hand(
    warehouse: Path, frames: Frames, customers: dict[str, list[Bought]]
) -> None:
    """Counts, shares and intervals of orders per month, in total and by first-level category; few are hidden."""
    types = conversion_types(frames, customers)
    counts: Counter[tuple[str, pd.Timestamp, str]] = Counter()
    people: dict[tuple[str, pd.Timestamp], set[str]] = defaultdict(set)
    for customer, own in customers.items():
        for item in own:
            month = item.day.to_period("M").start_time
            category = (PRODUCTS.get(item.product_id, (None, None))[0] or "unknown").split(" > ")[0]
            for value in ("total", category):
                counts[value, month, types[item.order_id, item.product_id]] += 1
                people[value, month].add(customer)
    sql = """
    select * from marts.conversions
    where grain = 'month' and conversion_source = 'order' and dimension in ('total', 'product_category')
    """
    actual = query(warehouse, sql)
    assert len(actual) == len(people) * len(TYPES)
    for row in actual.itertuples():
        cell = (row.dimension_value, row.period_start)
        every = sum(counts[*cell, type_] for type_ in TYPES)
        assert (row.denominator, row.n, row.is_suppressed) == (every, len(people[cell]), len(people[cell]) < 3)
        if row.is_suppressed:
            assert pd.isna([row.numerator, row.value, row.ci_low, row.ci_high, row.net_amount]).all()
            continue
        count = counts[*cell, row.conversion_type]
        assert (row.numerator, row.value) == (count, pytest.approx(count / every))
        assert (row.ci_low, row.ci_high) == pytest.approx(proportion_confint(count, every, method="wilson"), abs=1e-12)


def test_an_incremental_run_equals_a_full_refresh(warehouse: Path, tmp_path: Path) -> None:
    """The first order is voided, a product changes its tier, and contracts go, which touches nobody."""
    path = tmp_path / "warehouse.duckdb"
    shutil.copy(warehouse, path)
    before = _conversions(path)
    with duckdb.connect(str(path)) as connection:
        touched = "select distinct customer_id from lake.orders inner join lake.order_lines using (order_id)"
        connection.execute(
            f"insert into control.touched_customers {touched} where order_id = 'o5' or product_id = 'milk'"
        )
        connection.execute("update lake.orders set status = 'cancelled' where order_id = 'o5'")
        connection.execute("update lake.products set tier = 3 where product_id = 'milk'")
        connection.execute("delete from lake.contracts where contract_id < 'k3'")
    run_models(path, "int_order_conversions")
    incremental = _conversions(path)
    run_models(path, "int_order_conversions", full_refresh=True)
    assert incremental == _conversions(path) != before


def _conversions(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select * from intermediate.int_order_conversions order by all").fetchall()
