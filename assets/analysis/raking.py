"""Non-response weights: answers are weighed until their margins are those of the customer base.

Raking (iterative proportional fitting) needs no joint distribution, only each dimension's own. It works on cells, which
are few, not on answers, which are many.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Sequence

import numpy as np

from assets.analysis.arrays import Floats

TOLERANCE = 1e-10
MOST_ITERATIONS = 1_000


def raked_weights(answers: Floats, base: Sequence[Floats], trim: float) -> Floats:
    """The weight of an answer in each cell; answers weigh 1 on average, and a cell without answers weighs NaN.

    `answers` counts them by cell, with an axis per dimension; `base` holds the customers per category of each axis, in
    any unit. A category without answers can't be represented: the others share its place. Weights are trimmed to
    [1 / trim, trim], and then again scaled to 1 on average.
    """
    from ipfn.ipfn import ipfn

    total = answers.sum()
    margins = [_margin(answers, axis, customers) * total for axis, customers in enumerate(base)]
    # It prints that it converged, and warns of cells without answers.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        fitted = ipfn(
            answers.astype(np.float64),
            margins,
            [[axis] for axis in range(answers.ndim)],
            convergence_rate=TOLERANCE,
            max_iteration=MOST_ITERATIONS,
            rate_tolerance=0,
        ).iteration()
    is_answered = answers > 0
    weights = np.clip(np.divide(fitted, answers, out=np.ones_like(fitted), where=is_answered), 1 / trim, trim)
    scaled: Floats = np.where(is_answered, weights * total / (weights * answers).sum(), np.nan)
    return scaled


def _margin(answers: Floats, axis: int, customers: Floats) -> Floats:
    """Shares of the base over the categories that answered; those of the answers where none of these is in the base."""
    by_category: Floats = answers.sum(axis=tuple(other for other in range(answers.ndim) if other != axis))
    represented = np.where(by_category > 0, customers, 0.0)
    found = represented if represented.sum() > 0 else by_category
    shares: Floats = found / found.sum()
    return shares
