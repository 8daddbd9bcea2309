"""Johnson's relative weights straight from the cases, by a singular value decomposition, and R2 by least squares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def relative_weights(predictors: Floats, outcome: Floats) -> Floats:
    """The weight of each column: through the orthonormal columns that are nearest to the standardised predictors."""
    x, y = standardised(predictors), standardised(outcome)
    left, _, right = np.linalg.svd(x, full_matrices=False)
    nearest = left @ right
    weights: Floats = (nearest.T @ x).T ** 2 @ (nearest.T @ y) ** 2
    return weights


def standardised(columns: Floats) -> Floats:
    """Columns of mean 0 and length 1."""
    centred = columns - columns.mean(axis=0)
    lengths: Floats = np.sqrt((centred**2).sum(axis=0))
    return centred / lengths


def least_squares(predictors: Floats, outcome: Floats) -> tuple[Floats, float]:
    """The slopes of a regression with an intercept, and its R2."""
    design = np.column_stack([np.ones(len(outcome)), predictors])
    solution = np.linalg.lstsq(design, outcome, rcond=None)[0]
    residuals = outcome - design @ solution
    r_squared = 1 - (residuals**2).sum() / ((outcome - outcome.mean()) ** 2).sum()
    return solution[1:], float(r_squared)
