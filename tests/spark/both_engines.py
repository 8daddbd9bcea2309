"""One lake, and the marts that DuckDB and Spark make of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from assets.configuration import Configuration, Paths, SparkServer
from assets.contracts import entities
from assets.lake.load import load_entity
from assets.lake.manifest import Lake
from assets.sources import Window
from assets.spark.build import bring_sources, take_marts
from assets.warehouse.absorb import absorb, complete_build
from assets.warehouse.asset import AS_OF_TAG, definitions, refresh
from assets.warehouse.build import build_models, refuse_failures
from assets.warehouse.database import open_warehouse
from tests.flow.small_company import FIRST_AS_OF, HISTORY_START, SmallCompany, differences, found_company, read_marts

TOLERANCE = 1e-9


@dataclass
class BothEngines:
    """A company, built on DuckDB in its own folder and on a server of Spark from another."""

    company: SmallCompany
    on_spark: Configuration
    as_of: dt.date = FIRST_AS_OF

    @classmethod
    def found(cls, folder: Path, server: SparkServer) -> BothEngines:
        """The company as it stands on its first day, with nothing built yet."""
        company = found_company(folder / "company")
        paths = company.configuration().paths.model_copy(update={"warehouse": folder / "spark" / "warehouse.duckdb"})
        paths.warehouse.parent.mkdir()
        changed = {"engine": "spark", "spark": server, "paths": paths}
        return cls(company, company.configuration().model_copy(update=changed))

    def extract(self) -> None:
        """Bring the sources as they are now into the lake."""
        self.company.extract(Window(HISTORY_START, self.as_of))

    def build(self, *, with_tests: bool = False) -> None:
        """Extract, and build on both engines; on Spark with the data tests of dbt where asked for."""
        self.extract()
        self.company.build(self.as_of)
        build_on_spark(self.on_spark, self.as_of, with_tests=with_tests)

    def warehouses(self) -> dict[str, Path]:
        """The pipeline's file of each engine."""
        return {"duckdb": self.company.configuration().paths.warehouse, "spark": self.on_spark.paths.warehouse}

    def differences(self) -> list[str]:
        """Where the marts of Spark are not those of DuckDB: doubles may differ by 1e-9, all else not at all."""
        ours, theirs = (read_marts(path) for path in self.warehouses().values())
        return differences(ours, theirs, TOLERANCE)


def differences_between_engines(
    configuration: Configuration, as_of: dt.date, folder: Path, server: SparkServer
) -> list[str]:
    """Extract all history of a company, build it on both engines, and tell where the marts are not the same."""
    paths = Paths(lake=folder / "lake", quarantine=folder / "quarantine", publish=folder / "publish")
    engines: dict[str, Configuration] = {}
    for engine in ("duckdb", "spark"):
        (folder / engine).mkdir()
        own = paths.model_copy(update={"warehouse": folder / engine / "warehouse.duckdb"})
        engines[engine] = configuration.model_copy(update={"paths": own, "engine": engine, "spark": server})
    window = Window(configuration.company.history_start, as_of)
    for entity in entities():
        if entity in configuration.sources:
            load_entity(entity, engines["duckdb"], window, as_of)
    refuse_failures(refresh(engines["duckdb"], {AS_OF_TAG: as_of.isoformat()}, as_of))
    build_on_spark(engines["spark"], as_of, with_tests=False)
    ours, theirs = (read_marts(engine.paths.warehouse) for engine in engines.values())
    assert sum(frame.height for frame in ours.values())
    return differences(ours, theirs, TOLERANCE)


def build_on_spark(configuration: Configuration, as_of: dt.date, *, with_tests: bool) -> None:
    """The warehouse's step for `engine: spark`; what it does but for the data tests, which take half of its time."""
    if with_tests:
        refuse_failures(refresh(configuration, {AS_OF_TAG: as_of.isoformat()}, as_of))
        return
    path, server = configuration.paths.warehouse, configuration.spark
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    with open_warehouse(path) as connection:
        absorb(connection, lake, configuration, as_of, definitions(configuration))
        bring_sources(server, connection, lake, path)
    refuse_failures(build_models(path, full_refresh=True, with_tests=False, spark=server))
    take_marts(server, path)
    with open_warehouse(path) as connection:
        complete_build(connection)
