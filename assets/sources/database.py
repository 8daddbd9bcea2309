"""Read a table or query of a database in bounded batches, filtered by business day where the database can."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

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

BESIDE_THE_REASON = re.compile(r" (?:LINE \d+:|DETAIL:|HINT:|CONTEXT:|Query was:|\. SQLSTATE:)")
Wanted = Callable[[list[str]], list[str]]
Reader = Callable[[DatabaseSource, str, Window | None, Wanted, str, int | None], SourceTable]


def read_database(
    source: DatabaseSource, url: str, window: Window | None, wanted: Wanted, place: str, first_rows: int | None = None
) -> SourceTable:
    """The rows of a database source, or its first ones; `wanted` picks from all its columns those to be read."""
    readers: dict[str, Reader] = {"postgresql": _read_postgres, "postgres": _read_postgres}
    scheme = urlsplit(url).scheme
    if scheme not in readers:
        raise SourceError(f"{place}: connection '{source.connection}' is no postgresql:// address")
    return readers[scheme](source, url, window, wanted, place, first_rows)


def connection_secrets(url: str) -> list[str]:
    """Every form in which a connection's password could turn up in an error."""
    parts = urlsplit(url)
    passwords = [parts.password or "", *parse_qs(parts.query).get("password", [])]
    forms = [form for password in passwords for form in (password, unquote(password), quote(unquote(password)))]
    return [url, *(form for form in forms if form)]


def quoted_name(name: str) -> str:
    """A table's name, with or without its schema, safe within SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


@contextmanager
def postgres_cursor(url: str, connection: str, place: str) -> Iterator[Any]:
    """A read-only cursor; what goes wrong is one SourceError that names the connection and never its password."""
    import adbc_driver_postgresql.dbapi as postgres

    try:
        with postgres.connect(url) as opened, opened.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            yield cursor
    except (postgres.Error, pa.ArrowException, OSError) as error:
        raise SourceError(f"{place}: {connection_reason(error, url, connection)}") from None


def connection_reason(error: Exception, url: str, connection: str) -> str:
    """What went wrong at a connection, in plain words and without its password."""
    text = " ".join(str(error).split())
    where = urlsplit(url)
    if "password authentication failed" in text or "no password supplied" in text:
        return f"connection '{connection}' refuses the password of user '{where.username}'"
    if "could not translate host name" in text or ("connection to server" in text and "FATAL" not in text):
        return f"connection '{connection}' does not answer at {where.hostname}:{where.port or 5432}"
    reason = BESIDE_THE_REASON.split(re.split(r"(?:ERROR|FATAL): +", text)[-1])[0]
    return f"connection '{connection}': {plain_reason(Exception(reason), connection_secrets(url))}"


def _read_postgres(
    source: DatabaseSource, url: str, window: Window | None, wanted: Wanted, place: str, first_rows: int | None
) -> SourceTable:
    relation = quoted_name(source.table) if source.table else f"({(source.query or '').strip().rstrip(';')}) AS source"
    with postgres_cursor(url, source.connection, place) as cursor:
        cursor.execute(f"SELECT * FROM {relation} LIMIT 0")
        types = {field.name: field.type for field in cursor.fetch_record_batch().schema}
        chosen = ", ".join(_selected(name, types[name]) for name in wanted(list(types))) or "1 AS nothing"
        statement, parameters = f"SELECT {chosen} FROM {relation}", None
        if window and source.day_column:
            day = _identifier(source.day_column)
            statement += f" WHERE {day} IS NULL OR ({day} >= $1 AND {day} < $2)"
            parameters = (window.first_day - MARGIN, window.last_day + MARGIN)
        if first_rows is not None:
            statement += f" LIMIT {first_rows}"
        cursor.execute(statement, parameters)
        target = spool_file(".parquet")
        batches = cursor.fetch_record_batch()
        with parquet.ParquetWriter(target, batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    return SourceTable(pl.scan_parquet(target, glob=False), f"{place} ({source.table or 'query'})")


def _selected(name: str, type_: pa.DataType) -> str:
    """A column to read; one of a type that Arrow has no word for, such as NUMERIC or UUID, exactly as its text."""
    column = _identifier(name)
    is_plain = not isinstance(type_, pa.BaseExtensionType) and not pa.types.is_fixed_size_binary(type_)
    return column if is_plain else f"CAST({column} AS text) AS {column}"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
