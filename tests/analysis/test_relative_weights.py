"""Relative weights against other routes to the same numbers, and what resampling must and must not depend on."""

from __future__ import annotations

import numpy as np
import pytest

from assets.analysis import relative_weights as subject
from assets.analysis.relative_weights import Analysis, Floats, analyse, relative_weights


def correlated(seed: int, n: int, p: int) -> tuple[Floats, Floats]:
    """Predictors that go together, each in a unit of its own, and an outcome of which they explain a part."""
    random = np.random.default_rng(seed)
    predictors = (random.normal(size=(n, 1)) + random.normal(size=(n, p))) * 10.0 ** np.arange(p) + 1e4
    standard = (predictors - predictors.mean(axis=0)) / predictors.std(axis=0)
    return predictors, standard @ np.arange(p) + random.normal(size=n) * 2


def by_singular_values(predictors: Floats, outcome: Floats) -> Floats:
    """Johnson's own route: regress the outcome, and the predictors, on the orthogonal variables nearest to them."""
    x = (predictors - predictors.mean(axis=0)) / predictors.std(axis=0) / np.sqrt(len(outcome))
    y = (outcome - outcome.mean()) / outcome.std() / np.sqrt(len(outcome))
    left, _, right = np.linalg.svd(x, full_matrices=False)
    nearest = left @ right
    slopes = nearest.T @ y
    loadings = nearest.T @ x
    weights: Floats = (loadings**2).T @ slopes**2
    return weights


def found(predictors: Floats, outcome: Floats, clusters: np.ndarray | None = None) -> Analysis:
    analysis = analyse(predictors, outcome, np.arange(len(outcome)) if clusters is None else clusters)
    assert analysis is not None
    return analysis


def test_worked_example_of_two_predictors() -> None:
    """For two predictors the weight is the mean of what each adds alone and after the other."""
    among, with_outcome = np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([0.6, 0.4])
    r_squared = (0.36 + 0.16 - 2 * 0.5 * 0.6 * 0.4) / (1 - 0.25)
    averages = [(0.36 + r_squared - 0.16) / 2, (0.16 + r_squared - 0.36) / 2]
    assert relative_weights(among, with_outcome) == pytest.approx(averages, abs=1e-12)
    assert averages == pytest.approx([0.2866667, 0.0866667], abs=1e-7)


@pytest.mark.parametrize("p", [1, 2, 3, 7])
def test_weights_equal_those_of_singular_values(p: int) -> None:
    """A wrong root, a transposed matrix, a standard deviation of the wrong n."""
    predictors, outcome = correlated(p, 400, p)
    estimates = found(predictors, outcome).estimates
    assert estimates.weights == pytest.approx(by_singular_values(predictors, outcome), abs=1e-9)
    assert estimates.shares.sum() == pytest.approx(1, abs=1e-12)


def test_r_squared_and_coefficients_are_those_of_least_squares() -> None:
    """Weights of another regression than the one whose slopes stand beside them."""
    predictors, outcome = correlated(5, 300, 4)
    estimates = found(predictors, outcome).estimates
    design = np.column_stack([np.ones(300), predictors])
    slopes, residuals, _, _ = np.linalg.lstsq(design, outcome, rcond=None)
    assert estimates.coefficients == pytest.approx(slopes[1:], rel=1e-7)
    assert estimates.r_squared == pytest.approx(1 - residuals[0] / ((outcome - outcome.mean()) ** 2).sum(), abs=1e-9)
    assert estimates.correlations == pytest.approx([np.corrcoef(column, outcome)[0, 1] for column in predictors.T])


def test_too_few_constant_or_collinear_cases_have_no_weights() -> None:
    """Numbers without meaning, or a division by zero, where a survey has hardly any answers."""
    predictors, outcome = correlated(1, 40, 3)
    assert analyse(predictors[:13], outcome[:13], np.arange(13)) is not None
    assert analyse(predictors[:12], outcome[:12], np.arange(12)) is None
    constant = predictors.copy()
    constant[:, 1] = 0.1
    assert analyse(constant, outcome, np.arange(40)) is None
    assert analyse(predictors, np.full(40, 0.1), np.arange(40)) is None
    copied = predictors.copy()
    copied[:, 1] = 2 * copied[:, 0] + 1
    assert analyse(copied, outcome, np.arange(40)) is None


def test_repetition_gives_the_same_intervals() -> None:
    """A seed that time or an earlier analysis decides."""
    predictors, outcome = correlated(2, 200, 3)
    first, second = found(predictors, outcome), found(predictors, outcome)
    assert np.array_equal(first.weight_interval.low, second.weight_interval.low)
    assert (first.weight_interval.low < first.estimates.weights).all()
    assert (first.weight_interval.high > first.estimates.weights).all()


def test_clusters_are_drawn_whole() -> None:
    """Ten copies of each case know no more than one: with single draws intervals would be three times too narrow."""
    predictors, outcome = correlated(3, 100, 2)
    once = found(predictors, outcome)
    copies = found(np.repeat(predictors, 10, axis=0), np.repeat(outcome, 10), np.repeat(np.arange(100), 10))
    assert (copies.n, copies.clusters) == (1000, 100)
    assert copies.coefficient_interval.low == pytest.approx(once.coefficient_interval.low, rel=1e-9)
    assert copies.weight_interval.high == pytest.approx(once.weight_interval.high, rel=1e-9)


def test_pools_of_clusters_give_intervals_as_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large companies are resampled in pools; pools that told of less spread would be too sure."""
    predictors, outcome = correlated(4, 4000, 2)
    alone = found(predictors, outcome).coefficient_interval
    monkeypatch.setattr(subject, "MOST_BLOCKS", 400)
    pooled = found(predictors, outcome).coefficient_interval
    assert pooled.high - pooled.low == pytest.approx(alone.high - alone.low, rel=0.15)


def test_few_clusters_have_no_interval() -> None:
    """Four shops cannot tell how shops differ."""
    predictors, outcome = correlated(6, 100, 2)
    few = found(predictors, outcome, np.arange(100) % 4)
    assert np.isnan(few.weight_interval.low).all()
    assert np.isnan(few.r_squared_interval.high)


def test_intervals_cover_the_coefficients_that_made_the_data() -> None:
    """Intervals of 95 % that cover 95 %: 400 draws of 120 cases."""
    random = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        predictors = random.normal(size=(120, 2)) + random.normal(size=(120, 1))
        outcome = predictors @ np.array([1.0, 0.0]) + random.normal(size=120) * 2
        interval = found(predictors, outcome).coefficient_interval
        covered += int(interval.low[0] <= 1 <= interval.high[0])
    assert 0.91 <= covered / 400 <= 0.98
