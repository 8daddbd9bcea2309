"""A handful of deliberately bad rows per entity, so that quarantine and duplicates have something to show."""

from __future__ import annotations

import datetime as dt

import polars as pl

ROWS_PER_KIND = 2
MINIMUM_ROWS = 200
"""Smaller entities stay clean: a few bad rows would be more than the share at which a run stops."""

EXACT_DUPLICATE = "exact duplicate"


def spoil(entity: str, examples: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Give bad rows of an entity by their kind, made from good ones."""
    rows = examples.head(ROWS_PER_KIND)
    spoiled = {kind: rows.with_columns(changes) for kind, changes in _changes(entity).items()}
    if entity in WITH_DUPLICATES:
        spoiled[EXACT_DUPLICATE] = rows
    return spoiled


WITH_DUPLICATES = ("customers", "order_lines", "survey_responses", "support_requests", "usage_events")


def _numbered(prefix: str) -> pl.Expr:
    return pl.lit(f"{prefix}-") + pl.int_range(1, pl.len() + 1).cast(pl.String)


def _changes(entity: str) -> dict[str, list[pl.Expr]]:
    """Name the kinds of bad rows of an entity, and what makes a good row such a one."""
    return {
        "customers": {"missing customer_id": [_missing("customer_id", pl.String)]},
        "products": {"negative list_price": [_numbered("PX").alias("product_id"), _negative("list_price")]},
        "orders": {
            "unknown status": [_numbered("OX").alias("order_id"), pl.lit("compleeted").alias("status")],
            "missing ordered_at": [_numbered("OY").alias("order_id"), _missing("ordered_at", pl.Datetime("us"))],
        },
        "order_lines": {"line without an order": [_numbered("OZ").alias("order_id")]},
        "contracts": {
            "unknown billing_period": [_numbered("KX").alias("contract_id"), pl.lit("weekly").alias("billing_period")],
            "ended before it started": [
                _numbered("KY").alias("contract_id"),
                (pl.col("started_on") - dt.timedelta(days=40)).alias("ended_on"),
            ],
        },
        "survey_responses": {
            "score off its scale": [_numbered("RX").alias("response_id"), pl.lit(99.0).alias("score")],
            "unknown question": [_numbered("RY").alias("response_id"), pl.lit("not_asked").alias("question_id")],
        },
        "survey_invitations": {
            "missing sent_at": [_numbered("IX").alias("invitation_id"), _missing("sent_at", pl.Datetime("us"))]
        },
        "shipments": {
            "more defective than shipped": [
                _numbered("SX").alias("shipment_id"),
                (pl.col("shipped_quantity") + 1).cast(pl.Decimal(18, 4)).alias("defective_quantity"),
            ]
        },
        "support_requests": {
            "missing opened_at": [_numbered("TX").alias("request_id"), _missing("opened_at", pl.Datetime("us"))]
        },
        "competitor_prices": {
            "negative own_price": [_numbered("Competitor X").alias("competitor"), _negative("own_price")]
        },
        "usage_events": {
            "missing customer_id": [_numbered("UX").alias("event_id"), _missing("customer_id", pl.String)]
        },
    }.get(entity, {})


def _missing(column: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    return pl.lit(None, dtype=dtype).alias(column)


def _negative(column: str) -> pl.Expr:
    return pl.lit(-1).cast(pl.Decimal(18, 4)).alias(column)
