"""The published demo as a reader in another process finds it: its checksums hold, and every column is described."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb

RECOMPUTE = """
import json, sys
import duckdb
folder = sys.argv[1]
connection = duckdb.connect(f"{folder}/loyalty.duckdb", read_only=True)
# A script without a file is taken for a person's session, to which DuckDB shows a bar where a query takes seconds.
connection.execute("set enable_progress_bar = false")
told = connection.execute("select mart, row_count, checksum from marts.publication").fetchall()
checksum = "select count(*), coalesce(sum(md5_number_lower(cast(m as varchar)) % 1000000007), 0)::varchar from {} as m"
found = {}
for mart, rows, sum_ in told:
    found[mart] = [[rows, sum_]]
    for relation in (f'marts."{mart}"', f"'{folder}/marts/{mart}.parquet'"):
        found[mart].append(list(connection.execute(checksum.format(relation)).fetchone()))
print(json.dumps(found))
"""


def test_checksums_computed_again_elsewhere_are_those_of_the_publication(published_demo: Path) -> None:
    """A copy that lost rows or was cut off must be found out by whoever reads it."""
    ended = subprocess.run(
        [sys.executable, "-c", RECOMPUTE, str(published_demo / ".loyalty/publish/current")],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(ended.stdout)
    assert {"kpi", "cohort_retention", "customers", "metric_definitions"} <= found.keys()
    assert {mart: sums for mart, sums in found.items() if len({json.dumps(one) for one in sums}) > 1} == {}


def test_every_published_mart_and_column_is_described(published_demo: Path) -> None:
    database = published_demo / ".loyalty/publish/current/loyalty.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where comment is null").fetchall()
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() where comment is null and schema_name = 'marts'"
        ).fetchall()
    assert (tables, columns) == ([], [])
