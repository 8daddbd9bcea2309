"""What `loyalty init` shows of its proposal: how sure it is of each column, and what the first rows become by it."""

from __future__ import annotations

from pathlib import Path

import typer

from assets.configuration.file import load_configuration
from assets.errors import LoyaltyError
from assets.sources import certainties, first_rows
from pipelines.tables import print_table

ROWS_SHOWN = 5


def show_proposal(text: str, file: Path) -> None:
    """Print each entity of the proposal `text`, which stands in `file`: certainty by column, and five mapped rows."""
    try:
        configuration = load_configuration(file)
    except LoyaltyError as error:
        typer.echo(f"No rows can be shown yet: {error}")
        return
    found = certainties(text)
    for entity in configuration.sources:
        typer.echo(entity)
        for certainty, columns in found.get(entity, {}).items():
            typer.echo(f"  {certainty}: {', '.join(columns)}")
        try:
            rows = first_rows(entity, configuration, ROWS_SHOWN)
        except LoyaltyError as error:
            typer.echo(f"  {error}")
        else:
            print_table(rows, as_json=False, empty="  Its first rows have no value.")
        typer.echo("")
