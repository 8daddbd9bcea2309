"""One thrift server of Spark for all tests of this folder, and one company that is built on it and on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assets.configuration import SparkServer
from assets.spark.server import FOR_SMALL_TABLES, running_server
from tests.spark.both_engines import BothEngines


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkServer]:
    """A server of its own, on a free port of loopback: it takes longer to start than most of the tests to run."""
    with running_server(tmp_path_factory.mktemp("spark"), memory="1g", more=FOR_SMALL_TABLES) as server:
        yield server


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory, spark: SparkServer) -> BothEngines:
    """The small company as of its first day, with the data tests of dbt on Spark."""
    engines = BothEngines.found(tmp_path_factory.mktemp("both"), spark)
    engines.build(with_tests=True)
    return engines
