"""Temporary files of one process: what Polars cannot scan where it lies is put here, readable by nobody else."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from assets.leftovers import hold, is_abandoned

PREFIX = "loyalty-"
HOLD = ".held-by-loyalty"


@cache
def _folder() -> tuple[tempfile.TemporaryDirectory[str], object]:
    # TemporaryDirectory makes the folder with mode 0700 and removes it when the process ends.
    folder = tempfile.TemporaryDirectory(prefix=PREFIX)
    return folder, hold(Path(folder.name) / HOLD)


def spool_file(ending: str) -> Path:
    """A new empty file in the process's own temporary folder."""
    handle, name = tempfile.mkstemp(suffix=ending, dir=_folder()[0].name)
    with open(handle, "wb"):  # noqa: PTH123
        pass
    return Path(name)


def remove_abandoned_spools() -> None:
    """Remove the temporary folders of processes that were killed before they could do so."""
    for mark in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{HOLD}"):
        if is_abandoned(mark):
            shutil.rmtree(mark.parent, ignore_errors=True)


def linked(path: str) -> str:
    """Another name of a file, without characters that a library could read as a pattern."""
    link = spool_file(".link")
    link.unlink()
    link.symlink_to(Path(path).absolute())
    return str(link)
