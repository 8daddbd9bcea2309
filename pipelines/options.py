"""Options that several commands of the command line share."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

ConfigurationFile = Annotated[
    Path, typer.Option("--config", "-c", envvar="LOYALTY_CONFIG", help="The company's loyalty.yaml.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script to read.")]
DEFAULT_FILE = Path("loyalty.yaml")


def naming(config: Path) -> str:
    """The option that a next command needs, where the configuration is not the one that is found by itself."""
    return "" if config == DEFAULT_FILE else f" --config {shlex.quote(str(config))}"
