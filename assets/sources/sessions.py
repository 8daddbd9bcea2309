"""What every kind of database is to extraction: an open read-only session that hands out Arrow batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pyarrow as pa

from assets.sources.tables import plain_reason


@dataclass(frozen=True)
class Session:
    """How to read from one open connection, and what its SQL writes in a way of its own.

    `read` runs a statement and gives its rows in bounded batches. `tables` lists the names of all tables. `selected`
    is a column to read, by name and type: of a type that Arrow has no word for exactly as text. `is_between` is a
    condition on a column, by name and type: it holds from a day on and before another, and where that cannot be told.
    """

    read: Callable[[str], pa.RecordBatchReader]
    tables: Callable[[], list[str]]
    identifier: Callable[[str], str]
    selected: Callable[[str, pa.DataType], str]
    as_text: Callable[[str], str]
    is_between: Callable[[str, pa.DataType, dt.date, dt.date], str]


OpenSession = Callable[[str, str, str], AbstractContextManager[Session]]
"""Opens a session for an address; the connection's name and the place of the source are for errors."""


def connection_secrets(url: str) -> list[str]:
    """Every form in which a connection's password could turn up in an error."""
    parts = urlsplit(url)
    passwords = [parts.password or "", *parse_qs(parts.query).get("password", [])]
    forms = [form for password in passwords for form in (password, unquote(password), quote(unquote(password)))]
    return [url, *(form for form in forms if form)]


def failure(place: str, connection: str, reason: str, url: str) -> str:
    """What a database said, as one sentence that names the source and the connection and shows no password."""
    return f"{place}: connection '{connection}': {plain_reason(Exception(reason), connection_secrets(url))}"


def double_quoted(name: str) -> str:
    """A name as standard SQL writes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
