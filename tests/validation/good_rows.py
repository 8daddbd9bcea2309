"""One row per entity that breaks nothing, so that a test can break one thing at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from assets.contracts import lake_schema, load_contract
from assets.validation import Validated, validate
from assets.validation.validate import PROBLEMS

DAY = dt.date(2024, 3, 5)
NOON = dt.datetime.fromisoformat("2024-03-05T12:00:00")
ALLOWED: dict[str, Sequence[str]] = {"status": ["completed", "cancelled"]}

GOOD: dict[str, dict[str, Any]] = {
    "customers": {"customer_id": "c1", "segment": "retail", "do_not_contact": False},
    "products": {"product_id": "p1", "category_path": "Dairy > Milk", "tier": 0, "list_price": Decimal(2)},
    "orders": {"order_id": "o1", "customer_id": "c1", "ordered_at": NOON, "status": "completed", "currency": "EUR"},
    "order_lines": {
        "order_id": "o1",
        "line_no": 1,
        "product_id": "p1",
        "quantity": Decimal(2),
        "net_amount": Decimal(4),
    },
    "contracts": {
        "contract_id": "k1",
        "term_no": 1,
        "customer_id": "c1",
        "plan_id": "basic",
        "billing_period": "month",
        "recurring_amount": Decimal(10),
        "started_on": DAY,
        "ended_on": dt.date(2024, 4, 5),
    },
    "survey_questions": {
        "survey_id": "s1",
        "question_id": "q1",
        "measure": "csi_satisfaction",
        "parameter": "food",
        "scale_min": 1.0,
        "scale_max": 5.0,
        "direction": "higher_is_better",
    },
    "survey_responses": {
        "response_id": "r1",
        "survey_id": "s1",
        "question_id": "q1",
        "answered_at": NOON,
        "score": 4.0,
    },
    "survey_invitations": {"invitation_id": "i1", "survey_id": "s1", "sent_at": NOON},
    "shipments": {
        "shipment_id": "h1",
        "product_id": "p1",
        "shipped_on": DAY,
        "shipped_quantity": Decimal(10),
        "defective_quantity": Decimal(10),
        "short_quantity": Decimal(0),
    },
    "support_requests": {"request_id": "t1", "channel": "phone", "opened_at": NOON, "resolved_at": NOON},
    "competitor_prices": {
        "product_id": "p1",
        "competitor": "Other",
        "observed_on": DAY,
        "competitor_price": Decimal(3),
        "own_price": Decimal(2),
    },
    "usage_events": {
        "event_id": "e1",
        "customer_id": "c1",
        "occurred_at": NOON,
        "event_type": "session",
        "duration_minutes": 0.0,
    },
    "retention_costs": {"month": dt.date(2024, 3, 1), "kind": "programme", "amount": Decimal(-5)},
    "fx_rates": {"rate_on": DAY, "currency": "USD", "rate": 0.9},
    "business_events": {"event_id": "b1", "name": "Training", "starts_on": DAY, "ends_on": dt.date(2024, 3, 6)},
    "unit_drivers": {
        "unit_kind": "location",
        "unit_id": "l1",
        "period_start": DAY,
        "driver": "staff_turnover",
        "value": -0.1,
    },
}


def rows_of(entity: str, *rows: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as extraction delivers them: all columns of the contract, the business day of events, `_problems`."""
    schema = lake_schema(load_contract(entity)) | {PROBLEMS: pl.String()}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def good_row(entity: str, **changes: Any) -> dict[str, Any]:
    """The good row of an entity with some values changed."""
    day = {"business_day": DAY} if load_contract(entity).kind == "event" else {}
    return GOOD[entity] | day | changes


def references_of(entity: str) -> dict[str, pl.DataFrame]:
    """Accepted rows that the good row refers to."""
    names = {reference.entity for reference in load_contract(entity).references}
    return {name: rows_of(name, good_row(name)) for name in names}


def validated(entity: str, *rows: Mapping[str, Any], duplicate_keys: pl.DataFrame | None = None) -> Validated:
    """Validate rows of an entity against its contract and the good rows of others."""
    return validate(rows_of(entity, *rows), load_contract(entity), references_of(entity), ALLOWED, duplicate_keys)
