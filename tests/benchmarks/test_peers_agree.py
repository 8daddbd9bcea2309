"""The peers that the benchmarks measure do the same work: their numbers are those of the published marts.

What it guards against: a comparison of speed with something that computes another number, and a definition of a mart
that changes while the hand-written SQL beside it does not.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from benchmarks import looking
from benchmarks.agreement import compare, compare_folders, compare_whole
from benchmarks.peers import plain_duckdb, plain_pandas, plain_polars
from tests.pipelines.published_demo import AS_OF

AS_OF_DATE = dt.date.fromisoformat(AS_OF)
HISTORY_START = dt.date(2023, 1, 1)
CURRENT = Path(".loyalty/publish/current/marts")


def test_hand_written_sql_gives_the_published_numbers(published_demo: Path, tmp_path: Path) -> None:
    lake = published_demo / ".loyalty" / "lake"
    plain_duckdb.compute(lake, AS_OF_DATE, HISTORY_START, tmp_path / "bare.duckdb", tmp_path / "marts")
    found = compare_folders(tmp_path / "marts", published_demo / CURRENT)
    assert {each.mart for each in found} == set(plain_duckdb.MARTS)
    assert [line for each in found for line in each.differences] == []
    assert min(each.cells for each in found) > 1_000


@pytest.mark.filterwarnings("ignore")
def test_pandas_gives_the_published_numbers(published_demo: Path, tmp_path: Path) -> None:
    plain_pandas.compute(published_demo / ".loyalty" / "lake", AS_OF_DATE, tmp_path)
    found = compare_folders(tmp_path, published_demo / CURRENT, looking.PANDAS_TOLERANCE)
    assert {each.mart for each in found} == {"cohort_retention", "kpi"}
    assert [line for each in found for line in each.differences] == []


def test_bare_polars_writes_as_many_rows_as_the_lake_accounts_for(published_demo: Path, tmp_path: Path) -> None:
    counts = plain_polars.scan_to_parquet(published_demo, AS_OF_DATE, tmp_path)
    accounted = looking.rows(published_demo / "loyalty.yaml", tmp_path / "counts.json")
    assert accounted["extracted"] == sum(counts.values())


def test_a_cell_that_differs_is_told(published_demo: Path, tmp_path: Path) -> None:
    kpi = pl.read_parquet(published_demo / CURRENT / "kpi.parquet")
    other = kpi.with_columns(pl.when(pl.col("metric_id") == "nps").then(pl.col("value") + 1e-6).otherwise("value"))
    columns = ["metric_id", "grain", "period_start", "dimension", "dimension_value", "value"]
    found = compare(other.select(columns), kpi, "kpi")
    assert found.differences
    assert all("kpi.value" in line for line in found.differences)
    missing = compare(kpi.select(columns).head(kpi.height - 1), kpi, "kpi")
    assert any("in one only" in line for line in missing.differences)
    kpi.head(3).write_parquet(tmp_path / "kpi.parquet")
    assert compare_whole(tmp_path, published_demo / CURRENT)[0].differences
