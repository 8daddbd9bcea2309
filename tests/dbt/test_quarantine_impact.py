"""The range of a metric is that of all answers that the quarantined ones could have been, tried one by one.

Every quarantined answer is given every value of its scale, the metrics are computed by a plain loop for each
combination, and the lowest and highest are compared with the model's. Where an answer may have taken another's place
or has no known question, the range may be wider and must never be narrower.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

AS_OF = dt.date(2024, 3, 31)
MONTHS = [dt.date(2024, 1, 15), dt.date(2024, 2, 15), dt.date(2024, 3, 15)]
# question: measure, parameter, lowest, highest
QUESTIONS = {
    "recommend": ("nps", None, 0, 10),
    "grade": ("csat", None, 1, 5),
    "s_taste": ("csi_satisfaction", "taste", 1, 5),
    "i_taste": ("csi_importance", "taste", 1, 5),
    "s_price": ("csi_satisfaction", "price", 1, 5),
    "i_price": ("csi_importance", "price", 1, 5),
    "s_speed": ("csi_satisfaction", "speed", 1, 5),
    "i_speed": ("csi_importance", "speed", 1, 5),
}
METRICS = ("nps", "csat", "csi_index")


@dataclass(frozen=True)
class Given:
    """An answer: its question, day, score (null in quarantine) and customer."""

    question: str | None
    day: dt.date | None
    score: float | None
    customer: str | None = None


def random_answers(seed: int) -> list[Given]:
    """Few accepted answers to each question in each month, but none to one importance in March."""
    random = np.random.default_rng(seed)
    return [
        Given(question, day, float(random.integers(low, high + 1)))
        for question, (_, _, low, high) in QUESTIONS.items()
        for day in MONTHS
        for _ in range(int(random.integers(1, 4)))
        if (question, day) != ("i_speed", MONTHS[2])
    ]


QUARANTINED = [
    Given("recommend", MONTHS[0], None),
    Given("recommend", MONTHS[0], None),
    Given("grade", MONTHS[0], None),
    Given("s_taste", MONTHS[0], None),
    Given("i_taste", MONTHS[0], None),
    Given("i_price", MONTHS[0], None),
    Given("s_price", MONTHS[1], None),
    Given("s_price", MONTHS[1], None),
    Given("i_speed", MONTHS[2], None),
    Given("i_taste", MONTHS[2], None),
]


def metric_value(metric: str, answers: Sequence[Given]) -> float | None:
    """NPS, CSAT or the satisfaction index of answers, by hand."""
    if metric in ("nps", "csat"):
        scores = [a.score for a in answers if a.score is not None and a.question and QUESTIONS[a.question][0] == metric]
        if not scores:
            return None
        if metric == "csat":
            return sum(scores) / len(scores)
        return 100 * sum((score >= 9) - (score <= 6) for score in scores) / len(scores)
    weighted = total = 0.0
    for parameter in ("taste", "price", "speed"):
        scores = [a.score for a in answers if a.question == f"s_{parameter}" and a.score is not None]
        weights = [a.score for a in answers if a.question == f"i_{parameter}" and a.score is not None]
        if scores and weights:
            weight = sum(weights) / len(weights) / 5
            weighted += weight * (sum(scores) / len(scores) - 1) / 4
            total += weight
    return 100 * weighted / total if total else None


def possible(metric: str, accepted: list[Given], quarantined: list[Given], month: int) -> Iterator[float]:
    """The metric's value in a month for all that the quarantined answers could have said; with each left out, too."""
    known = [a for a in accepted if a.day == MONTHS[month]]
    open_answers = [a for a in quarantined if a.day == MONTHS[month] and belongs(a, metric)]
    scales = [
        [None, *range(QUESTIONS[a.question][2], QUESTIONS[a.question][3] + 1)] for a in open_answers if a.question
    ]
    for scores in product(*scales):
        said = [
            Given(a.question, a.day, float(score))
            for a, score in zip(open_answers, scores, strict=True)
            if score is not None
        ]
        value = metric_value(metric, [*known, *said])
        if value is not None:
            yield value


def belongs(answer: Given, metric: str) -> bool:
    measure = QUESTIONS[str(answer.question)][0]
    return measure == metric or (metric == "csi_index" and measure.startswith("csi"))


def build(path: Path, accepted: list[Given], quarantined: list[tuple[Given, int]]) -> pd.DataFrame:
    """The model's ranges by metric and month; beside each quarantined answer how often it may take a place."""
    responses = pd.DataFrame(
        [
            {
                "response_id": f"r{number}",
                "survey_id": "s",
                "question_id": a.question,
                "customer_id": a.customer,
                "answered_at": dt.datetime.combine(a.day, dt.time(9)),
                "business_day": a.day,
                "score": a.score,
            }
            for number, a in enumerate(accepted)
            if a.day
        ]
    )
    questions = pd.DataFrame(
        [("s", question, *told, "higher_is_better") for question, told in QUESTIONS.items()],
        columns=["survey_id", "question_id", "measure", "parameter", "scale_min", "scale_max", "direction"],
    )
    company = {"history_start": dt.date(2024, 1, 1)}
    frames = {"survey_responses": responses, "survey_questions": questions}
    fill_warehouse(path, AS_OF, frames, company=company)
    with duckdb.connect(str(path)) as connection:
        rows = [("s" if a.question else None, a.question, a.day, 1, repeated) for a, repeated in quarantined]
        connection.executemany("insert into control.quarantined_answers values (?, ?, ?, ?, ?)", rows)
    run_models(path, "int_quarantined_answers__ranges")
    return query(path, "from intermediate.int_quarantined_answers__ranges where grain = 'month'")


def range_of(rows: pd.DataFrame, metric: str, month: int) -> tuple[float, float]:
    starts = pd.to_datetime(rows["period_start"]).dt.month
    (row,) = rows[(rows["metric_id"] == metric) & (starts == month + 1)].to_dict("records")
    return row["lowest_value"], row["highest_value"]


@pytest.fixture(scope="module")
def accepted() -> list[Given]:
    return random_answers(5)


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory, accepted: list[Given]) -> pd.DataFrame:
    path = tmp_path_factory.mktemp("impact") / "warehouse.duckdb"
    return build(path, accepted, [(answer, 0) for answer in QUARANTINED])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("month", range(3))
def test_the_range_is_that_of_all_possible_answers(
    exact: pd.DataFrame, accepted: list[Given], metric: str, month: int
) -> None:
    values = list(possible(metric, accepted, QUARANTINED, month))
    assert range_of(exact, metric, month) == pytest.approx((min(values), max(values)), abs=1e-9)


def test_answers_that_may_take_a_place_or_belong_elsewhere_widen_the_range(
    tmp_path: Path, exact: pd.DataFrame, accepted: list[Given]
) -> None:
    """Bounds that are too narrow would promise more than is known."""
    doubtful = [Given(None, MONTHS[0], None), Given("recommend", None, None)]
    repeated = [(answer, 1) for answer in QUARANTINED] + [(answer, 0) for answer in doubtful]
    rows = build(tmp_path / "warehouse.duckdb", accepted, repeated)
    for metric in METRICS:
        for month in range(3):
            low, high = range_of(rows, metric, month)
            exact_low, exact_high = range_of(exact, metric, month)
            assert low <= exact_low + 1e-9
            assert high >= exact_high - 1e-9
    # One accepted answer makes room for the one that was quarantined, whichever one it is, and the other two are added.
    known = [a for a in accepted if a.day == MONTHS[0] and a.question == "recommend"]
    for left_out in known:
        others = [a for a in known if a is not left_out]
        asked = Given("recommend", MONTHS[0], None)
        for value in possible("nps", others, [asked] * 4, 0):
            low, high = range_of(rows, "nps", 0)
            assert low - 1e-9 <= value <= high + 1e-9
