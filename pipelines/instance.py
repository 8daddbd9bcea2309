"""The Dagster instance that command line, schedule and UI share, kept in the folder of the company's paths."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from assets.configuration import Configuration
from assets.disk import causes, disk_errors
from assets.errors import ConfigurationError, InstanceError

if TYPE_CHECKING:
    import dagster as dg

OURS = "# Written by loyalty. Take this line out to keep changes of your own: the file is then left alone.\n"
# Runs of the warehouse go one after another: it has one writer. Telemetry is off: nothing leaves the machine.
INSTANCE_SETTINGS = f"""\
{OURS}telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    default_limit: 1
    granularity: op
# The slot of a run that was stopped from the UI is free again after a minute.
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
python_logs:
  managed_python_loggers: [loyalty]
  python_log_level: INFO
"""
STORAGE_VARIABLE = "LOYALTY_DAGSTER_STORAGE_URL"
# The address has a password in it, so the file names only where to find it.
POSTGRES_SETTINGS = f"""\
storage:
  postgres:
    postgres_url:
      env: {STORAGE_VARIABLE}
"""


def prepare_instance(configuration: Configuration, configuration_file: Path) -> None:
    """Make the instance's folder and point this process's environment, and its children's, at it."""
    home = configuration.paths.dagster.resolve()
    with _instance_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        _write_settings(home / "dagster.yaml", _settings(configuration))
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["LOYALTY_CONFIG"] = str(configuration_file.resolve())
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"


@contextmanager
def open_instance(configuration: Configuration) -> Iterator[dg.DagsterInstance]:
    """The prepared instance; what its storage refuses is an InstanceError without the storage's address."""
    import dagster as dg
    from sqlalchemy.exc import OperationalError

    with _instance_errors(configuration.paths.dagster):
        try:
            with dg.DagsterInstance.get() as instance:
                yield instance
        except Exception as error:
            refused = next((cause for cause in causes(error) if isinstance(cause, OperationalError)), None)
            if configuration.dagster.storage is None or refused is None:
                raise
            connection = configuration.dagster.storage.connection
            reason = str(refused.orig).strip().splitlines()[0]
            raise InstanceError(f"Dagster's storage at connections.{connection} cannot be used: {reason}") from error


def _settings(configuration: Configuration) -> str:
    storage = configuration.dagster.storage
    if storage is None:
        return INSTANCE_SETTINGS
    if importlib.util.find_spec("dagster_postgres") is None:
        raise ConfigurationError("dagster.storage needs an extra: install `loyalty[postgres-storage]`.")
    # Dagster brings this driver; SQLAlchemy would look for its successor.
    url = configuration.connections[storage.connection].url
    os.environ[STORAGE_VARIABLE] = re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", url)
    return INSTANCE_SETTINGS + POSTGRES_SETTINGS


def _write_settings(path: Path, settings: str) -> None:
    """Replace our own file where it differs, in one step; one that somebody made their own stays."""
    there = path.read_text(encoding="utf-8") if path.exists() else OURS
    if there == settings or not there.startswith(OURS):
        return
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_text(settings, encoding="utf-8")
    beside.replace(path)


def _instance_errors(home: Path) -> AbstractContextManager[None]:
    return disk_errors(InstanceError, f"Dagster's history of runs cannot be written under {home}")
