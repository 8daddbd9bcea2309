"""Shares the published demo company with the tests of the report, and the version that it published."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from assets.report.marts import Published
from tests.pipelines.published_demo import published_demo

__all__ = ["published_demo"]


@pytest.fixture(scope="session")
def published(published_demo: Path) -> Published:
    """The published version of the demo company."""
    folder = (published_demo / ".loyalty/publish/current").resolve()
    first = pl.read_parquet(folder / "marts/publication.parquet").row(0, named=True)
    moment: dt.datetime = first["published_at"]
    return Published("Demo", "GBP", first["version"], first["as_of_date"], moment, folder)
