"""Which business days a nightly run extracts again."""

from __future__ import annotations

import datetime as dt

from assets.configuration import Configuration
from assets.contracts import load_contract
from assets.lake.load import source_digest
from assets.lake.manifest import Lake, read_manifest
from assets.sources import Window


def nightly_window(lake: Lake, configuration: Configuration, as_of: dt.date) -> Window:
    """The days up to `as_of` that were not extracted yet, and `schedule.lookback_days` before them for late rows.

    All of history where an entity was never extracted, or its source or contract has changed since.
    """
    history_start = configuration.company.history_start
    first_days = [as_of]
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
