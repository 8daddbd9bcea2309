"""Reads from the warehouse what may drive satisfaction, weighs it, and writes the weights back for the marts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from assets.analysis.arrays import Floats, Integers
from assets.analysis.relative_weights import Analysis, Interval, analyse
from assets.warehouse.database import open_warehouse, replace_rows

OBSERVATIONS = "intermediate.int_key_drivers__observations"


@dataclass(frozen=True)
class Subject:
    """One survey or kind of unit, with its outcomes and the predictors to weigh in each of them."""

    analysis: str
    scope: str
    outcomes: tuple[str, ...]
    predictors: tuple[str, ...]


def write_relative_weights(warehouse: Path) -> int:
    """Replace the rows of `analysis.relative_weights` by those of the observations as they are now; their number."""
    with open_warehouse(warehouse) as connection:
        rows = [row for subject in _subjects(connection) for row in _weigh(connection, subject)]
        replace_rows(connection, "analysis.relative_weights", pl.DataFrame(rows))
    return len(rows)


def _subjects(connection: duckdb.DuckDBPyConnection) -> list[Subject]:
    found = connection.execute(
        f"select distinct analysis, scope, is_predictor, variable from {OBSERVATIONS} order by all"
    ).fetchall()
    variables: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for analysis, scope, is_predictor, variable in found:
        variables.setdefault((analysis, scope), ([], []))[int(is_predictor)].append(variable)
    return [
        Subject(*key, tuple(outcomes), tuple(predictors))
        for key, (outcomes, predictors) in variables.items()
        if outcomes and predictors
    ]


def _weigh(connection: duckdb.DuckDBPyConnection, subject: Subject) -> list[dict[str, str | int | float | None]]:
    """The rows of a subject: none of an outcome with too few cases, or with predictors that cannot be told apart."""
    values, clusters = _read(connection, subject)
    count = len(subject.predictors)
    rows = []
    for number, outcome in enumerate(subject.outcomes):
        columns = values[:, [*range(count), count + number]]
        is_complete = np.isfinite(columns).all(axis=1)
        cases = columns[is_complete]
        found = analyse(cases[:, :count], cases[:, count], clusters[is_complete])
        if found is not None:
            rows += [_row(subject, outcome, found, predictor) for predictor in range(count)]
    return rows


def _read(connection: duckdb.DuckDBPyConnection, subject: Subject) -> tuple[Floats, Integers]:
    """One row per observation, sorted by its key: predictors, then outcomes, NaN where missing; and its cluster."""
    variables = [(True, name) for name in subject.predictors] + [(False, name) for name in subject.outcomes]
    parameters = {f"variable_{number}": name for number, (_, name) in enumerate(variables)}
    columns = ", ".join(
        f"max(value) filter (where variable = $variable_{number} and {'' if is_predictor else 'not '}is_predictor)"
        f" as column_{number}"
        for number, (is_predictor, _) in enumerate(variables)
    )
    found = connection.execute(
        f"select dense_rank() over (order by min(cluster_id)) - 1 as cluster, {columns} from {OBSERVATIONS}"
        " where analysis = $analysis and scope = $scope group by observation_id"
        " order by min(cluster_id), observation_id",
        {"analysis": subject.analysis, "scope": subject.scope, **parameters},
    ).fetchnumpy()
    values = np.column_stack(
        [np.ma.filled(np.ma.asarray(found[f"column_{n}"], np.float64), np.nan) for n in range(len(variables))]
    )
    return values, np.asarray(found["cluster"], dtype=np.int64)


def _row(subject: Subject, outcome: str, found: Analysis, predictor: int) -> dict[str, str | int | float | None]:
    estimates = found.estimates
    return {
        "analysis": subject.analysis,
        "scope": subject.scope,
        "outcome": outcome,
        "predictor": subject.predictors[predictor],
        "n": found.n,
        "clusters": found.clusters,
        "predictors": len(subject.predictors),
        "r_squared": float(estimates.r_squared),
        **_bounds("r_squared", found.r_squared_interval, ()),
        "weight": float(estimates.weights[predictor]),
        **_bounds("weight", found.weight_interval, predictor),
        "weight_share": _number(float(estimates.shares[predictor])),
        **_bounds("weight_share", found.share_interval, predictor),
        "correlation": float(estimates.correlations[predictor]),
        "coefficient": float(estimates.coefficients[predictor]),
        **_bounds("coefficient", found.coefficient_interval, predictor),
    }


def _bounds(name: str, interval: Interval, place: int | tuple[()]) -> dict[str, float | None]:
    return {
        f"{name}_ci_low": _number(float(interval.low[place])),
        f"{name}_ci_high": _number(float(interval.high[place])),
    }


def _number(value: float) -> float | None:
    """A float that a table can hold: NaN is no value."""
    return None if math.isnan(value) else value
