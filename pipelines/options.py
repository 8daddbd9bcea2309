"""Options that several commands of the command line share."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

ConfigurationFile = Annotated[
    Path, typer.Option("--config", "-c", envvar="LOYALTY_CONFIG", help="The company's loyalty.yaml.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script to read.")]
DEFAULT_FILE = Path("loyalty.yaml")
OTHER_FORMS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")


def naming(config: Path) -> str:
    """The option that a next command needs, where the configuration is not the one that is found by itself."""
    return "" if config == DEFAULT_FILE else f" --config {shlex.quote(str(config))}"


def day_option(name: str, meaning: str) -> Any:
    """An option whose value is a day, written as 2015-12-31."""
    return typer.Option(name, parser=_day, metavar="YYYY-MM-DD", help=meaning)


def _day(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  (a day has no time zone)
    except ValueError:
        meant = {day for form in OTHER_FORMS if (day := _read(text, form))}
    # 01/02/2015 may be two days; which is for the user to say.
    told = f"write it as {meant.pop()}" if len(meant) == 1 else "write year, month and day, as in 2015-12-31"
    raise typer.BadParameter(f"{text!r} is no day in this form; {told}.")


def _read(text: str, form: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, form).date()  # noqa: DTZ007
    except ValueError:
        return None
