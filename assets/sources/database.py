"""Read a table or query of a database in bounded batches, filtered at the source by business day or by its cursor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import polars as pl
import pyarrow as pa
from pyarrow import parquet

from assets.configuration import DatabaseSource
from assets.errors import SourceError
from assets.sources.mysql import open_mysql
from assets.sources.postgres import open_postgres
from assets.sources.sessions import OpenSession, Session
from assets.sources.spool import spool_file
from assets.sources.sqlite import open_sqlite
from assets.sources.tables import ALWAYS, Asked, SourceTable, Window, near_first

# The database compares days in its session's time zone, we in the company's: they lie at most 26 hours apart.
# The exact days are cut afterwards.
MARGIN = dt.timedelta(days=2)
KINDS: dict[str, OpenSession] = {
    "postgresql": open_postgres,
    "postgres": open_postgres,
    "mysql": open_mysql,
    "mariadb": open_mysql,
    "sqlite": open_sqlite,
}

Wanted = Callable[[list[str]], list[str]]


def is_database(address: str) -> bool:
    """Whether an address is that of a database."""
    return urlsplit(address).scheme in KINDS


@contextmanager
def open_session(url: str, connection: str, place: str) -> Iterator[Session]:
    """An open read-only session; what goes wrong in it is one SourceError that never shows the password."""
    scheme = urlsplit(url).scheme
    if scheme not in KINDS:
        known = ", ".join(f"{kind}://" for kind in KINDS)
        raise SourceError(f"{place}: connection '{connection}' is no address of a database; known are {known}")
    with KINDS[scheme](url, connection, place) as session:
        yield session


def read_database(source: DatabaseSource, url: str, asked: Asked, wanted: Wanted, place: str) -> SourceTable:
    """What is asked for of a database source; `wanted` picks from all its columns those to be read."""
    with open_session(url, source.connection, place) as session:
        relation = _relation(source, session)
        schema = session.read(f"SELECT * FROM {relation} LIMIT 0").schema
        types = {field.name: field.type for field in schema}
        chosen = ", ".join(session.selected(name, types[name]) for name in wanted(list(types))) or "1 AS nothing"
        statement = f"SELECT {chosen} FROM {relation}"
        conditions = _conditions(source, asked, session, types, place)
        if conditions:
            statement += f" WHERE {' AND '.join(conditions)}"
        if asked.first_rows is not None:
            statement += f" LIMIT {asked.first_rows}"
        target = _spooled(session.read(statement))
    return SourceTable(pl.scan_parquet(target, glob=False), f"{place} ({source.table or 'query'})")


def greatest_cursor(source: DatabaseSource, url: str, place: str) -> str | None:
    """The greatest value of the source's cursor column as the database writes it; null where there is none."""
    with open_session(url, source.connection, place) as session:
        relation = _relation(source, session)
        types = {field.name: field.type for field in session.read(f"SELECT * FROM {relation} LIMIT 0").schema}
        column = _column(source.cursor or "", types, session, f"{place}, cursor")
        value = session.as_text(f"MAX({column})")
        (found,) = session.read(f"SELECT {value} AS greatest FROM {relation}").read_all().column(0).to_pylist()
    return None if found is None else str(found)


def _relation(source: DatabaseSource, session: Session) -> str:
    if source.table:
        return ".".join(session.identifier(part) for part in source.table.split("."))
    return f"({(source.query or '').strip().rstrip(';')}) AS source"


def _conditions(
    source: DatabaseSource, asked: Asked, session: Session, types: dict[str, pa.DataType], place: str
) -> list[str]:
    conditions = []
    if source.day_column and asked.window is not None and asked.window != ALWAYS:
        column = _column(source.day_column, types, session, f"{place}, day_column")
        days = [session.is_between(source.day_column, types[source.day_column], *span) for span in _spans(asked.window)]
        # Rows without a day could not be asked for otherwise.
        conditions.append(f"({' OR '.join([f'{column} IS NULL', *days])})")
    if source.cursor and asked.changed_since is not None:
        column = _column(source.cursor, types, session, f"{place}, cursor")
        conditions.append(f"{column} >= {asked.changed_since}")
    return conditions


def _spans(window: Window) -> list[tuple[dt.date, dt.date]]:
    """The days with their margin, as runs of consecutive ones: the first day of each, and the one after its last."""
    spans: list[tuple[dt.date, dt.date]] = []
    for first, last in window.spans:
        start, end = max(first, dt.date.min + MARGIN) - MARGIN, min(last, dt.date.max - MARGIN) + MARGIN
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _column(name: str, types: dict[str, pa.DataType], session: Session, place: str) -> str:
    # SQLite takes a quoted name that is no column for a text.
    if name not in types:
        raise SourceError(
            f"{place}: there is no column '{name}'; its columns are: {', '.join(near_first(name, types))}"
        )
    return session.identifier(name)


def _spooled(batches: pa.RecordBatchReader) -> str:
    target = spool_file(".parquet")
    with parquet.ParquetWriter(target, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return str(target)
