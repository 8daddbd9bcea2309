"""Which business days a run extracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from assets.configuration import Configuration
from assets.contracts import load_contract
from assets.lake.changes import changed_days
from assets.lake.coverage import days_to_follow, source_digest
from assets.lake.load import FIRST_RATE_DAY
from assets.lake.manifest import Lake, read_manifest
from assets.lake.wanted import wanted_days
from assets.sources import Window

FIRST_DAY_TAG = "loyalty/first_day"
LAST_DAY_TAG = "loyalty/last_day"
# Names single days, where a run is not for all between the first and the last.
DAYS_TAG = "loyalty/days"


def nightly_window(lake: Lake, configuration: Configuration, entity: str, as_of: dt.date) -> Window:
    """The days of an entity that a night extracts: those that its source says have changed, and the recent ones.

    Without a cursor at the source these are the recent ones only. Rows that take over another entity's day follow what
    was extracted of it. What a backfill that did not come to its end has left to do comes on top.
    """
    recent = recent_days(lake, configuration, entity, as_of)
    contract, manifest = load_contract(entity), read_manifest(lake, entity)
    if contract.kind == "state" or recent.first_day == configuration.company.history_start:
        return recent
    days = days_to_follow(lake, contract, manifest) | wanted_days(lake, entity)
    if manifest.cursor is not None:
        days |= changed_days(lake, entity, configuration, manifest.cursor)
    elif not days:
        return recent
    days |= set(recent.days)
    first_day = FIRST_RATE_DAY if entity == "fx_rates" else configuration.company.history_start
    last_day = max(as_of, manifest.extracted_through or as_of)
    return Window(first_day, last_day, frozenset(day for day in days if first_day <= day <= last_day))


def recent_days(lake: Lake, configuration: Configuration, entity: str, as_of: dt.date) -> Window:
    """The days up to `as_of` that were not extracted yet, and `lookback_days` before them for late rows.

    Beside a cursor a night looks back only where the source says so. All of history where the entity was never
    extracted, or its source or contract has changed since. Without a new day the window may be empty.
    """
    source, start = configuration.sources[entity], configuration.company.history_start
    manifest = read_manifest(lake, entity)
    through = manifest.extracted_through
    has_cursor = source.database is not None and source.database.cursor is not None
    is_cursor_lost = has_cursor and manifest.cursor is None and load_contract(entity).kind == "event"
    if through is None or is_cursor_lost or manifest.source != source_digest(entity, configuration):
        return Window(start, max(as_of, through or as_of))
    lookback = source.lookback_days or (1 if has_cursor else configuration.schedule.lookback_days)
    return Window(max(start, min(as_of, through) - dt.timedelta(days=lookback - 2)), as_of)


def told_window(
    tags: Mapping[str, str], years: tuple[dt.date, dt.date] | None, configuration: Configuration, yesterday: dt.date
) -> Window | None:
    """The days that a run was told to extract, by its tags or its years as far as they are over; null in a night.

    `years` is half-open: the first day of the first year and the first day after the last one.
    """
    if FIRST_DAY_TAG in tags:
        first, last = dt.date.fromisoformat(tags[FIRST_DAY_TAG]), dt.date.fromisoformat(tags[LAST_DAY_TAG])
        days = frozenset(dt.date.fromisoformat(day) for day in tags.get(DAYS_TAG, "").split(",") if day)
        return Window(first, last, days or None)
    if LAST_DAY_TAG in tags or years is None:
        return None
    first_day, end = years
    return Window(max(first_day, configuration.company.history_start), min(end - dt.timedelta(days=1), yesterday))


def night_of(tags: Mapping[str, str], yesterday: dt.date) -> dt.date:
    """The day up to which a night extracts."""
    return dt.date.fromisoformat(tags.get(LAST_DAY_TAG, yesterday.isoformat()))


def night_tags(as_of: dt.date) -> dict[str, str]:
    """The run tags of a night: it finds for each entity by itself which days up to `as_of` it extracts."""
    return {LAST_DAY_TAG: as_of.isoformat()}


def window_tags(window: Window) -> dict[str, str]:
    """The run tags that name a window."""
    tags = {FIRST_DAY_TAG: window.first_day.isoformat(), LAST_DAY_TAG: window.last_day.isoformat()}
    return tags if window.only is None else {**tags, DAYS_TAG: ",".join(map(str, sorted(window.only)))}
