"""Takes out of Dagster's history what may quote a person: the messages of errors, and what libraries printed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import dagster as dg

from assets.configuration import Configuration
from assets.errors import LakeError

QUOTING = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_UP_FOR_RETRY,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.HOOK_ERRORED,
    dg.DagsterEventType.ENGINE_EVENT,
}
SECONDS_TO_WAIT = 30


def forget_errors(configuration: Configuration, but: str) -> int:
    """Delete the runs in which something failed, all `but` one, for messages quote what they stumbled over, and every
    run's printed output; how many runs were deleted.

    What SQLite deletes stays in its files until they are written anew, which is done too. Raises LakeError where
    another process does not let go of them.
    """
    with dg.DagsterInstance.get() as instance:
        # A run that was killed is never finished.
        runs = [run.run_id for run in instance.get_runs() if run.run_id != but]
        failed = [run_id for run_id in runs if _has_errors(instance, run_id)]
        for run_id in failed:
            instance.delete_run(run_id)
    home = configuration.paths.dagster
    for printed in home.glob("storage/*/compute_logs"):
        shutil.rmtree(printed, ignore_errors=True)
    _write_anew(sorted(home.rglob("*.db")))
    return len(failed)


def _has_errors(instance: dg.DagsterInstance, run_id: str) -> bool:
    records = instance.get_records_for_run(run_id, of_type=QUOTING).records
    events = [record.event_log_entry.dagster_event for record in records]
    return any(
        event.event_type != dg.DagsterEventType.ENGINE_EVENT or getattr(event.event_specific_data, "error", None)
        for event in events
        if event is not None
    )


def _write_anew(databases: Sequence[Path]) -> None:
    for path in databases:
        try:
            with closing(sqlite3.connect(path, timeout=SECONDS_TO_WAIT, isolation_level=None)) as connection:
                connection.execute("vacuum")
                connection.execute("pragma wal_checkpoint(truncate)")
        except sqlite3.OperationalError as error:
            raise LakeError(
                f"{path} cannot be cleaned ({error}), and may still hold messages of failed runs. "
                "Stop the UI or the run that uses it, and call `loyalty forget` again."
            ) from error
