"""Prints a frame for a person or for a script."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assets.errors import printable

if TYPE_CHECKING:
    import polars as pl


def print_table(rows: pl.DataFrame, *, as_json: bool, empty: str) -> None:
    """Print rows as a table, or as JSON; cells are text and never read as markup."""
    if as_json:
        typer.echo(json.dumps(rows.to_dicts(), default=str))
        return
    if rows.is_empty():
        typer.echo(empty)
        return
    print_records(rows.to_dicts())


def print_records(records: Sequence[Mapping[str, object]]) -> None:
    """Print records of the same fields as a table for a person; what a terminal could act on is written out."""
    table = Table(box=None, header_style="bold")
    for name in records[0]:
        table.add_column(name, overflow="fold")
    for record in records:
        table.add_row(*(Text(_cell(value)) for value in record.values()))
    Console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return printable(", ".join(map(str, value)) if isinstance(value, list) else str(value))
