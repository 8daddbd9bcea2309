"""Erases customers from lake and quarantine: every row of theirs, in every snapshot and every leftover.

First it is noted who is refused from now on, and what hangs on their rows; then each entity is rewritten without what
is refused. Killed at any moment, the same again completes it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import polars as pl

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.disk import replace_text
from assets.lake.manifest import Lake, Partition, locked, read_manifest
from assets.lake.quarantine import refused_file
from assets.lake.tombstones import OWNED, Tombstones, is_erased, key_columns, make_tombstones
from assets.lake.writer import change_partitions, write_rows
from assets.sources.spool import remove_abandoned_spools

# Marks a run that makes anew what was derived: the warehouse's file, and the publication without older versions.
ERASURE_TAG = "loyalty/erasure"


@dataclass
class Erasure:
    """What was erased, never of whom: when, by which run, and how much of what."""

    begun_at: str
    run_id: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    partitions: int = 0
    versions: int = 0


def erase_customer(configuration: Configuration, customer_id: str, progress: Callable[[str], None]) -> Erasure:
    """Erase a customer from lake and quarantine and refuse them from now on; what is left is to be done by
    `complete_erasure` when all that was derived has been made anew.

    Waits for extractions under way. Raises LakeError where the lake cannot be written; call it again then.
    """
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    folder = configuration.paths.erasures
    lake.accepted.mkdir(parents=True, exist_ok=True)
    with locked(lake.accepted, exclusive=True):
        tombstones = make_tombstones(folder)
        erasure = pending_erasure(folder) or Erasure(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S}")
        _write_pending(folder, erasure)
        tombstones.add_customer(customer_id)
        # Orders come before the answers that hang on them.
        for entity in OWNED:
            _note_owned(lake, entity, tombstones)
        for entity in entities():
            if key_columns(entity):
                _erase_entity(lake, entity, tombstones, erasure)
                _write_pending(folder, erasure)
                progress(f"{entity}: {erasure.rows.get(entity, 0):,} rows erased")
    remove_abandoned_spools()
    return erasure


def pending_erasure(folder: Path) -> Erasure | None:
    """The erasure that was begun and is not complete; null where there is none."""
    path = _pending_file(folder)
    return Erasure(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def complete_erasure(folder: Path, erasure: Erasure) -> None:
    """Write down that an erasure is complete."""
    with _record_file(folder).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(erasure)) + "\n")
    _pending_file(folder).unlink(missing_ok=True)


def read_erasures(folder: Path) -> list[Erasure]:
    """All erasures that came to their end, the oldest first."""
    path = _record_file(folder)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Erasure(**json.loads(line)) for line in lines]


def _note_owned(lake: Lake, entity: str, tombstones: Tombstones) -> None:
    """Have what hangs on the rows of erased customers refused as well."""
    for path in _files(lake, entity):
        rows = pl.read_parquet(path, columns=key_columns(entity))
        tombstones.add_owned(entity, rows.filter(is_erased(rows, entity, tombstones)))


def _files(lake: Lake, entity: str) -> Iterator[Path]:
    for key, partition in read_manifest(lake, entity).partitions.items():
        if partition.version:
            yield lake.accepted_file(entity, key, partition.version)
        if partition.quarantine_version:
            yield lake.quarantine_file(entity, key, partition.quarantine_version)
    if refused_file(lake, entity).exists():
        yield refused_file(lake, entity)


def _erase_entity(lake: Lake, entity: str, tombstones: Tombstones, erasure: Erasure) -> None:
    is_state = load_contract(entity).kind == "state"
    rows = Counter(erasure.rows)

    def rewritten(partitions: Mapping[str, Partition]) -> dict[str, Partition]:
        new = {}
        for key, old in partitions.items():
            partition = _rewritten(lake, entity, key, old, tombstones)
            if partition != old:
                erasure.partitions += 1
                rows[entity] += old.accepted + old.quarantined - partition.accepted - partition.quarantined
            # A day without rows is no partition; a snapshot without rows says that there are none.
            if is_state or partition.extracted:
                new[key] = partition
        return new

    change_partitions(lake, entity, rewritten)
    rows[entity] += _erase_refused(lake, entity, tombstones)
    erasure.rows = {name: count for name, count in rows.items() if count}


def _rewritten(lake: Lake, entity: str, key: str, partition: Partition, tombstones: Tombstones) -> Partition:
    """The partition without the rows of erased customers, and without them in its counts.

    How many of the exact duplicates were copies of their rows is not known: these stay counted until the partition is
    extracted again.
    """
    if partition.version:
        split = _split(lake.accepted_file(entity, key, partition.version), entity, tombstones)
        if split:
            kept, erased = split
            partition = replace(
                partition,
                version=write_rows(kept, lambda version: lake.accepted_file(entity, key, version)),
                extracted=partition.extracted - erased.height,
                accepted=kept.height,
            )
    if partition.quarantine_version:
        split = _split(lake.quarantine_file(entity, key, partition.quarantine_version), entity, tombstones)
        if split:
            kept, erased = split
            reasons = Counter(partition.reasons)
            reasons.subtract(erased["reasons"].explode().to_list())
            partition = replace(
                partition,
                quarantine_version=write_rows(kept, lambda version: lake.quarantine_file(entity, key, version)),
                extracted=partition.extracted - erased.height,
                quarantined=kept.height,
                reasons={reason: count for reason, count in reasons.items() if count},
            )
    return partition


def _split(path: Path, entity: str, tombstones: Tombstones) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """The rows of a file that stay and those that are erased; null where all stay."""
    if not is_erased(pl.read_parquet(path, columns=key_columns(entity)), entity, tombstones).any():
        return None
    rows = pl.read_parquet(path)
    erased = is_erased(rows, entity, tombstones)
    return rows.filter(~erased), rows.filter(erased)


def _erase_refused(lake: Lake, entity: str, tombstones: Tombstones) -> int:
    """Erase from the bad rows that are kept of an extraction that was given up."""
    path = refused_file(lake, entity)
    split = _split(path, entity, tombstones) if path.exists() else None
    if split is None:
        return 0
    kept, erased = split
    if kept.is_empty():
        path.unlink()
    else:
        beside = path.with_suffix(".new")
        kept.write_parquet(beside)
        beside.replace(path)
    return erased.height


def _write_pending(folder: Path, erasure: Erasure) -> None:
    replace_text(_pending_file(folder), json.dumps(asdict(erasure)))


def _pending_file(folder: Path) -> Path:
    return folder / "pending.json"


def _record_file(folder: Path) -> Path:
    return folder / "record.jsonl"
