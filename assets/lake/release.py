"""Which days to extract again after the source or the rule of quarantined rows was mended."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.errors import ConfigurationError
from assets.lake.manifest import UNKNOWN_DAY, Lake, current_partitions, read_manifest


@dataclass(frozen=True)
class Waiting:
    """The quarantined rows of an entity: their days, how many they are, and how many have each reason.

    Rows without a known day and those of a state entity have none: they come with any extraction.
    """

    days: tuple[dt.date, ...]
    rows: int
    reasons: dict[str, int]


def waiting_rows(configuration: Configuration, entity: str, reason: str | None = None) -> Waiting:
    """What of an entity is in quarantine; with a reason only the partitions that hold a row with it."""
    if entity not in configuration.sources:
        known = ", ".join(configuration.sources)
        raise ConfigurationError(f"{entity} is no configured source; there are {known}.")
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    manifest = read_manifest(lake, entity)
    is_state = load_contract(entity).kind == "state"
    partitions = current_partitions(manifest, is_state=True) if is_state else manifest.partitions
    found = {
        key: partition
        for key, partition in partitions.items()
        if partition.quarantined and (reason is None or reason in partition.reasons)
    }
    reasons: Counter[str] = Counter()
    for partition in found.values():
        reasons.update(partition.reasons)
    days = [] if is_state else [dt.date.fromisoformat(key) for key in sorted(found) if key != UNKNOWN_DAY]
    return Waiting(tuple(days), sum(partition.quarantined for partition in found.values()), dict(reasons.most_common()))


def depending_on(configuration: Configuration, entity: str) -> list[str]:
    """The sources with quarantined rows whose contracts refer to an entity: its mending may be what they wait for."""
    return [
        other
        for other in entities()
        if other in configuration.sources
        and any(reference.entity == entity for reference in load_contract(other).references)
        and waiting_rows(configuration, other).rows
    ]
