"""95 % intervals of survey answers by scipy and statsmodels, and the comparison of published cells with them."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

MINIMUM_N = 5
PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}
Figures = tuple[float, float, float]


def mean(scores: pd.Series) -> Figures:
    """Mean with Student's t interval; equal answers have none but themselves."""
    if scores.nunique() == 1:
        return scores.iloc[0], scores.iloc[0], scores.iloc[0]
    return scores.mean(), *stats.t.interval(0.95, len(scores) - 1, scores.mean(), stats.sem(scores))


def share(hits: pd.Series) -> Figures:
    """Share of those that hit, with Wilson's interval."""
    return hits.mean(), *proportion_confint(hits.sum(), len(hits), method="wilson")


def net_promoters(scores: pd.Series) -> Figures:
    """NPS, with a normal interval around it after three quarters of a promoter and detractor and 1.5 passives more."""
    signs = np.sign((scores >= 9).astype(int) - (scores <= 6).astype(int))
    values, weights = np.append(signs, [1, 0, -1]), np.append(np.ones(len(signs)), [0.75, 1.5, 0.75])
    center = np.average(values, weights=weights)
    error = np.sqrt(np.average((values - center) ** 2, weights=weights) / weights.sum())
    low, high = stats.norm.interval(0.95, center, error)
    return 100 * signs.mean(), max(-100.0, 100 * low), min(100.0, 100 * high)


def assert_same_cells(
    kpi: pd.DataFrame, answers: pd.DataFrame, metric: str, dimension: str, compute: Callable[[pd.DataFrame], Figures]
) -> int:
    """Every month, quarter and year of a metric along a dimension, a column of the answers; how many are shown.

    The answers have a day, and stand in each period as they count there.
    """
    shown = 0
    rows = kpi[(kpi["metric_id"] == metric) & (kpi["dimension"] == dimension)]
    for grain, code in PERIODS.items():
        counting = answers[answers["grain"] == grain]
        starts = counting["day"].dt.to_period(code).dt.start_time
        expected = dict(list(counting.groupby([starts, dimension])))
        cells = rows[rows["grain"] == grain].set_index(["period_start", "dimension_value"])
        assert set(cells.index) == set(expected), (metric, grain, dimension)
        for key, members in expected.items():
            cell = cells.loc[key]
            assert (cell["n"], cell["is_suppressed"]) == (len(members), len(members) < MINIMUM_N), (metric, key)
            figures = compute(members) if len(members) >= MINIMUM_N else (nan, nan, nan)
            found = cell[["value", "ci_low", "ci_high"]].to_numpy(dtype=float)
            assert found == pytest.approx(np.array(figures), rel=1e-9, abs=1e-9, nan_ok=True), (metric, grain, key)
            shown += len(members) >= MINIMUM_N
    return shown


def in_every_period(answers: pd.DataFrame, repeat_keys: list[str]) -> pd.DataFrame:
    """The answers once per grain; of those with equal keys in one period the last, where keys are given."""
    found = []
    for grain, code in PERIODS.items():
        counting = answers.assign(grain=grain, period=answers["day"].dt.to_period(code))
        if repeat_keys:
            counting = counting.sort_values(["answered_at", "response_id"])
            is_known = counting["customer_id"].notna()
            latest = counting[is_known].drop_duplicates([*repeat_keys, "period"], keep="last")
            counting = pd.concat([latest, counting[~is_known]])
        found.append(counting)
    return pd.concat(found)
