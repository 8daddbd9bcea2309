"""A bare Polars scan of the source files to Parquet: no contract, no validation, no quarantine, no manifest.

Rows get their business day and those up to the as-of date are kept, as in the lake; one file per entity.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import polars as pl

# The column that tells the business day; order lines take over that of their order, states have none.
DAYS = {
    "competitor_prices": "observed_on",
    "fx_rates": "rate_on",
    "orders": "ordered_at",
    "shipments": "shipped_on",
    "support_requests": "opened_at",
    "survey_invitations": "sent_at",
    "survey_responses": "answered_at",
    "usage_events": "occurred_at",
}
STATES = (
    "business_events", "contracts", "customers", "products", "retention_costs", "survey_questions", "unit_drivers",
)  # fmt: skip


def scan_to_parquet(sources: Path, as_of: dt.date, folder: Path) -> dict[str, int]:
    """Write each entity's rows up to a day to one Parquet file; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    due = pl.col("business_day").is_null() | (pl.col("business_day") <= as_of)
    counts = {}
    for entity in (*DAYS, *STATES, "order_lines"):
        rows = pl.scan_parquet(sources / f"{entity}.parquet")
        if entity in DAYS:
            rows = rows.with_columns(pl.col(DAYS[entity]).cast(pl.Date).alias("business_day")).filter(due)
        if entity == "order_lines":
            orders = pl.scan_parquet(sources / "orders.parquet").select(
                "order_id", pl.col("ordered_at").cast(pl.Date).alias("business_day")
            )
            rows = rows.join(orders.unique("order_id"), on="order_id", how="left").filter(due)
        path = folder / f"{entity}.parquet"
        rows.sink_parquet(path, compression="zstd")
        counts[entity] = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    (folder / "counts.json").write_text(json.dumps(counts))
    return counts


if __name__ == "__main__":
    sources, as_of, folder = sys.argv[1:]
    scan_to_parquet(Path(sources), dt.date.fromisoformat(as_of), Path(folder))
