"""The days that runs were told to extract, until they are in the lake.

A backfill replaces its days entity by entity. Killed half-way, it leaves some entities with new rows and others with
old ones. What is left to do stands beside the lake, so that the next night does it before it publishes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assets.contracts import load_contract
from assets.disk import disk_errors, replace_text
from assets.errors import LakeError
from assets.lake.manifest import Lake, day_key, has_key
from assets.sources import Window

FOLDER = ".wanted"


@dataclass(frozen=True)
class Wanted:
    """The days that a run was told to extract, and the entities of which it has not done so."""

    run_id: str
    window: Window
    entities: tuple[str, ...]


def want(lake: Lake, run_id: str, window: Window, entities: Sequence[str]) -> None:
    """Keep in mind what a run is about to extract; once for each run, before its first extraction.

    Snapshots of state entities have no days: every night takes them anyway.
    """
    path = _file(lake, run_id)
    events = tuple(entity for entity in entities if load_contract(entity).kind == "event")
    if events and not path.exists():
        _write(lake, Wanted(run_id, window, events))


def no_longer_want(lake: Lake, entity: str, window: Window) -> None:
    """Strike an entity from what is wanted of it within a window."""
    for wanted in read_wanted(lake):
        if entity in wanted.entities and all(has_key(window, day_key(day)) for day in wanted.window.days):
            left = tuple(other for other in wanted.entities if other != entity)
            if left:
                _write(lake, replace(wanted, entities=left))
            else:
                _file(lake, wanted.run_id).unlink(missing_ok=True)


def wanted_days(lake: Lake, entity: str) -> set[dt.date]:
    """The days of an entity that a run was told to extract, and did not."""
    return {day for wanted in read_wanted(lake) if entity in wanted.entities for day in wanted.window.days}


def read_wanted(lake: Lake) -> list[Wanted]:
    """What runs have left to do, in the order of their ids."""
    found = []
    for path in sorted((lake.accepted / FOLDER).glob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            only = document["days"] and frozenset(map(dt.date.fromisoformat, document["days"]))
            first, last = (dt.date.fromisoformat(document[name]) for name in ("first_day", "last_day"))
            found.append(Wanted(path.stem, Window(first, last, only), tuple(document["entities"])))
        except FileNotFoundError:
            # Another run has just done what was left.
            continue
        except (ValueError, KeyError, TypeError) as error:
            advice = "Delete it, and backfill the days that it was about."
            raise LakeError(f"What a backfill has left to do cannot be read from {path} ({error}). {advice}") from error
    return found


def _write(lake: Lake, wanted: Wanted) -> None:
    window = wanted.window
    document = {
        "first_day": window.first_day.isoformat(),
        "last_day": window.last_day.isoformat(),
        "days": None if window.only is None else sorted(map(dt.date.isoformat, window.only)),
        "entities": wanted.entities,
    }
    with disk_errors(LakeError, f"The lake cannot be written under {lake.accepted}"):
        replace_text(_file(lake, wanted.run_id), json.dumps(document))


def _file(lake: Lake, run_id: str) -> Path:
    return lake.accepted / FOLDER / f"{run_id}.json"
