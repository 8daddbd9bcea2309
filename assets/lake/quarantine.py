"""The quarantine: rows that broke their contract, as they came, with their reasons.

Where a run stopped because too many rows were bad nothing was committed; its bad rows are kept apart, so that one can
see what was wrong with them.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.errors import ConfigurationError
from assets.lake.manifest import Lake, Partition, read_manifest

STOPPED_RUN = "stopped run"


def quarantine_summary(configuration: Configuration) -> pl.DataFrame:
    """Rows in quarantine per entity and reason, with the first and the last partition that holds such rows."""
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    found = [
        (entity, reason, rows, key)
        for entity in entities()
        for key, partition in _partitions(lake, entity).items()
        for reason, rows in partition.reasons.items()
    ]
    for entity in entities():
        if refused_file(lake, entity).exists():
            reasons = pl.read_parquet(refused_file(lake, entity))["reasons"].explode().value_counts(name="rows")
            found += [(entity, reason, rows, STOPPED_RUN) for reason, rows in reasons.iter_rows()]
    schema = {"entity": pl.String, "reason": pl.String, "rows": pl.Int64, "key": pl.String}
    days = [pl.col("key").min().alias("first_day"), pl.col("key").max().alias("last_day")]
    return (
        pl.DataFrame(found, schema=schema, orient="row")
        .group_by("entity", "reason")
        .agg(pl.col("rows").sum(), *days)
        .sort("entity", "rows", "reason", descending=[False, True, False])
    )


def quarantined_rows(configuration: Configuration, entity: str, reason: str | None = None) -> pl.DataFrame:
    """The quarantined rows of an entity: its columns as text, `business_day`, `reasons` and `details`."""
    if entity not in entities():
        raise ConfigurationError(f"There is no entity {entity}; there are {', '.join(entities())}.")
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    rows = [pl.scan_parquet(files)] if (files := quarantine_files(lake, entity, _partitions(lake, entity))) else []
    if refused_file(lake, entity).exists():
        rows.append(pl.scan_parquet(refused_file(lake, entity)))
    if not rows:
        return pl.DataFrame()
    found = pl.concat(rows)
    if reason is not None:
        found = found.filter(pl.col("reasons").list.contains(reason))
    return found.select("reasons", "details", pl.exclude("reasons", "details")).collect()


def keep_refused_rows(lake: Lake, entity: str, partitions: dict[str, Partition]) -> None:
    """Keep the bad rows of an extraction that is given up."""
    files = quarantine_files(lake, entity, partitions)
    pl.read_parquet(files).write_parquet(refused_file(lake, entity))


def forget_refused_rows(lake: Lake, entity: str) -> None:
    """An extraction that was accepted takes the place of the one that was given up."""
    refused_file(lake, entity).unlink(missing_ok=True)


def refused_file(lake: Lake, entity: str) -> Path:
    """Where the bad rows of an extraction that was given up are kept."""
    return lake.quarantine / entity / "refused.parquet"


def quarantine_files(lake: Lake, entity: str, partitions: dict[str, Partition]) -> list[Path]:
    """The files of the quarantined rows of `partitions`, in the order of their keys."""
    return [
        lake.quarantine_file(entity, key, partition.quarantine_version)
        for key, partition in sorted(partitions.items())
        if partition.quarantine_version
    ]


def _partitions(lake: Lake, entity: str) -> dict[str, Partition]:
    """All partitions of an event entity, the newest snapshot of a state entity: older ones are history."""
    partitions = dict(read_manifest(lake, entity).partitions)
    if load_contract(entity).kind == "state" and partitions:
        newest = max(partitions)
        return {newest: partitions[newest]}
    return partitions
