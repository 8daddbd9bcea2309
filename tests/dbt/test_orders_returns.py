"""Returns: the models' set-based matching against a loop, and the incremental path against a full refresh."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from random_orders import LAST_DAY, net_lines, random_orders
from scratch_warehouse import fill_warehouse, query, run_models

FACTS = [
    "int_order_lines__net",
    "int_purchase_orders",
    "int_purchase_occasions",
    "int_purchase_products",
    "int_customer_days",
    "int_repurchase__milestones",
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("returns") / "warehouse.duckdb"
    fill_warehouse(path, LAST_DAY.date(), random_orders(seed=11))
    run_models(path, *FACTS)
    return path


def test_net_lines_equal_those_of_a_loop_over_the_returns(warehouse: Path) -> None:
    """The stack of heights must take the same units as taking them one return after the other."""
    expected = net_lines(random_orders(seed=11)).sort_values(["order_id", "line_no"]).reset_index(drop=True)
    actual = query(warehouse, "select * from intermediate.int_order_lines__net order by order_id, line_no")
    same = ["order_id", "line_no", "customer_id", "product_id", "ordered_on", "is_purchase", "net_quantity"]
    pd.testing.assert_frame_equal(actual[same], expected[same], check_dtype=False)
    # Parts of a return are rounded to four places.
    assert actual["net_amount"].astype(float).to_numpy() == pytest.approx(expected["net_amount"].to_numpy(), abs=3e-4)


def test_net_amounts_add_up_to_purchases_less_returns(warehouse: Path) -> None:
    """Money lost or doubled in matching would show here, to the last decimal."""
    signed = "sum(case when is_return then -amount else amount end)"
    [valued] = query(warehouse, f"select {signed} as total from intermediate.int_order_lines__valued")["total"]
    [net] = query(warehouse, "select sum(net_amount) as total from intermediate.int_order_lines__net")["total"]
    assert net == valued


def test_touched_customers_written_again_equal_a_full_refresh(warehouse: Path) -> None:
    """An order voided, one deleted and one given to another customer must leave what a full refresh does."""
    statements = [
        "update lake.orders set status = 'cancelled' where order_id = 'o5'",
        "update lake.orders set customer_id = 'c119' where order_id = 'o7'",
        "delete from lake.order_lines where order_id = 'o9'",
        "delete from lake.orders where order_id = 'o9'",
    ]
    changed = "select customer_id from lake.orders where order_id in ('o5', 'o7', 'o9')"
    touched = f"insert or ignore into control.touched_customers {changed}"
    with duckdb.connect(str(warehouse)) as connection:
        for statement in [touched, *statements, touched]:
            connection.execute(statement)
    run_models(warehouse, *FACTS)
    incremental = _facts(warehouse)
    run_models(warehouse, *FACTS, full_refresh=True)
    assert incremental == _facts(warehouse)


def _facts(warehouse: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {
            fact: connection.execute(f"select * from intermediate.{fact} order by all").fetchall() for fact in FACTS
        }
