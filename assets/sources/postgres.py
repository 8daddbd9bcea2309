"""PostgreSQL as a source, through ADBC."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from assets.errors import SourceDownError, SourceError
from assets.sources.sessions import Session, connection_secrets, double_quoted
from assets.sources.tables import plain_reason

# Connection lost, too many connections, starting up or shutting down, cancelled by a time-out or a standby's recovery.
PASSING = re.compile(r"08...|53300|57P0.|57014|40001|40P01")
LOST = ("server closed the connection", "Connection reset", "timeout expired", "Connection timed out", "SSL SYSCALL")
BESIDE_THE_REASON = re.compile(r" (?:LINE \d+:|DETAIL:|HINT:|CONTEXT:|Query was:|\. SQLSTATE:)")
ALL_TABLES = """
SELECT table_schema || '.' || table_name FROM information_schema.tables
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


@contextmanager
def postgres_cursor(url: str, connection: str, place: str) -> Iterator[Any]:
    """A read-only cursor; what goes wrong is one SourceError that names the connection and never its password."""
    import adbc_driver_postgresql.dbapi as postgres

    try:
        with postgres.connect(url) as opened, opened.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            yield cursor
    except (postgres.Error, pa.ArrowException, OSError) as error:
        raise _error(error, url, connection, place) from None


@contextmanager
def open_postgres(url: str, connection: str, place: str) -> Iterator[Session]:
    """A session on a `postgresql://` address."""
    with postgres_cursor(url, connection, place) as cursor:

        def read(statement: str) -> pa.RecordBatchReader:
            cursor.execute(statement)
            return cursor.fetch_record_batch()

        yield Session(
            read=read,
            tables=lambda: [str(name) for name in read(ALL_TABLES).read_all().column(0).to_pylist()],
            identifier=double_quoted,
            selected=_selected,
            as_text=lambda value: f"CAST({value} AS text)",
            is_between=_is_between,
        )


def _selected(name: str, type_: pa.DataType) -> str:
    """NUMERIC and UUID are types that Arrow has no word for."""
    column = double_quoted(name)
    is_plain = not isinstance(type_, pa.BaseExtensionType) and not pa.types.is_fixed_size_binary(type_)
    return column if is_plain else f"CAST({column} AS text) AS {column}"


def _is_between(name: str, _: pa.DataType, first: dt.date, end: dt.date) -> str:
    column = double_quoted(name)
    return f"({column} >= DATE '{first}' AND {column} < DATE '{end}')"


def connection_reason(error: Exception, url: str, connection: str) -> str:
    """What went wrong at a connection, in plain words and without its password."""
    text = " ".join(str(error).split())
    where = urlsplit(url)
    if "password authentication failed" in text or "no password supplied" in text:
        return f"connection '{connection}' refuses the password of user '{where.username}'"
    if _is_no_answer(text):
        return f"connection '{connection}' does not answer at {where.hostname}:{where.port or 5432}"
    reason = BESIDE_THE_REASON.split(re.split(r"(?:ERROR|FATAL): +", text)[-1])[0]
    return f"connection '{connection}': {plain_reason(Exception(reason), connection_secrets(url))}"


def _error(error: Exception, url: str, connection: str, place: str) -> SourceError:
    text = " ".join(str(error).split())
    may_pass = (
        _is_no_answer(text)
        or PASSING.fullmatch(getattr(error, "sqlstate", None) or "")
        or any(sign in text for sign in LOST)
    )
    return (SourceDownError if may_pass else SourceError)(f"{place}: {connection_reason(error, url, connection)}")


def _is_no_answer(text: str) -> bool:
    return "could not translate host name" in text or ("connection to server" in text and "FATAL" not in text)
