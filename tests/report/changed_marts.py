"""A published version whose marts a test has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from assets.report.marts import Published

Change = Callable[[str, pl.DataFrame], pl.DataFrame]


def changed(published: Published, folder: Path, change: Change) -> Published:
    """The version once more in `folder`, its marts changed."""
    (folder / "marts").mkdir(parents=True)
    for path in sorted((published.folder / "marts").glob("*.parquet")):
        change(path.stem, pl.read_parquet(path)).write_parquet(folder / "marts" / path.name)
    return replace(published, folder=folder)
