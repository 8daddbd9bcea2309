"""Amounts of large companies and of currencies with many digits, squared and converted, must not stop a night's run.

DuckDB keeps a product of two decimals of 18 digits in 18 digits: the square of 100,000 is already too large for it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scratch_warehouse import fill_warehouse, query, run_models

AS_OF = dt.date(2024, 12, 31)
ORDERED_ON = dt.date(2023, 3, 1)
CHARGED_ON = dt.date(2023, 4, 1)
AMOUNT = Decimal(40_000_000)
QUANTITY = Decimal(500_000)
UNIT_COST = Decimal(50)
YEARLY = Decimal(600_000_000)
RATE = Decimal("0.86")
FAMILIES = ("int_kpi__receipts", "int_kpi__recurring_revenue", "int_kpi__retention_cost")
CUSTOMERS = [f"c{number}" for number in range(10)]
BOUGHT = [0.9 * float(AMOUNT) * (number + 1) for number in range(10)]
MONTHLY = float(YEARLY * RATE / 12)


def orders() -> dict[str, pd.DataFrame]:
    """Orders of ever larger lines, of which an eleventh comes back that was bought in two lines."""
    noon = dt.datetime.combine(ORDERED_ON, dt.time(12))
    heads = {"ordered_at": noon, "business_day": ORDERED_ON, "status": "completed"}
    lines = [
        {
            "order_id": f"oc{number}",
            "line_no": line_no,
            "product_id": "p",
            "quantity": QUANTITY * share,
            "net_amount": AMOUNT * share * (number + 1),
        }
        for number in range(len(CUSTOMERS))
        for line_no, share in ((1, Decimal(1)), (2, Decimal("0.1")), (3, Decimal("-0.2")))
    ]
    return {
        "orders": pd.DataFrame([{"order_id": f"o{who}", "customer_id": who, **heads} for who in CUSTOMERS]),
        "order_lines": pd.DataFrame(lines).assign(unit_cost=UNIT_COST, business_day=ORDERED_ON),
    }


def frames() -> dict[str, pd.DataFrame]:
    """Customers who buy, subscribe, are delivered to and answer."""
    customers = pd.DataFrame({"customer_id": CUSTOMERS})
    contract = {"term_no": 1, "plan_id": "basic", "billing_period": "year", "recurring_amount": YEARLY}
    shipped = {"product_id": "p", "shipped_on": ORDERED_ON, "shipped_quantity": QUANTITY}
    answered = {
        "answered_at": dt.datetime.combine(dt.date(2023, 2, 1), dt.time(12)),
        "business_day": dt.date(2023, 2, 1),
    }
    question = {"survey_id": "s", "question_id": "q"}
    scale = {"measure": "nps", "scale_min": 0, "scale_max": 10, "direction": "higher_is_better"}
    return {
        **orders(),
        "contracts": customers.assign(
            contract_id=customers["customer_id"], started_on=ORDERED_ON, currency="EUR", **contract
        ),
        "shipments": customers.assign(
            shipment_id=customers["customer_id"],
            defective_quantity=QUANTITY / 2,
            short_quantity=QUANTITY / 2,
            business_day=ORDERED_ON,
            **shipped,
        ),
        "survey_questions": pd.DataFrame([{**question, **scale}]),
        "survey_responses": customers.assign(
            response_id=customers["customer_id"], score=[float(n) for n in range(10)], **question, **answered
        ),
        "retention_costs": pd.DataFrame([{"month": CHARGED_ON, "kind": "gifts", "amount": AMOUNT, "currency": "EUR"}]),
        "fx_rates": pd.DataFrame(
            [{"rate_on": day, "currency": "EUR", "rate": RATE} for day in (ORDERED_ON, CHARGED_ON)]
        ),
    }


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "warehouse.duckdb"
    fill_warehouse(path, AS_OF, frames(), company={"history_start": dt.date(2023, 1, 1)})
    run_models(path, *FAMILIES, "nps_outcomes", "service_levels")
    return path


def measured(path: Path, family: str, month: dt.date = ORDERED_ON) -> pd.DataFrame:
    """The metrics of a family in a month, in total."""
    where = f"grain = 'month' and dimension = 'total' and period_start = date '{month}'"
    return query(path, f"from intermediate.int_kpi__{family} where {where}").set_index("metric_id")


def test_large_amounts_are_measured(warehouse: Path) -> None:
    """Squares of receipts, recurring revenue and costs of millions that are converted, and their products."""
    receipts = measured(warehouse, "receipts").loc["arpa"]
    amounts = pd.Series([bought + MONTHLY for bought in BOUGHT])
    assert receipts["value"] == pytest.approx(amounts.mean())
    assert receipts["standard_error"] == pytest.approx(amounts.sem())
    assert measured(warehouse, "recurring_revenue").loc["mrr", "value"] == pytest.approx(10 * MONTHLY)
    cost = measured(warehouse, "retention_cost", CHARGED_ON).loc["crc"]
    assert cost["value"] == pytest.approx(float(AMOUNT * RATE) / 10)
    ratios = query(warehouse, "select nrr from intermediate.int_recurring_revenue__retention")
    assert set(ratios["nrr"]) == {1.0}


def test_large_quantities_are_measured(warehouse: Path) -> None:
    """Half of what is shipped is defective, and a third of what was wanted is short."""
    where = "grain = 'year' and dimension = 'total' and value is not null"
    levels = query(warehouse, f"from marts.service_levels where {where}").set_index("service_level")
    assert levels["value"].to_dict() == pytest.approx({"defect_level": 50, "deficit_level": 200 / 3})


def test_what_follows_large_answers_is_measured(warehouse: Path) -> None:
    """Squares of the revenue of a year after an answer: an order, and eleven months of a contract."""
    where = "grain = 'year' and dimension = 'total' and horizon_days = 365 and response_group = 'detractor'"
    group = query(warehouse, f"from marts.nps_outcomes where {where}").iloc[0]
    revenue = np.array(BOUGHT[:7]) + 11 * MONTHLY
    bounds = stats.t.interval(0.95, 6, revenue.mean(), stats.sem(revenue))
    assert group["revenue_per_customer"] == pytest.approx(revenue.mean())
    assert group[["revenue_per_customer_ci_low", "revenue_per_customer_ci_high"]].tolist() == pytest.approx(bounds)
