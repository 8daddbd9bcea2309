"""The settings of connections and sources: where the rows of each entity come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from assets.configuration.services import RestSource, Section

Days = Annotated[int, Field(ge=1)]


class Connection(Section):
    """A database, named so that sources and publication can refer to it."""

    url: str = Field(repr=False)


class FileSource(Section):
    """A file, glob or object-store address, and what its format needs to be read."""

    path: str
    format: Literal["csv", "parquet", "ndjson", "excel"] | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal_comma: bool = False
    null_values: list[str] = []
    date_format: str | None = None
    sheet: str | None = None
    # Left out of digests of a source as well: a secret that is changed changes no rows.
    storage_options: dict[str, str] = Field(default={}, repr=False, exclude=True)


class DatabaseSource(Section):
    """A table or query of a connection; `day_column` lets the database filter by business day.

    `cursor` is a column that grows with every change of a row (`updated_at`, a row version): a night asks by it for
    what changed. Changes that were under way when the last night asked are found by asking `cursor_overlap_minutes`
    further back, where the column is a timestamp.
    """

    connection: str
    table: str | None = None
    query: str | None = None
    day_column: str | None = None
    cursor: str | None = None
    cursor_overlap_minutes: Annotated[int, Field(ge=0)] = 10


class Source(Section):
    """Where the rows of one entity come from and how its columns become the canonical ones.

    A night looks back `lookback_days` for late rows, by default `schedule.lookback_days`. Without an `optional` source
    a night goes on. The source of an entity of states (customers, contracts) that has no row at all, where the last
    snapshot has some, is refused unless it `may_be_empty`.
    """

    file: str | FileSource | None = None
    database: DatabaseSource | None = None
    rest: RestSource | None = None
    query: str | None = None
    tables: dict[str, str | FileSource] = {}
    rows: list[dict[str, Any]] | None = None
    columns: dict[str, str | int | float | bool | None] = {}
    where: str | None = None
    distinct: bool = False
    answers: dict[str, str] = {}
    no_answer: list[str | int | float] = []
    ambiguous_times: Literal["quarantine", "earliest", "latest"] = "quarantine"
    lookback_days: Days | None = None
    optional: bool = False
    may_be_empty: bool = False
