"""Prints a frame for a person or for a script."""

from __future__ import annotations

import json

import polars as pl
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_table(rows: pl.DataFrame, *, as_json: bool, empty: str) -> None:
    """Print rows as a table, or as JSON; cells are text and never read as markup."""
    if as_json:
        typer.echo(json.dumps(rows.to_dicts(), default=str))
        return
    if rows.is_empty():
        typer.echo(empty)
        return
    table = Table(box=None, header_style="bold")
    for name in rows.columns:
        table.add_column(name, overflow="fold")
    for row in rows.iter_rows():
        table.add_row(*(Text(_cell(value)) for value in row))
    Console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
