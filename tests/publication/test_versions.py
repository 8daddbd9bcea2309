"""A published version is whole, comes in one step and stays readable; what was there before survives every failure.

What it guards against: a reader who sees two versions mixed or a locked file, a full disk after a year of nights, a
killed run whose leftovers stop every later one, checksums that nobody can compute again.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from assets.errors import PublicationError
from assets.publication import publish as publishing
from assets.publication.publish import is_published, publish, read_publication
from assets.warehouse.control import BuildState, write_build_state
from assets.warehouse.database import open_warehouse

AS_OF = dt.date(2024, 12, 31)
NIGHT = dt.datetime(2025, 1, 1, 2, tzinfo=dt.UTC)
ROWS = 20_000


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with two marts that a build has completed; all rows of both hold the number of the build."""
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("create schema marts")
        build(connection, 1)
        yield connection


def build(connection: duckdb.DuckDBPyConnection, number: int, *, is_complete: bool = True) -> None:
    for mart in ("first", "second"):
        rows = f"select range as row_number, {number} as build, cast(range / 7 as decimal(18, 4)) as amount"
        connection.execute(f"create or replace table marts.{mart} as {rows} from range({ROWS})")
    connection.execute("comment on table marts.first is 'The customer''s first mart.'")
    connection.execute("comment on column marts.first.build is 'Its build.'")
    write_build_state(connection, BuildState(AS_OF, "", "", is_complete=is_complete, is_rebuild=False))


def publish_to(connection: duckdb.DuckDBPyConnection, folder: Path, keep: int = 7) -> int:
    return publish(connection, folder, run_id="run", published_at=NIGHT, keep_versions=keep).version


def version_names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "versions").iterdir())


def test_versions_count_up_and_only_the_last_ones_stay(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = tmp_path / "publish"
    assert [publish_to(warehouse, folder, keep=2) for _ in range(4)] == [1, 2, 3, 4]
    assert version_names(folder) == ["000003", "000004"]
    assert (folder / "current").resolve().name == "000004"
    assert not (folder / "current").readlink().is_absolute(), "a folder that is moved or mounted elsewhere stays whole"


def test_parquet_and_database_of_a_version_hold_the_same_rows(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    publish_to(warehouse, tmp_path / "publish")
    current = tmp_path / "publish" / "current"
    with duckdb.connect(str(current / "loyalty.duckdb"), read_only=True) as published:
        for mart in ("first", "second", "publication"):
            rows = published.execute(f"from marts.{mart}").fetchall()
            assert rows == pl.read_parquet(current / "marts" / f"{mart}.parquet").rows()


def test_descriptions_reach_the_published_database(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    publish_to(warehouse, tmp_path / "publish")
    with duckdb.connect(str(tmp_path / "publish/current/loyalty.duckdb"), read_only=True) as published:
        tables = published.execute("select comment from duckdb_tables() where table_name = 'first'").fetchall()
        columns = "select comment from duckdb_columns() where table_name = 'first' and column_name = 'build'"
        assert tables == [("The customer's first mart.",)]
        assert published.execute(columns).fetchall() == [("Its build.",)]


def test_the_database_is_in_a_format_of_older_drivers(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A driver of version 1.5 refuses a file in the format of 2.0."""
    publish_to(warehouse, tmp_path / "publish")
    with duckdb.connect(str(tmp_path / "publish/current/loyalty.duckdb"), read_only=True) as published:
        tags = published.execute("select tags from duckdb_databases() where database_name = 'loyalty'").fetchall()
    assert "v1.5" in str(tags)


def test_an_incomplete_build_is_not_published(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = tmp_path / "publish"
    publish_to(warehouse, folder)
    build(warehouse, 2, is_complete=False)
    with pytest.raises(PublicationError, match=r"last build failed or was stopped\. Run `loyalty run` again"):
        publish_to(warehouse, folder)
    assert version_names(folder) == ["000001"]


def test_a_disk_that_refuses_is_one_clear_error(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    folder = tmp_path / "publish"
    publish_to(warehouse, folder)
    monkeypatch.setattr(publishing, "_point_current_to", refuse)
    with pytest.raises(PublicationError, match=r"cannot be published under .*Permission denied"):
        publish_to(warehouse, folder)
    assert (folder / "current").resolve().name == "000001"


KILLED_WITHIN = """
import os, signal, sys, datetime as dt
from pathlib import Path
from assets.publication import publish as publishing
from assets.warehouse.database import open_warehouse
setattr(publishing, sys.argv[3], lambda *_: os.kill(os.getpid(), signal.SIGKILL))
with open_warehouse(Path(sys.argv[1])) as connection:
    moment = dt.datetime(2025, 1, 2, tzinfo=dt.UTC)
    publishing.publish(connection, Path(sys.argv[2]), run_id="killed", published_at=moment, keep_versions=7)
"""


@pytest.mark.parametrize("step", ["_count_and_checksum", "_point_current_to", "_note_published"])
def test_a_publication_killed_at_any_step_is_completed_by_the_next(tmp_path: Path, step: str) -> None:
    path, folder = tmp_path / "warehouse.duckdb", tmp_path / "publish"
    with open_warehouse(path) as connection:
        connection.execute("create schema marts")
        build(connection, 1)
        publish_to(connection, folder)
        build(connection, 2)
        publishing.forget_published(connection)
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_WITHIN, str(path), str(folder), step],
        env={**os.environ, "PYTHONPATH": str(root)},
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    seen = read_publication(folder)
    assert seen is not None
    assert seen.version == (2 if step == "_note_published" else 1)
    assert builds(folder / "current") == {2 if step == "_note_published" else 1}
    with open_warehouse(path) as connection:
        assert not is_published(connection, folder), "the next run would not know that there is something to publish"
        version = publish_to(connection, folder)
        assert is_published(connection, folder)
    assert builds(folder / "current") == {2}
    assert version == int((folder / "current").resolve().name)
    assert not list((folder / "versions").glob(".*"))


def builds(version: Path) -> set[int]:
    """The builds that the marts of a version come from: one, where it is whole."""
    with duckdb.connect(str(version / "loyalty.duckdb"), read_only=True) as connection:
        return {build for mart in ("first", "second") for (build,) in connection.execute(builds_of(mart)).fetchall()}


def builds_of(mart: str) -> str:
    return f"select distinct build from marts.{mart}"


def read_again_and_again(folder: str, ready: Any, stop: Any, seen: Any) -> None:
    """What a BI tool does: connects anew for each query, and keeps one old connection open besides."""
    kept = duckdb.connect(f"{folder}/current/loyalty.duckdb", read_only=True)
    (first,) = kept.execute(builds_of("first")).fetchone() or (None,)
    found: set[object] = set()
    count = 0
    try:
        while True:
            resolved = (Path(folder) / "current").resolve()
            with duckdb.connect(str(resolved / "loyalty.duckdb"), read_only=True) as connection:
                both = [connection.execute(builds_of(mart)).fetchall() for mart in ("first", "second")]
            parquet = pl.read_parquet(resolved / "marts" / "first.parquet")["build"].unique().to_list()
            found.add((tuple(map(tuple, both[0])), tuple(map(tuple, both[1])), tuple(parquet)))
            if kept.execute(builds_of("second")).fetchall() != [(first,)]:
                found.add("the open connection changed")
            count += 1
            ready.set()
            if stop.is_set():
                break
    except (duckdb.Error, OSError, pl.exceptions.PolarsError) as error:
        found.add(repr(error))
    finally:
        ready.set()
        seen.put((count, found))


def test_readers_query_during_publications_and_never_see_a_mix_an_error_or_a_lock(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "publish"
    publish_to(warehouse, folder)
    context = multiprocessing.get_context("spawn")
    stop, seen = context.Event(), context.Queue()
    ready = [context.Event() for _ in range(2)]
    readers = [context.Process(target=read_again_and_again, args=(str(folder), event, stop, seen)) for event in ready]
    for reader in readers:
        reader.start()
    assert all(event.wait(60) for event in ready)
    for number in range(2, 8):
        build(warehouse, number)
        publish_to(warehouse, folder)
    stop.set()
    told = [seen.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join(60)
    for count, found in told:
        assert count > 0
        for one in found:
            assert not isinstance(one, str), one
            in_first, in_second, in_parquet = one
            assert in_first == in_second == (in_parquet,), "one version holds rows of two builds"
    assert len({one for _, found in told for one in found}) > 1, "no reader read while something changed"
