"""Survey metrics of every grain and dimension, against plain loops that compute them in another way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan, nan, sqrt

import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models
from statsmodels.stats.proportion import proportion_confint
from survey_answers import (
    AS_OF,
    Answer,
    Cell,
    Figures,
    Index,
    cells,
    mean_with_interval,
    own_importances,
    random_frames,
    read_answers,
    respondent_indices,
)

FIXED_WEIGHTS = {"price": 0.5, "taste": 0.2, "delivery": 0.3}
OWN_BRANDS = ["Own", "Ours too"]
Z = 1.959963984540054


@dataclass(frozen=True)
class Published:
    """What the models made of random answers, and the settings."""

    rows: pd.DataFrame
    answers: list[Answer]
    policy: str
    weights: dict[str, float]
    own_brands: list[str]


@pytest.fixture(
    scope="module",
    params=[("latest", {}, 1, []), ("all", {}, 2, OWN_BRANDS), ("latest", FIXED_WEIGHTS, 3, OWN_BRANDS)],
    ids=["latest", "all", "fixed weights"],
)
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Published:
    policy, weights, seed, own_brands = request.param
    frames = random_frames(seed)
    path = tmp_path_factory.mktemp("surveys") / "warehouse.duckdb"
    company = {"history_start": dt.date(2023, 11, 1)}
    surveys = {"repeat_policy": policy, "own_brands": own_brands}
    fill_warehouse(path, AS_OF, frames, company=company, surveys=surveys, csi={"weights": weights})
    run_models(path, "int_kpi__survey_scores", "int_kpi__csi")
    rows = query(
        path, "select * from intermediate.int_kpi__survey_scores union all select * from intermediate.int_kpi__csi"
    )
    return Published(rows, read_answers(frames), policy, weights, own_brands)


def scores(answers: list[Answer], measure: str) -> list[float]:
    """Answers to a measure on its own scale."""
    scale = {"nps": (0, 10), "csat": (1, 5)}[measure]
    return [each.score for each in answers if each.measure == measure and (each.low, each.high) == scale]


def nps(answers: list[Answer]) -> Figures | None:
    given = scores(answers, "nps")
    if not given:
        return None
    promoters, detractors = sum(each >= 9 for each in given), sum(each <= 6 for each in given)
    passives, n = len(given) - promoters - detractors, len(given)
    added = [1.0] * promoters + [0.0] * passives + [-1.0] * detractors
    weights = [1.0] * n + [0.75, 1.5, 0.75]
    adjusted = sum(w * x for w, x in zip(weights, [*added, 1.0, 0.0, -1.0], strict=True)) / (n + 3)
    variance = sum(w * (x - adjusted) ** 2 for w, x in zip(weights, [*added, 1.0, 0.0, -1.0], strict=True)) / (n + 3)
    half = Z * sqrt(variance / (n + 3))
    return 100 * sum(added) / n, max(-100, 100 * (adjusted - half)), min(100, 100 * (adjusted + half)), n


def csat(answers: list[Answer]) -> Figures | None:
    given = scores(answers, "csat")
    return mean_with_interval(given) if given else None


def satisfied_share(answers: list[Answer]) -> Figures | None:
    given = scores(answers, "csat")
    if not given:
        return None
    satisfied = sum(each >= 4 for each in given)
    low, high = proportion_confint(satisfied, len(given), method="wilson")
    return satisfied / len(given), low, high, len(given)


def csi(answers: list[Answer], weights: dict[str, float], metric: str) -> Figures | None:
    index = Index(answers, weights, of_maximum=metric == "csi_percent_of_max")
    if not index.parameters:
        return None
    value, low, high, n = index.figures()
    if metric != "csi_score":
        return 100 * value, 100 * low, 100 * high, n
    scales = {
        (each.low, each.high)
        for each in answers
        if each.measure == "csi_satisfaction" and each.parameter in index.parameters
    }
    if len(scales) > 1:
        return None
    bottom, top = scales.pop()
    return bottom + (top - bottom) * value, bottom + (top - bottom) * low, bottom + (top - bottom) * high, n


Metric = Callable[[list[Answer]], Figures | None]


def metrics(answers: list[Answer], weights: dict[str, float]) -> dict[str, Metric]:
    """Every metric as a function of the answers of a cell."""

    own = own_importances(answers)

    def weigh(answer: Answer) -> float | None:
        return weights.get(str(answer.parameter)) if weights else own.get((answer.response, answer.parameter))

    def weighted_by_respondent(members: list[Answer]) -> Figures | None:
        indices = respondent_indices(members, weigh)
        if not indices:
            return None
        value, low, high, n = mean_with_interval(indices)
        return 100 * value, 100 * low, 100 * high, n

    by_answers = {
        metric: (lambda members, metric=metric: csi(members, weights, metric))
        for metric in ("csi_score", "csi_percent_of_max", "csi_index")
    }
    scores_of_answers = {"nps": nps, "csat": csat, "csat_satisfied_share": satisfied_share}
    return {**scores_of_answers, **by_answers, "csi_respondent_weighted": weighted_by_respondent}


def expected(published: Published) -> dict[tuple[str, Cell], Figures]:
    """Every cell that should be published."""
    computed = {}
    for cell, members in cells(published.answers, published.policy, published.own_brands).items():
        for metric, compute in metrics(published.answers, published.weights).items():
            figures = compute(members)
            if figures is not None:
                computed[metric, cell] = figures
    return computed


def test_every_cell_equals_a_plain_computation(published: Published) -> None:
    """A wrong repeat rule, a lost dimension value, a competitor in our total, a wrong weight, interval or freedom."""
    rows = published.rows[published.rows["dimension"] != "product"]
    wanted = expected(published)
    assert len(wanted) > 2000
    assert_figures(rows, wanted)


def test_nps_by_product_equals_a_plain_computation(published: Published) -> None:
    """A product that is lost, an answer about none that is not told as unknown, another measure cut by product."""
    by_product = [
        replace(each, values={"brand": each.values["brand"], "product": each.product}) for each in published.answers
    ]
    counted = cells(by_product, published.policy, published.own_brands)
    found = {("nps", cell): nps(members) for cell, members in counted.items() if cell[2] == "product"}
    wanted = {key: figures for key, figures in found.items() if figures is not None}
    assert len({cell[3] for _, cell in wanted}) > 2
    assert_figures(published.rows[published.rows["dimension"] == "product"], wanted)


def assert_figures(rows: pd.DataFrame, wanted: dict[tuple[str, Cell], Figures]) -> None:
    """Whether rows hold exactly the wanted cells, with the wanted figures."""
    got = {
        (row.metric_id, (row.grain, row.period_start.date(), row.dimension, row.dimension_value)): (
            row.value,
            row.ci_low,
            row.ci_high,
            row.n,
        )
        for row in rows.itertuples()
    }
    assert got.keys() == wanted.keys()
    assert len(got) == len(rows)
    for key, figures in wanted.items():
        for ours, theirs in zip(got[key], figures, strict=True):
            assert same(ours, theirs), (key, got[key], figures)


def same(ours: float, theirs: float) -> bool:
    """Whether two figures are equal to rounding, or both not there."""
    if isnan(theirs):
        return isnan(nan if ours is None else ours)
    return ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_values_are_their_parts(published: Published) -> None:
    """A numerator or denominator that does not belong to the value beside it."""
    rows = published.rows
    factor = rows["metric_id"].map({"nps": 100.0}).fillna(1.0)
    assert (factor * rows["numerator"] / rows["denominator"] - rows["value"]).abs().max() < 1e-9
