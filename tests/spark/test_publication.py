"""What Spark computed is published as ever: BI does not see which engine it was."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from assets.publication.publish import publish
from assets.warehouse.database import open_warehouse
from tests.flow.small_company import differences, in_order
from tests.spark.both_engines import TOLERANCE, BothEngines

NOW = dt.datetime(2024, 2, 1, 3, tzinfo=dt.UTC)
# They tell when and as what a version was published.
OF_THE_PUBLICATION = {"publication", "restatements"}


def test_parquet_files_of_both_engines_are_alike(both: BothEngines, tmp_path: Path) -> None:
    """A dashboard that reads files of an older version must read those of Spark: names, columns, types, rows."""
    files = [published(path, tmp_path / name) for name, path in both.warehouses().items()]
    ours, theirs = ({path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")} for folder in files)
    assert len(ours) > 25
    assert {name: frame.schema for name, frame in ours.items()} == {name: f.schema for name, f in theirs.items()}
    for marts in (ours, theirs):
        for name in OF_THE_PUBLICATION:
            marts.pop(name)
    sorted_ours, sorted_theirs = ({n: in_order(frame) for n, frame in marts.items()} for marts in (ours, theirs))
    assert differences(sorted_ours, sorted_theirs, TOLERANCE) == []


def published(warehouse: Path, folder: Path) -> Path:
    """The folder of Parquet files of a warehouse's first version."""
    with open_warehouse(warehouse) as connection:
        publish(connection, folder, run_id="run", published_at=NOW, keep_versions=1)
    return folder / "current" / "marts"
