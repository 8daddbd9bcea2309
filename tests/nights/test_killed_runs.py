"""Runs that are killed at any moment: the next ordinary run completes them, and no reader ever sees half a version.

What it guards against: a partition that is half written or counted twice, a warehouse that believes it absorbed what it
did not, a build that is taken for complete, a version that lacks a mart, a lock that outlives its process.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import duckdb
import polars as pl
import pytest

from assets.lake.manifest import Lake, read_manifest
from assets.publication.publish import read_publication
from tests.flow.small_company import differences
from tests.nights.changing_demo import ChangingDemo, found_demo
from tests.nights.published import published_marts, read_whole_version, version_in_postgres
from tests.publication.postgres_server import BiServer, server

__all__ = ["server"]

FIRST_NIGHT, SECOND_NIGHT = dt.date(2024, 3, 10), dt.date(2024, 3, 11)
LONG_AGO = dt.date(2023, 9, 1), dt.date(2023, 10, 31)
PHASES = ("backfill", "extract", "build", "publish")
LONGEST_RUN = 900
# Its server imports the pipeline once; each run is then a process of its own that begins at once.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pipelines.runs", "assets.warehouse.build", "assets.validation", "dbt.cli.main"])
Lines = list[tuple[float, str]]


@dataclass(frozen=True)
class Undisturbed:
    """A company before a run, what that run and a night make of it, and when the run said what."""

    before: ChangingDemo
    command: list[str]
    marts: dict[str, pl.DataFrame]
    lake: dict[str, tuple[object, ...]]
    lines: Lines


def night(as_of: dt.date) -> list[str]:
    return ["run", "--as-of", as_of.isoformat()]


def backfill() -> list[str]:
    first, last = map(dt.date.isoformat, LONG_AGO)
    return ["backfill", "--from", first, "--to", last]


def run_loyalty(settings_file: Path, command: list[str], told: Path) -> None:
    """`loyalty` in this process, which tells its progress to a file."""
    from pipelines import command_line

    with told.open("wb", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv = ["loyalty", *command, "--config", str(settings_file)]
    command_line.main()


def start(demo: ChangingDemo, command: list[str]) -> tuple[BaseProcess, Path]:
    """A run in a process of its own, and the file to which it tells its progress."""
    told = demo.folder / "told.txt"
    told.write_bytes(b"")
    process = processes.Process(target=run_loyalty, args=(demo.settings_file, command, told))
    process.start()
    return process, told


def lines_of(process: BaseProcess, told: Path) -> Iterator[tuple[float, str]]:
    """The lines that a process tells as they come, each with the seconds since the start, until the process ends."""
    started, seen = time.monotonic(), 0
    while True:
        has_ended = not process.is_alive()
        lines = told.read_text(encoding="utf-8").splitlines()
        yield from ((time.monotonic() - started, line) for line in lines[seen:])
        seen = len(lines)
        if has_ended:
            return
        assert time.monotonic() - started < LONGEST_RUN, lines
        time.sleep(0.01)


def run_whole(demo: ChangingDemo, command: list[str]) -> Lines:
    """A run that nobody disturbs, and what it told when."""
    process, told = start(demo, command)
    lines = list(lines_of(process, told))
    assert process.exitcode == 0, told.read_text()
    return lines


def moments(run: Undisturbed, phase: str) -> list[int]:
    """The lines after which a run can be killed in a phase: a backfill while it still has order lines to extract."""
    lines = run.lines[:-1]
    if phase == "backfill":
        return list(range(next(n for n, (_, line) in enumerate(lines) if "order_lines" in line)))
    return [number for number in range(len(lines)) if phase_of(run.lines, number) == phase]


def phase_of(lines: Lines, number: int) -> str:
    """Whether a line was told while the sources were extracted, the models built, or the marts published."""
    first_of_build = next(n for n, (_, line) in enumerate(lines) if "Partitions absorbed" in line)
    last_of_build = max(n for n, (_, line) in enumerate(lines) if "models and tests done" in line)
    return "extract" if number < first_of_build else "build" if number < last_of_build else "publish"


def kill_in(demo: ChangingDemo, run: Undisturbed, phase: str, rng: random.Random) -> bool:
    """Kill a run at a random moment of a phase; false where it had come to its end before."""
    lines = run.lines
    number = rng.choice(moments(run, phase))
    wait = rng.random() * (lines[number + 1][0] - lines[number][0])
    process, told = start(demo, run.command)
    for count, _ in enumerate(lines_of(process, told)):
        if count == number:
            time.sleep(wait)
            break
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def lake_of(demo: ChangingDemo) -> dict[str, tuple[object, ...]]:
    """What each entity's manifest says but for how often it was extracted: partitions, how far, and by which source."""
    paths = demo.configuration().paths
    manifests = {entity: read_manifest(Lake(paths.lake, paths.quarantine), entity) for entity in demo.rows}
    return {
        entity: (manifest.partitions, manifest.extracted_through, manifest.source, manifest.cursor)
        for entity, manifest in manifests.items()
    }


def read_on(publish: Path, url: str, is_over: Event, told: Path) -> None:
    """Read whole versions again and again until it is over; what was wrong, and how often it read, goes to a file."""
    count, faults = 0, []
    while not is_over.is_set():
        started = time.monotonic()
        try:
            faults += read_whole_version(publish)
            version_in_postgres(publish, url)
        except (duckdb.Error, OSError, pl.exceptions.PolarsError, postgres.Error, AssertionError) as error:
            faults.append(repr(error))
        count += 1
        # Most of the processor is the run's.
        is_over.wait(4 * (time.monotonic() - started))
    told.write_text("\n".join([str(count), *faults]), encoding="utf-8")


@contextmanager
def reading(publish: Path, url: str, told: Path) -> Iterator[Path]:
    """A process that reads versions during the block; what it found is in the file afterwards."""
    is_over = processes.Event()
    reader = processes.Process(target=read_on, args=(publish, url, is_over, told))
    reader.start()
    try:
        yield told
    finally:
        is_over.set()
        reader.join()


def copy_of(demo: ChangingDemo, folder: Path, server: BiServer) -> tuple[ChangingDemo, str]:
    """The same company in another folder and another database, and what its database is called."""
    copy, name = demo.copy_to(folder), f"company_{uuid.uuid4().hex[:8]}"
    server.execute(
        f"create database {name} template bi", f"grant create on database {name} to loyalty_loader", database="postgres"
    )
    copy.set(postgres_settings(server, name))
    return copy, name


def postgres_settings(server: BiServer, database: str) -> dict[str, Any]:
    target = {"connection": "bi", "schema": "loyalty", "grant_select_to": ["bi_reader"]}
    url = server.url("loyalty_loader", database)
    return {"connections": {"bi": {"url": url}}, "publish": {"postgres": target}}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, server: BiServer) -> dict[str, Undisturbed]:
    """A company with one published night, and what follows: another night, or a backfill before it; by phase."""
    folder = tmp_path_factory.mktemp("killed")
    before = found_demo(folder / "before", customers=120, years=2, settings=postgres_settings(server, "bi"))
    before.show(FIRST_NIGHT)
    run_whole(before, night(FIRST_NIGHT))
    for order in before.orders_of(*LONG_AGO):
        before.correct(order, SECOND_NIGHT)
    order, corrected, late = before.orders_of(FIRST_NIGHT - dt.timedelta(days=5), FIRST_NIGHT)[:3]
    before.go(order, SECOND_NIGHT)
    before.correct(corrected, SECOND_NIGHT)
    before.come_late(late, SECOND_NIGHT)
    before.show(SECOND_NIGHT)
    runs = {}
    for command in (night(SECOND_NIGHT), backfill()):
        after, _ = copy_of(before, folder / command[0], server)
        lines = run_whole(after, command)
        if command == backfill():
            run_whole(after, night(SECOND_NIGHT))
        marts = published_marts(after.configuration().paths.publish)
        runs[command[0]] = Undisturbed(before, command, marts, lake_of(after), lines)
    assert differences(*(run.marts for run in runs.values())) != []
    return {phase: runs["backfill" if phase == "backfill" else "run"] for phase in PHASES}


def check_killed(undisturbed: dict[str, Undisturbed], server: BiServer, folder: Path, count: int, seed: int) -> None:
    """So many kills, each of a run that an ordinary night then completes while a reader reads on."""
    rng = random.Random(seed)  # noqa: S311  (which moment is no secret)
    kills = 0
    for number in range(count):
        phase = PHASES[(seed + number) % len(PHASES)]
        run = undisturbed[phase]
        demo, database = copy_of(run.before, folder / str(number), server)
        publish, url = demo.configuration().paths.publish, server.url("ada", database)
        with reading(publish, url, demo.folder / "read.txt") as read:
            kills += kill_in(demo, run, phase, rng)
            run_whole(demo, night(SECOND_NIGHT))
        reads, *faults = read.read_text(encoding="utf-8").splitlines()
        assert faults == []
        assert int(reads) > 0
        assert lake_of(demo) == run.lake
        assert differences(published_marts(publish), run.marts) == []
        current = read_publication(publish)
        assert current is not None
        assert version_in_postgres(publish, url) == current.version
    # A moment near the end can be missed, where the machine is quicker than it was.
    assert kills >= count - 1


def test_a_killed_run_is_completed_by_the_next(
    undisturbed: dict[str, Undisturbed], server: BiServer, tmp_path: Path
) -> None:
    """Four kills: of a backfill, and of a night that extracts, builds, publishes."""
    check_killed(undisturbed, server, tmp_path, 4, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 20))
def test_killed_runs_are_completed_by_the_next(
    undisturbed: dict[str, Undisturbed], server: BiServer, tmp_path: Path, seed: int
) -> None:
    """Fifty kills, in parts."""
    check_killed(undisturbed, server, tmp_path, 5, seed)
