"""The same lake gives the same marts on Spark: counts and decimals exactly, doubles to 1e-9."""

from __future__ import annotations

from pathlib import Path

from assets.configuration import Configuration, SparkServer
from assets.sources import Window
from assets.warehouse.asset import AS_OF_TAG, refresh
from assets.warehouse.build import refuse_failures
from tests.flow.small_company import FIRST_AS_OF, HISTORY_START, differences, found_company, read_marts


def test_marts_of_spark_equal_those_of_duckdb(tmp_path: Path, spark: SparkServer) -> None:
    """Who outgrows one machine must not find other numbers on the next."""
    company = found_company(tmp_path / "company")
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    company.build(FIRST_AS_OF)
    configuration = company.configuration()
    on_spark = configuration.model_copy(
        update={
            "engine": "spark",
            "spark": spark,
            "paths": configuration.paths.model_copy(update={"warehouse": tmp_path / "spark" / "warehouse.duckdb"}),
        }
    )
    build(on_spark)
    assert differences(read_marts(configuration.paths.warehouse), read_marts(on_spark.paths.warehouse), 1e-9) == []


def build(configuration: Configuration) -> None:
    """Absorb the lake and build the marts on the configured engine, with all tests."""
    configuration.paths.warehouse.parent.mkdir(parents=True, exist_ok=True)
    refuse_failures(refresh(configuration, {AS_OF_TAG: FIRST_AS_OF.isoformat()}, FIRST_AS_OF))
