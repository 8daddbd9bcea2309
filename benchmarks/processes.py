"""Runs each scenario in a process of its own and takes its time and its peak memory.

This module and what it imports stay small: a process that is started inherits its parent's size as its first peak.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRESS_AFTER, PROGRESS_EVERY = 2.0, 10.0
LOYALTY = ("-m", "pipelines.command_line")


@dataclass(frozen=True)
class Measured:
    """Wall-clock seconds, processor seconds and the most bytes that the process and its children held."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


class ProcessFailedError(Exception):
    """A scenario's process ended with an error; the message holds what it wrote last."""


def measured(name: str, arguments: Sequence[object], log: Path) -> Measured:
    """Run Python with these arguments to its end; what it writes goes to `log`. Raises ProcessFailedError."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file, progress(name):
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            env=environment,
            cwd=REPOSITORY,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        told = log.read_text(errors="replace")[-3000:]
        raise ProcessFailedError(f"{name} ended with code {process.returncode}. Its log {log} ends so:\n{told}")
    # Linux counts the resident set in units of 1024 bytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


@contextmanager
def progress(name: str) -> Iterator[None]:
    """Say what is at work, where it takes longer than two seconds, and how long it took."""
    ended = threading.Event()
    started = time.monotonic()

    def tell() -> None:
        wait = PROGRESS_AFTER
        while not ended.wait(wait):
            print(f"    {name}: {time.monotonic() - started:,.0f} s ...", file=sys.stderr, flush=True)
            wait = PROGRESS_EVERY

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()
    print(f"  {name}: {time.monotonic() - started:,.1f} s", file=sys.stderr, flush=True)
