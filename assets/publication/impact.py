"""Reads how far quarantined survey answers could move the published metrics."""

from __future__ import annotations

from pathlib import Path

import polars as pl

COLUMNS = (
    "metric_id",
    "grain",
    "period_start",
    "value",
    "n",
    "quarantined_count",
    "unplaced_count",
    "lowest_value",
    "highest_value",
)


def read_impact(folder: Path, metric: str | None = None) -> pl.DataFrame:
    """The rows of the published mart `quarantine_impact` that have answers in quarantine, newest period first."""
    path = folder / "current" / "marts" / "quarantine_impact.parquet"
    if not path.exists():
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    rows = pl.scan_parquet(path).filter(pl.col("quarantined_count") + pl.col("unplaced_count") > 0)
    if metric is not None:
        rows = rows.filter(pl.col("metric_id") == metric)
    newest_first = rows.sort("period_start", "grain", "metric_id", descending=[True, False, False])
    return newest_first.select(COLUMNS).collect()
