"""The intervals of revenue retention: a 95 % interval must hold the truth in 95 % of samples."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from scratch_warehouse import fill_warehouse, query, run_models

SAMPLES = 400
CUSTOMERS = 80
FACTORS = np.array([0.0, 0.8, 1.0, 1.3])
SHARES = np.array([0.1, 0.2, 0.4, 0.3])
TRUE_NRR = float(FACTORS @ SHARES)
TRUE_GRR = float(np.minimum(FACTORS, 1) @ SHARES)


@pytest.fixture(scope="module")
def amounts() -> pd.DataFrame:
    """Two months of revenue of the customers of many segments, each segment a sample of its own."""
    generator = np.random.default_rng(20240229)
    size = SAMPLES * CUSTOMERS
    start = np.round(generator.gamma(2.0, 50.0, size) + 1, 0)
    return pd.DataFrame(
        {
            "customer_id": [f"customer {n}" for n in range(size)],
            "segment": [f"sample {n % SAMPLES}" for n in range(size)],
            "start": start,
            "end": np.round(start * generator.choice(FACTORS, size, p=SHARES), 2),
        }
    )


@pytest.fixture(scope="module")
def retention(amounts: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The rates of the second month per sample, with the standard errors."""
    first, second = dt.date(2024, 1, 1), dt.date(2024, 2, 1)
    before = amounts.assign(term_no=1, recurring_amount=amounts["start"], started_on=first, ended_on=second)
    after = amounts[amounts["end"] > 0].assign(term_no=2, started_on=second, ended_on=None)
    after["recurring_amount"] = after["end"]
    contracts = pd.concat([before, after]).assign(plan_id="p", billing_period="month")
    contracts["contract_id"] = contracts["customer_id"]
    path: Path = tmp_path_factory.mktemp("intervals") / "warehouse.duckdb"
    frames = {
        "contracts": contracts.drop(columns=["segment", "start", "end"]),
        "customers": amounts[["customer_id", "segment"]],
    }
    fill_warehouse(path, dt.date(2024, 2, 29), frames)
    run_models(path, "int_recurring_revenue__retention", "mrr_movements")
    rows = query(
        path,
        """
        select * exclude (dimension, grain, period_number)
        from intermediate.int_recurring_revenue__retention
        where dimension = 'segment' and grain = 'month'
        """,
    )
    return rows.set_index("dimension_value")


@pytest.mark.parametrize(("ratio", "truth"), [("nrr", TRUE_NRR), ("grr", TRUE_GRR)])
def test_interval_covers_the_truth(retention: pd.DataFrame, ratio: str, truth: float) -> None:
    """An interval that takes customers' revenues for given, or pounds for customers, would be far too narrow."""
    assert len(retention) == SAMPLES
    covered = ((retention[f"{ratio}_ci_low"] <= truth) & (truth <= retention[f"{ratio}_ci_high"])).mean()
    assert 0.925 <= covered <= 0.99


@pytest.mark.parametrize("ratio", ["nrr", "grr"])
def test_standard_error_equals_the_textbook_formula(amounts: pd.DataFrame, retention: pd.DataFrame, ratio: str) -> None:
    """The exact decimal form in SQL against the residuals of the ratio estimator in floating point."""
    for sample, rows in list(amounts.groupby("segment"))[:20]:
        kept = rows["end"] if ratio == "nrr" else np.minimum(rows["start"], rows["end"])
        estimate = kept.sum() / rows["start"].sum()
        residuals = kept - estimate * rows["start"]
        error = np.sqrt(len(rows) / (len(rows) - 1) * (residuals**2).sum()) / rows["start"].sum()
        row = retention.loc[sample]
        assert row[ratio] == pytest.approx(estimate, rel=1e-12)
        assert row[f"{ratio}_standard_error"] == pytest.approx(error, rel=1e-9)
        if ratio == "nrr":
            assert row["nrr_ci_low"] == pytest.approx(estimate - t.ppf(0.975, len(rows) - 1) * error, rel=1e-9)
