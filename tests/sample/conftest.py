"""One demo for all tests of truths, and readers of its rows without the deliberately bad ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from assets.sample import SampleTruths, write_sample

DEVIATIONS = 4.5
"""Standard errors that a recovered truth may be off: chance alone hardly ever fails one of a few hundred checks."""


@dataclass(frozen=True)
class Demo:
    folder: Path
    truths: SampleTruths

    def raw(self, entity: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{entity}.parquet")

    def rows(self, entity: str) -> pl.DataFrame:
        """The rows without the bad ones, which come last."""
        bad = sum(self.truths.bad_rows.get(entity, {}).values())
        return self.raw(entity).head(self.truths.row_counts[entity] - bad)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    return Demo(folder, write_sample(folder, customers=16_000, years=3, seed=7))


def assert_share(successes: int, trials: int, truth: float, what: str = "share") -> None:
    """A share must lie within sampling error of the truth."""
    assert trials > 0, what
    error = math.sqrt(truth * (1 - truth) / trials)
    assert abs(successes / trials - truth) <= DEVIATIONS * error + 1e-12, f"{what}: {successes}/{trials}, not {truth}"


def assert_mean(values: pl.Series, truth: float, what: str = "mean") -> None:
    """A mean must lie within sampling error of the truth."""
    mean, deviation = values.mean(), values.std()
    assert isinstance(mean, float), what
    assert isinstance(deviation, float), what
    error = deviation / math.sqrt(len(values))
    assert abs(mean - truth) <= DEVIATIONS * error, f"{what}: {mean} ± {error}, not {truth}"
