"""One session with the Postgres that the marts are published to: its errors are told plainly, its locks are short."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from assets.configuration import Configuration
from assets.errors import PublicationError
from assets.sources.postgres import connection_reason

log = logging.getLogger("loyalty.publication")
# Who waits for a lock makes all wait who come after it. So no lock is waited for longer than this, which is far below
# Postgres's deadlock_timeout of a second: where two wait for each other, it is never the reader who loses.
LOCK_TIMEOUT = "100ms"
LOCK_NOT_AVAILABLE, DEADLOCK, NEEDED_BY_OTHERS = "55P03", "40P01", "2BP01"
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
ANOTHER_LOAD_SECONDS = 60.0


@dataclass(frozen=True)
class Target:
    """A Postgres schema that the marts are published to, and the roles that may read it."""

    connection: str
    url: str
    schema: str
    readers: tuple[str, ...] = ()

    @property
    def versions_schema(self) -> str:
        """The schema of what the views stand on: a partitioned table per mart, and which version is current."""
        return f"{self.schema}_versions"


def postgres_target(configuration: Configuration) -> Target | None:
    """The target that `publish.postgres` configures; null where there is none."""
    told = configuration.publish.postgres
    if told is None:
        return None
    url = configuration.connections[told.connection].url
    return Target(told.connection, url, told.schema_name, tuple(told.grant_select_to))


@contextmanager
def postgres_session(target: Target, advice: str = "") -> Iterator[Any]:
    """A connection whose transactions are committed by `commit`.

    What goes wrong is one PublicationError, which ends in `advice` and never tells the password.
    """
    import adbc_driver_postgresql.dbapi as postgres

    try:
        with postgres.connect(target.url) as connection:
            execute(connection, "set application_name = 'loyalty'")
            connection.commit()
            yield connection
    except (postgres.Error, pa.ArrowException, OSError) as error:
        reason = connection_reason(error, target.url, target.connection)
        needed = f" ({_detail(error)})" if getattr(error, "sqlstate", None) == NEEDED_BY_OTHERS else ""
        raise PublicationError(f"publish.postgres: {reason}{needed}. {advice}".rstrip()) from None


def _detail(error: Any) -> str:
    details = dict(error.details)
    return "; ".join(details.get(b"PG_DIAG_MESSAGE_DETAIL", b"").decode(errors="replace").splitlines())


def execute(connection: Any, statement: str) -> None:
    """Execute one statement in the open transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def execute_all(connection: Any, statements: Iterable[str]) -> None:
    """Execute many statements in one round trip."""
    body = "".join(f"{statement};\n" for statement in statements)
    if body:
        execute(connection, f"do {literal(f'begin {body} end')}")


def rows(connection: Any, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query, whose parameters are $1, $2, ..."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return list(cursor.fetchall())


def quoted(*names: str) -> str:
    """A name, with those of what it belongs to before it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(value: object) -> str:
    """A text literal; a backslash is itself in any setting of the server."""
    text = str(value).replace("'", "''")
    return "E'" + text.replace("\\", "\\\\") + "'" if "\\" in text else f"'{text}'"


def in_short_locks(connection: Any, work: Callable[[], None], *, deadline: float) -> bool:
    """Do `work` in a transaction that waits for no lock longer than a moment; again with longer pauses where it must.

    Returns false where locks were held until `deadline`, a reading of `time.monotonic`.
    """
    import adbc_driver_postgresql.dbapi as postgres

    pause = FIRST_PAUSE
    while True:
        try:
            execute(connection, f"set local lock_timeout = '{LOCK_TIMEOUT}'")
            work()
            connection.commit()
        except postgres.Error as error:
            connection.rollback()
            if error.sqlstate not in (LOCK_NOT_AVAILABLE, DEADLOCK):
                raise
            if time.monotonic() + pause > deadline:
                return False
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            return True


def keep_others_out(connection: Any, target: Target) -> None:
    """Let this session alone load the schema; the server ends that with the session, however it ends."""
    key = literal(f"loyalty publication {target.schema}")
    deadline = time.monotonic() + ANOTHER_LOAD_SECONDS
    while not rows(connection, f"select pg_try_advisory_lock(hashtextextended({key}, 0))")[0][0]:
        connection.rollback()
        if time.monotonic() > deadline:
            message = (
                f"publish.postgres: another run loads the schema {target.schema}. Wait for its end, then run again."
            )
            raise PublicationError(message)
        time.sleep(1)
    connection.commit()
