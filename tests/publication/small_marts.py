"""A warehouse with a few small marts that a build has completed, so that a publication takes a moment, not a minute."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from assets.publication.publish import Publication, publish
from assets.warehouse.control import BuildState, write_build_state

AS_OF = dt.date(2024, 12, 31)
FIRST_NIGHT = dt.datetime(2025, 1, 1, 2, tzinfo=dt.UTC)


def build(connection: duckdb.DuckDBPyConnection, number: int, rows: int = 200) -> None:
    """Build `kpi`, `customers` and `odd`; every row of them tells the number of the build, as does their row count."""
    connection.execute("create schema if not exists marts")
    connection.execute(
        f"""create or replace table marts.kpi as
        select 'nps' as metric_id, 'day' as grain, date '2024-01-01' + range::integer as period_start,
            'total' as dimension, 'total' as dimension_value, {number} / 7.0::double as value, {number}::bigint as n,
            range % 2 = 0 as is_complete
        from range({rows + number})"""
    )
    connection.execute(
        f"""create or replace table marts.customers as
        select 'c' || range as customer_id, {number}::bigint as build,
            (range + 0.0001)::decimal(18, 4) as revenue_amount,
            timestamp '2024-01-01 10:00:00.123456' as first_seen_at, null::varchar as segment
        from range({rows + number})"""
    )
    connection.execute(
        f"""create or replace table marts.odd as
        select {number}::bigint as build, 'it''s "x" \\ ' || chr(10) || 'é' as "odd ""name",
            12345678901234567890123456789012.3456::decimal(38, 4) as "select", 'nan'::double as ratio"""
    )
    connection.execute("comment on table marts.kpi is 'Every metric. It''s \"one\" row per \\ period.'")
    connection.execute("comment on column marts.kpi.value is 'The metric''s value $1 $$.'")
    write_build_state(connection, BuildState(AS_OF, "", "", is_complete=True, is_rebuild=False))


def publish_files(connection: duckdb.DuckDBPyConnection, folder: Path, number: int, keep: int = 7) -> Publication:
    """Publish what was built, in the night of that number."""
    moment = FIRST_NIGHT + dt.timedelta(days=number)
    return publish(connection, folder, run_id=f"night {number}", published_at=moment, keep_versions=keep)
