"""Temporary files that tell whether the process that wrote them still lives, so that those of killed runs can go."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def hold(path: Path) -> IO[bytes]:
    """Make a file and hold it as long as the result is open, at the longest as long as this process lives."""
    file = path.open("ab")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


@contextmanager
def held(path: Path) -> Iterator[Path]:
    """A file that is held within the block and gone after it."""
    with hold(path):
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


def is_abandoned(path: Path) -> bool:
    """Whether a file that was held once is held no more: its process was killed."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
