"""The manifest of an entity: which partitions the lake holds, in which version, and what became of the source's rows.

Replacing the manifest file is the one commit point of the lake. Data files are named by their content, written before
it and removed after it, so that a run killed at any moment leaves either the old state or the new one.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assets.disk import replace_text
from assets.errors import LakeError
from assets.sources import Window

UNKNOWN_DAY = "unknown"


@dataclass(frozen=True)
class Partition:
    """What one partition holds: content versions of its files (null where there are no rows) and row counts."""

    version: str | None
    quarantine_version: str | None
    extracted: int
    accepted: int
    quarantined: int
    duplicates: int
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """The partitions of one entity by key (a day, or `unknown`), and how far and by which definition it was extracted.

    `source` is a digest of the source's settings and the contract: where it changes, all of history is extracted again.
    `cursor` is the greatest value of the source's cursor column up to which all changes are in the lake. Extractions
    are numbered: `extracted_in` is the last one of each partition. `followed` is the last one, of the entity whose day
    the rows take over, that they have followed.
    """

    partitions: Mapping[str, Partition] = field(default_factory=dict)
    extracted_through: dt.date | None = None
    source: str = ""
    cursor: str | None = None
    extracted_in: Mapping[str, int] = field(default_factory=dict)
    followed: int = 0

    @property
    def last_extraction(self) -> int:
        """The number of the last extraction; 0 before the first."""
        return max(self.extracted_in.values(), default=0)


@dataclass(frozen=True)
class Lake:
    """Where the accepted and the quarantined rows are kept."""

    accepted: Path
    quarantine: Path

    def accepted_file(self, entity: str, key: str, version: str) -> Path:
        """The file of the accepted rows of a partition in a version."""
        return self.accepted / entity / key / f"{version}.parquet"

    def quarantine_file(self, entity: str, key: str, version: str) -> Path:
        """The file of the quarantined rows of a partition in a version."""
        return self.quarantine / entity / key / f"{version}.parquet"

    def manifest_file(self, entity: str) -> Path:
        """The manifest of an entity."""
        return self.accepted / entity / "manifest.json"


def read_manifest(lake: Lake, entity: str) -> Manifest:
    """Read an entity's manifest; an entity that was never extracted has an empty one."""
    path = lake.manifest_file(entity)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        through = document["extracted_through"]
        return Manifest(
            {key: Partition(**partition) for key, partition in document["partitions"].items()},
            dt.date.fromisoformat(through) if through else None,
            document["source"],
            document.get("cursor"),
            document.get("extracted_in", {}),
            document.get("followed", 0),
        )
    except FileNotFoundError:
        return Manifest()
    except (ValueError, KeyError, TypeError) as error:
        advice = f"Restore it from a backup, or delete it and backfill {entity}."
        raise LakeError(f"The lake's manifest {path} cannot be read ({error}). {advice}") from error


def write_manifest(lake: Lake, entity: str, manifest: Manifest) -> None:
    """Replace an entity's manifest in one atomic step."""
    document = {
        "extracted_through": manifest.extracted_through.isoformat() if manifest.extracted_through else None,
        "source": manifest.source,
        "cursor": manifest.cursor,
        "followed": manifest.followed,
        "extracted_in": dict(sorted(manifest.extracted_in.items())),
        "partitions": {key: asdict(partition) for key, partition in sorted(manifest.partitions.items())},
    }
    replace_text(lake.manifest_file(entity), json.dumps(document, indent=1))


def current_partitions(manifest: Manifest, *, is_state: bool, days: Window | None = None) -> dict[str, Partition]:
    """What counts: the newest snapshot of a state entity, the days of an event entity (by default all)."""
    known = {key: partition for key, partition in manifest.partitions.items() if key != UNKNOWN_DAY}
    if is_state:
        newest = max(known, default=None)
        return {newest: known[newest]} if newest else {}
    if days is None:
        return known
    return {key: partition for key, partition in known.items() if has_key(days, key)}


def day_key(day: dt.date | None) -> str:
    """The key of a business day; rows without one stand under `unknown`."""
    return day.isoformat() if day is not None else UNKNOWN_DAY


def has_key(days: Window, key: str) -> bool:
    """Whether the partition of that key holds one of the days."""
    if not day_key(days.first_day) <= key <= day_key(days.last_day):
        return False
    return days.only is None or dt.date.fromisoformat(key) in days.only


@contextmanager
def locked(folder: Path, *, exclusive: bool) -> Iterator[None]:
    """Hold a folder's lock, shared to read and exclusive to write; it ends with the process at the latest."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
