"""Gives rows that take over another entity's business day, such as order lines, the day of the row they belong to."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from assets.contracts import BUSINESS_DAY, Contract
from assets.sources import Window
from assets.spilling import spilling_connection

# Ten million owners fit; of more a part goes to disk.
MOST_MEMORY = "1GB"


def write_dated(undated: list[Path], owner: Contract, owners: list[Path], window: Window, destination: Path) -> None:
    """Write the rows of a window to `destination`, with the `business_day` of the row of `owners` that has their key.

    Rows whose owner is not there have no day, and are written whatever the window. All are Parquet files. DuckDB joins
    them, because Polars holds every key there is in memory.
    """
    if not owners:
        pl.scan_parquet(undated).sink_parquet(destination)
        return
    key = ", ".join(f'"{name}"' for name in owner.key)
    spans = [f"owners.{BUSINESS_DAY} between date '{first}' and date '{last}'" for first, last in window.spans]
    query = f"""
        copy (
            select undated.* replace (owners.{BUSINESS_DAY} as {BUSINESS_DAY})
            from read_parquet($undated) as undated
            left join (
                -- An order whose date moved far may still stand on its old day as well.
                select {key}, max({BUSINESS_DAY}) as {BUSINESS_DAY} from read_parquet($owners) group by all
            ) as owners using ({key})
            where {" or ".join([f"owners.{BUSINESS_DAY} is null", *spans])}
        ) to $destination (format parquet, compression lz4)
    """
    files = {"undated": [str(path) for path in undated], "owners": [str(path) for path in owners]}
    with spilling_connection(destination.parent, MOST_MEMORY) as connection:
        connection.execute(query, files | {"destination": str(destination)})


def with_days(rows: pl.DataFrame, owner: Contract, owners: pl.LazyFrame) -> pl.DataFrame:
    """A few rows in memory, with the `business_day` of the row of `owners` that has their key; null where none has."""
    key = list(owner.key)
    days = (
        owners.select(*key, BUSINESS_DAY)
        .join(rows.lazy().select(key), on=key, how="semi")
        .group_by(key)
        .agg(pl.col(BUSINESS_DAY).max())
        .collect(engine="streaming")
    )
    return rows.drop(BUSINESS_DAY).join(days, on=key, how="left", maintain_order="left")
