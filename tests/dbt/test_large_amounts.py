"""A currency with many zeros: billions on one line, one contract and one cost, and a million units in one shipment.

What it guards against: a product of two decimals that no longer fits, which stops the run of a company whose money is
worth little, or whose contracts are large.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

AS_OF = dt.date(2024, 12, 31)
BILLIONS = 5_000_000_000
CUSTOMERS = [f"c{number}" for number in range(12)]
RATE = 1.25


def company() -> dict[str, pd.DataFrame]:
    """Twelve customers who order and hold contracts in a foreign currency, and say how they like it."""
    day, month, customer = dt.date(2023, 3, 6), dt.date(2023, 4, 1), pd.Series(CUSTOMERS, name="customer_id")
    ordered = pd.Timestamp(day)
    score = [10, 9, 3, 2] * 3
    answers = [("q_nps", score), ("q_csat", [5, 4, 2, 1] * 3)]
    return {
        "fx_rates": pd.DataFrame(
            {"rate_on": [day, month], "currency": "EUR", "rate": RATE, "business_day": [day, month]}
        ),
        "orders": pd.DataFrame(
            {"order_id": customer, "customer_id": customer, "ordered_at": ordered, "status": "completed"}
        ).assign(currency="EUR", business_day=day),
        "order_lines": pd.DataFrame(
            {"order_id": customer, "line_no": 1, "product_id": "p", "quantity": 1_000_000}
        ).assign(net_amount=BILLIONS, unit_cost=BILLIONS / 2_000_000, business_day=day),
        "contracts": pd.DataFrame(
            {"contract_id": customer, "customer_id": customer, "term_no": 1, "plan_id": "p"}
        ).assign(billing_period="year", recurring_amount=BILLIONS, currency="EUR", started_on=day, is_trial=False),
        "retention_costs": pd.DataFrame(
            {"month": [month], "kind": ["gift"], "amount": [BILLIONS], "currency": ["EUR"], "segment": [None]}
        ),
        "shipments": pd.DataFrame({"shipment_id": customer, "customer_id": customer, "product_id": "p"}).assign(
            shipped_on=day, shipped_quantity=3_000_000, defective_quantity=200_000, short_quantity=1, business_day=day
        ),
        "survey_questions": pd.DataFrame(
            [("s", "q_nps", "nps", 0, 10, "higher_is_better"), ("s", "q_csat", "csat", 1, 5, "higher_is_better")],
            columns=["survey_id", "question_id", "measure", "scale_min", "scale_max", "direction"],
        ),
        "survey_responses": pd.concat(
            pd.DataFrame({"response_id": customer, "customer_id": customer, "question_id": question, "score": given})
            for question, given in answers
        ).assign(survey_id="s", answered_at=ordered, business_day=day),
    }


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "warehouse.duckdb"
    fill_warehouse(path, AS_OF, company(), company={"history_start": dt.date(2023, 1, 1)}, privacy={"minimum_n": 1})
    run_models(path, "path:models/marts")
    return path


def test_all_marts_are_built_and_no_digit_is_lost(warehouse: Path) -> None:
    revenue = query(warehouse, "select sum(net_amount) as x from intermediate.int_order_lines__net")["x"][0]
    assert revenue == BILLIONS * RATE * len(CUSTOMERS)
    close = query(warehouse, "select max(value) as x from marts.kpi where metric_id = 'mrr' and dimension = 'total'")
    assert close["x"][0] == pytest.approx(BILLIONS * RATE / 12 * len(CUSTOMERS))
    cost = query(warehouse, "select max(numerator) as x from marts.kpi where metric_id = 'crc' and grain = 'month'")
    assert cost["x"][0] == pytest.approx(BILLIONS * RATE)
