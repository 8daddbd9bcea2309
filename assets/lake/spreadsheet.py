"""Writes rows as CSV for people who open them in a spreadsheet: no cell is taken for a formula."""

from __future__ import annotations

from pathlib import Path

import polars as pl

# What a spreadsheet takes for the beginning of a formula; a number with a sign is one, and stays one.
FORMULA = r"^[=+\-@\t\r\n]"
NUMBER = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$"


def write_spreadsheet(rows: pl.DataFrame, path: Path) -> None:
    """Write rows as CSV in UTF-8 with a mark that spreadsheets know it by; lists are joined by commas."""
    lists = [name for name, dtype in rows.schema.items() if dtype.is_nested()]
    as_text = rows.with_columns(pl.col(name).list.join(", ") for name in lists)
    text = pl.col(pl.String)
    defused = as_text.with_columns(
        pl.when(text.str.contains(FORMULA) & ~text.str.contains(NUMBER)).then(pl.lit("'") + text).otherwise(text)
    )
    defused.write_csv(path, include_bom=True)
