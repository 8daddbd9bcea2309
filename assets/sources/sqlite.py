"""SQLite files as sources, through the standard library.

SQLite does not hold a column to its declared type, so every value comes as text, as from a CSV file: a cell that is no
number is one bad row and changes how no other row is read.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa

from assets.errors import SourceDownError, SourceError
from assets.sources.sessions import Session, double_quoted, failure

BATCH_ROWS = 20_000
BUSY_SECONDS = 30
PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
ALL_TABLES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1"


@contextmanager
def open_sqlite(url: str, connection: str, place: str) -> Iterator[Session]:
    """A session on a `sqlite:///path` address, opened read-only."""
    path = Path(url.removeprefix("sqlite:///"))
    if not path.is_file():
        raise SourceError(f"{place}: connection '{connection}': there is no file {path}")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as opened:
            yield Session(
                read=lambda statement: _read(opened, statement),
                tables=lambda: [str(name) for (name,) in opened.execute(ALL_TABLES)],
                identifier=double_quoted,
                selected=lambda name, _: double_quoted(name),
                as_text=lambda value: f"CAST({value} AS TEXT)",
                is_between=_is_between,
            )
    except sqlite3.Error as error:
        kind = SourceDownError if getattr(error, "sqlite_errorcode", None) in PASSING else SourceError
        raise kind(failure(place, connection, str(error), url)) from None


def _is_between(name: str, _: pa.DataType, first: dt.date, end: dt.date) -> str:
    """What is not written as 2024-01-31 has another order than the days: such rows always come."""
    column = double_quoted(name)
    is_other_form = f"{column} NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]*'"
    return f"({is_other_form} OR ({column} >= '{first}' AND {column} < '{end}'))"


def _read(opened: sqlite3.Connection, statement: str) -> pa.RecordBatchReader:
    cursor = opened.execute(statement)
    schema = pa.schema([(column[0], pa.string()) for column in cursor.description])

    def batches() -> Iterator[pa.RecordBatch]:
        while rows := cursor.fetchmany(BATCH_ROWS):
            columns = zip(*rows, strict=True)
            yield pa.record_batch([pa.array(map(_text, values), pa.string()) for values in columns], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        # 13085.0 is how a whole number in a REAL column looks.
        return str(int(value)) if value.is_integer() else repr(value)
    return None if value is None else str(value)
