"""The airline example against plain pandas: 0 means not applicable and must be no answer, nor may it lower a mean."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import yaml
from example_run import DATA, PROJECT, ExampleRun
from scipy.stats import t

EXACT = 1e-12


@pytest.fixture(scope="module")
def passengers() -> pd.DataFrame:
    return pd.read_csv(DATA / "airline" / "airline_passenger_satisfaction_20k.csv")


@pytest.fixture(scope="module")
def weights() -> pd.Series:
    settings = yaml.safe_load((PROJECT / "examples/airline/loyalty.yaml").read_text(encoding="utf-8"))
    return pd.Series(settings["csi"]["weights"])


def given_answers(passengers: pd.DataFrame, weights: pd.Series) -> pd.DataFrame:
    """One column per attribute, a gap where it was not applicable."""
    answers = passengers[list(weights.index)]
    return answers.where(answers != 0)


def test_every_answer_is_extracted_and_none_is_bad(
    airline: ExampleRun, passengers: pd.DataFrame, weights: pd.Series
) -> None:
    """A 0 read as an answer would be out of its scale, and 3,056 rows would stand in quarantine."""
    loaded = airline.loaded["survey_responses"]
    assert loaded.accepted == loaded.extracted == given_answers(passengers, weights).count().sum() == 276_944


def test_attributes_equal_a_plain_computation(
    airline: ExampleRun, passengers: pd.DataFrame, weights: pd.Series
) -> None:
    """Counts, means, shares and distributions of each attribute, over those who answered it."""
    found = airline.marts(
        "from csi_parameters where grain = 'year' and dimension = 'total' and level = 'parameter'"
    ).set_index("parameter")
    answers = given_answers(passengers, weights)
    assert sorted(found.index) == sorted(answers.columns)
    found = found.loc[answers.columns]
    assert found["answer_count"].tolist() == found["n"].tolist() == answers.count().tolist()
    assert found["satisfaction_score"].tolist() == pytest.approx(answers.mean().tolist(), rel=EXACT)
    assert found["satisfied_count"].tolist() == (answers >= 4).sum().tolist()
    assert found["satisfied_share"].tolist() == pytest.approx(
        ((answers >= 4).sum() / answers.count()).tolist(), rel=EXACT
    )
    assert found["satisfaction_index"].tolist() == pytest.approx(((answers.mean() - 1) * 25).tolist(), rel=EXACT)
    assert found["weight"].tolist() == pytest.approx(weights.tolist(), rel=EXACT)
    for point in range(1, 6):
        shares = (answers == point).sum() / answers.count()
        assert found[f"answer_{point}_share"].tolist() == pytest.approx(shares.tolist(), rel=EXACT)
    assert found["answer_0_share"].fillna(0).eq(0).all()


@pytest.mark.parametrize(("dimension", "column"), [("total", None), ("segment", "Customer Type"), ("channel", "Class")])
def test_index_equals_a_plain_computation(
    airline: ExampleRun, passengers: pd.DataFrame, weights: pd.Series, dimension: str, column: str | None
) -> None:
    """The weighted score, both indices and their interval, in total and for every value of a dimension."""
    found = airline.marts(f"from kpi where grain = 'year' and dimension = '{dimension}'")
    groups = {"total": passengers} if column is None else dict(list(passengers.groupby(column)))
    assert set(found["dimension_value"]) == set(groups)
    for value, rows in groups.items():
        metrics = found[found["dimension_value"] == value].set_index("metric_id")
        answers = given_answers(rows, weights)
        score = float((answers.mean() * weights).sum() / weights.sum())
        assert metrics.loc["csi_score", "value"] == pytest.approx(score, rel=EXACT)
        assert metrics.loc["csi_percent_of_max", "value"] == pytest.approx(score / 5 * 100, rel=EXACT)
        assert metrics.loc["csi_index", "value"] == pytest.approx((score - 1) * 25, rel=EXACT)
        half = 25 * _half_width(answers, weights)
        interval = metrics.loc["csi_index", ["ci_low", "ci_high"]].tolist()
        assert interval == pytest.approx([(score - 1) * 25 - half, (score - 1) * 25 + half], rel=1e-9)
        assert metrics.loc["csi_index", "n"] == answers.notna().any(axis=1).sum()


def _half_width(answers: pd.DataFrame, weights: pd.Series) -> float:
    """Of the 95 % interval of the weighted mean of means: each respondent's pull on it, squared and summed."""
    pulls = ((answers - answers.mean()) / answers.count() * weights / weights.sum()).fillna(0).sum(axis=1)
    respondents = int(answers.notna().any(axis=1).sum())
    error = math.sqrt(respondents / (respondents - 1) * float(np.square(pulls).sum()))
    return float(t.ppf(0.975, respondents - 1)) * error


def test_mean_of_the_respondents_own_indices(airline: ExampleRun, passengers: pd.DataFrame, weights: pd.Series) -> None:
    """The respondents' own indices are over what each of them answered; their mean is another number."""
    answers = given_answers(passengers, weights)
    own = (answers * weights).sum(axis=1) / (answers.notna() * weights).sum(axis=1)
    found = airline.marts(
        "select value from kpi where grain = 'year' and dimension = 'total' and metric_id = 'csi_respondent_weighted'"
    )
    assert found["value"].tolist() == pytest.approx([float((own.mean() - 1) * 25)], rel=EXACT)


def test_no_retention_is_made_up_from_a_survey(airline: ExampleRun) -> None:
    """Marts without a source stay there, empty, so that a BI tool does not break."""
    for mart in ("cohort_retention", "repurchase", "mrr_movements", "contract_survival"):
        assert airline.marts(f"from {mart}").empty
