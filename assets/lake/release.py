"""Extracts again the days in which quarantined rows lie, and nothing else, after their source or a rule was mended."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from assets.configuration import Configuration
from assets.contracts import entities, load_contract
from assets.errors import ConfigurationError
from assets.lake.load import Loaded, load_entity
from assets.lake.manifest import UNKNOWN_DAY, Lake, current_partitions, read_manifest
from assets.sources import Window
from assets.validation import merge_expectations

DAYS_TAG = "loyalty/days"
A_DAY = dt.timedelta(days=1)


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


def days_tag(days: Iterable[dt.date]) -> dict[str, str]:
    """The run tag that names single days."""
    return {DAYS_TAG: ",".join(day.isoformat() for day in days)}


def days_of_run(tags: Mapping[str, str]) -> list[dt.date]:
    """The single days that a run is for; none where it is for a window."""
    return [dt.date.fromisoformat(day) for day in tags.get(DAYS_TAG, "").split(",") if day]


def load_days(
    entity: str,
    configuration: Configuration,
    days: list[dt.date],
    extracted_on: dt.date,
    progress: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Extract an entity on single days: days that follow one another at once. Raises what `load_entity` raises."""
    windows = consecutive(days)
    loaded = [load_entity(entity, configuration, window, extracted_on, progress) for window in windows]
    reasons: Counter[str] = Counter()
    for part in loaded:
        reasons.update(part.reasons)
    return replace(
        loaded[0],
        window=Window(windows[0].first_day, windows[-1].last_day),
        extracted=sum(part.extracted for part in loaded),
        accepted=sum(part.accepted for part in loaded),
        quarantined=sum(part.quarantined for part in loaded),
        duplicates=sum(part.duplicates for part in loaded),
        reasons=dict(reasons.most_common()),
        expectations=merge_expectations([part.expectations for part in loaded]),
    )


def consecutive(days: Iterable[dt.date]) -> list[Window]:
    """The windows of days that follow one another, in order."""
    windows: list[Window] = []
    for day in sorted(set(days)):
        if windows and day == windows[-1].last_day + A_DAY:
            windows[-1] = Window(windows[-1].first_day, day)
        else:
            windows.append(Window(day, day))
    return windows
