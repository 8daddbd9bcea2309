"""The interval of the value of an NPS point covers the planted truth 95 times of 100, with forty customers to a group.

What it guards against: an error of one group only, pooled variances where promoters differ more, too many degrees of
freedom, and customers of one group in the mean of the other.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

DRAWS = 1_000
PER_GROUP = 40
AS_OF = dt.date(2024, 12, 31)
ANSWERED_ON = dt.date(2023, 6, 15)
ORDERED_ON = dt.date(2023, 9, 15)
MEANS = {9: 100.0, 3: 60.0}
SHAPES = {9: 4.0, 3: 8.0}


def simulate(seed: int) -> dict[str, pd.DataFrame]:
    """A thousand segments; in each forty promoters and as many detractors, who all buy once after their answer."""
    random = np.random.default_rng(seed)
    count = DRAWS * 2 * PER_GROUP
    customer = np.char.add("c", np.arange(count).astype(str))
    segment = np.char.add("s", (np.arange(count) // (2 * PER_GROUP)).astype(str))
    score = np.where(np.arange(count) % 2, 9, 3)
    shape = np.where(score == 9, SHAPES[9], SHAPES[3])
    amount = random.gamma(shape, np.where(score == 9, MEANS[9], MEANS[3]) / shape)
    orders = {"order_id": customer, "customer_id": customer, "status": "completed", "business_day": ORDERED_ON}
    lines = {"order_id": customer, "line_no": 1, "product_id": "p", "quantity": 1, "net_amount": np.round(amount, 2)}
    answers = {"response_id": customer, "survey_id": "s", "question_id": "nps", "customer_id": customer, "score": score}
    question = {"survey_id": "s", "question_id": "nps", "measure": "nps", "scale_min": 0, "scale_max": 10}
    return {
        "customers": pd.DataFrame({"customer_id": customer, "segment": segment}),
        "orders": pd.DataFrame({**orders, "ordered_at": pd.Timestamp(ORDERED_ON)}),
        "order_lines": pd.DataFrame({**lines, "business_day": ORDERED_ON}),
        "survey_questions": pd.DataFrame([{**question, "direction": "higher_is_better"}]),
        "survey_responses": pd.DataFrame(
            {**answers, "answered_at": pd.Timestamp(ANSWERED_ON), "business_day": ANSWERED_ON}
        ),
    }


def test_the_interval_covers_the_planted_value(tmp_path: Path) -> None:
    """Each segment is a draw: its eighty customers are active at the year's end, and a point is 80 / 200 of 40."""
    path = tmp_path / "warehouse.duckdb"
    company = {"history_start": dt.date(2023, 1, 1)}
    fill_warehouse(path, AS_OF, simulate(20231231), company=company, dimensions=["segment"])
    run_models(path, "int_kpi__outcomes")
    rows = query(
        path,
        "select * from intermediate.int_kpi__outcomes"
        " where metric_id = 'nps_point_value' and grain = 'year' and dimension = 'segment'",
    )
    truth = 2 * PER_GROUP / 200 * (MEANS[9] - MEANS[3])
    assert len(rows) == DRAWS
    assert (rows["n"] == PER_GROUP).all()
    assert rows["value"].mean() == pytest.approx(truth, rel=0.02)
    covered = ((rows["ci_low"] <= truth) & (truth <= rows["ci_high"])).mean()
    assert 0.93 <= covered <= 0.97
