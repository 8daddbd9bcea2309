"""A thousand companies in one: every segment is an independent draw from one planted truth, so that one build tells
how often the published intervals cover it.

Answers fall on November and December 2024, the same truth in both: a change between them is a true null.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

DRAWS = 1_000
CUSTOMERS = 120
AS_OF = dt.date(2024, 12, 31)
MONTHS = (dt.date(2024, 11, 1), dt.date(2024, 12, 1))
ANSWER_DAYS = (dt.date(2024, 11, 12), dt.date(2024, 12, 12))
SCORES = np.array([10, 9, 8, 7, 6, 3])
SHARES = np.array([0.25, 0.15, 0.15, 0.10, 0.20, 0.15])
SATISFACTION = {"price": 5.5, "taste": 7.0, "service": 6.0}
IMPORTANCE = {"price": 8.0, "taste": 6.5, "service": 4.0}
SPREAD = 1.6
MONTHLY_CHURN = 0.2


@dataclass(frozen=True)
class Truths:
    """The planted values, on the scale on which they are published."""

    nps: float
    csi_index: float
    crr: float


def simulate(seed: int) -> tuple[dict[str, pd.DataFrame], Truths]:
    """Frames of the entities, and the truths behind them."""
    random = np.random.default_rng(seed)
    count = DRAWS * CUSTOMERS
    customer = np.char.add("c", np.arange(count).astype(str))
    month = np.arange(count) % 2
    frames = {
        "customers": pd.DataFrame(
            {"customer_id": customer, "segment": np.char.add("s", (np.arange(count) // CUSTOMERS).astype(str))}
        ),
        "contracts": _contracts(random, customer),
        "survey_questions": _questions(),
        "survey_responses": _responses(random, customer, month),
    }
    promoters, detractors = SHARES[SCORES >= 9].sum(), SHARES[SCORES <= 6].sum()
    return frames, Truths(100 * float(promoters - detractors), _true_index(), 1 - MONTHLY_CHURN)


def _contracts(random: np.random.Generator, customer: np.ndarray) -> pd.DataFrame:
    """Contracts of old; each month a share of those in force ends."""
    months_kept = random.geometric(MONTHLY_CHURN, len(customer))
    ended = {1: dt.date(2024, 11, 16), 2: dt.date(2024, 12, 16)}
    return pd.DataFrame(
        {
            "contract_id": customer,
            "term_no": 1,
            "customer_id": customer,
            "plan_id": "basic",
            "billing_period": "month",
            "recurring_amount": 10,
            "started_on": dt.date(2024, 1, 1),
            "ended_on": [ended.get(int(kept)) for kept in months_kept],
            "is_trial": False,
        }
    )


def _questions() -> pd.DataFrame:
    rows = [("pulse", "recommend", "nps", None, 0, 10)]
    for parameter in SATISFACTION:
        rows.append(("pulse", f"s_{parameter}", "csi_satisfaction", parameter, 1, 10))
        rows.append(("pulse", f"i_{parameter}", "csi_importance", parameter, 1, 10))
    names = ["survey_id", "question_id", "measure", "parameter", "scale_min", "scale_max"]
    return pd.DataFrame(rows, columns=names).assign(direction="higher_is_better")


def _responses(random: np.random.Generator, customer: np.ndarray, month: np.ndarray) -> pd.DataFrame:
    """One response of each customer; who is content is so with everything, so answers of one are not independent."""
    mood = random.normal(0, 1, len(customer))
    answers = {"recommend": random.choice(SCORES, len(customer), p=SHARES)}
    for parameter, mean in SATISFACTION.items():
        answers[f"s_{parameter}"] = _answers(random, mean + mood)
        answers[f"i_{parameter}"] = _answers(random, IMPORTANCE[parameter] - mood / 2)
    days = np.array(ANSWER_DAYS, dtype="datetime64[us]")[month]
    frame = pd.DataFrame({"response_id": customer, "customer_id": customer, "answered_at": days, **answers})
    long = frame.melt(["response_id", "customer_id", "answered_at"], var_name="question_id", value_name="score")
    return long.assign(survey_id="pulse", business_day=long["answered_at"].dt.date)


def _answers(random: np.random.Generator, mean: np.ndarray) -> np.ndarray:
    """Whole answers from 1 to 10 around a mean of each respondent."""
    return np.clip(np.rint(random.normal(mean, SPREAD)), 1, 10)


def _true_index() -> float:
    """The index of an endless sample, drawn with a seed of its own; its error is below a hundredth of a point."""
    random, count = np.random.default_rng(99), 4_000_000
    mood = random.normal(0, 1, count)
    score = {name: _answers(random, mean + mood).mean() for name, mean in SATISFACTION.items()}
    weight = {name: _answers(random, mean - mood / 2).mean() for name, mean in IMPORTANCE.items()}
    mean = sum(weight[name] * each for name, each in score.items()) / sum(weight.values())
    return float((mean - 1) / 9 * 100)
