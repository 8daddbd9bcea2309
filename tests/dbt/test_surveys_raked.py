"""Raked metrics undo a planted non-response, and weighting that is off leaves no trace.

What it guards against: weights that are joined to the wrong cell or period, an effective n that is not published, and
variants that appear though nobody asked for them.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

from assets.analysis.survey_weights import write_survey_weights

AS_OF = dt.date(2024, 3, 31)
ANSWERED_ON = dt.date(2024, 3, 5)
CUSTOMERS = {"home": 600, "trade": 400}
ANSWERS = {"home": 60, "trade": 240}
PROMOTERS = {"home": 0.5, "trade": 0.1}


def company() -> dict[str, pd.DataFrame]:
    """Trade customers answer ten times as often as home customers, and like us less."""
    names = [(f"{segment}{n}", segment) for segment, count in CUSTOMERS.items() for n in range(count)]
    customers = pd.DataFrame(names, columns=["customer_id", "segment"])
    rows = []
    for segment, count in ANSWERS.items():
        for n in range(count):
            score = 10 if n < count * PROMOTERS[segment] else 3
            rows.append((f"{segment}{n}", score))
    rows.append((None, 0))
    answers = pd.DataFrame(rows, columns=["customer_id", "score"])
    answers["response_id"] = answers.index.astype(str)
    contract = {"term_no": 1, "plan_id": "p", "billing_period": "month", "recurring_amount": 1, "is_trial": False}
    return {
        "customers": customers,
        "contracts": customers[["customer_id"]].assign(
            contract_id=customers["customer_id"], started_on=dt.date(2024, 1, 1), **contract
        ),
        "survey_questions": pd.DataFrame(
            [("s", "q", "nps", 0, 10, "higher_is_better")],
            columns=["survey_id", "question_id", "measure", "scale_min", "scale_max", "direction"],
        ),
        "survey_responses": answers.assign(
            survey_id="s", question_id="q", answered_at=pd.Timestamp(ANSWERED_ON), business_day=ANSWERED_ON
        ),
    }


def publish(path: Path, **surveys: Any) -> pd.DataFrame:
    started = {"history_start": dt.date(2024, 1, 1)}
    fill_warehouse(path, AS_OF, company(), company=started, surveys=surveys)
    run_models(path, "int_survey_raking__cells", "int_survey_raking__margins", "int_kpi__survey_scores")
    write_survey_weights(path)
    run_models(path, "int_kpi__survey_raked")
    rows = query(path, "from intermediate.int_kpi__survey_raked union all from intermediate.int_kpi__survey_scores")
    return rows[(rows["grain"] == "month")].set_index(["metric_id", "dimension", "dimension_value"])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    path = tmp_path_factory.mktemp("raked") / "warehouse.duckdb"
    return publish(path, weighting={"dimensions": ["segment"]})


def test_raking_undoes_who_answered(published: pd.DataFrame) -> None:
    """60 % home with 0 points and 40 % trade with -80: -32; the plain answers say -64 and below."""
    raked, plain = published.loc[("nps_raked", "total", "total")], published.loc[("nps", "total", "total")]
    assert raked["value"] == pytest.approx(0.6 * 0 + 0.4 * -80)
    assert plain["value"] < -63
    assert raked["n"] == 300


def test_the_effective_n_is_published_and_widens_the_interval(published: pd.DataFrame) -> None:
    weights = np.repeat([0.6 * 300 / 60, 0.4 * 300 / 240], [60, 240])
    raked, plain = published.loc[("nps_raked", "total", "total")], published.loc[("nps", "total", "total")]
    assert raked["n_effective"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert raked["ci_high"] - raked["ci_low"] > plain["ci_high"] - plain["ci_low"]


def test_within_a_weighed_segment_nothing_changes(published: pd.DataFrame) -> None:
    for segment in CUSTOMERS:
        raked, plain = published.loc[("nps_raked", "segment", segment)], published.loc[("nps", "segment", segment)]
        for figure in ("value", "n_effective", "ci_low", "ci_high"):
            assert raked[figure] == pytest.approx(plain[figure])


def test_off_by_default(tmp_path: Path) -> None:
    rows = publish(tmp_path / "warehouse.duckdb")
    assert set(rows.index.get_level_values("metric_id")) == {"nps"}
