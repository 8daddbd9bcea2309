"""Speaks to a thrift server of Spark: one statement at a time, its errors in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from assets.configuration import SparkServer
from assets.errors import WarehouseError

# What results depend on, whatever the server's own settings are; dbt's profile says the same.
SESSION = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}
MESSAGE = re.compile(r'errorMessage="?(.*?)(?:\\n|\n|$)')


class Spark:
    """An open session of a thrift server."""

    def __init__(self, cursor: Any) -> None:
        """Take over a cursor of PyHive."""
        self._cursor = cursor

    def execute(self, statement: str) -> None:
        """Execute a statement and wait for its end. Raises WarehouseError with what Spark says."""
        from pyhive import exc

        try:
            self._cursor.execute(statement)
        except exc.Error as error:
            raise WarehouseError(f"Spark refused a statement: {_message(error)}") from error

    def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """The rows that a statement gives."""
        self.execute(statement)
        found: Sequence[tuple[Any, ...]] = self._cursor.fetchall()
        return found


@contextmanager
def connected(server: SparkServer) -> Iterator[Spark]:
    """A session for the time of the block. Raises WarehouseError where the server does not answer."""
    try:
        from pyhive import hive
        from thrift.transport.TTransport import TTransportException
    except ImportError as error:
        raise WarehouseError("`engine: spark` needs the extra: install `loyalty[spark]`.") from error
    try:
        connection = hive.connect(
            server.host, server.port, username=server.user, auth=server.auth, configuration=dict(SESSION)
        )
    except (OSError, TTransportException) as error:
        advice = "Start it (`loyalty spark-server` for a trial), or correct `spark` in loyalty.yaml."
        raise WarehouseError(f"Spark's thrift server {server.host}:{server.port} does not answer. {advice}") from error
    try:
        yield Spark(connection.cursor())
    finally:
        connection.close()


def _message(error: Exception) -> str:
    """The first line of what Spark says, without the stack of its Java."""
    found = MESSAGE.search(str(error))
    return found.group(1).strip() if found else str(error).splitlines()[0][:500]


def quoted(name: str) -> str:
    """A name as Spark's SQL quotes it."""
    return "`" + name.replace("`", "``") + "`"


def text(value: str) -> str:
    """A text as Spark's SQL quotes it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
