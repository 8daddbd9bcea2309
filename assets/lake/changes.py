"""Finds the business days that changed at a source since its cursor was last remembered."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from assets.configuration import Configuration
from assets.contracts import BUSINESS_DAY, load_contract
from assets.lake.dated import with_days
from assets.lake.extracted import accepted_rows
from assets.lake.manifest import UNKNOWN_DAY, Lake, read_manifest
from assets.lake.quarantine import quarantine_files
from assets.lake.writer import partition_files
from assets.sources import ALWAYS, extract, source_errors
from assets.sources.mapping import DEDUCED


def changed_days(lake: Lake, entity: str, configuration: Configuration, cursor: str) -> set[dt.date]:
    """The days to which rows that changed since `cursor` belong now, and those on which they stand in the lake.

    A row whose day moved leaves its old one. Of the lake only keys are read.
    """
    contract = load_contract(entity)
    keys = [name for name in contract.key if (entity, name) not in DEDUCED]
    with source_errors(entity, configuration):
        rows = extract(entity, configuration, ALWAYS, changed_since=cursor)
        changed = rows.select(*keys, BUSINESS_DAY).unique().collect(engine="streaming")
    if contract.day_of:
        owner = load_contract(contract.day_of)
        changed = with_days(changed, owner, accepted_rows(lake, owner))
    partitions = {key: p for key, p in read_manifest(lake, entity).partitions.items() if key != UNKNOWN_DAY}
    # In quarantine all columns are text.
    as_text = changed.select(pl.col(keys).cast(pl.String))
    days = [
        changed[BUSINESS_DAY],
        _days_of(partition_files(lake, entity, partitions), changed.select(keys)),
        _days_of(quarantine_files(lake, entity, partitions), as_text),
    ]
    return set(pl.concat(days).drop_nulls())


def _days_of(files: list[Path], keys: pl.DataFrame) -> pl.Series:
    """The days of the rows that have one of the keys; files whose range of keys holds none of them are left out."""
    if not files:
        return pl.Series(BUSINESS_DAY, dtype=pl.Date)
    first = keys.columns[0]
    return (
        pl.scan_parquet(files)
        .filter(pl.col(first).is_in(keys[first].implode()))
        .select(*keys.columns, BUSINESS_DAY)
        .join(keys.lazy(), on=keys.columns, how="semi")
        .select(pl.col(BUSINESS_DAY).unique())
        .collect(engine="streaming")
        .to_series()
    )
