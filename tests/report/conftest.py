"""Shares the published demo company with the tests of the report, and its marts as a version that a test may change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from assets.report.marts import Published
from tests.pipelines.published_demo import published_demo

__all__ = ["published_demo"]

Change = Callable[[str, pl.DataFrame], pl.DataFrame]


@pytest.fixture(scope="session")
def published(published_demo: Path) -> Published:
    """The published version of the demo company."""
    folder = (published_demo / ".loyalty/publish/current").resolve()
    first = pl.read_parquet(folder / "marts/publication.parquet").row(0, named=True)
    moment: dt.datetime = first["published_at"]
    return Published("Demo", "GBP", first["version"], first["as_of_date"], moment, folder)


def changed(published: Published, folder: Path, change: Change) -> Published:
    """The version once more in `folder`, its marts changed."""
    (folder / "marts").mkdir(parents=True)
    for path in sorted((published.folder / "marts").glob("*.parquet")):
        change(path.stem, pl.read_parquet(path)).write_parquet(folder / "marts" / path.name)
    return replace(published, folder=folder)
