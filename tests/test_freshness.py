"""How old data are is counted from the end of their newest business day, in the company's time zone.

What it guards against: an alarm every morning because the day's name is compared with the clock, an entity that is
called fresh because a run looked at it, an alarm for an entity of which days without rows are normal.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from assets.configuration import Configuration
from assets.freshness import all_freshness, freshness_of
from assets.lake.manifest import Lake, Manifest, Partition, write_manifest

ROWS = Partition("v", None, 1, 1, 0, 0)
NO_ROWS = Partition(None, "q", 1, 0, 1, 0)


def company(folder: Path, timezone: str = "UTC", **freshness: object) -> Configuration:
    return Configuration.model_validate(
        {
            "company": {"name": "Small", "timezone": timezone, "currency": "GBP", "history_start": "2024-01-01"},
            "paths": {name: folder / name for name in ("lake", "quarantine", "publish")},
            "sources": {"orders": {"file": "x"}, "customers": {"file": "x"}},
            "freshness": freshness,
        }
    )


def hours(configuration: Configuration, now: dt.datetime) -> float | None:
    found = freshness_of("orders", configuration, now)
    assert found
    return found.hours


@pytest.mark.parametrize(
    ("timezone", "now", "expected"),
    [
        ("UTC", dt.datetime(2024, 3, 6, 2, tzinfo=dt.UTC), 2),
        ("America/New_York", dt.datetime(2024, 3, 6, 7, tzinfo=dt.UTC), 2),
        ("Pacific/Auckland", dt.datetime(2024, 3, 5, 13, tzinfo=dt.UTC), 2),
    ],
)
def test_a_day_grows_old_from_its_end(tmp_path: Path, timezone: str, now: dt.datetime, expected: float) -> None:
    configuration = company(tmp_path, timezone, entities={"orders": 3})
    keys = {"2024-03-04": ROWS, "2024-03-05": ROWS, "2024-03-06": NO_ROWS, "unknown": NO_ROWS}
    write_manifest(lake(configuration), "orders", Manifest(keys, dt.date(2024, 3, 7)))
    assert hours(configuration, now) == expected


def lake(configuration: Configuration) -> Lake:
    return Lake(configuration.paths.lake, configuration.paths.quarantine)


def test_a_limit_is_passed_only_after_its_last_moment(tmp_path: Path) -> None:
    configuration = company(tmp_path, entities={"orders": 48})
    write_manifest(lake(configuration), "orders", Manifest({"2024-03-05": ROWS}, dt.date(2024, 3, 7)))
    end = dt.datetime(2024, 3, 8, tzinfo=dt.UTC)
    stale = [freshness_of("orders", configuration, end + dt.timedelta(seconds=s)) for s in (0, 1)]
    assert [found.is_stale for found in stale if found] == [False, True]


def test_a_state_entity_is_as_fresh_as_its_last_extraction(tmp_path: Path) -> None:
    """Its snapshot keeps the day of its last change, which may lie back for years."""
    configuration = company(tmp_path, entities={"customers": 48})
    write_manifest(lake(configuration), "customers", Manifest({"2024-01-05": ROWS}, dt.date(2024, 3, 5)))
    found = freshness_of("customers", configuration, dt.datetime(2024, 3, 6, 2, tzinfo=dt.UTC))
    assert found
    assert found.hours == 2


def test_only_what_has_a_limit_is_watched_and_nothing_at_all_is_stale(tmp_path: Path) -> None:
    now = dt.datetime(2024, 3, 6, tzinfo=dt.UTC)
    assert [found.subject for found in all_freshness(company(tmp_path), now)] == ["publication"]
    found = all_freshness(company(tmp_path, entities={"orders": 48}), now)
    assert [(one.subject, one.is_stale) for one in found] == [("publication", True), ("orders", True)]
    assert str(found[1]) == "orders: holds no business day yet (limit 48 hours)"
