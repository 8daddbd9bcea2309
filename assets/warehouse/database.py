"""The warehouse as a DuckDB file: opened by one process at a time, made, removed, and changed in transactions."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from assets.disk import disk_errors, disk_problem
from assets.errors import WarehouseError
from assets.lake.manifest import locked
from assets.warehouse.control import TABLES

MOST_BYTES = 4 * 2**30


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing, made where it is not there; one process at a time."""
    with disk_errors(WarehouseError, f"The warehouse {path} cannot be written"):
        connection = _connect(path)
        try:
            connection.execute(TABLES)
            yield connection
        finally:
            connection.close()


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    if not path.exists():
        _create(path)
    try:
        connection = duckdb.connect(str(path))
    except duckdb.IOException as error:
        if "set lock" in str(error):
            message = f"The warehouse {path} is in use by another process. Wait for its end; BI reads the publication."
            raise WarehouseError(message) from error
        if disk_problem(error):
            raise
        raise WarehouseError(f"The warehouse {path} cannot be opened: {error}") from error
    connection.execute(f"set memory_limit = '{most_memory()}'")
    return connection


def most_memory() -> str:
    """What DuckDB may hold of the warehouse, the rest being on disk: 4 GiB, or half of a machine that has less than 8.

    Another amount stands in the environment as LOYALTY_MEMORY, such as `12GiB`.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return os.environ.get("LOYALTY_MEMORY") or f"{min(MOST_BYTES, machine // 2) // 2**20}MiB"


def _create(path: Path) -> None:
    """Make an empty warehouse beside its place and move it there: DuckDB never opens again what a full disk cut off."""
    with locked(path.parent, exclusive=True):
        if path.exists():
            return
        beside = path.with_name(f".{path.name}.new")
        beside.unlink(missing_ok=True)
        duckdb.connect(str(beside)).close()
        beside.replace(path)


def remove_warehouse(path: Path) -> None:
    """Remove the warehouse's file, so that the next run builds it from the lake: DuckDB does not overwrite what is
    deleted within it. Raises WarehouseError where another process has it open.
    """
    with open_warehouse(path):
        pass
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)


def replace_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Replace the rows of a table by those of a frame, by name of the column; the table keeps its columns."""
    with transaction(connection):
        connection.execute(f"delete from {table}")
        if rows.height:
            connection.register("replacement", rows.to_arrow())
            connection.execute(f"insert into {table} by name select * from replacement")
            connection.unregister("replacement")


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what the block did, or nothing of it."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
