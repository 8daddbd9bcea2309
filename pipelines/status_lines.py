"""Tells the report of `loyalty status` in lines that fit a screen of 24 rows and 80 columns.

What needs somebody comes first; of long lists there is the beginning and how many more there are, for `--json` has all.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from assets.errors import printable
from pipelines.forget import erasure_line

WIDTH = 80
# Of what may be many there are so many lines.
MOST_WARNINGS = MOST_RUNS = 3


def status_lines(report: dict[str, Any]) -> list[str]:
    """The report as a person's screen."""
    return [
        printable(report["company"]),
        *_published(report["published"]),
        *_warnings(report),
        *_runs(report["runs"]),
        *_restated(report["restated"]),
        *(line for told in erasure_line(report["erasure"]) for line in _wrapped(told)),
        *_entities(report["entities"]),
        *_quarantine(report["quarantined_rows"]),
    ]


def _published(published: dict[str, Any] | None) -> Iterator[str]:
    if published is None:
        yield _line("published", "nothing yet; `loyalty run` makes the first version")
        return
    behind = published["days_behind"]
    age = "up to date" if behind == 0 else f"{behind:,} day{'s' * (behind != 1)} behind yesterday"
    yield _line(
        "published",
        f"version {published['version']} as of {published['as_of_date']}, {age}, {published['marts']} marts",
    )
    yield _line("", printable(_near(published["folder"])))
    if published["postgres"]:
        yield from _wrapped(_line("postgres", published["postgres"]))


def _warnings(report: dict[str, Any]) -> Iterator[str]:
    stale = [_line("STALE", found["message"]) for found in report["freshness"] if found["is_stale"]]
    days = [each["extracted_through"] for each in report["entities"] if each["extracted_through"]]
    for each in report["entities"]:
        if each["is_stale"]:
            through = f"extracted to {each['extracted_through']}" if each["extracted_through"] else "never extracted"
            stale.append(_line("STALE", f"{each['entity']}: {through}, others to {max(days)}"))
    for line in stale[:MOST_WARNINGS]:
        yield from _wrapped(line)
    if len(stale) > MOST_WARNINGS:
        yield _line("", f"and {len(stale) - MOST_WARNINGS} more")
    for left in report["unfinished"]:
        what = f"{left['first_day']} to {left['last_day']} of {', '.join(left['entities'])}"
        yield from _wrapped(_line("UNFINISHED", f"a backfill; the next night extracts {what}"))


def _runs(runs: Sequence[dict[str, Any]]) -> Iterator[str]:
    for run in runs[:MOST_RUNS]:
        seconds = "" if run["seconds"] is None else f"{run['seconds']:>7,} s"
        yield _line("run", f"{run['started']}  {run['job']:<12} {run['status']:<9}{seconds}")


def _restated(restated: dict[str, Any] | None) -> Iterator[str]:
    by_mart = (restated or {}).get("by_mart", [])
    if by_mart:
        cells = sum(changed["cells"] for changed in by_mart)
        most = f"most of {by_mart[0]['mart']}, {by_mart[0]['reason']}"
        yield from _wrapped(_line("restated", f"{cells:,} cells, {most}; `loyalty restatements` lists them"))


def _entities(entities: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Two entities a line, read downwards."""
    days = [each["extracted_through"] for each in entities if each["extracted_through"]]
    if not days:
        return
    yield _line("data", f"to {max(days)}: rows accepted, and those in quarantine")
    cells = [_entity(each) for each in entities]
    half = (len(cells) + 1) // 2
    yield from (f"  {left}  {right}".rstrip() for left, right in zip_longest(cells[:half], cells[half:], fillvalue=""))


def _entity(entity: dict[str, Any]) -> str:
    return f"{entity['entity']:<18} {entity['accepted']:>11,} {entity['quarantined']:>7,}"


def _quarantine(rows: int) -> Iterator[str]:
    if rows:
        yield _line("quarantine", f"{rows:,} rows; `loyalty quarantine list` says why")


def _line(subject: str, told: str) -> str:
    return f"  {subject:<12}{told}"


def _wrapped(line: str) -> list[str]:
    """The line, broken where it is too long, with its text below its text."""
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * 14, drop_whitespace=True, break_long_words=False)


def _near(folder: str) -> str:
    """The folder as one types it here, where it is below; `current` stays its name, whatever it points to."""
    return os.path.relpath(folder) if Path(folder).absolute().is_relative_to(Path.cwd()) else folder
