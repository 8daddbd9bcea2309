"""Repurchase and purchase intervals on random orders, against pandas and lifelines."""

from __future__ import annotations

from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import pytest
from random_orders import LAST_DAY, PRODUCTS, net_lines, random_orders
from scipy import stats
from scratch_warehouse import fill_warehouse, query, run_models

from tests.references.repeat_purchases import Histories, assert_same_ratios, histories, observed_windows

HORIZONS = [30, 60, 90, 180, 365]
END = LAST_DAY + pd.Timedelta(days=1)


@pytest.fixture(scope="module", params=["product", "category"])
def level(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def warehouse(level: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("repurchase") / "warehouse.duckdb"
    settings = {"repurchase": {"level": level}, "upsell": {"level": level}, "privacy": {"minimum_n": 1}}
    fill_warehouse(path, LAST_DAY.date(), random_orders(seed=5), **settings)
    run_models(path, "repurchase", "purchase_intervals")
    return path


@pytest.fixture(scope="module")
def customers(level: str) -> Histories:
    """Each customer's purchase days with what was bought on them, in order."""
    lines = net_lines(random_orders(seed=5))
    lines = lines[lines["is_purchase"]]
    items = lines["product_id"]
    lines["item"] = items if level == "product" else items.map(PRODUCTS).fillna("only " + items)
    return histories(lines)


def test_repurchase_equals_a_plain_computation(warehouse: Path, customers: Histories) -> None:
    """Half-open windows, mature customers only, and the same things counted once per customer, at both levels."""
    actual = query(warehouse, "select * from marts.repurchase")
    assert_same_ratios(actual, observed_windows(customers, LAST_DAY), minimum_n=1)


@pytest.fixture(scope="module")
def intervals(customers: Histories) -> pd.DataFrame:
    """First day, days to the second purchase or to the as-of date, and whether there was one."""
    rows = []
    for occasions in customers.values():
        first, second = occasions[0][0], occasions[1][0] if len(occasions) > 1 else None
        rows.append((first, ((second or LAST_DAY) - first).days, second is not None))
    return pd.DataFrame(rows, columns=["first", "days", "has_second"])


@pytest.mark.parametrize(("grain", "code"), [("month", "M"), ("quarter", "Q"), ("year", "Y")])
def test_intervals_equal_pandas_and_lifelines(warehouse: Path, intervals: pd.DataFrame, grain: str, code: str) -> None:
    """Censoring must count those who have not come back; the plain mean and median must not."""
    sql = f"select * from marts.purchase_intervals where grain = '{grain}' and dimension = 'total'"
    actual = query(warehouse, sql).set_index(["period_start", "measure"]).sort_index()
    for start, group in intervals.groupby(intervals["first"].dt.to_period(code).dt.start_time):
        cells = actual.loc[start]
        seconds = group.loc[group["has_second"], "days"]
        if len(seconds):
            _assert_moments(cells, seconds)
        _assert_kaplan_meier(cells, group)
        for horizon in HORIZONS:
            mature = group[group["first"] + pd.Timedelta(days=horizon) <= END]
            name = f"second_purchase_within_{horizon}"
            assert (name in cells.index) == (len(mature) > 0)
            if len(mature):
                within = mature["has_second"] & (mature["days"] < horizon)
                assert (cells.loc[name, "numerator"], cells.loc[name, "n"]) == (within.sum(), len(mature))


def _assert_moments(cells: pd.DataFrame, seconds: pd.Series) -> None:
    mean = cells.loc["purchase_interval_mean"]
    assert (mean["n"], mean["value"]) == (len(seconds), pytest.approx(seconds.mean(), abs=1e-9))
    assert cells.loc["purchase_interval_median", "value"] == pytest.approx(seconds.median(), abs=1e-9)
    deviation = cells.loc["purchase_interval_standard_deviation", "value"]
    assert deviation == pytest.approx(seconds.std(), abs=1e-9, nan_ok=True)
    if len(seconds) > 1 and seconds.std() > 0:
        low, high = stats.t.interval(0.95, len(seconds) - 1, seconds.mean(), stats.sem(seconds))
        assert (mean["ci_low"], mean["ci_high"]) == pytest.approx((low, high), abs=1e-9)


def _assert_kaplan_meier(cells: pd.DataFrame, group: pd.DataFrame) -> None:
    fitter = lifelines.KaplanMeierFitter().fit(group["days"], group["has_second"])
    median = cells.loc["purchase_interval_km_median"]
    assert median["n"] == len(group)
    # Its own median misses a curve that is a half but for rounding, so the day is read from its curve.
    curve, bounds = fitter.survival_function_["KM_estimate"], fitter.confidence_interval_
    columns = [curve] if (curve < 1e-12).any() else [curve, bounds.iloc[:, 0], bounds.iloc[:, 1]]
    wanted = [column.index[column <= 0.5 + 1e-9].min() for column in columns]
    given = median[["value", "ci_low", "ci_high"]].to_numpy(dtype=float)[: len(wanted)]
    assert given == pytest.approx(np.array(wanted, dtype=float), abs=1e-9, nan_ok=True)


def test_survival_curve_equals_lifelines(warehouse: Path, intervals: pd.DataFrame) -> None:
    """The curve and both bounds at every day, for each year's customers."""
    where = "grain = 'year' and dimension = 'total'"
    sql = f"select * from intermediate.int_purchase_intervals__survival where {where} order by duration_days"
    curves = query(warehouse, sql)
    for start, group in intervals.groupby(intervals["first"].dt.to_period("Y").dt.start_time):
        curve = curves[curves["period_start"] == start].set_index("duration_days")
        fitter = lifelines.KaplanMeierFitter().fit(group["days"], group["has_second"])
        assert curve["survival"].to_numpy() == pytest.approx(
            fitter.survival_function_at_times(curve.index).to_numpy(), abs=1e-9
        )
        bounds = fitter.confidence_interval_.loc[curve.index]
        begun = (curve["survival"] > 0).to_numpy()
        given = curve[["survival_low", "survival_high"]].to_numpy(dtype=float)[begun]
        assert given == pytest.approx(bounds.to_numpy()[begun], abs=1e-9)
