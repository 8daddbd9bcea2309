"""Writes partitions of the lake: content-addressed files first, then the manifest that makes them count."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from assets.disk import disk_errors
from assets.errors import LakeError
from assets.lake.manifest import Lake, Manifest, Partition, locked, read_manifest, write_manifest
from assets.leftovers import is_abandoned

VERSION_LENGTH = 16
STAGING_PREFIX = ".extracted-"


@dataclass
class PartitionWriter:
    """Collects the new partitions of one entity until they are committed together."""

    lake: Lake
    entity: str
    staged: dict[str, Partition] = field(default_factory=dict)

    def stage(
        self, key: str, accepted: pl.DataFrame, quarantined: pl.DataFrame, *, duplicates: int, extracted: int
    ) -> None:
        """Write the files of one partition; `quarantined` has the list column `reasons`.

        `extracted` is how many rows came from the source, counted before they were judged. Raises LakeError where the
        rows that are left are not as many.
        """
        left = accepted.height + quarantined.height + duplicates
        if left != extracted:
            message = f"{extracted:,} rows of {self.entity} were extracted for the partition {key}, {left:,} came out"
            raise LakeError(f"{message} of their validation: a fault of the program. The lake stays as it was.")
        reasons = Counter(reason for of_row in quarantined["reasons"] for reason in of_row)
        self.staged[key] = Partition(
            version=write_rows(accepted, lambda version: self.lake.accepted_file(self.entity, key, version)),
            quarantine_version=write_rows(
                quarantined, lambda version: self.lake.quarantine_file(self.entity, key, version)
            ),
            extracted=extracted,
            accepted=accepted.height,
            quarantined=quarantined.height,
            duplicates=duplicates,
            reasons=dict(sorted(reasons.items())),
        )


@contextmanager
def replace_partitions(
    lake: Lake,
    entity: str,
    replaced: Callable[[str], bool],
    through: dt.date,
    source: str,
    cursor: str | None = None,
    followed: int | None = None,
) -> Iterator[PartitionWriter]:
    """Replace all partitions whose key fulfils `replaced` by those that are staged, all at once at the end of the
    block.

    A key that is replaced and not staged disappears: its rows were deleted at the source. `cursor` and `followed` stay
    where they are not given; the cursor of another `source` does not. Nothing changes where the block raises.
    """
    with lake_errors(lake, entity), locked(lake.accepted / entity, exclusive=True):
        old = read_manifest(lake, entity)
        writer = PartitionWriter(lake, entity)
        yield writer
        kept = {key: partition for key, partition in old.partitions.items() if not replaced(key)}
        extracted_through = max(through, old.extracted_through or through)
        number = old.last_extraction + 1
        manifest = Manifest(
            partitions={**kept, **writer.staged},
            extracted_through=extracted_through,
            source=source,
            cursor=old.cursor if cursor is None and source == old.source else cursor,
            extracted_in={
                **old.extracted_in,
                **{key: number for key in {**old.partitions, **writer.staged} if replaced(key)},
            },
            followed=old.followed if followed is None else followed,
        )
        write_manifest(lake, entity, manifest)
        _remove_unreferenced(lake, entity, {**kept, **writer.staged})


def change_partitions(
    lake: Lake, entity: str, changed: Callable[[Mapping[str, Partition]], dict[str, Partition]]
) -> None:
    """Replace the partitions of an entity by what `changed` makes of them, all at once, and remove every file that no
    partition refers to any more. `changed` writes new files with `write_rows`.
    """
    if not lake.manifest_file(entity).parent.exists():
        return
    with lake_errors(lake, entity), locked(lake.accepted / entity, exclusive=True):
        old = read_manifest(lake, entity)
        new = changed(old.partitions)
        if new != old.partitions:
            write_manifest(lake, entity, replace(old, partitions=new))
        _remove_unreferenced(lake, entity, new)


def lake_errors(lake: Lake, entity: str) -> AbstractContextManager[None]:
    """Within it, a disk that refuses to be written is a LakeError that names both places of an entity."""
    folders = f"{lake.accepted / entity} and {lake.quarantine / entity}"
    return disk_errors(LakeError, f"The lake cannot be written under {folders}")


def partition_files(lake: Lake, entity: str, partitions: dict[str, Partition]) -> list[Path]:
    """The files of the accepted rows of `partitions`, in the order of their keys."""
    return [
        lake.accepted_file(entity, key, partition.version)
        for key, partition in sorted(partitions.items())
        if partition.version is not None
    ]


def write_rows(rows: pl.DataFrame, path_of: Callable[[str], Path]) -> str | None:
    """Write rows in one order and name the file by the hash of its bytes: the same rows give the same version."""
    if rows.is_empty():
        return None
    folder = path_of("").parent
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{uuid.uuid4().hex}.new"
    sortable = [name for name, dtype in rows.schema.items() if not dtype.is_nested()]
    rows.sort(sortable, nulls_last=True).rechunk().write_parquet(beside, compression="zstd", statistics=True)
    with beside.open("rb") as file:
        version = hashlib.file_digest(file, "sha256").hexdigest()[:VERSION_LENGTH]
    beside.replace(path_of(version))
    return version


def _remove_unreferenced(lake: Lake, entity: str, partitions: dict[str, Partition]) -> None:
    """Remove what no partition refers to: replaced versions, and leftovers of a run that was killed before its
    commit."""
    accepted = {lake.accepted_file(entity, key, p.version) for key, p in partitions.items() if p.version}
    quarantined = {
        lake.quarantine_file(entity, key, p.quarantine_version) for key, p in partitions.items() if p.quarantine_version
    }
    for folder, referenced in ((lake.accepted / entity, accepted), (lake.quarantine / entity, quarantined)):
        for path in folder.glob("*/*"):
            if path not in referenced:
                path.unlink(missing_ok=True)
    for path in (lake.accepted / entity).glob(f"{STAGING_PREFIX}*"):
        if is_abandoned(path):
            path.unlink(missing_ok=True)
