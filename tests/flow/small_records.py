"""What a small company records beside its orders, contracts and answers: a row of each further entity.

Each row follows from its number, a choice and a day, so that a change, a move to another day and a late row are made in
one way for all of them. A choice now and then breaks a rule of the contract, so that quarantine takes part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

CUSTOMERS = ["ada", "ben", "cleo", "dan", "eve", "finn"]
PRODUCTS = ["milk", "whole milk", "cheese", "soap", "mystery"]
Row = dict[str, Any]

# Survey, question, measure, parameter, and the lowest and the highest answer.
QUESTIONS = [
    ("relationship", "recommend", "nps", None, 0.0, 10.0),
    ("relationship", "taste", "csi_satisfaction", "taste", 1.0, 10.0),
    ("relationship", "taste_matters", "csi_importance", "taste", 1.0, 10.0),
    ("relationship", "price", "csi_satisfaction", "price", 1.0, 10.0),
    ("relationship", "price_matters", "csi_importance", "price", 1.0, 10.0),
    ("support", "satisfied", "csat", None, 1.0, 5.0),
    ("support", "effort", "ces", None, 1.0, 10.0),
    ("panel", "recommends", "cli_recommend", None, 1.0, 6.0),
    ("panel", "buys_again", "cli_repurchase", None, 1.0, 6.0),
    ("panel", "tries_others", "cli_try_other", None, 1.0, 6.0),
    ("panel", "smell", "product_quality", "smell", 1.0, 10.0),
    ("service", "staff_should", "servqual_expectation", "staff", 1.0, 7.0),
    ("service", "staff_do", "servqual_perception", "staff", 1.0, 7.0),
    ("service", "shop_should", "servqual_expectation", "shop", 1.0, 7.0),
    ("service", "shop_is", "servqual_perception", "shop", 1.0, 7.0),
]
LOWER_IS_BETTER = ("ces", "cli_recommend", "cli_repurchase", "cli_try_other")


def survey_questions() -> list[Row]:
    """What the company's surveys ask; what is asked of service belongs to the dimension of the same name."""
    return [
        {
            "survey_id": survey,
            "question_id": question,
            "measure": measure,
            "parameter": parameter,
            "block": parameter if survey == "service" else None,
            "scale_min": low,
            "scale_max": high,
            "direction": "lower_is_better" if measure in LOWER_IS_BETTER else "higher_is_better",
        }
        for survey, question, measure, parameter, low, high in QUESTIONS
    ]


def _shipment(number: int, choice: int, day: dt.date) -> Row:
    return {
        "shipment_id": f"s{number}",
        "customer_id": CUSTOMERS[choice % 6] if choice % 7 else None,
        "product_id": PRODUCTS[choice % 5],
        "shipped_on": day,
        "shipped_quantity": Decimal(2 + choice % 3),
        "defective_quantity": Decimal(choice % 4),
        "short_quantity": Decimal(choice % 2),
        "promised_on": day + dt.timedelta(days=2),
        "delivered_on": day + dt.timedelta(days=choice % 5) if choice % 5 else None,
    }


def _support_request(number: int, choice: int, day: dt.date) -> Row:
    opened_at = _noon(day)
    return {
        "request_id": f"q{number}",
        "customer_id": CUSTOMERS[choice % 3] if choice % 7 else None,
        "channel": ["web", "phone"][choice % 2],
        "topic": ["parcel", "bill", None][number % 3],
        "opened_at": opened_at,
        "resolved_at": opened_at + dt.timedelta(hours=choice % 11 - 1) if choice % 4 else None,
        "resolved_at_first_contact": [None, True, False][choice % 3],
    }


def _survey_invitation(number: int, choice: int, day: dt.date) -> Row:
    return {
        "invitation_id": f"i{number}",
        "survey_id": ["relationship", "support"][choice % 2],
        "customer_id": CUSTOMERS[choice % 6] if choice % 7 else None,
        "channel": ["web", "phone"][choice % 2],
        "sent_at": _noon(day),
        "response_id": f"r{choice % 12}" if choice % 3 else None,
    }


def _usage_event(number: int, choice: int, day: dt.date) -> Row:
    is_session = choice % 3 != 0
    return {
        "event_id": f"u{number}",
        "customer_id": CUSTOMERS[choice % 6],
        "occurred_at": _noon(day),
        "event_type": "session" if is_session else "search",
        "duration_minutes": float(choice % 11 - 1) if is_session else None,
    }


def _competitor_price(number: int, choice: int, day: dt.date) -> Row:
    return {
        "product_id": PRODUCTS[number % 3],
        "competitor": ["rival", "other"][choice % 2],
        "observed_on": day,
        "competitor_price": Decimal(choice % 11),
        "own_price": Decimal("2.35"),
        "currency": "EUR" if choice % 5 == 0 else None,
    }


def _retention_cost(number: int, choice: int, day: dt.date) -> Row:
    return {
        "month": day.replace(day=2 if choice % 11 == 0 else 1),
        "kind": ["programme", "staff"][number % 2],
        "segment": [None, "consumer", "business"][choice % 3],
        "amount": Decimal(choice % 40 - 5),
        "currency": "EUR" if choice % 5 == 0 else None,
    }


def _business_event(number: int, choice: int, day: dt.date) -> Row:
    return {
        "event_id": f"e{number}",
        "name": f"event {number}",
        "starts_on": day,
        "ends_on": day + dt.timedelta(days=choice % 11) if choice % 2 else None,
        "segment": [None, "consumer", "business"][choice % 3],
    }


def _unit_driver(number: int, choice: int, day: dt.date) -> Row:
    return {
        "unit_kind": ["channel", "location"][number % 2],
        "unit_id": [["web", "phone"], ["harbour", "market"]][number % 2][choice % 2],
        "period_start": day.replace(day=1),
        "driver": ["turnover", "training"][choice % 2],
        "value": float(choice % 20),
    }


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12))


RECORDS: dict[str, Callable[[int, int, dt.date], Row]] = {
    "shipments": _shipment,
    "support_requests": _support_request,
    "survey_invitations": _survey_invitation,
    "usage_events": _usage_event,
    "competitor_prices": _competitor_price,
    "retention_costs": _retention_cost,
    "business_events": _business_event,
    "unit_drivers": _unit_driver,
}
