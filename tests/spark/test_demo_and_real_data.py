"""Data with all that companies have, made up and real: Spark gives the marts that DuckDB gives."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from assets.configuration import SparkServer
from assets.configuration.file import load_configuration
from tests.pipelines.published_demo import REPOSITORY, loyalty
from tests.spark.both_engines import differences_between_engines

DATA = REPOSITORY.parent / "shared" / "data"
EXAMPLES = {
    "airline/loyalty.yaml": dt.date(2015, 12, 31),
    "ravenstack/loyalty.yaml": dt.date(2024, 12, 31),
    "olist/loyalty.yaml": dt.date(2018, 9, 30),
    "online_retail/loyalty.yaml": dt.date(2010, 11, 29),
}


@pytest.mark.soak
def test_the_demo(spark: SparkServer, tmp_path: Path) -> None:
    """Thousands of rows meet what a handful does not: ties, rounding, long histories, groups under the minimum."""
    assert loyalty("sample", tmp_path / "demo", "--customers", 300, "--years", 2).exit_code == 0
    configuration = load_configuration(tmp_path / "demo" / "loyalty.yaml")
    assert differences_between_engines(configuration, dt.date(2024, 12, 31), tmp_path, spark) == []


@pytest.mark.soak
@pytest.mark.parametrize("example", EXAMPLES)
def test_real_data(spark: SparkServer, tmp_path: Path, example: str) -> None:
    """Nobody made these up to suit an engine; most companies lack entities, as these do."""
    if not DATA.is_dir():
        pytest.skip(f"the real data is not beside the checkout, at {DATA}")
    configuration = load_configuration(REPOSITORY / "examples" / example)
    assert differences_between_engines(configuration, EXAMPLES[example], tmp_path, spark) == []
