"""`loyalty semantic`: asks MetricFlow, which needs a dbt project of its own that it may write into."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from assets.configuration import Configuration
from assets.errors import ConfigurationError, PublicationError
from assets.warehouse.project import PROJECT, models_digest

EXTRA = "dbt_metricflow"


def ask(configuration: Configuration, arguments: Sequence[str]) -> None:
    """Have MetricFlow do what the arguments of its program `mf` say, on the published file, which it only reads.

    Ends the process as `mf` does. Raises ConfigurationError without the extra, PublicationError where nothing was
    published yet.
    """
    if importlib.util.find_spec(EXTRA) is None:
        raise ConfigurationError("The semantic layer needs an extra: install `loyalty[semantic]`.")
    published = configuration.paths.publish.resolve() / "current" / "loyalty.duckdb"
    if not published.exists():
        raise PublicationError("Nothing was published yet. Run `loyalty run` first.")
    folder = configuration.paths.warehouse.resolve().parent / "semantic"
    os.environ |= {
        "LOYALTY_ENGINE": "published",
        "LOYALTY_PUBLISHED": str(published),
        "DBT_PROJECT_DIR": str(folder),
        "DBT_PROFILES_DIR": str(folder),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    _parse_into(folder)
    from dbt_metricflow.cli import main

    # It would ask the package index for a newer version of itself.
    with mock.patch("update_checker.UpdateChecker.check", return_value=None):
        main.cli(args=list(arguments), prog_name="loyalty semantic")


def _parse_into(folder: Path) -> None:
    """Copy the project into a folder and parse it there, only where it changed since."""
    stamp, digest = folder / "target" / "models_digest", models_digest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    from dbt.cli.main import dbtRunner

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs"))
    outcome = dbtRunner().invoke(["--quiet", "--log-level-file", "none", "parse"])
    if not outcome.success:
        raise ConfigurationError(f"The dbt project {PROJECT} cannot be parsed: {outcome.exception}")
    stamp.write_text(digest, encoding="utf-8")
