"""Runs an example as it stands, into a folder of the test's own: lake, warehouse with every test, publication.

The plain functions serve, for Dagster adds time and no numbers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl

from assets.configuration import Paths
from assets.configuration.file import load_configuration
from assets.contracts import entities
from assets.lake.load import Loaded, load_entity
from assets.lake.window import window_tags
from assets.publication.publish import DATABASE_NAME, publish
from assets.sources import Window
from assets.warehouse.asset import AS_OF_TAG, refresh
from assets.warehouse.build import refuse_failures
from assets.warehouse.database import open_warehouse

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT.parent / "shared" / "data"
EXTRACTED_ON = dt.date(2025, 1, 1)


@dataclass(frozen=True)
class ExampleRun:
    """What a run left: per entity what became of its rows, the accepted rows in the lake, the published marts."""

    folder: Path
    loaded: dict[str, Loaded]

    def accepted(self, entity: str) -> pd.DataFrame:
        """The accepted rows of an entity as they stand in the lake."""
        files = f"{self.folder}/lake/{entity}/**/*.parquet"
        return pl.read_parquet(files, glob=True, hive_partitioning=False).to_pandas()

    def marts(self, sql: str) -> pd.DataFrame:
        """The rows of a query over the published marts, read as a BI tool reads them."""
        with duckdb.connect(self.folder / "publish" / "current" / DATABASE_NAME, read_only=True) as connection:
            connection.execute("use marts")
            return connection.execute(sql).df()


def run_example(name: str, folder: Path, as_of: dt.date, extracted_to: dt.date | None = None) -> ExampleRun:
    """Extract all of an example's history up to `extracted_to` (by default `as_of`) and publish it as of `as_of`."""
    paths = Paths(
        lake=folder / "lake",
        quarantine=folder / "quarantine",
        warehouse=folder / "warehouse.duckdb",
        publish=folder / "publish",
    )
    configuration = load_configuration(PROJECT / "examples" / name).model_copy(update={"paths": paths})
    window = Window(configuration.company.history_start, extracted_to or as_of)
    wanted = [entity for entity in entities() if entity in configuration.sources]
    loaded = {entity: load_entity(entity, configuration, window, EXTRACTED_ON) for entity in wanted}
    refuse_failures(refresh(configuration, {**window_tags(window), AS_OF_TAG: as_of.isoformat()}, as_of))
    with open_warehouse(configuration.paths.warehouse) as connection:
        publish(
            connection,
            configuration.paths.publish,
            run_id="test",
            published_at=dt.datetime.now(dt.UTC),
            keep_versions=1,
        )
    return ExampleRun(folder, loaded)
