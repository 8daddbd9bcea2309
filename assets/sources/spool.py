"""Temporary files of one process: what Polars cannot scan where it lies is put here, readable by nobody else."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    # TemporaryDirectory makes the folder with mode 0700 and removes it when the process ends.
    return tempfile.TemporaryDirectory(prefix="loyalty-")


def spool_file(ending: str) -> Path:
    """A new empty file in the process's own temporary folder."""
    handle, name = tempfile.mkstemp(suffix=ending, dir=_folder().name)
    with open(handle, "wb"):  # noqa: PTH123
        pass
    return Path(name)


def linked(path: str) -> str:
    """Another name of a file, without characters that a library could read as a pattern."""
    link = spool_file(".link")
    link.unlink()
    link.symlink_to(Path(path).absolute())
    return str(link)
