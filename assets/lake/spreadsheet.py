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
    names = [name for name, dtype in as_text.schema.items() if dtype == pl.String]
    as_text.with_columns(_defused(name) for name in names).write_csv(path, include_bom=True)


def _defused(name: str) -> pl.Expr:
    """A column whose formulas have an apostrophe in front, which makes a spreadsheet take them for text."""
    text = pl.col(name)
    is_formula = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    return pl.when(is_formula).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)
