"""Forgets a customer: erased from the lake, then everything that was derived from it made anew."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.configuration import Configuration
from assets.lake.erasure import ERASURE_TAG, Erasure, complete_erasure, erase_customer, pending_erasure, read_erasures
from assets.publication.publish import published_versions
from assets.sources import Window
from assets.warehouse.asset import AS_OF_TAG
from pipelines.run_history import forget_errors
from pipelines.runs import last_as_of, run_job

log = logging.getLogger("loyalty.erasure")

EXPLANATION = (
    "All rows of this customer are erased from lake and quarantine, and refused at every later extraction. The marts "
    "are computed and published anew; versions published before are removed, for they cannot be rewritten."
)


def forget_customer(configuration: Configuration, configuration_file: Path, customer_id: str) -> Erasure:
    """Erase a customer from lake, quarantine, warehouse, publications and logs, and say how much was erased.

    The sources are not asked and not changed. Killed at any moment, the same call completes it.
    """
    # Fails where another process works on the warehouse, before anything is changed.
    day = last_as_of(configuration)
    erasure = erase_customer(configuration, customer_id, log.info)
    before = published_versions(configuration.paths.publish)
    tags = {AS_OF_TAG: day.isoformat(), ERASURE_TAG: "true"}
    outcome = run_job(configuration, configuration_file, "forget", Window(day, day), tags)
    erasure.run_id = outcome.run_id
    erasure.versions = len(set(before) - set(published_versions(configuration.paths.publish)))
    shutil.rmtree(configuration.paths.warehouse.parent / "dbt" / "logs", ignore_errors=True)
    runs = forget_errors(configuration, but=outcome.run_id)
    log.info("Cleaned the logs; %s failed runs are gone from the history, for their messages quote rows", runs)
    complete_erasure(configuration.paths.erasures, erasure)
    return erasure


def erasure_report(configuration: Configuration) -> dict[str, Any]:
    """How many erasures there were, when the last one was, and whether one was begun and is not complete."""
    erasures = read_erasures(configuration.paths.erasures)
    return {
        "erasures": len(erasures),
        "last": erasures[-1].begun_at if erasures else None,
        "is_pending": pending_erasure(configuration.paths.erasures) is not None,
    }


def erasure_line(report: dict[str, Any]) -> list[str]:
    """The report as one line of the status screen; none where nobody was ever forgotten."""
    if report["is_pending"]:
        return ["  erasure     one was begun and is not complete: call `loyalty forget` again with the same customer"]
    if not report["erasures"]:
        return []
    return [f"  erasure     {report['erasures']} so far, the last on {report['last']} UTC; `loyalty forget --list`"]


def records(erasures: Sequence[Erasure]) -> list[dict[str, Any]]:
    """What was erased, never of whom, as a table's records."""
    return [
        {
            "begun_at": erasure.begun_at,
            "run_id": erasure.run_id,
            "rows": ", ".join(f"{entity} {count:,}" for entity, count in erasure.rows.items()) or "none",
            "partitions": erasure.partitions,
            "versions": erasure.versions,
        }
        for erasure in erasures
    ]
