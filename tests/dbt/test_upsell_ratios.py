"""The upselling ratio and the product distance on random orders, against loops that compare each pair of products."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plain_conversions import Bought, Frames, new_items, purchases, random_frames
from random_orders import LAST_DAY
from scipy import stats
from scratch_warehouse import fill_warehouse, query, run_models
from statsmodels.stats.proportion import proportion_confint

END = LAST_DAY + pd.Timedelta(days=1)
WINDOWS = {"365": 365, "90": 90, "180": 180, "lifetime": None}
CODES = {"month": "M", "quarter": "Q", "year": "Y"}


@pytest.fixture(scope="module", params=["product", "category"])
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return random_frames(seed=8)


@pytest.fixture(scope="module")
def warehouse(frames: Frames, level: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("upsell") / "warehouse.duckdb"
    settings = {"repurchase": {"level": level}, "upsell": {"level": level}, "privacy": {"minimum_n": 1}}
    fill_warehouse(path, LAST_DAY.date(), frames, **settings)
    run_models(path, "upsell", "int_kpi__upsell")
    return path


@pytest.fixture(scope="module")
def customers(frames: Frames, level: str) -> pd.DataFrame:
    """Per customer and window: first purchase, segment, one-time or upsold, and the mean distance of the new items."""
    rows = list(_observed(purchases(frames, each_order=False), by_category=level == "category"))
    observed = pd.DataFrame(rows, columns=["customer_id", "window_name", "first", "one_time", "different", "distance"])
    segments = frames["customers"].set_index("customer_id")["segment"]
    return observed.assign(segment=observed["customer_id"].map(segments).fillna("unknown"), total="total")


def _observed(bought: dict[str, list[Bought]], *, by_category: bool) -> Iterator[tuple[object, ...]]:
    for customer, own in bought.items():
        first = min(item.day for item in own)
        items = new_items(own, by_category=by_category)
        for name, days in WINDOWS.items():
            end = END if days is None else first + pd.Timedelta(days=days)
            if end <= END:
                within = [distance for day, distance in items if day < end]
                known = [distance for distance in within if distance is not None]
                one_time = len({item.day for item in own if item.day < end}) == 1
                yield customer, name, first, one_time, bool(within), np.mean(known) if known else np.nan


@pytest.mark.parametrize("grain", CODES)
@pytest.mark.parametrize("dimension", ["total", "segment"])
def test_upselling_ratio_and_distance_equal_a_plain_computation(
    warehouse: Path, customers: pd.DataFrame, grain: str, dimension: str
) -> None:
    """Mature customers only, half-open windows, each upsold customer once in the mean, and the intervals."""
    cells = customers.assign(period_start=customers["first"].dt.to_period(CODES[grain]).dt.start_time)
    expected = dict(list(cells.groupby(["window_name", "period_start", dimension])))
    sql = f"select * from marts.upsell where grain = '{grain}' and dimension = '{dimension}' and n > 0"
    actual = query(warehouse, sql)
    assert len(actual) == len(expected)
    for row in actual.itertuples():
        cell = expected[row.window_name, row.period_start, row.dimension_value]
        one_time, different = int(cell["one_time"].sum()), int(cell["different"].sum())
        assert (row.n, row.denominator, row.numerator) == (len(cell), one_time, different)
        _check_ratio(row, different, one_time)
        _check_distance(row, cell["distance"].dropna().to_numpy())


def _check_ratio(row: object, different: int, one_time: int) -> None:
    if one_time == 0:
        assert pd.isna([row.value, row.ci_low, row.ci_high]).all()
        return
    assert row.value == pytest.approx(different / one_time)
    low, high = proportion_confint(different, different + one_time, method="wilson")
    assert (row.ci_low, row.ci_high) == pytest.approx((low / (1 - low), high / (1 - high)), rel=1e-9)


def _check_distance(row: object, distances: np.ndarray) -> None:
    assert row.product_distance_n == len(distances)
    if len(distances) == 0:
        assert pd.isna(row.product_distance)
        return
    assert row.product_distance == pytest.approx(distances.mean(), abs=1e-12)
    if len(distances) == 1:
        assert pd.isna([row.product_distance_ci_low, row.product_distance_ci_high]).all()
        return
    half = stats.t.ppf(0.975, len(distances) - 1) * stats.sem(distances)
    bounds = (distances.mean() - half, distances.mean() + half)
    assert (row.product_distance_ci_low, row.product_distance_ci_high) == pytest.approx(bounds, abs=1e-9)


def test_kpi_holds_what_the_marts_hold(warehouse: Path) -> None:
    """The long form must not pick another window, source or scale than its definition says."""
    metrics = query(warehouse, "select * from intermediate.int_kpi__upsell").set_index(
        ["metric_id", "grain", "period_start", "dimension", "dimension_value"]
    )
    upsell = query(warehouse, "select * from marts.upsell where n > 0")
    names = {
        "365": "upselling_ratio",
        "90": "upselling_ratio_90",
        "180": "upselling_ratio_180",
        "lifetime": "upselling_ratio_lifetime",
    }
    for row in upsell.itertuples():
        key = (row.grain, row.period_start, row.dimension, row.dimension_value)
        assert metrics.loc[(names[row.window_name], *key), "value"] == pytest.approx(row.value, nan_ok=True)
        if row.window_name == "365" and row.product_distance_n > 0:
            assert metrics.loc[("product_distance", *key), "value"] == pytest.approx(row.product_distance)
    lengths = metrics.groupby(level="metric_id").size()
    assert {name: lengths[name] for name in names.values()} == {
        name: (upsell["window_name"] == window).sum() for window, name in names.items()
    }
