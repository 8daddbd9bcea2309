"""A published version as Postgres is to hold it, read from the version's own DuckDB file: marts, types, keys, texts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.errors import PublicationError
from assets.publication import restatements
from assets.publication.postgres_session import Target, literal, quoted
from assets.publication.publish import DATABASE_NAME, PUBLICATION
from assets.warehouse.catalogue import PublishedMart, published_marts

TYPES = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
    "DOUBLE": "double precision",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "VARCHAR": "text",
}
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
# What dashboards filter by: what must be equal comes before the range of days.
FILTERED = ("metric_id", "grain", "dimension", "dimension_value", "period_start")
UNDECLARED = PublishedMart(key=(), required=frozenset(), version=1)
# The marts that tell of the version itself are not built by dbt, whose YAML declares the others.
DECLARED_HERE = {
    name: PublishedMart(key=key, required=frozenset(key), version=1)
    for name, key in {PUBLICATION: ("mart",), restatements.MART: restatements.KEY}.items()
}


@dataclass(frozen=True)
class Mart:
    """A mart of a version: its columns with their Postgres types, its texts, its key and its row count."""

    name: str
    columns: dict[str, str]
    column_comments: dict[str, str]
    comment: str
    declared: PublishedMart
    row_count: int | None

    @property
    def indexes(self) -> list[tuple[str, ...]]:
        """The columns of each index beside the key."""
        filtered = tuple(column for column in FILTERED if column in self.columns)
        wanted = [filtered, ("customer_id",) if "customer_id" in self.columns else ()]
        return [columns for columns in wanted if columns and self.declared.key[: len(columns)] != columns]


@dataclass(frozen=True)
class Version:
    """A published version: what tells it from every other, and its marts by name."""

    number: int
    published_at: dt.datetime
    marts: dict[str, Mart]

    def shadow(self, target: Target) -> str:
        """The schema of its tables; a number that came a second time, in a new folder, has another one."""
        return f"{target.schema}_v{self.number:06d}_{self.published_at:%Y%m%d%H%M%S}"

    @property
    def key(self) -> str:
        """The value by which its rows are told from those of other versions, as a literal."""
        return f"timestamp {literal(self.published_at.isoformat(sep=' '))}"


@contextmanager
def open_version(folder: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Version]]:
    """The published file of the version in `folder`, and what it holds; once open it stays readable."""
    path = folder / DATABASE_NAME
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise PublicationError(f"The published {path} cannot be read: {error}. Publish again.") from error
    try:
        yield connection, _version(connection)
    finally:
        connection.close()


def _version(connection: duckdb.DuckDBPyConnection) -> Version:
    told = "select mart, row_count, version, published_at from marts.publication"
    published = connection.execute(told).fetchall()
    counts = {mart: count for mart, count, _, _ in published}
    declared = published_marts() | DECLARED_HERE
    marts = {
        name: Mart(name, *_columns(connection, name), comment or "", declared.get(name, UNDECLARED), counts.get(name))
        for name, comment in _tables(connection)
    }
    return Version(published[0][2], published[0][3], marts)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str | None]]:
    query = "select table_name, comment from duckdb_tables() where schema_name = 'marts' order by table_name"
    return connection.execute(query).fetchall()


def _columns(connection: duckdb.DuckDBPyConnection, mart: str) -> tuple[dict[str, str], dict[str, str]]:
    """The columns of a mart with their Postgres types, and with their descriptions."""
    query = (
        "select column_name, data_type, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?"
    )
    columns = connection.execute(f"{query} order by column_index", [mart]).fetchall()
    types = {column: _postgres_type(mart, column, data_type) for column, data_type, _ in columns}
    return types, {column: text for column, _, text in columns if text}


def _postgres_type(mart: str, column: str, data_type: str) -> str:
    if decimal := DECIMAL.fullmatch(data_type):
        return f"numeric({decimal[1]},{decimal[2]})"
    if data_type not in TYPES:
        known = ", ".join(TYPES)
        message = f"publish.postgres: column {column} of {mart} is a {data_type}; Postgres is given {known}, DECIMAL."
        raise PublicationError(f"{message} Cast it in the mart.")
    return TYPES[data_type]


def column_list(mart: Mart) -> str:
    """The mart's columns with their types, as a table is created with them."""
    return ", ".join(f"{quoted(name)} {data_type}" for name, data_type in mart.columns.items())


def comments(mart: Mart, kind: str, relation: str) -> Iterator[str]:
    """The statements that describe a table or view and its columns."""
    yield f"comment on {kind} {relation} is {literal(mart.comment)}"
    for column, text in mart.column_comments.items():
        yield f"comment on column {relation}.{quoted(column)} is {literal(text)}"
