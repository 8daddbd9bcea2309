"""Which business days a run extracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from assets.configuration import Configuration
from assets.contracts import load_contract
from assets.lake.load import source_digest
from assets.lake.manifest import Lake, read_manifest
from assets.sources import Window

FIRST_DAY_TAG = "loyalty/first_day"
LAST_DAY_TAG = "loyalty/last_day"


def nightly_window(lake: Lake, configuration: Configuration, as_of: dt.date) -> Window:
    """The days up to `as_of` that were not extracted yet, and `schedule.lookback_days` before them for late rows.

    All of history where an entity was never extracted, or its source or contract has changed since.
    """
    history_start = configuration.company.history_start
    first_days = [as_of + dt.timedelta(days=1)]
    for entity in configuration.sources:
        if load_contract(entity).kind == "state":
            continue
        manifest = read_manifest(lake, entity)
        through = manifest.extracted_through
        if through is None or manifest.source != source_digest(entity, configuration):
            return Window(history_start, as_of)
        first_days.append(through + dt.timedelta(days=1))
    lookback = dt.timedelta(days=configuration.schedule.lookback_days - 1)
    return Window(max(history_start, min(first_days) - lookback), as_of)


def run_window(
    tags: Mapping[str, str], years: tuple[dt.date, dt.date] | None, configuration: Configuration, yesterday: dt.date
) -> Window:
    """The business days that a run extracts: those its tags name, else its years as far as they are over.

    `years` is half-open: the first day of the first year and the first day after the last one.
    """
    if FIRST_DAY_TAG in tags:
        return Window(dt.date.fromisoformat(tags[FIRST_DAY_TAG]), dt.date.fromisoformat(tags[LAST_DAY_TAG]))
    if years is None:
        lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
        return nightly_window(lake, configuration, yesterday)
    first_day, end = years
    return Window(max(first_day, configuration.company.history_start), min(end - dt.timedelta(days=1), yesterday))


def window_tags(window: Window) -> dict[str, str]:
    """The run tags that name a window."""
    return {FIRST_DAY_TAG: window.first_day.isoformat(), LAST_DAY_TAG: window.last_day.isoformat()}


def yesterday_in(timezone: str) -> dt.date:
    """The last business day that is over in a time zone; the one place where a run asks the clock for its day."""
    return dt.datetime.now(ZoneInfo(timezone)).date() - dt.timedelta(days=1)
