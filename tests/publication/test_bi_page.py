"""What the page about BI tools tells is executed on the published demo, in the files and in Postgres.

What it guards against: a query that people copy and that names a column that is gone, finds nothing, or finds what is
not over yet or hidden; two publications that need different queries.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.publication.postgres import publish_to_postgres
from tests.deployment.page_blocks import blocks_of
from tests.publication.postgres_server import BiServer, server

__all__ = ["server"]
COMPANY = "/srv/acme"
SQL = [block.text for block in blocks_of("bi.md") if block.language == "sql"]
SCRIPTS = [block.text for block in blocks_of("bi.md") if block.language == "python"]
# Those of the dashboards, which both publications answer: they name the schema.
DASHBOARDS = [text for text in SQL if " marts." in text]
MARTS = ["cohort_retention", "kpi", "mrr_movements", "publication"]


@pytest.fixture(scope="module")
def files(published_demo: Path) -> Any:
    """A connection to the published file, as the page tells to open it."""
    with duckdb.connect(published_demo / ".loyalty/publish/current/loyalty.duckdb", read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def bi(server: BiServer, published_demo: Path) -> BiServer:
    """The demo's publication in Postgres."""
    publish_to_postgres(server.target(), published_demo / ".loyalty/publish")
    return server


def test_there_is_a_query_for_every_dashboard() -> None:
    assert len(DASHBOARDS) == len(MARTS)
    assert all(f"from marts.{mart}\n" in query for mart, query in zip(MARTS, DASHBOARDS, strict=True))


@pytest.mark.parametrize("query", DASHBOARDS, ids=MARTS)
def test_the_queries_find_rows_of_the_same_values_in_both_publications(query: str, files: Any, bi: BiServer) -> None:
    found = files.execute(query).fetchall()
    assert found
    assert all(row[0] is not None for row in found)
    told = bi.query(query.replace(" marts.", " loyalty."))
    assert len(told) == len(found)
    # Drivers have types of their own for all but numbers.
    for ours, theirs in zip(found, told, strict=True):
        numbers = [n for n, cell in enumerate(ours) if isinstance(cell, int | float)]
        assert [theirs[n] for n in numbers] == pytest.approx([ours[n] for n in numbers], rel=1e-12)
        assert [cell is None for cell in theirs] == [cell is None for cell in ours]


def test_nothing_that_is_hidden_or_not_over_is_in_a_chart(files: Any) -> None:
    retention, satisfaction, revenue, _ = (files.sql(query).pl() for query in DASHBOARDS)
    assert retention["value"].null_count() == satisfaction["value"].null_count() == 0
    assert set(satisfaction["metric_id"]) == {"csi_index", "nps"}
    bridge = revenue.select(pl.sum_horizontal(pl.exclude("period_start", "end_mrr_amount", "nrr")))
    assert bridge.to_series().to_list() == revenue["end_mrr_amount"].to_list()


def test_the_queries_of_duckdb_work_from_anywhere(published_demo: Path) -> None:
    others = [query.replace(COMPANY, str(published_demo)) for query in SQL if query not in DASHBOARDS]
    assert len(others) == 3
    with duckdb.connect() as connection:
        for query in others:
            found = connection.execute(query).fetchall()
            assert found or query.startswith("attach")


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_the_scripts_work(number: int, published_demo: Path, tmp_path: Path) -> None:
    script = SCRIPTS[number].replace(COMPANY, str(published_demo))
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    written = tmp_path / "satisfaction.csv"
    if "satisfaction.csv" in script:
        assert len(pl.read_csv(written)) > 10
    else:
        assert "shape: (" in ended.stdout


def test_an_open_file_keeps_its_version_and_cannot_be_written(published_demo: Path, tmp_path: Path) -> None:
    """What the page promises of `current`: shown with a link that moves while a connection is open."""
    version = (published_demo / ".loyalty/publish/current").resolve()
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        with duckdb.connect(tmp_path / str(number) / "loyalty.duckdb") as connection:
            connection.execute(f"attach '{version / 'loyalty.duckdb'}' as old (read_only)")
            connection.execute("create schema marts")
            connection.execute("create table marts.publication as from old.marts.publication")
            connection.execute("update marts.publication set version = ?", [number])
    current = tmp_path / "current"
    current.symlink_to("1")
    query = "select max(version) from marts.publication"
    with duckdb.connect(current / "loyalty.duckdb", read_only=True) as kept:
        (tmp_path / "new").symlink_to("2")
        (tmp_path / "new").replace(current)
        for path in (tmp_path / "1").iterdir():
            path.unlink()
        assert kept.execute(query).fetchall() == [(1,)]
        with pytest.raises(duckdb.Error, match="read-only"):
            kept.execute("delete from marts.publication")
    with duckdb.connect(current / "loyalty.duckdb", read_only=True) as opened_again:
        assert opened_again.execute(query).fetchall() == [(2,)]
