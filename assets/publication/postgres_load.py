"""Loads a published version into a schema of its own, in one transaction: it is there wholly or not at all.

Nothing that a reader uses is touched. A load that was killed leaves nothing, for the server takes it back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from assets.errors import PublicationError
from assets.publication.postgres_session import Target, execute, execute_all, literal, quoted, rows
from assets.publication.postgres_version import Mart, Version, column_list, comments

log = logging.getLogger("loyalty.publication")
BATCH_ROWS = 50_000
PROGRESS_SECONDS = 2.0
# The column of every loaded table that tells versions apart; no view shows it.
KEY = "publication_key"


def is_loaded(connection: Any, target: Target, version: Version) -> bool:
    """Whether all tables of the version are there, so that nothing is left but to show it."""
    there = tables_of(connection, version.shadow(target))
    return there == sorted(version.marts)


def tables_of(connection: Any, schema: str) -> list[str]:
    """The tables of a schema by name."""
    query = "select relname::text from pg_class where relnamespace = to_regnamespace($1) and relkind in ('r', 'p')"
    return sorted(name for (name,) in rows(connection, query, [quoted(schema)]))


def load_version(connection: Any, target: Target, version: Version, published: duckdb.DuckDBPyConnection) -> None:
    """Create the version's schema with all its tables, filled, indexed, described and analysed."""
    shadow = version.shadow(target)
    log.info("Loading version %s into Postgres: %s marts ...", version.number, len(version.marts))
    execute(connection, f"create schema {quoted(shadow)}")
    text = f"Version {version.number} of the marts, published {version.published_at} UTC."
    execute(connection, f"comment on schema {quoted(shadow)} is {literal(text)}")
    for mart in version.marts.values():
        table = quoted(shadow, mart.name)
        # The check lets the table become a partition without being read through again.
        key = f"{quoted(KEY)} timestamp not null default {version.key} check ({quoted(KEY)} = {version.key})"
        execute(connection, f"create table {table} ({column_list(mart)}, {key})")
        _fill(connection, shadow, mart, published)
        execute_all(
            connection, [*map(_if_it_fits, _keys(mart, table)), *comments(mart, "table", table), f"analyze {table}"]
        )
    connection.commit()


def _fill(connection: Any, shadow: str, mart: Mart, published: duckdb.DuckDBPyConnection) -> None:
    # A text of Postgres cannot hold the character NUL.
    columns = ", ".join(
        f"replace({quoted(name)}, chr(0), '') as {quoted(name)}" if data_type == "text" else quoted(name)
        for name, data_type in mart.columns.items()
    )
    batches = published.sql(f"select {columns} from marts.{quoted(mart.name)}").to_arrow_reader(BATCH_ROWS)
    told = pa.RecordBatchReader.from_batches(batches.schema, _with_progress(batches, mart))
    with connection.cursor() as cursor:
        loaded = cursor.adbc_ingest(mart.name, told, mode="append", db_schema_name=shadow)
    if mart.row_count is not None and loaded != mart.row_count:
        message = f"publish.postgres: {loaded} rows of {mart.name} arrived, but the version has {mart.row_count}."
        raise PublicationError(f"{message} Run again.")


def _with_progress(batches: pa.RecordBatchReader, mart: Mart) -> Iterator[pa.RecordBatch]:
    loaded, told_at = 0, time.monotonic()
    for batch in batches:
        yield batch
        loaded += batch.num_rows
        if time.monotonic() - told_at > PROGRESS_SECONDS:
            log.info("%s: %s of %s rows loaded", mart.name, f"{loaded:,}", f"{mart.row_count or loaded:,}")
            told_at = time.monotonic()


def _keys(mart: Mart, table: str) -> Iterator[str]:
    """The primary key, or a unique index where a column of the key may be empty, and the indexes of dashboards."""
    key = mart.declared.key
    if key and mart.declared.required.issuperset(key):
        yield f"alter table {table} add primary key ({_names(key)})"
    elif key:
        yield f"create unique index on {table} ({_names(key)})"
    for columns in mart.indexes:
        yield f"create index on {table} ({_names(columns)})"


def _if_it_fits(statement: str) -> str:
    """An index of texts that are longer than an index takes is left out; numbers are more than speed."""
    return f"begin {statement}; exception when program_limit_exceeded then null; end"


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(quoted(column) for column in columns)
