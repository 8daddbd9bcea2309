"""Surveys of the published demo against scipy and statsmodels, from the source files to the published marts."""

from __future__ import annotations

import pandas as pd
import pytest
from demo_company import DemoCompany

from tests.references.intervals import assert_same_cells, in_every_period, mean, net_promoters, share

REPEATED = ["customer_id", "survey_id", "question_id", "brand", "product_id"]
DIMENSIONS = ["total", "segment", "region", "channel"]
METRICS = {
    "nps": ("nps", lambda rows: net_promoters(rows["score"])),
    "csat": ("csat", lambda rows: mean(rows["score"])),
    "csat_satisfied_share": ("csat", lambda rows: share(rows["score"] >= 4)),
    "reverse_nps": ("reverse_nps", lambda rows: mean(rows["score"])),
    "ces": ("ces", lambda rows: mean(rows["score"])),
    "ces_low_effort_share": ("ces", lambda rows: share(rows["score"] <= 3)),
}


@pytest.fixture(scope="module")
def kpi(company: DemoCompany) -> pd.DataFrame:
    return company.marts("from kpi")


@pytest.fixture(scope="module")
def answers(company: DemoCompany) -> pd.DataFrame:
    return in_every_period(company.answers(), REPEATED)


@pytest.mark.parametrize("metric", METRICS)
def test_scores_equal_scipy_and_statsmodels(kpi: pd.DataFrame, answers: pd.DataFrame, metric: str) -> None:
    """An earlier answer that counts beside the later one, a wrong interval, degrees of freedom or group of answers."""
    measure, compute = METRICS[metric]
    given = answers[answers["measure"] == measure]
    assert sum(assert_same_cells(kpi, given, metric, dimension, compute) for dimension in DIMENSIONS) > 20


def test_response_rates_equal_statsmodels(company: DemoCompany, kpi: pd.DataFrame) -> None:
    """An invitation that counts as answered since somebody else answered, or one that is lost as nobody did."""
    sent = in_every_period(company.invitations(), [])
    assert 0 < sent["is_answered"].mean() < 1

    def answered(rows: pd.DataFrame) -> tuple[float, float, float]:
        return share(rows["is_answered"])

    found = [assert_same_cells(kpi, sent, "response_rate", dimension, answered) for dimension in DIMENSIONS]
    assert sum(found) > 50
