"""Relative weights: how much of what predictors explain of an outcome each of them stands for.

Regression coefficients of predictors that go together say little of each. Johnson's relative weights part R2 among the
predictors by way of the orthogonal variables that are nearest to them: every weight is at least zero, and the weights
sum to R2. Source: Johnson, J. W. (2000), A heuristic method for estimating the relative weight of predictor variables
in multiple regression, Multivariate Behavioral Research 35. Intervals: percentiles of a bootstrap that draws whole
clusters, as the answers of one respondent are not independent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assets.analysis.arrays import Flags, Floats, Integers

SEED = 20_000_101
REPLICATES = 1000
REPLICATES_AT_ONCE = 100
# More clusters are pooled into this many, which bounds time and memory; the spread of the pools' sums is as wide.
MOST_BLOCKS = 2000
# Below these a matrix is taken for singular, and a column for constant.
SMALLEST_EIGENVALUE = 1e-8
SMALLEST_DEVIATION = 1e-9
# Fewer replicates that could be computed say nothing of the tails.
LEAST_SHARE_OF_REPLICATES = 0.9
FEWEST_CLUSTERS = 5


@dataclass(frozen=True)
class Interval:
    """Bounds of 95 % percentile intervals, by predictor or of one figure; NaN where there is none."""

    low: Floats
    high: Floats


@dataclass(frozen=True)
class Estimates:
    """The figures of one regression or, with a leading axis, of many."""

    r_squared: Floats
    weights: Floats
    shares: Floats
    correlations: Floats
    coefficients: Floats


@dataclass(frozen=True)
class Analysis:
    """Estimates with their intervals, and what they rest on."""

    n: int
    clusters: int
    estimates: Estimates
    r_squared_interval: Interval
    weight_interval: Interval
    share_interval: Interval
    coefficient_interval: Interval


def relative_weights(predictors: Floats, outcome: Floats) -> Floats:
    """Weights from the predictors' correlation matrix (..., p, p) and their correlations with the outcome (..., p).

    NaN where the matrix is singular.
    """
    values, vectors = np.linalg.eigh(np.nan_to_num(predictors))
    is_finite = np.asarray(np.isfinite(predictors).all(axis=(-2, -1)))
    is_sound: Flags = np.logical_and(np.asarray(values[..., 0]) > SMALLEST_EIGENVALUE, is_finite)
    roots = np.sqrt(np.where(is_sound[..., None], values, 1.0))
    transposed = np.swapaxes(vectors, -1, -2)
    loadings = (vectors * roots[..., None, :]) @ transposed
    slopes = ((vectors / roots[..., None, :]) @ transposed @ np.nan_to_num(outcome)[..., None])[..., 0]
    weights = (loadings**2 @ (slopes**2)[..., None])[..., 0]
    return np.where(is_sound[..., None], weights, np.nan)


def estimates_of(products: Floats, p: int) -> Estimates:
    """Estimates from sums of cross-products (..., p + 2, p + 2) of the columns 1, predictors, outcome."""
    counts = products[..., 0, 0]
    means = products[..., 0, :] / counts[..., None]
    covariances = products / counts[..., None, None] - means[..., :, None] * means[..., None, :]
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)[..., 1:]
    deviations = np.sqrt(np.where(variances > SMALLEST_DEVIATION**2, variances, np.nan))
    correlations = covariances[..., 1:, 1:] / (deviations[..., :, None] * deviations[..., None, :])
    among, with_outcome = correlations[..., :p, :p], correlations[..., :p, p]
    weights = relative_weights(among, with_outcome)
    is_sound = np.asarray(np.isfinite(weights).all(axis=-1))
    solvable = np.where(is_sound[..., None, None], among, np.eye(p))
    slopes = np.linalg.solve(solvable, np.nan_to_num(with_outcome)[..., None])[..., 0]
    coefficients = np.where(is_sound[..., None], slopes * deviations[..., p:] / deviations[..., :p], np.nan)
    r_squared = weights.sum(axis=-1)
    shares = weights / np.where(r_squared > 0, r_squared, np.nan)[..., None]
    return Estimates(r_squared, weights, shares, with_outcome, coefficients)


def analyse(predictors: Floats, outcome: Floats, clusters: Integers) -> Analysis | None:
    """Analyse complete cases: predictors (n, p), outcome (n,), and the number of each case's cluster, from 0.

    None where there are fewer than p + 10 cases, a column is constant, or the predictors are collinear. The result is
    a function of the cases in their order: sort them by a key.
    """
    n, p = predictors.shape
    if n < p + 10:
        return None
    columns = np.column_stack([predictors, outcome])
    deviations = columns.std(axis=0)
    if (deviations <= SMALLEST_DEVIATION * np.maximum(1.0, np.abs(columns).max(axis=0))).any():
        return None
    # Around their means and in units of their deviations, so that products of large numbers lose no digits.
    cases = np.column_stack([np.ones(n), (columns - columns.mean(axis=0)) / deviations])
    found, numbers = np.unique(clusters, return_inverse=True)
    products = cross_products(cases, numbers % MOST_BLOCKS, min(len(found), MOST_BLOCKS))
    scale = deviations[p] / deviations[:p]
    whole = _scaled(estimates_of(products.sum(axis=0), p), scale)
    if not np.isfinite(whole.weights).all():
        return None
    replicates = [_scaled(each, scale) for each in _replicates(products, p)]
    is_enough = len(found) >= FEWEST_CLUSTERS

    def interval(figure: str) -> Interval:
        return _interval(np.concatenate([getattr(each, figure) for each in replicates]), is_enough=is_enough)

    return Analysis(
        n, len(found), whole, interval("r_squared"), interval("weights"), interval("shares"), interval("coefficients")
    )


def cross_products(cases: Floats, blocks: Integers, block_count: int) -> Floats:
    """Sums of each block's cross-products, (blocks, columns, columns)."""
    order = np.argsort(blocks, kind="stable")
    starts = np.searchsorted(blocks[order], np.arange(block_count))
    ends = np.append(starts[1:], len(order))
    sums = np.empty((block_count, cases.shape[1], cases.shape[1]))
    for block, (start, end) in enumerate(zip(starts, ends, strict=True)):
        members = cases[order[start:end]]
        sums[block] = members.T @ members
    return sums


def _replicates(products: Floats, p: int) -> Iterator[Estimates]:
    """Estimates of resamples, some at a time; what is drawn depends on the number of blocks alone."""
    random = np.random.default_rng(SEED)
    blocks, width = len(products), products.shape[1]
    flat = products.reshape(blocks, -1)
    for start in range(0, REPLICATES, REPLICATES_AT_ONCE):
        size = min(REPLICATES_AT_ONCE, REPLICATES - start)
        counts = random.multinomial(blocks, np.full(blocks, 1 / blocks), size=size).astype(np.float64)
        yield estimates_of((counts @ flat).reshape(size, width, width), p)


def _scaled(estimates: Estimates, scale: Floats) -> Estimates:
    """The estimates with coefficients in the units of the columns, not of their deviations."""
    return Estimates(
        estimates.r_squared,
        estimates.weights,
        estimates.shares,
        estimates.correlations,
        estimates.coefficients * scale,
    )


def _interval(replicates: Floats, *, is_enough: bool) -> Interval:
    missing = np.full(replicates.shape[1:], np.nan)
    is_sound = np.isfinite(replicates).reshape(len(replicates), -1).all(axis=1)
    if not is_enough or is_sound.mean() < LEAST_SHARE_OF_REPLICATES:
        return Interval(missing, missing)
    low, high = np.quantile(replicates[is_sound], [0.025, 0.975], axis=0)
    return Interval(np.asarray(low), np.asarray(high))
