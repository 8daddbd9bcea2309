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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.lake.manifest import Lake, read_manifest
from tests.flow.small_company import differences
from tests.nights.changing_demo import ChangingDemo, found_demo
from tests.nights.published import published_marts, read_whole_version

FIRST_NIGHT, SECOND_NIGHT = dt.date(2024, 3, 10), dt.date(2024, 3, 11)
PHASES = ("extract", "build", "publish")
LONGEST_RUN = 900
# Its server imports the pipeline once; each run is then a process of its own that begins at once.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["pipelines.runs", "assets.warehouse.build", "assets.validation", "dbt.cli.main"])


@dataclass(frozen=True)
class Undisturbed:
    """A company before its second night, what that night makes of it, and when the night said what."""

    before: ChangingDemo
    marts: dict[str, pl.DataFrame]
    lake: dict[str, tuple[object, ...]]
    lines: list[tuple[float, str]]


def run_night(settings_file: Path, as_of: dt.date, told: Path) -> None:
    """`loyalty run` in this process, which tells its progress to a file."""
    from pipelines import command_line

    with told.open("wb", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv = ["loyalty", "run", "--config", str(settings_file), "--as-of", as_of.isoformat()]
    command_line.main()


def start_night(demo: ChangingDemo, as_of: dt.date) -> tuple[BaseProcess, Path]:
    """A night in a process of its own, and the file to which it tells its progress."""
    told = demo.folder / "told.txt"
    told.write_bytes(b"")
    process = processes.Process(target=run_night, args=(demo.settings_file, as_of, told))
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


def whole_night(demo: ChangingDemo, as_of: dt.date) -> list[tuple[float, str]]:
    """A night that nobody disturbs, and what it told when."""
    process, told = start_night(demo, as_of)
    lines = list(lines_of(process, told))
    assert process.exitcode == 0, told.read_text()
    return lines


def phase_of(lines: list[tuple[float, str]], number: int) -> str:
    """Whether a line was told while the sources were extracted, the models built, or the marts published."""
    first_of_build = next(n for n, (_, line) in enumerate(lines) if "Partitions absorbed" in line)
    last_of_build = max(n for n, (_, line) in enumerate(lines) if "models and tests done" in line)
    return "extract" if number < first_of_build else "build" if number < last_of_build else "publish"


def kill_in(demo: ChangingDemo, lines: list[tuple[float, str]], phase: str, rng: random.Random) -> bool:
    """Kill a night at a random moment of a phase; false where it had come to its end before."""
    number = rng.choice([n for n in range(len(lines) - 1) if phase_of(lines, n) == phase])
    wait = rng.random() * (lines[number + 1][0] - lines[number][0])
    process, told = start_night(demo, SECOND_NIGHT)
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


def read_on(publish: Path, is_over: Event, told: Path) -> None:
    """Read whole versions again and again until it is over; what was wrong, and how often it read, goes to a file."""
    count, faults = 0, []
    while not is_over.is_set():
        try:
            faults += read_whole_version(publish)
        except (duckdb.Error, OSError, pl.exceptions.PolarsError) as error:
            faults.append(repr(error))
        count += 1
        time.sleep(1)
    told.write_text("\n".join([str(count), *faults]), encoding="utf-8")


@contextmanager
def reading(publish: Path, told: Path) -> Iterator[Path]:
    """A process that reads versions during the block; what it found is in the file afterwards."""
    is_over = processes.Event()
    reader = processes.Process(target=read_on, args=(publish, is_over, told))
    reader.start()
    try:
        yield told
    finally:
        is_over.set()
        reader.join()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """A company with one published night, and another that has both."""
    folder = tmp_path_factory.mktemp("killed")
    before = found_demo(folder / "before", customers=120, years=2)
    before.show(FIRST_NIGHT)
    whole_night(before, FIRST_NIGHT)
    order, corrected, late = before.orders_of(FIRST_NIGHT - dt.timedelta(days=5), FIRST_NIGHT)[:3]
    before.go(order, SECOND_NIGHT)
    before.correct(corrected, SECOND_NIGHT)
    before.come_late(late, SECOND_NIGHT)
    before.show(SECOND_NIGHT)
    after = before.copy_to(folder / "after")
    lines = whole_night(after, SECOND_NIGHT)
    return Undisturbed(before, published_marts(after.configuration().paths.publish), lake_of(after), lines)


def check_killed(undisturbed: Undisturbed, folder: Path, count: int, seed: int) -> None:
    """So many kills, each of a night that an ordinary run then completes while a reader reads on."""
    rng = random.Random(seed)  # noqa: S311  (which moment is no secret)
    kills = 0
    for number in range(count):
        demo = undisturbed.before.copy_to(folder / str(number))
        publish = demo.configuration().paths.publish
        with reading(publish, demo.folder / "read.txt") as read:
            kills += kill_in(demo, undisturbed.lines, PHASES[number % len(PHASES)], rng)
            whole_night(demo, SECOND_NIGHT)
        reads, *faults = read.read_text(encoding="utf-8").splitlines()
        assert faults == []
        assert int(reads) > 0
        assert lake_of(demo) == undisturbed.lake
        assert differences(published_marts(publish), undisturbed.marts) == []
    # A moment near the end can be missed, where the machine is quicker than it was.
    assert kills > count * 0.8


def test_a_killed_night_is_completed_by_the_next(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Three kills: while the sources are extracted, while the models are built, while the marts are published."""
    check_killed(undisturbed, tmp_path, 3, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 20))
def test_killed_nights_are_completed_by_the_next(undisturbed: Undisturbed, tmp_path: Path, seed: int) -> None:
    """Fifty kills, in parts."""
    check_killed(undisturbed, tmp_path, 5, seed)
