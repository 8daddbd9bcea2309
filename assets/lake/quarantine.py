"""Reads the quarantine: rows that broke their contract, as they came, with their reasons."""

from __future__ import annotations

import polars as pl

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.errors import ConfigurationError
from assets.lake.manifest import Lake, Partition, read_manifest

SUMMARY_SCHEMA = {
    "entity": pl.String,
    "reason": pl.String,
    "rows": pl.Int64,
    "first_day": pl.String,
    "last_day": pl.String,
}


def quarantine_summary(configuration: Configuration) -> pl.DataFrame:
    """Rows in quarantine per entity and reason, with the first and the last partition that holds such rows."""
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    found = [
        (entity, reason, rows, key)
        for entity in entities()
        for key, partition in _partitions(lake, entity).items()
        for reason, rows in partition.reasons.items()
    ]
    frame = pl.DataFrame(found, schema={**dict(list(SUMMARY_SCHEMA.items())[:3]), "key": pl.String}, orient="row")
    return (
        frame.group_by("entity", "reason")
        .agg(
            pl.col("rows").sum(),
            pl.col("key").min().alias("first_day"),
            pl.col("key").max().alias("last_day"),
        )
        .sort("entity", "rows", "reason", descending=[False, True, False])
        .select(list(SUMMARY_SCHEMA))
    )


def quarantined_rows(configuration: Configuration, entity: str, reason: str | None = None) -> pl.DataFrame:
    """The quarantined rows of an entity: its columns as text, `business_day`, `reasons` and `details`."""
    if entity not in entities():
        raise ConfigurationError(f"There is no entity {entity}; there are {', '.join(entities())}.")
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    files = [
        lake.quarantine_file(entity, key, partition.quarantine_version)
        for key, partition in sorted(_partitions(lake, entity).items())
        if partition.quarantine_version
    ]
    if not files:
        return pl.DataFrame()
    rows = pl.scan_parquet(files)
    if reason is not None:
        rows = rows.filter(pl.col("reasons").list.contains(reason))
    return rows.select("reasons", "details", pl.exclude("reasons", "details")).collect()


def _partitions(lake: Lake, entity: str) -> dict[str, Partition]:
    """All partitions of an event entity, the newest snapshot of a state entity: older ones are history."""
    partitions = dict(read_manifest(lake, entity).partitions)
    if load_contract(entity).kind == "state" and partitions:
        newest = max(partitions)
        return {newest: partitions[newest]}
    return partitions
