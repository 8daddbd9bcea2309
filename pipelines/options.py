"""Options that several commands of the command line share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigurationFile = Annotated[
    Path, typer.Option("--config", "-c", envvar="LOYALTY_CONFIG", help="The company's loyalty.yaml.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script to read.")]
DEFAULT_FILE = Path("loyalty.yaml")
