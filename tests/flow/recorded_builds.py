"""Builds of the models by the statements that dbt sent before, without dbt.

What dbt sends to DuckDB follows from the project and from which relations are there, never from a row: what a run is
about stands in tables. So dbt does the first build of each kind, and those after it run the same statements again, in a
quarter of the time. `test_recorded_builds.py` holds dbt to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from assets.warehouse.build import invoke

ROLLBACK = "rollback"
# The column by which dbt learns from a data test's rows whether it failed.
IS_FAILED = "should_error"
Kind = tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """One statement, and the number of the connection that it was sent through."""

    connection: int
    sql: str
    bindings: Any = None


@dataclass
class Recording:
    """What dbt sent in one invocation, and what it told its caller."""

    statements: list[Statement] = field(default_factory=list)
    outcome: Any = None


class RecordedBuilds:
    """Stands in for `assets.warehouse.build.invoke`: dbt once for each kind of build, afterwards its statements."""

    def __init__(self) -> None:
        self.recordings: dict[Kind, Recording] = {}

    def invoke(
        self,
        warehouse: Path,
        command: list[str],
        callbacks: list[Callable[[Any], None]] | None = None,
        spark: None = None,
    ) -> Any:
        """Run a command of dbt; raises AssertionError where a data test fails on other rows than the recorded ones."""
        assert spark is None, "only what DuckDB builds can be recorded"
        if command[0] != "build":
            return invoke(warehouse, command, callbacks)
        kind = (warehouse.stem, *command, *_relations(warehouse))
        if kind not in self.recordings:
            recording = Recording()
            with recording_into(recording.statements):
                recording.outcome = invoke(warehouse, command, callbacks)
            if recording.outcome.success:
                self.recordings[kind] = recording
            return recording.outcome
        _run_again(warehouse, self.recordings[kind].statements)
        return self.recordings[kind].outcome

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Builds within the block are recorded, or run by what was recorded."""
        with mock.patch("assets.warehouse.build.invoke", self.invoke):
            yield


@contextmanager
def recording_into(statements: list[Statement]) -> Iterator[None]:
    """Add every statement that dbt sends within the block, in that order."""
    from dbt.adapters.duckdb.environments.local import DuckDBConnectionWrapper, DuckDBCursorWrapper

    numbers: dict[int, int] = {}
    # An object that is gone could lend its id to another.
    cursors: list[Any] = []

    def note(cursor: Any, sql: str, bindings: Any = None) -> None:
        if id(cursor) not in numbers:
            cursors.append(cursor)
            numbers[id(cursor)] = len(numbers)
        statements.append(Statement(numbers[id(cursor)], sql, bindings))

    send, roll_back, close = (
        DuckDBCursorWrapper.execute,
        DuckDBConnectionWrapper.rollback,
        DuckDBConnectionWrapper.close,
    )

    def noted_send(self: Any, sql: str, bindings: Any = None) -> Any:
        note(self, sql, bindings)
        return send(self, sql, bindings)

    def noted_roll_back(self: Any) -> Any:
        note(self.cursor(), ROLLBACK)
        return roll_back(self)

    def noted_close(self: Any) -> Any:
        note(self.cursor(), ROLLBACK)
        return close(self)

    with (
        mock.patch.object(DuckDBCursorWrapper, "execute", noted_send),
        mock.patch.object(DuckDBConnectionWrapper, "rollback", noted_roll_back),
        mock.patch.object(DuckDBConnectionWrapper, "close", noted_close),
    ):
        yield


def _relations(warehouse: Path) -> list[str]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select table_type || ' ' || table_schema || '.' || table_name from information_schema.tables"
        )
        return sorted(name for (name,) in rows.fetchall())


def _run_again(warehouse: Path, statements: list[Statement]) -> None:
    with duckdb.connect(str(warehouse)) as database:
        connections = [database.cursor() for _ in range(1 + max(statement.connection for statement in statements))]
        for statement in statements:
            connection = connections[statement.connection]
            if statement.sql == ROLLBACK:
                _roll_back(connection)
                continue
            rows = connection.execute(statement.sql, statement.bindings)
            if IS_FAILED in statement.sql:
                (found,) = rows.fetchall()
                names = [column[0] for column in rows.description or []]
                assert not found[names.index(IS_FAILED)], statement.sql


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.rollback()
    except duckdb.TransactionException:
        # dbt closes connections whether or not a transaction is open.
        return
