"""The Dagster instance that command line, schedule and UI share, kept in the folder of the company's paths."""

from __future__ import annotations

import os
from pathlib import Path

from assets.configuration import Configuration

# Runs of the warehouse go one after another: it has one writer. Telemetry is off: nothing leaves the machine.
INSTANCE_SETTINGS = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    default_limit: 1
    granularity: op
python_logs:
  managed_python_loggers: [loyalty]
  python_log_level: INFO
"""


def prepare_instance(configuration: Configuration, configuration_file: Path) -> None:
    """Make the instance's folder and point this process's environment, and its children's, at it."""
    home = configuration.paths.dagster.resolve()
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(INSTANCE_SETTINGS, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["LOYALTY_CONFIG"] = str(configuration_file.resolve())
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
