"""Removes what was kept long enough: quarantined rows, and snapshots of state entities that newer ones replaced.

The counts of removed rows stay in the manifest, so that extracted = accepted + quarantined + duplicates goes on
holding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.lake.manifest import UNKNOWN_DAY, Lake, Partition, read_manifest
from assets.lake.quarantine import refused_file
from assets.lake.writer import change_partitions


@dataclass(frozen=True)
class Removed:
    """What was past its retention period: quarantined rows, and snapshots."""

    quarantined_rows: int = 0
    snapshots: int = 0


def apply_retention_periods(
    configuration: Configuration, now: dt.datetime, progress: Callable[[str], None] = lambda _: None
) -> Removed:
    """Remove what is past its period as of `now` (in UTC); nothing where no period is set.

    Quarantined rows count from the extraction that last found them. Those without a business day, and those of the
    newest snapshot, stay: the source still has them. A snapshot counts from the day on which another took its place.
    """
    periods = configuration.retention_periods
    if periods.quarantine_days is None and periods.snapshot_days is None:
        return Removed()
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    rows = snapshots = 0
    for entity in entities():
        before = read_manifest(lake, entity).partitions
        within = partial(_within_periods, lake, entity, configuration, now)
        kept = within(before)
        if kept != before:
            change_partitions(lake, entity, within)
        gone = [p.quarantined for key, p in before.items() if p.quarantine_version and not _has_rows(kept.get(key))]
        refused = _remove_refused(lake, entity, configuration, now)
        rows, snapshots = rows + sum(gone), snapshots + len(before) - len(kept)
        if gone or refused or len(before) > len(kept):
            told = f"{sum(gone):,} quarantined rows and {len(before) - len(kept)} snapshots"
            progress(f"{entity}: {told} are past their retention period and removed")
    return Removed(rows, snapshots)


def rows_past_retention(configuration: Configuration, entity: str) -> int:
    """How many quarantined rows of an entity are counted and no longer there."""
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    partitions = read_manifest(lake, entity).partitions.values()
    return sum(partition.quarantined for partition in partitions if not partition.quarantine_version)


def _within_periods(
    lake: Lake, entity: str, configuration: Configuration, now: dt.datetime, partitions: Mapping[str, Partition]
) -> dict[str, Partition]:
    periods, is_state = configuration.retention_periods, load_contract(entity).kind == "state"
    newest = max(partitions, default=None) if is_state else UNKNOWN_DAY
    kept = dict(partitions)
    if is_state and periods.snapshot_days is not None:
        oldest_end = (now.date() - dt.timedelta(days=periods.snapshot_days)).isoformat()
        keys = sorted(partitions)
        # Each was current until the next one came.
        kept = {key: partitions[key] for key, end in zip(keys, [*keys, "9999"][1:], strict=True) if end >= oldest_end}
    if periods.quarantine_days is not None:
        oldest = (now - dt.timedelta(days=periods.quarantine_days)).timestamp()
        for key, partition in kept.items():
            if partition.quarantine_version and key != newest:
                path = lake.quarantine_file(entity, key, partition.quarantine_version)
                if path.stat().st_mtime < oldest:
                    kept[key] = replace(partition, quarantine_version=None)
    return kept


def _has_rows(partition: Partition | None) -> bool:
    return partition is not None and partition.quarantine_version is not None


def _remove_refused(lake: Lake, entity: str, configuration: Configuration, now: dt.datetime) -> bool:
    """Remove the bad rows of an extraction that was given up, where they are old."""
    days, path = configuration.retention_periods.quarantine_days, refused_file(lake, entity)
    if days is None or not path.exists() or path.stat().st_mtime >= (now - dt.timedelta(days=days)).timestamp():
        return False
    path.unlink()
    return True
