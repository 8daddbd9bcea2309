"""A query over several files, in Polars SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import duckdb
import polars as pl

from assets.configuration import FileSource
from assets.errors import ConfigurationError, ContractError
from assets.sources.files import read_file
from assets.sources.tables import SourceTable, plain_reason

Told = TypeVar("Told")
SIZE_COMPARISONS = {
    "COMPARE_LESSTHAN",
    "COMPARE_GREATERTHAN",
    "COMPARE_LESSTHANOREQUALTO",
    "COMPARE_GREATERTHANOREQUALTO",
}


def read_query(query: str, tables: Mapping[str, FileSource], place: str) -> SourceTable:
    """The rows of `query` over the files that `tables` names; columns of CSV files are text in it."""
    files = {name: read_file(file, f"{place}.tables.{name}") for name, file in tables.items()}
    _try_on_no_rows(query, files, place)
    _assert_no_text_is_computed(query, files, place)
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


def _assert_no_text_is_computed(query: str, files: Mapping[str, SourceTable], place: str) -> None:
    """Refuse what Polars would do letter by letter: '5' + '5' is 55, and '10' comes before '9'.

    DuckDB's parser serves, for Polars tells nothing of a query's parts; nothing is run by it.
    """
    (answer,) = duckdb.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    tree = json.loads(answer[0])
    dtypes = [(name, dtype == pl.String) for file in files.values() for name, dtype in file.schema().items()]
    text = {name for name, is_text in dtypes if is_text} - {name for name, is_text in dtypes if not is_text}
    # A name that a part of the query gives to something of its own says nothing of the file's column.
    given = [item.get("alias") for statement in tree.get("statements", []) for item in _selected(statement["node"])]
    aliases = [alias for node in _nodes(tree) if (alias := node.get("alias"))]
    text -= {alias for alias in aliases if aliases.count(alias) > given.count(alias)}
    for node in _nodes(tree):
        columns = [names[-1] for part in _operands(node) if (names := part.get("column_names"))]
        operands = len(_operands(node))
        if operands and len(columns) == operands and set(columns) <= text:
            raise ContractError(
                f"{place}.query computes with '{columns[0]}', which is text; write CAST({columns[0]} AS DOUBLE), "
                f"or STRPTIME({columns[0]}, '%Y-%m-%d') for a date"
            )


def _selected(node: Mapping[str, Any]) -> list[Any]:
    return list(node.get("select_list", []))


def _operands(node: Mapping[str, Any]) -> list[Any]:
    """The parts of a node that must not be text: of an addition, an extreme, or a comparison by size."""
    if node.get("class") == "FUNCTION" and node["function_name"] in {"+", "max", "min", "greatest", "least"}:
        return [argument["expression"] for argument in node["arguments"]]
    if node.get("class") == "COMPARISON" and node["type"] in SIZE_COMPARISONS:
        return [node["left"], node["right"]]
    return [node["input"], node["lower"], node["upper"]] if node.get("class") == "BETWEEN" else []


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(part)


def _agreed(name: str, values: Iterable[Told], place: str) -> Told | None:
    told = [value for value in values if value]
    if len(told) > 1:
        raise ConfigurationError(f"{place}.tables: {name} must be the same for all files of a query")
    return told[0] if told else None
