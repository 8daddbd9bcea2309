"""BI tools as processes of their own, which query a publication without pause and check all that they see.

Every reader takes the row counts and checksums that `publication` tells and computes them again from the rows. They run
at the lowest priority, as do the server's processes that answer them: BI tools compute on other machines, and what is
asked here is whether they lock or tear what they read.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import duckdb

from assets.publication.postgres_session import quoted

CHECKSUM = "select count(*), coalesce(sum(md5_number_lower(cast(m as varchar)) % 1000000007), 0)::varchar from {} as m"
TOLD = "select mart, row_count, checksum, version from {} order by mart"
Columns = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Place:
    """What a reader is told: the published folder, a user's address in Postgres, and the columns of each mart."""

    folder: str
    url: str
    columns: Columns
    is_patient: bool


@dataclass
class Seen:
    """What a reader saw: the versions in the order of its queries, the longest of them in seconds, what was wrong."""

    kind: str
    versions: list[int] = field(default_factory=list)
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)


def checked(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """The version that a reader finds, after everything that it tells of itself was found to be true."""
    told = connection.execute(TOLD.format(relation.format("publication"))).fetchall()
    for mart, row_count, checksum, _ in told:
        (found,) = connection.execute(CHECKSUM.format(relation.format(mart))).fetchall()
        if found != (row_count, checksum):
            message = f"{mart} of version {told[0][3]} tells {(row_count, checksum)} and holds {found}"
            raise AssertionError(message)
    (version,) = {row[3] for row in told}
    return int(version)


def read_duckdb(place: Place) -> Iterator[int]:
    """Connect anew for each query, as a dashboard does, and keep the first connection open besides."""
    file = f"{place.folder}/current/loyalty.duckdb"
    with duckdb.connect(file, read_only=True) as kept:
        first = checked(kept, "marts.{}")
        while True:
            if checked(kept, "marts.{}") != first:
                message = "the connection that was kept open saw another version"
                raise AssertionError(message)
            # A second connection of one process to one path would be the first one's.
            resolved = (Path(place.folder) / "current").resolve() / "loyalty.duckdb"
            with duckdb.connect(str(resolved), read_only=True) as connection:
                yield checked(connection, "marts.{}")


def read_parquet(place: Place) -> Iterator[int]:
    """Read the files of the folder that `current` points to."""
    with duckdb.connect() as connection:
        while True:
            yield checked(connection, f"'{(Path(place.folder) / 'current').resolve()}/marts/{{}}.parquet'")


def read_postgres(place: Place) -> Iterator[int]:
    """Keep a connection open, and take turns: all marts in one transaction, and two of them in one statement."""
    with postgres.connect(place.url) as connection, connection.cursor() as cursor, duckdb.connect() as local:
        if place.is_patient:
            cursor.execute("select pg_backend_pid()")
            _give_way(cursor.fetchall()[0][0])
        connection.commit()
        while True:
            fetch_from_postgres(cursor, place.columns, local)
            connection.commit()
            yield checked(local, "{}")
            cursor.execute(JOINED)
            ((lowest, highest, builds, version),) = cursor.fetchall()
            connection.commit()
            if not lowest == highest == builds == version:
                message = f"one statement saw builds {lowest} to {highest}, {builds}, of version {version}"
                raise AssertionError(message)
            yield version


def fetch_from_postgres(cursor: Any, columns: Columns, local: duckdb.DuckDBPyConnection) -> None:
    """Copy all marts of one moment into tables of the types that the files have."""
    cursor.execute("set transaction isolation level repeatable read")
    for mart, types in columns.items():
        texts = ", ".join(f"{quoted(name)}::text as {quoted(name)}" for name in types)
        cursor.execute(f"select {texts} from loyalty.{quoted(mart)}")
        local.register("fetched", cursor.fetch_arrow_table())
        typed = ", ".join(f"{quoted(name)}::{type_} as {quoted(name)}" for name, type_ in types.items())
        local.execute(f"create or replace table {quoted(mart)} as select {typed} from fetched")


def columns_of_marts(connection: duckdb.DuckDBPyConnection) -> Columns:
    """The types of the columns of each mart in a published DuckDB file."""
    columns: dict[str, dict[str, str]] = {}
    query = "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'marts'"
    for mart, column, data_type in connection.execute(f"{query} order by column_index").fetchall():
        columns.setdefault(mart, {})[column] = data_type
    return columns


# In these marts every row holds the number of its build, which is the number of its version.
JOINED = """
select min(kpi.n), max(kpi.n), max(customers.build), (select max(version) from loyalty.publication)
from loyalty.kpi cross join (select max(build) as build from loyalty.customers) as customers
"""


FAILED = 1_000_000
READERS = {"duckdb": read_duckdb, "parquet": read_parquet, "postgres": read_postgres}


def _give_way(process: int) -> None:
    """Let a process run only where nothing else wants to."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(process, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.setpriority(os.PRIO_PROCESS, process, 19)


def _read(number: int, kind: str, place: Place, may_read: Any, stop: Any, newest: Any, told: Any) -> None:
    seen = Seen(kind)
    try:
        if place.is_patient:
            _give_way(0)
        reader = READERS[kind](place)
        while not stop.is_set():
            may_read.wait()
            started = time.monotonic()
            seen.versions.append(next(reader))
            seen.longest = max(seen.longest, time.monotonic() - started)
            newest[number] = seen.versions[-1]
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what a user would have met)
        seen.wrong.append(repr(error))
        newest[number] = FAILED
    finally:
        told.put(seen)


@dataclass
class Readers:
    """Readers at work; `pause` and `resume` let the same moments be measured without and with them."""

    may_read: Any
    newest: Any
    seen: list[Seen] = field(default_factory=list)

    def pause(self) -> None:
        """Let them finish what they are at, and wait."""
        self.may_read.clear()

    def resume(self) -> None:
        """Let them query again."""
        self.may_read.set()

    def await_version(self, version: int, seconds: float = 600) -> None:
        """Return once every reader has seen that version or a later one."""
        deadline = time.monotonic() + seconds
        while min(self.newest) < version:
            assert time.monotonic() < deadline, f"the readers still see {list(self.newest)}"
            time.sleep(0.05)


@contextlib.contextmanager
def readers_at_work(kinds: list[str], place: Place) -> Iterator[Readers]:
    """Start a process per kind; at the end what each has seen is in `seen`."""
    context = multiprocessing.get_context("spawn")
    may_read, stop, told = context.Event(), context.Event(), context.Queue()
    readers = Readers(may_read, context.Array("i", len(kinds)))
    processes = [
        context.Process(target=_read, args=(number, kind, place, may_read, stop, readers.newest, told), daemon=True)
        for number, kind in enumerate(kinds)
    ]
    for process in processes:
        process.start()
    try:
        readers.resume()
        readers.await_version(1)
        yield readers
    finally:
        stop.set()
        readers.resume()
        readers.seen += [told.get(timeout=600) for _ in processes]
        for process in processes:
            process.join(60)
