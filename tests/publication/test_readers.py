"""Readers of all three publications query without pause while versions are published: no error, lock or mixed version.

What it guards against: a view that points to a table that is gone, a transaction that reads half of one version and
half of another, a file that is locked or cut off under a dashboard, and readers who slow the night down.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import duckdb
import pytest

from assets.publication.postgres import publish_to_postgres
from assets.warehouse.database import open_warehouse
from tests.publication.bi_readers import Place, Seen, columns_of_marts, readers_at_work
from tests.publication.postgres_server import BiServer, server
from tests.publication.small_marts import build, publish_files

__all__ = ["server"]
BLOCK = 5


class Nights:
    """Publishes version after version and measures each, in seconds."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, bi: BiServer, rows: int) -> None:
        self.folder, self.connection, self.bi, self.rows, self.last = folder, connection, bi, rows, 0

    def publish(self, count: int) -> list[float]:
        seconds = []
        for _ in range(count):
            self.last += 1
            build(self.connection, self.last, self.rows)
            started = time.monotonic()
            publish_files(self.connection, self.folder, self.last)
            publish_to_postgres(self.bi.target(), self.folder)
            seconds.append(time.monotonic() - started)
        return seconds

    def place(self, *, is_patient: bool) -> Place:
        with duckdb.connect(str(self.folder / "current" / "loyalty.duckdb"), read_only=True) as published:
            columns = columns_of_marts(published)
        return Place(str(self.folder), self.bi.url("ada"), columns, is_patient)


def assert_all_is_whole(seen: list[Seen], newest: int) -> None:
    for reader in seen:
        assert reader.wrong == [], reader.kind
        assert reader.versions == sorted(reader.versions), f"{reader.kind} went back to an older version"
        assert reader.versions[-1] == newest, f"{reader.kind} never saw the newest version"
        assert len(set(reader.versions)) > 2, f"{reader.kind} saw nothing change"


def test_readers_see_whole_versions_while_they_are_published(tmp_path: Path, server: BiServer) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        nights = Nights(tmp_path / "publish", connection, server, rows=500)
        nights.publish(1)
        with readers_at_work(["duckdb", "parquet", "postgres"], nights.place(is_patient=False)) as readers:
            nights.publish(4)
            readers.await_version(nights.last)
        assert_all_is_whole(readers.seen, nights.last)


@pytest.mark.soak
@pytest.mark.parametrize(("is_patient", "rows"), [(True, 150_000), (False, 20_000)])
def test_eight_readers_and_twenty_publications(
    tmp_path: Path, server: BiServer, capsys: pytest.CaptureFixture[str], *, is_patient: bool, rows: int
) -> None:
    """Patient readers leave the processor to the run, as those on other machines do; only then its time is judged.

    Its marts have as many rows as those of the small demo: what is judged is a part of its night.
    """
    kinds = ["duckdb", "parquet", "postgres"] * 2 + ["duckdb", "postgres"]
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        nights = Nights(tmp_path / "publish", connection, server, rows)
        nights.publish(2)
        alone, watched = [], []
        with readers_at_work(kinds, nights.place(is_patient=is_patient)) as readers:
            for _ in range(4):
                readers.pause()
                time.sleep(2)
                alone += nights.publish(BLOCK)
                readers.resume()
                time.sleep(1)
                watched += nights.publish(BLOCK)
            readers.resume()
            readers.await_version(nights.last)
    assert_all_is_whole(readers.seen, nights.last)
    usual, busy = statistics.median(alone), statistics.median(watched)
    queries, longest = sum(len(reader.versions) for reader in readers.seen), max(r.longest for r in readers.seen)
    with capsys.disabled():
        print(  # noqa: T201  (the figures are what a soak run is for)
            f"\n{len(kinds)} readers (patient: {is_patient}), {len(watched)} publications: median {usual:.2f} s alone, "
            f"{busy:.2f} s watched ({busy / usual - 1:+.1%}); {queries} checked answers, the longest in {longest:.2f} s"
        )
    if is_patient:
        assert busy < 1.1 * usual
