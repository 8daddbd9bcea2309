"""Commands that start a program of another maker on this company: Dagster's, MetricFlow's, Spark's.

Heavy libraries are imported by the commands that need them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from pipelines.options import DEFAULT_FILE, ConfigurationFile

# What follows is the program's own.
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def ui(
    config: ConfigurationFile = DEFAULT_FILE,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 3000,
) -> None:
    """Open the Dagster UI and its scheduler on this machine."""
    _execute("dagster", ["dev", "-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(port)], config)


def spark_server(
    folder: Annotated[Path, typer.Argument(help="Folder of the server's tables and log.")] = Path(
        ".loyalty/spark-server"
    ),
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 10000,
    memory: Annotated[str, typer.Option(help="Memory of the server, such as 4g.")] = "2g",
) -> None:
    """Run a thrift server of Spark on this machine, to try `engine: spark`; it starts empty, and Ctrl-C ends it."""
    import signal

    from assets.spark.server import running_server

    typer.echo("Starting Spark ...")
    with running_server(folder, port=port, memory=memory) as server:
        typer.echo(f"Spark answers at {server.host}:{server.port}. Ctrl-C ends it.")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def execute(
    program: Annotated[str, typer.Argument(help="A program of this installation, such as dagster-daemon.")],
    arguments: Annotated[Optional[list[str]], typer.Argument(help="Its arguments.")] = None,  # noqa: UP045
    config: ConfigurationFile = DEFAULT_FILE,
) -> None:
    """Run one of Dagster's programs on this company's instance: each service of a deployment starts so."""
    _execute(program, arguments or [], config)


def semantic(
    arguments: Annotated[Optional[list[str]], typer.Argument(help="Those of MetricFlow's program mf.")] = None,  # noqa: UP045
    config: ConfigurationFile = DEFAULT_FILE,
) -> None:
    """Ask the semantic layer of the published marts, such as `semantic query --metrics nps --group-by metric_time`."""
    from assets.configuration.file import load_configuration
    from pipelines.semantic import ask

    ask(load_configuration(config), arguments or ["--help"])


def _execute(program: str, arguments: list[str], config: Path) -> None:
    """Replace this process by a program of this installation, so that signals reach it."""
    from assets.configuration.file import load_configuration
    from assets.errors import ConfigurationError
    from pipelines.instance import prepare_instance

    path = Path(sys.executable).with_name(program)
    if not path.exists():
        raise ConfigurationError(f"There is no program {program} in {path.parent}.")
    prepare_instance(load_configuration(config), config)
    os.execv(path, [program, *arguments])  # noqa: S606  (no shell: the arguments are passed as they are)
