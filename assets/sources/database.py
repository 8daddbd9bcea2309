"""Read a table or query of a database in bounded batches, filtered by business day where the database can."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import polars as pl
import pyarrow as pa
from pyarrow import parquet

from assets.configuration import DatabaseSource
from assets.errors import SourceError
from assets.sources.spool import spool_file
from assets.sources.tables import SourceTable, Window, plain_reason

# The database compares days in its session's time zone, we in the company's: they lie at most 26 hours apart.
# The exact days are cut afterwards.
MARGIN = dt.timedelta(days=2)

Wanted = Callable[[list[str]], list[str]]
Reader = Callable[[DatabaseSource, str, Window | None, Wanted, str], SourceTable]


def read_database(source: DatabaseSource, url: str, window: Window | None, wanted: Wanted, place: str) -> SourceTable:
    """The rows of a database source; `wanted` picks from all its columns those to be read."""
    readers: dict[str, Reader] = {"postgresql": _read_postgres, "postgres": _read_postgres}
    scheme = urlsplit(url).scheme
    if scheme not in readers:
        raise SourceError(f"{place}: connection '{source.connection}' is no postgresql:// address")
    return readers[scheme](source, url, window, wanted, place)


def connection_secrets(url: str) -> list[str]:
    """Every form in which a connection's password could turn up in an error."""
    password = urlsplit(url).password
    return [url, password, unquote(password), quote(unquote(password))] if password else [url]


def quoted_name(name: str) -> str:
    """A table's name, with or without its schema, safe within SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


@contextmanager
def postgres_cursor(url: str, connection: str, place: str) -> Iterator[Any]:
    """A read-only cursor; what goes wrong is one SourceError that names the connection and never its password."""
    import adbc_driver_postgresql.dbapi as postgres  # noqa: PLC0415 - loads a native driver that files do not need

    try:
        with postgres.connect(url) as opened, opened.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            yield cursor
    except postgres.Error as error:
        raise SourceError(f"{place}: {_reason(error, url, connection)}") from None


def _reason(error: Exception, url: str, connection: str) -> str:
    text = " ".join(str(error).split())
    where = urlsplit(url)
    if "password authentication failed" in text or "no password supplied" in text:
        return f"connection '{connection}' refuses the password of user '{where.username}'"
    if "does not exist" in text and "FATAL" in text:
        return (
            f"connection '{connection}': there is no such database or user: {where.path.strip('/')}, {where.username}"
        )
    if "connect" in text.lower() and "server" in text:
        return f"connection '{connection}' does not answer at {where.hostname}:{where.port or 5432}"
    return f"connection '{connection}': {plain_reason(Exception(text.split('[libpq]')[-1]), connection_secrets(url))}"


def _read_postgres(source: DatabaseSource, url: str, window: Window | None, wanted: Wanted, place: str) -> SourceTable:
    relation = quoted_name(source.table) if source.table else f"({(source.query or '').strip().rstrip(';')}) AS source"
    with postgres_cursor(url, source.connection, place) as cursor:
        cursor.execute(f"SELECT * FROM {relation} LIMIT 0")
        names = wanted([column[0] for column in cursor.description])
        chosen = ", ".join(_identifier(name) for name in names) or "1 AS nothing"
        statement = f"SELECT {chosen} FROM {relation}"
        parameters: tuple[dt.date, ...] = ()
        if window and source.day_column:
            day = _identifier(source.day_column)
            statement += f" WHERE {day} IS NULL OR ({day} >= $1 AND {day} < $2)"
            parameters = (window.first_day - MARGIN, window.last_day + MARGIN)
        cursor.execute(statement, parameters or None)
        target = spool_file(".parquet")
        reader = cursor.fetch_record_batch()
        schema = pa.schema([pa.field(field.name, _storage(field.type)) for field in reader.schema])
        with parquet.ParquetWriter(target, schema) as writer:
            for batch in reader:
                writer.write_batch(pa.record_batch([_stored(array) for array in batch.columns], schema=schema))
    return SourceTable(pl.scan_parquet(target, glob=False), f"{place} ({source.table or 'query'})")


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _storage(type_: pa.DataType) -> pa.DataType:
    """The plain type below an extension type: NUMERIC comes as text, and stays exact as such."""
    return type_.storage_type if isinstance(type_, pa.BaseExtensionType) else type_


def _stored(array: pa.Array) -> pa.Array:
    return array.storage if isinstance(array, pa.ExtensionArray) else array
