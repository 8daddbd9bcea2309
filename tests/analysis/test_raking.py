"""Raked weights give the answers the margins of the customer base, and stay calm where they can't.

What it guards against: weights that do not add up, an empty category that makes them NaN, one answer that stands for
half the company, a result that hangs on the order of rows.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.analysis.raking import raked_weights
from assets.analysis.survey_weights import survey_weights

counts = st.lists(st.lists(st.integers(1, 40), min_size=3, max_size=3), min_size=2, max_size=2)
sides = st.tuples(
    st.lists(st.integers(1, 500), min_size=2, max_size=2), st.lists(st.integers(1, 500), min_size=3, max_size=3)
)


def plain_raking(answers: np.ndarray, base: list[np.ndarray]) -> np.ndarray:
    """Raking in another way: the scaling factors of rows and columns are solved for in turn, in logarithms."""
    shares = [side / side.sum() * answers.sum() for side in base]
    row, column = np.zeros(answers.shape[0]), np.zeros(answers.shape[1])
    for _ in range(5_000):
        row = np.log(shares[0]) - np.log((answers * np.exp(column)).sum(axis=1))
        column = np.log(shares[1]) - np.log((answers * np.exp(row)[:, None]).sum(axis=0))
    weights: np.ndarray = np.exp(row)[:, None] * np.exp(column)
    return weights


@settings(max_examples=60, deadline=None)
@given(counts, sides)
def test_margins_are_those_of_the_base(cells: list[list[int]], sides: tuple[list[int], list[int]]) -> None:
    answers, base = np.array(cells, dtype=float), [np.array(side, dtype=float) for side in sides]
    weights = raked_weights(answers, base, trim=1e9)
    weighed = weights * answers
    assert weighed.sum() == pytest.approx(answers.sum())
    for axis, side in enumerate(base):
        assert weighed.sum(axis=1 - axis) / weighed.sum() == pytest.approx(side / side.sum(), abs=1e-8)
    assert weights == pytest.approx(plain_raking(answers, base), rel=1e-6)


def test_the_worked_example() -> None:
    """Six answers of home and two of trade, where five of eight customers are trade: 3/6 and 5/2."""
    weights = raked_weights(np.array([6.0, 2.0]), [np.array([300.0, 500.0])], trim=5)
    assert weights.tolist() == pytest.approx([0.5, 2.5])


def test_no_answer_weighs_more_than_the_trim_allows_before_they_are_scaled_again() -> None:
    """One of a hundred answers stands for half the company: not 50 but 5 is its weight, over (99 x 0.505 + 5) / 100."""
    weights = raked_weights(np.array([99.0, 1.0]), [np.array([50.0, 50.0])], trim=5)
    assert weights.tolist() == pytest.approx([0.50505 / 0.55, 5 / 0.55], rel=1e-4)
    assert (weights * [99, 1]).sum() == pytest.approx(100)


def test_an_empty_cell_a_category_without_answers_and_one_without_customers() -> None:
    """None of them may make another weight NaN, and the answers still weigh 1 on average."""
    answers = np.array([[4.0, 0.0], [3.0, 3.0]])
    weights = raked_weights(answers, [np.array([10.0, 30.0]), np.array([20.0, 0.0])], trim=5)
    assert np.isnan(weights).tolist() == [[False, True], [False, False]]
    assert np.nansum(weights * answers) == pytest.approx(10)


def test_weights_are_the_same_whatever_the_order_of_rows() -> None:
    month = dt.date(2024, 1, 1)
    cells = pl.DataFrame(
        [("nps", "month", month, s, r, n) for s, r, n in [("a", "x", 5), ("a", "y", 2), ("b", "x", 3), ("b", "y", 9)]],
        schema=["measure", "grain", "period_start", "segment", "region", "answer_count"],
        orient="row",
    )
    margins = pl.DataFrame(
        [
            ("month", month, d, v, n)
            for d, v, n in [("segment", "a", 9), ("segment", "b", 1), ("region", "x", 4), ("region", "y", 4)]
        ],
        schema=["grain", "period_start", "dimension", "dimension_value", "customers"],
        orient="row",
    )
    dimensions = ["region", "segment"]
    first = survey_weights(cells, margins, dimensions, 5).sort("segment", "region")
    again = survey_weights(cells.reverse(), margins.reverse(), dimensions, 5).sort("segment", "region")
    assert first.equals(again)
    assert survey_weights(cells, margins.filter(pl.col("dimension") == "region"), dimensions, 5).is_empty()
