"""A 95 % interval covers the planted truth 95 times of 100, and a change that is none is called one 5 times of 100.

What it guards against: an interval from a wrong error (independent answers of one respondent, importances taken as
known, a population's variance), and a p-value that shouts or never speaks.
"""

from __future__ import annotations

import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models
from simulated_segments import AS_OF, DRAWS, MONTHS, Truths, simulate

METRICS = ["nps", "csi_index", "crr"]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Truths]:
    """The published values of every draw in December 2024, and the truths."""
    frames, truths = simulate(seed=20241231)
    path = tmp_path_factory.mktemp("simulated") / "warehouse.duckdb"
    company = {"history_start": MONTHS[0].replace(day=1)}
    fill_warehouse(path, AS_OF, frames, company=company, dimensions=["segment"])
    run_models(path, "kpi")
    names = ", ".join(f"'{metric}'" for metric in METRICS)
    rows = query(
        path,
        f"select * from marts.kpi where metric_id in ({names}) and grain = 'month' and dimension = 'segment'"
        f" and period_start = date '{MONTHS[1]}'",
    )
    return rows, truths


@pytest.mark.parametrize("metric", METRICS)
def test_intervals_cover_the_truth(simulated: tuple[pd.DataFrame, Truths], metric: str) -> None:
    rows, truths = simulated
    draws = rows[rows["metric_id"] == metric]
    truth = getattr(truths, metric)
    assert len(draws) == DRAWS
    covered = ((draws["ci_low"] <= truth) & (truth <= draws["ci_high"])).mean()
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize("metric", METRICS)
def test_a_true_null_is_rejected_as_often_as_promised(simulated: tuple[pd.DataFrame, Truths], metric: str) -> None:
    rows, _ = simulated
    draws = rows[rows["metric_id"] == metric]
    assert draws["p_value"].notna().all()
    assert 0.03 <= (draws["p_value"] < 0.05).mean() <= 0.07


def test_adjusted_p_values_call_hardly_any_of_a_thousand_true_nulls(
    simulated: tuple[pd.DataFrame, Truths],
) -> None:
    """Of a thousand segments fifty look changed by chance; adjusted p-values keep readers from running after them."""
    rows, _ = simulated
    assert (rows["p_value_adjusted"] < 0.05).mean() <= 0.002
