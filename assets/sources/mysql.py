"""MySQL and MariaDB as sources, through PyMySQL and a cursor that stays on the server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa

from assets.errors import SourceDownError, SourceError
from assets.sources.sessions import Session, failure

BATCH_ROWS = 20_000
CONNECT_SECONDS = 10
# Refused or unknown host, lost connection, too many connections, shutting down, lock and statement time-outs.
PASSING = {1040, 1053, 1203, 1205, 1213, 1317, 1927, 1969, 2002, 2003, 2005, 2006, 2013, 3024}
WRONG_PASSWORD = {1045, 1698}
OPTIONS = ("unix_socket", "ssl_ca", "ssl_cert", "ssl_key")
ALL_TABLES = """
SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables
WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY 1
"""


@contextmanager
def open_mysql(url: str, connection: str, place: str) -> Iterator[Session]:
    """A session on a `mysql://` or `mariadb://` address; one consistent, read-only view of the data.

    Address: `mysql://user:password@host:3306/database`, with `?unix_socket=` or `?ssl_ca=` where needed.
    """
    try:
        import pymysql
    except ImportError:
        message = "needs PyMySQL, which is not installed: install loyalty[mysql]"
        raise SourceError(f"{place}: connection '{connection}' {message}") from None
    try:
        opened = pymysql.connect(**_arguments(url, connection, place), conv=_decoders())
        with opened:
            with opened.cursor() as cursor:
                # TIMESTAMP columns are moments; they come in UTC.
                cursor.execute("SET time_zone = '+00:00'")
                cursor.execute("START TRANSACTION READ ONLY")
            yield Session(
                read=lambda statement: _read(opened, statement),
                tables=lambda: [str(name) for name in _read(opened, ALL_TABLES).read_all().column(0).to_pylist()],
                identifier=_identifier,
                selected=lambda name, _: _identifier(name),
                as_text=lambda value: f"CAST({value} AS CHAR)",
                is_between=_is_between,
            )
    except (pymysql.Error, OSError, UnicodeError, ValueError, OverflowError, pa.ArrowException) as error:
        raise _error(error, url, connection, place) from None


def _arguments(url: str, connection: str, place: str) -> dict[str, Any]:
    parts = urlsplit(url)
    told = {name: values[0] for name, values in parse_qs(parts.query).items()}
    unknown = [name for name in told if name not in OPTIONS]
    if unknown:
        raise SourceError(
            f"{place}: connection '{connection}' has an option {unknown[0]}; known are {', '.join(OPTIONS)}"
        )
    return {
        "host": parts.hostname or "localhost",
        "port": parts.port or 3306,
        "user": unquote(parts.username or ""),
        # PyMySQL would take the letters of a text for Latin-1.
        "password": unquote(parts.password or "").encode(),
        "database": unquote(parts.path.removeprefix("/")) or None,
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_SECONDS,
        **told,
    }


def _decoders() -> dict[Any, Any]:
    """How values are read from what the server sends: decimals and times of day as they stand, exactly."""
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions

    return {
        **conversions,
        FIELD_TYPE.DECIMAL: str,
        FIELD_TYPE.NEWDECIMAL: str,
        FIELD_TYPE.TIME: str,
        FIELD_TYPE.BIT: lambda bits: int.from_bytes(bits, "big"),
        FIELD_TYPE.DATE: _date,
        FIELD_TYPE.DATETIME: _moment,
        FIELD_TYPE.TIMESTAMP: _moment,
    }


def _date(text: str) -> dt.date | None:
    return None if text.startswith("0000-00-00") else dt.date.fromisoformat(text)


def _moment(text: str) -> dt.datetime | None:
    """MySQL's date of zeros is how it writes that there is none."""
    return None if text.startswith("0000-00-00") else dt.datetime.fromisoformat(text)


def _read(opened: Any, statement: str) -> pa.RecordBatchReader:
    from pymysql.cursors import SSCursor

    cursor = opened.cursor(SSCursor)
    cursor.execute(statement)
    schema = pa.schema([(column[0], _arrow_type(column[1])) for column in cursor.description])

    def batches() -> Iterator[pa.RecordBatch]:
        with cursor:
            while rows := cursor.fetchmany(BATCH_ROWS):
                columns = zip(*rows, strict=True)
                yield pa.record_batch(
                    [_array(values, field) for values, field in zip(columns, schema, strict=True)], schema=schema
                )

    return pa.RecordBatchReader.from_batches(schema, batches())


def _array(values: tuple[Any, ...], field: pa.Field) -> pa.Array:
    if pa.types.is_string(field.type):
        # Bytes, such as a UUID in BINARY(16), as hexadecimal digits.
        values = tuple(value.hex() if isinstance(value, bytes) else value for value in values)
    return pa.array(values, type=field.type)


def _arrow_type(code: int) -> pa.DataType:
    from pymysql.constants import FIELD_TYPE

    if code == FIELD_TYPE.DATE:
        return pa.date32()
    if code in (FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP):
        return pa.timestamp("us", tz="UTC" if code == FIELD_TYPE.TIMESTAMP else None)
    if code in (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE):
        return pa.float64()
    integers = ("TINY", "SHORT", "INT24", "LONG", "LONGLONG", "YEAR", "BIT")
    return pa.int64() if code in {getattr(FIELD_TYPE, name) for name in integers} else pa.string()


def _identifier(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _is_between(name: str, type_: pa.DataType, first: dt.date, end: dt.date) -> str:
    """Dates of zeros are as good as none. MySQL would compare a text, or a number, with a day, and find nothing."""
    if not pa.types.is_temporal(type_):
        raise ValueError(f"day_column {name} is neither DATE, DATETIME nor TIMESTAMP: make it one in a query")
    column = _identifier(name)
    return f"({column} < DATE '1000-01-01' OR ({column} >= DATE '{first}' AND {column} < DATE '{end}'))"


def _error(error: Exception, url: str, connection: str, place: str) -> SourceError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else None
    where = urlsplit(url)
    if code in WRONG_PASSWORD:
        return SourceError(f"{place}: connection '{connection}' refuses the password of user '{where.username}'")
    if code in (2002, 2003, 2005):
        message = f"{place}: connection '{connection}' does not answer at {where.hostname}:{where.port or 3306}"
        return SourceDownError(message)
    reason = str(error.args[1]) if code is not None and len(error.args) > 1 else str(error)
    is_passing = code in PASSING or isinstance(error, TimeoutError | ConnectionError)
    return (SourceDownError if is_passing else SourceError)(failure(place, connection, reason, url))
