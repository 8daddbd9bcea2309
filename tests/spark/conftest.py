"""One thrift server of Spark for all tests of this folder: it takes longer to start than most of them to run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assets.configuration import SparkServer
from assets.spark.server import running_server


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkServer]:
    """A server of its own, on a free port of loopback."""
    with running_server(tmp_path_factory.mktemp("spark"), memory="1g", cores=1) as server:
        yield server
