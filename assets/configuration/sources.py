"""The settings of connections and sources: where the rows of each entity come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from assets.configuration.services import RestSource, Section

Days = Annotated[int, Field(ge=1)]


class Connection(Section):
    """A database, named so that sources and publication can refer to it."""

    url: str = Field(repr=False)
    """The database's address: postgresql://, mysql://, mariadb:// or sqlite:///; write it as ${NAME}, for it holds a
    password.
    """


class FileSource(Section):
    """A file, glob or object-store address, and what its format needs to be read."""

    path: str
    """A path, a glob such as data/*.csv, or an address on an object store; relative to the folder of `loyalty.yaml`."""
    format: Literal["csv", "parquet", "ndjson", "excel"] | None = None
    """The file's format; by its ending where left out."""
    encoding: str = "utf-8"
    """The encoding of a text file, such as utf-8 or cp1252."""
    delimiter: str = ","
    """The character between the columns of a CSV."""
    decimal_comma: bool = False
    """Whether decimals are written with a comma, as in 1.234,50."""
    null_values: list[str] = []
    """Texts that stand for no value, such as NA."""
    date_format: str | None = None
    """How dates that are not ISO are written, in % codes such as %d/%m/%Y %H:%M."""
    sheet: str | None = None
    """The sheet of a workbook; the first where left out."""
    # Left out of digests of a source as well: a secret that is changed changes no rows.
    storage_options: dict[str, str] = Field(default={}, repr=False, exclude=True)
    """Keys and settings of the object store, by the names that Polars has for them."""


class DatabaseSource(Section):
    """A table or query of a connection, and how to ask it for less than all of its rows."""

    connection: str
    """The connection, by its name under `connections`."""
    table: str | None = None
    """The table, with its schema where it needs one."""
    query: str | None = None
    """A query in place of a table."""
    day_column: str | None = None
    """The column by which the database gives only the business days that are wanted; without it the table is read
    whole.
    """
    cursor: str | None = None
    """A column that grows with every change of a row, such as updated_at or a row version, by which a night asks for
    what changed.
    """
    cursor_overlap_minutes: Annotated[int, Field(ge=0)] = 10
    """How many minutes before the newest cursor seen a night asks again, for changes that were under way; only where
    the cursor is a timestamp.
    """


class Source(Section):
    """Where the rows of one entity come from and how its columns become the canonical ones."""

    file: str | FileSource | None = None
    """A file, as its path alone or with what it needs to be read."""
    database: DatabaseSource | None = None
    """A table or query of a database."""
    rest: RestSource | None = None
    """An HTTP service."""
    query: str | None = None
    """A SELECT over the files that `tables` names."""
    tables: dict[str, str | FileSource] = {}
    """The files of `query` by their names in it, each as under `file`."""
    rows: list[dict[str, Any]] | None = None
    """The rows themselves, written here."""
    columns: dict[str, str | int | float | bool | None] = {}
    """What each column of the entity is: a column of the source, an SQL expression over its columns, or a constant;
    those of the same name need no line.
    """
    where: str | None = None
    """A condition in SQL over the source's columns; rows that do not meet it are left out."""
    distinct: bool = False
    """Whether rows that are equal after mapping become one."""
    answers: dict[str, str] = {}
    """For a survey with a column per question: the column of each question id."""
    no_answer: list[str | int | float] = []
    """Codes in these columns that mean no answer, such as 0 or 99."""
    ambiguous_times: Literal["quarantine", "earliest", "latest"] = "quarantine"
    """Which of two moments a local time means that comes twice when clocks are set back."""
    lookback_days: Days | None = None
    """How many recent days each night extracts again for late rows; `schedule.lookback_days` where left out."""
    optional: bool = False
    """Whether a night goes on without this source when it cannot be read."""
    may_be_empty: bool = False
    """Whether customers, contracts or other states may have no row at all where the last snapshot has some; else that
    is refused.
    """
