"""Which runs of the command line are at work, so that one that was killed does not keep the next ones waiting.

Dagster lets one run at a time have the warehouse's slot. A run whose process is killed never gives its slot back, and
the next run would wait for ever. So each run holds the lock of a file as long as its process lives; the system lets go
of the lock however the process ends. Runs of the daemon need none: the server that starts them sees them end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from assets.lake.manifest import locked
from assets.leftovers import hold, is_abandoned

log = logging.getLogger("loyalty.runs")
FOLDER = "running"
ENDED = "Its process was ended from outside, by a signal or by the machine; the next run completes what it began."


@contextmanager
def at_work(home: Path, run_id: str) -> Iterator[None]:
    """Mark the run as at work until the end of the block, or of this process."""
    path = home / FOLDER / run_id
    # Whoever looks for killed runs holds the folder's lock: it finds the file held or not at all.
    with locked(path.parent, exclusive=True):
        file = hold(path)
    with file:
        yield
        path.unlink()


def close_killed_runs(instance: dg.DagsterInstance, home: Path) -> list[str]:
    """Report the runs whose process was killed as failed, and free the slots of all runs that ended; their ids."""
    killed = []
    with locked(home / FOLDER, exclusive=True):
        for path in sorted(path for path in (home / FOLDER).iterdir() if not path.name.startswith(".")):
            if not is_abandoned(path):
                continue
            run = instance.get_run_by_id(path.name)
            if run is not None and not run.is_finished:
                instance.report_run_failed(run, ENDED)
                killed.append(run.run_id)
            path.unlink()
    slots = instance.event_log_storage
    for run_id in slots.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            slots.free_concurrency_slots_for_run(run_id)
        else:
            log.info("Run %s is at work with the warehouse; this one waits for it", run_id)
    return killed
