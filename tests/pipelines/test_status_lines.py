"""The screen of `loyalty status` stays one screen on a bad day, and what needs somebody stands above what does not.

What it guards against: an alert that has scrolled away above a list of tables, a list that hides how long it is.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from assets.contracts import entities
from pipelines.status_lines import status_lines

DAY = dt.date(2024, 12, 31)


def report(**changes: Any) -> dict[str, Any]:
    """What `loyalty status --json` holds of a company with every entity."""
    good = {
        "company": "Demo",
        "published": {
            "version": 412,
            "as_of_date": DAY,
            "days_behind": 0,
            "folder": "/srv/acme/.loyalty/publish/current",
            "marts": 32,
            "rows": 10**7,
            "postgres": None,
        },
        "restated": {"by_mart": []},
        "freshness": [],
        "runs": [{"started": "2025-01-01 02:00 UTC", "job": "full_refresh", "status": "failure", "seconds": 12345}] * 5,
        "unfinished": [],
        "erasure": {"is_pending": False, "erasures": 0, "last": None},
        "entities": [
            {
                "entity": entity,
                "extracted_through": DAY,
                "accepted": 10**8,
                "quarantined": 10**5,
                "is_stale": False,
            }
            for entity in entities()
        ],
        "quarantined_rows": 16 * 10**6,
    }
    return {**good, **changes}


def test_a_good_day_with_every_entity_and_large_numbers_fits() -> None:
    lines = status_lines(report())
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert "version 412 as of 2024-12-31, up to date" in lines[1]
    assert all(sum(f" {entity} " in f" {line} " for line in lines) == 1 for entity in entities())


def test_what_needs_somebody_comes_before_runs_and_tables() -> None:
    stale = {"is_stale": True, "message": "orders: newest business day 2024-12-31 ended 30 days ago (limit 36 hours)"}
    left = {"first_day": DAY, "last_day": DAY, "entities": list(entities())}
    lines = status_lines(report(freshness=[stale] * 9, unfinished=[left]))
    assert max(map(len, lines)) <= 80
    first = {
        word: next(n for n, line in enumerate(lines) if line.startswith(f"  {word}"))
        for word in ("STALE", "UNFINISHED", "run", "data")
    }
    assert sorted(first, key=first.__getitem__) == ["STALE", "UNFINISHED", "run", "data"]
    assert any(line.strip() == "and 6 more" for line in lines)


def test_an_entity_that_the_others_left_behind_is_named_with_its_day() -> None:
    behind = report()
    behind["entities"][0] |= {"extracted_through": dt.date(2024, 12, 1), "is_stale": True}
    behind["entities"][1] |= {"extracted_through": None, "is_stale": True}
    told = "\n".join(status_lines(behind))
    first, second = list(entities())[:2]
    assert f"STALE       {first}: extracted to 2024-12-01, others to 2024-12-31" in told
    assert f"STALE       {second}: never extracted, others to 2024-12-31" in told


def test_before_the_first_run_it_says_what_to_do() -> None:
    lines = status_lines(report(published=None, runs=[], entities=[], quarantined_rows=0))
    assert lines == ["Demo", "  published   nothing yet; `loyalty run` makes the first version"]


def test_restated_numbers_are_one_line_with_the_way_to_all() -> None:
    by_mart = [
        {"mart": "kpi", "reason": "late data", "cells": 1200},
        {"mart": "upsell", "reason": "late data", "cells": 34},
    ]
    told = " ".join(" ".join(status_lines(report(restated={"by_mart": by_mart}))).split())
    assert "restated 1,234 cells, most of kpi, late data; `loyalty restatements` lists them" in told


def test_the_published_folder_is_named_as_it_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`current` points elsewhere: a path through what it points to, with its own name at the end, is nowhere."""
    (tmp_path / "publish" / "versions" / "000001").mkdir(parents=True)
    (tmp_path / "publish" / "current").symlink_to("versions/000001")
    monkeypatch.chdir(tmp_path)
    published = report()["published"] | {"folder": str(tmp_path / "publish" / "current")}
    lines = status_lines(report(published=published))
    assert lines[2].strip() == "publish/current"
    assert Path(lines[2].strip()).is_dir()
