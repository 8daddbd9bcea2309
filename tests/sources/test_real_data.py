"""Real data comes in by configuration alone, in the numbers that others have published or that it plainly holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.sources import extract
from tests.sources.one_source import ALWAYS, configured

REAL = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="the real data is not there")
NO_GOODS = ["POST", "C2", "M", "BANK CHARGES", "TEST001", "TEST002", "PADS", "ADJUST", "D", "ADJUST2"]


def rows(entity: str, timezone: str = "Europe/London", **source: Any) -> pl.DataFrame:
    return extract(entity, configured(timezone, **{entity: source}), ALWAYS).collect()


def test_online_retail_gives_the_published_rows_and_customers() -> None:
    """A public notebook counts 399,554 lines of 4,285 customers after the same filters."""
    codes = ", ".join(f"'{code}'" for code in NO_GOODS)
    query = (
        'SELECT DISTINCT * FROM lines WHERE "Customer ID" IS NOT NULL AND Quantity > 0 AND Price > 0 '
        f"AND StockCode NOT IN ({codes})"
    )
    tables = {"lines": str(REAL / "online_retail/online_retail_2009_2010.parquet")}
    lines = {"order_id": "Invoice", "product_id": "StockCode", "quantity": "Quantity", "net_amount": "Quantity * Price"}
    found = rows("order_lines", query=query, tables=tables, columns=lines)
    assert (found.height, found["_problems"].null_count()) == (399_554, 399_554)
    orders = {"order_id": "Invoice", "customer_id": 'CAST("Customer ID" AS BIGINT)', "ordered_at": "InvoiceDate"}
    heads = rows("orders", query=query, tables=tables, columns={**orders, "status": "'completed'"}, distinct=True)
    assert heads["customer_id"].n_unique() == 4_285
    assert not heads["customer_id"].str.contains(r"\.").any()
    assert heads["_problems"].null_count() == heads.height


def test_airline_zeros_are_no_answers() -> None:
    """Checked against a plain count over the file."""
    path = REAL / "airline/airline_passenger_satisfaction_20k.csv"
    questions = pl.read_csv(path).columns[7:21]
    plain = pl.read_csv(path).select(questions)
    found = rows(
        "survey_responses",
        file=str(path),
        columns={"response_id": "id", "survey_id": "'cabin'", "answered_at": "'2015-06-01'", "channel": "Class"},
        answers={name.lower(): name for name in questions},
        no_answer=[0],
    )
    assert found.height == sum(int((plain[name] > 0).sum()) for name in questions)
    assert found["score"].sum() == plain.sum_horizontal().sum()
    assert found["score"].is_between(1, 5).all()


def test_olist_reviews_find_their_person_through_a_join() -> None:
    """The review names an order, the order a customer id of its own, and only that the person."""
    folder = REAL / "olist"
    found = rows(
        "survey_responses",
        "America/Sao_Paulo",
        query="SELECT r.*, c.customer_unique_id FROM reviews r JOIN orders o USING (order_id) "
        "JOIN customers c USING (customer_id)",
        tables={
            "reviews": str(folder / "olist_order_reviews_dataset.csv"),
            "orders": str(folder / "olist_orders_dataset.csv"),
            "customers": str(folder / "olist_customers_dataset.csv"),
        },
        columns={
            "response_id": "review_id || '-' || order_id",
            "survey_id": "'review'",
            "question_id": "'score'",
            "customer_id": "customer_unique_id",
            "answered_at": "review_creation_date",
            "score": "review_score",
        },
    )
    assert (found.height, found["response_id"].n_unique(), found["_problems"].null_count()) == (2993, 2993, 2993)
    assert found["customer_id"].null_count() == 0


def test_ravenstack_blanks_words_and_short_times() -> None:
    folder = REAL / "ravenstack"
    tickets = {
        "request_id": "ticket_id",
        "customer_id": "account_id",
        "channel": "'ticket'",
        "opened_at": "submitted_at",
        "resolved_at": "closed_at",
        "resolved_at_first_contact": "escalation_flag = 'FALSE'",
    }
    found = rows("support_requests", "UTC", file=str(folder / "ravenstack_support_tickets.csv"), columns=tickets)
    assert (found.height, found["_problems"].null_count(), found["resolved_at"].null_count()) == (2000, 2000, 0)
    contracts = rows(
        "contracts",
        file=str(folder / "ravenstack_subscriptions.csv"),
        columns={
            "contract_id": "subscription_id",
            "customer_id": "account_id",
            "plan_id": "plan_tier",
            "plan_tier": None,
            "billing_period": "CASE billing_frequency WHEN 'monthly' THEN 'month' ELSE 'year' END",
            "recurring_amount": "mrr_amount",
            "started_on": "start_date",
            "ended_on": "end_date",
        },
    )
    assert (contracts.height, contracts["_problems"].null_count()) == (5000, 5000)
    assert set(contracts["is_trial"].unique()) == {True, False}
    assert contracts["term_no"].unique().to_list() == [1]
