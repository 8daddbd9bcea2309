"""Intervals of survey metrics cover what they estimate: a thousand surveys of one population, each an employee's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

DAY = dt.date(2024, 1, 31)
SURVEYS, RESPONDENTS = 1000, 40
# Of each parameter: mean satisfaction and mean importance on 1 to 5.
PARAMETERS = {"price": (2.6, 4.4), "taste": (3.6, 3.0), "queue": (4.3, 2.0)}
ANSWERED = 0.8


def answers(random: np.random.Generator, respondents: int) -> dict[str, np.ndarray]:
    """Answers of respondents whose mood moves both what they say of parameters and how important they find them."""
    mood = random.normal(size=respondents)
    columns = {"recommend": np.clip(np.round(7.5 + 1.5 * mood + random.normal(0, 1.5, respondents)), 0, 10)}
    for parameter, (satisfaction, importance) in PARAMETERS.items():
        taste = random.normal(0, 0.7, respondents)
        columns[f"s_{parameter}"] = np.clip(np.round(satisfaction + 0.6 * mood + taste), 1, 5)
        columns[f"i_{parameter}"] = np.clip(
            np.round(importance - 0.5 * taste + random.normal(0, 0.7, respondents)), 1, 5
        )
    return columns


def truths(random: np.random.Generator) -> dict[str, float]:
    """The metrics of the whole population."""
    everyone = answers(random, 2_000_000)
    scores = {parameter: (everyone[f"s_{parameter}"].mean() - 1) / 4 for parameter in PARAMETERS}
    importances = {parameter: everyone[f"i_{parameter}"].mean() for parameter in PARAMETERS}
    index = sum(scores[each] * importances[each] for each in PARAMETERS) / sum(importances.values())
    promoters, detractors = (everyone["recommend"] >= 9).mean(), (everyone["recommend"] <= 6).mean()
    return {
        "csi_index": 100 * index,
        "csi_score": 1 + 4 * index,
        "csi_percent_of_max": 100 * (1 + 4 * index) / 5,
        "nps": 100 * (promoters - detractors),
    }


@pytest.fixture(scope="module")
def intervals(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The intervals of the thousand surveys; a fifth of the answers was not given."""
    path: Path = tmp_path_factory.mktemp("coverage") / "warehouse.duckdb"
    random = np.random.default_rng(20240131)
    wide = pd.DataFrame(answers(random, SURVEYS * RESPONDENTS))
    wide["response_id"] = [f"r{number}" for number in range(len(wide))]
    wide["employee_id"] = [f"e{number // RESPONDENTS}" for number in range(len(wide))]
    long = wide.melt(["response_id", "employee_id"], var_name="question_id", value_name="score")
    long = long[random.random(len(long)) < ANSWERED]
    long = long.assign(survey_id="s", answered_at=pd.Timestamp(DAY), business_day=DAY)
    questions = [("s", "recommend", "nps", None, 0, 10)]
    for parameter in PARAMETERS:
        questions += [("s", f"s_{parameter}", "csi_satisfaction", parameter, 1, 5)]
        questions += [("s", f"i_{parameter}", "csi_importance", parameter, 1, 5)]
    columns = ["survey_id", "question_id", "measure", "parameter", "scale_min", "scale_max"]
    asked = pd.DataFrame(questions, columns=columns).assign(direction="higher_is_better")
    frames = {"survey_responses": long, "survey_questions": asked}
    fill_warehouse(path, DAY, frames, company={"history_start": DAY}, dimensions=["employee"])
    run_models(path, "int_kpi__survey_scores", "int_kpi__csi")
    return query(
        path,
        """
        select metric_id, ci_low, ci_high from intermediate.int_kpi__csi
        where dimension = 'employee' and grain = 'month'
        union all
        select metric_id, ci_low, ci_high from intermediate.int_kpi__survey_scores
        where dimension = 'employee' and grain = 'month'
        """,
    )


def test_intervals_cover_the_truth_as_often_as_they_say(intervals: pd.DataFrame) -> None:
    """An interval that forgets the weights' error, or takes answers for respondents, is too narrow."""
    covered = {}
    for metric, truth in truths(np.random.default_rng(1)).items():
        rows = intervals[intervals["metric_id"] == metric]
        assert len(rows) == SURVEYS
        covered[metric] = float(((rows["ci_low"] <= truth) & (truth <= rows["ci_high"])).mean())
    assert all(0.93 <= share <= 0.97 for share in covered.values()), covered
