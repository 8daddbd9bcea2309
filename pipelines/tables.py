"""Prints a frame for a person or for a script."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from assets.errors import printable

if TYPE_CHECKING:
    import polars as pl

UNBOUNDED = 10_000


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
    """Print records of the same fields for a person; what a terminal could act on is written out.

    They are a table where it fits the terminal, else a block of lines each, without the fields that are empty.
    """
    console = Console()
    table = Table(box=None, header_style="bold")
    for name in records[0]:
        table.add_column(name, overflow="fold")
    for record in records:
        table.add_row(*(Text(_cell(value)) for value in record.values()))
    if Measurement.get(console, console.options.update(max_width=UNBOUNDED), table).maximum <= console.width:
        console.print(table)
        return
    for number, record in enumerate(records):
        console.print(*([""] if number else []), _block(record), sep="\n")


def _block(record: Mapping[str, object]) -> Table:
    block = Table.grid(padding=(0, 2))
    block.add_column(style="bold", no_wrap=True)
    block.add_column(overflow="fold")
    for name, value in record.items():
        if cell := _cell(value):
            block.add_row(name, Text(cell))
    return block


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return printable(", ".join(map(str, value)) if isinstance(value, list) else str(value))
