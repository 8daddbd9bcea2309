"""A run whose process is killed gives its slot of the warehouse to the next one, and does not run for ever in the UI.

What it guards against: a night that waits, without a word, for a process that is no more.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import dagster as dg
import pytest

from pipelines.running import at_work, close_killed_runs

SETTINGS = "concurrency: {pools: {default_limit: 1, granularity: op}}\ntelemetry: {enabled: false}\n"
RUN = "0b0b0b0b-0000-4000-8000-000000000001"
LONGEST_WAIT = 60
processes = multiprocessing.get_context("spawn")


@dg.op(pool="warehouse")
def hold() -> None:
    (Path(os.environ["DAGSTER_HOME"]) / "held").touch()
    time.sleep(LONGEST_WAIT)


@dg.op(pool="warehouse")
def build() -> None:
    pass


@dg.job
def holding_job() -> None:
    hold()


@dg.job
def building_job() -> None:
    build()


def hold_the_slot(home: Path) -> None:
    os.environ["DAGSTER_HOME"] = str(home)
    with dg.DagsterInstance.get() as instance, at_work(home, RUN):
        holding_job.execute_in_process(instance=instance, run_id=RUN)


def wait_for(path: Path) -> None:
    ends = time.monotonic() + LONGEST_WAIT
    while not path.exists():
        assert time.monotonic() < ends, f"{path} did not come"
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dagster.yaml").write_text(SETTINGS)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


def test_a_killed_run_is_reported_and_its_slot_is_free(home: Path) -> None:
    process = processes.Process(target=hold_the_slot, args=(home,))
    process.start()
    wait_for(home / "held")
    with dg.DagsterInstance.get() as instance:
        assert close_killed_runs(instance, home) == [], "a run that lives is left alone"
        assert instance.event_log_storage.get_concurrency_run_ids() == {RUN}
        os.kill(int(process.pid or 0), signal.SIGKILL)
        process.join()
        assert close_killed_runs(instance, home) == [RUN]
        run = instance.get_run_by_id(RUN)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert building_job.execute_in_process(instance=instance).success
        assert close_killed_runs(instance, home) == []


def test_a_run_that_ended_leaves_no_mark(home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        with at_work(home, RUN):
            assert building_job.execute_in_process(instance=instance, run_id=RUN).success
        with pytest.raises(KeyboardInterrupt), at_work(home, "interrupted"):
            raise KeyboardInterrupt
        assert close_killed_runs(instance, home) == []
    assert [path.name for path in (home / "running").iterdir()] == [".lock"]
