"""The parameters and blocks of the satisfaction index, against plain loops that compute them in another way."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scratch_warehouse import fill_warehouse, query, run_models
from statsmodels.stats.proportion import proportion_confint
from survey_answers import AS_OF, Answer, Index, cells, mean_with_interval, random_frames, read_answers

BLOCKS = {"price": "value", "taste": "product", "pack": "product", "queue": "place"}
MINIMUM_N = 4


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, list[Answer]]:
    frames = random_frames(11, 150)
    path: Path = tmp_path_factory.mktemp("parameters") / "warehouse.duckdb"
    company = {"history_start": dt.date(2023, 11, 1)}
    fill_warehouse(path, AS_OF, frames, company=company, privacy={"minimum_n": MINIMUM_N})
    run_models(path, "csi_parameters")
    return query(path, "select * from marts.csi_parameters"), read_answers(frames)


def of(members: list[Answer], parameter: str, measure: str) -> list[Answer]:
    return [each for each in members if each.parameter == parameter and each.measure == f"csi_{measure}"]


def quadrants(importances: dict[str, float], scores: dict[str, float]) -> dict[str, str]:
    """Each weighted parameter's place against the means."""
    if len(importances) < 2:
        return {}
    names = {(True, True): "keep_up", (True, False): "concentrate_here", (False, True): "possible_overkill"}
    mean_importance, mean_score = np.mean(list(importances.values())), np.mean([scores[each] for each in importances])
    return {
        each: names.get(
            (importances[each] >= mean_importance - 1e-9, scores[each] >= mean_score - 1e-9), "low_priority"
        )
        for each in importances
    }


def expected_parameters(members: list[Answer]) -> dict[str, dict[str, float | str | None]]:
    """What should stand in the row of each parameter of a cell."""
    answered = {each.parameter for each in members if each.measure == "csi_satisfaction"}
    shares = {str(each): [a.share for a in of(members, str(each), "satisfaction")] for each in answered}
    importances = {
        each: float(np.mean([a.of_maximum for a in of(members, each, "importance")]))
        for each in shares
        if of(members, each, "importance")
    }
    places = quadrants(importances, {each: float(np.mean(shares[each])) for each in shares})
    rows = {}
    for parameter, values in shares.items():
        answers = of(members, parameter, "satisfaction")
        satisfied = sum(each.score >= each.high - 1 for each in answers)
        mean, low, high, n = mean_with_interval(values)
        points = Counter(each.score for each in answers)
        is_on_one_scale = len({(each.low, each.high) for each in answers}) == 1
        rows[parameter] = {
            "n": min(n, len(of(members, parameter, "importance")) or n),
            "weight": importances[parameter] / sum(importances.values()) if parameter in importances else None,
            "satisfaction_index": 100 * mean,
            "satisfaction_index_ci_low": 100 * low,
            "satisfaction_index_ci_high": 100 * high,
            "percent_of_max": 100 * float(np.mean([each.of_maximum for each in answers])),
            "satisfaction_score": float(np.mean([each.score for each in answers])) if is_on_one_scale else None,
            "satisfied_share": satisfied / n,
            "satisfied_ci_low": proportion_confint(satisfied, n, method="wilson")[0],
            "dissatisfied_share": 1 - satisfied / n,
            "answer_3_share": points[3] / n if is_on_one_scale else None,
            "quadrant": places.get(parameter),
        }
    return rows


def assert_same(row: pd.Series, wanted: dict[str, float | str | None]) -> None:
    """Equal in every column; where fewer than the minimum stand behind the row, nothing is shown."""
    for column, value in wanted.items():
        hidden = bool(row["is_suppressed"]) and column != "n"
        if hidden or value is None or (isinstance(value, float) and isnan(value)):
            assert pd.isna(row[column]), (column, row)
        else:
            assert row[column] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-9, abs=1e-9)), (
                column,
                row,
            )


def test_every_parameter_equals_a_plain_computation(published: tuple[pd.DataFrame, list[Answer]]) -> None:
    """A wrong weight, quadrant, distribution or interval, or a figure that suppression forgot."""
    rows, answers = published
    rows = rows[rows["level"] == "parameter"]
    assert {True, False} == set(rows["is_suppressed"])
    by_key = {
        (r["grain"], r["period_start"].date(), r["dimension"], r["dimension_value"], r["parameter"]): r
        for r in rows.to_dict("records")
    }
    wanted = {
        (*cell, parameter): row
        for cell, members in cells(answers, "latest").items()
        for parameter, row in expected_parameters(members).items()
    }
    assert by_key.keys() == wanted.keys()
    for key, row in wanted.items():
        assert by_key[key]["is_suppressed"] == (row["n"] < MINIMUM_N)  # type: ignore[operator]
        assert_same(pd.Series(by_key[key]), row)


def test_every_block_equals_a_plain_computation(published: tuple[pd.DataFrame, list[Answer]]) -> None:
    """A block whose weights are not those of its own parameters, or whose interval is not its own."""
    rows, answers = published
    blocks = rows[rows["level"] == "block"].to_dict("records")
    counted = cells(answers, "latest")
    assert len(blocks) > 1000
    for row in blocks:
        cell = (row["grain"], row["period_start"].date(), row["dimension"], row["dimension_value"])
        members = [each for each in counted[cell] if BLOCKS.get(str(each.parameter)) == row["block"]]
        value, low, high, n = Index(members, {}).figures()
        wanted = {
            "n": n,
            "satisfaction_index": 100 * value,
            "satisfaction_index_ci_low": 100 * low,
            "satisfaction_index_ci_high": 100 * high,
        }
        assert_same(pd.Series(row), wanted)
