"""What of an entity's history an extraction covers: by which definition, and up to which state of what it follows."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from typing import Any

from assets.configuration import Configuration
from assets.configuration.file import with_paths
from assets.contracts import Contract, load_contract
from assets.lake.manifest import UNKNOWN_DAY, Lake, Manifest, day_key, has_key, read_manifest
from assets.lake.writer import VERSION_LENGTH
from assets.sources import Window
from assets.validation import allowed_values

# Settings of a source that say when it is read and what is refused, not how its rows are read.
NOT_HOW_TO_READ: Any = {
    "lookback_days": True,
    "optional": True,
    "may_be_empty": True,
    "database": {"cursor_overlap_minutes"},
}


def source_digest(entity: str, configuration: Configuration) -> str:
    """A digest of what decides how the rows of an entity are read and judged: its source and its contract."""
    company, lake = configuration.company, configuration.paths.lake
    # A company that is moved as a whole, to another folder or machine, is read as before.
    source = with_paths(configuration.sources[entity], lambda path: os.path.relpath(path, lake))
    parts = (
        source.model_dump_json(exclude=NOT_HOW_TO_READ),
        repr(load_contract(entity)),
        company.timezone,
        repr(sorted(allowed_values(load_contract(entity), configuration).items())),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:VERSION_LENGTH]


def is_whole_history(window: Window, manifest: Manifest, configuration: Configuration) -> bool:
    """Whether a window holds all of history, as far as it was extracted before."""
    through = manifest.extracted_through or window.last_day
    return (
        window.only is None and window.first_day <= configuration.company.history_start and window.last_day >= through
    )


def days_to_follow(lake: Lake, contract: Contract, manifest: Manifest) -> set[dt.date]:
    """The days of the entity whose day the rows take over that were extracted since the rows last followed it.

    They are kept in the lake, not in the run, so that a run that is killed between the two misses none.
    """
    if contract.day_of is None:
        return set()
    extracted_in = read_manifest(lake, contract.day_of).extracted_in
    return {
        dt.date.fromisoformat(key)
        for key, number in extracted_in.items()
        if key != UNKNOWN_DAY and number > manifest.followed
    }


def followed_by(lake: Lake, contract: Contract, manifest: Manifest, window: Window) -> int | None:
    """Up to which extraction of the other entity the rows follow it after this one; null where it leaves days out."""
    if contract.day_of is None:
        return None
    days = days_to_follow(lake, contract, manifest)
    covered = all(has_key(window, day_key(day)) for day in days)
    return read_manifest(lake, contract.day_of).last_extraction if covered else None
