"""A query over several files, in Polars SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import polars as pl

from assets.configuration import FileSource
from assets.errors import ConfigurationError, ContractError
from assets.sources.files import read_file
from assets.sources.tables import SourceTable, plain_reason

Told = TypeVar("Told")


def read_query(query: str, tables: Mapping[str, FileSource], place: str) -> SourceTable:
    """The rows of `query` over the files that `tables` names; columns of CSV files are text in it."""
    files = {name: read_file(file, f"{place}.tables.{name}") for name, file in tables.items()}
    _try_on_no_rows(query, files, place)
    return SourceTable(
        pl.SQLContext({name: file.rows for name, file in files.items()}).execute(query),
        f"{place}.query",
        _agreed("date_format", {file.date_format for file in files.values()}, place),
        bool(_agreed("decimal_comma", {file.decimal_comma for file in files.values()}, place)),
    )


def _try_on_no_rows(query: str, files: Mapping[str, SourceTable], place: str) -> None:
    """Meet every error of names and types before any file is read."""
    empty = {name: pl.LazyFrame(schema=file.schema()) for name, file in files.items()}
    try:
        pl.SQLContext(empty).execute(query).collect()
    except pl.exceptions.PolarsError as error:
        reason = plain_reason(error)
        if "str" in reason or "string" in reason:
            reason += "; columns of CSV files are text here, so write CAST(column AS DOUBLE) where a number is meant"
        raise ContractError(f"{place}.query: {reason}") from None


def _agreed(name: str, values: Iterable[Told], place: str) -> Told | None:
    told = [value for value in values if value]
    if len(told) > 1:
        raise ConfigurationError(f"{place}.tables: {name} must be the same for all files of a query")
    return told[0] if told else None
