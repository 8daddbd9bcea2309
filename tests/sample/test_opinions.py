"""The declared opinions come back out of the written answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from assets.sample import write_sample
from tests.sample.conftest import DEVIATIONS, Demo, assert_mean, assert_share


@pytest.fixture(scope="module")
def answers(demo: Demo) -> pl.DataFrame:
    return demo.rows("survey_responses").with_columns(
        survey=pl.when(pl.col("brand").is_not_null())
        .then(pl.concat_str("survey_id", pl.lit("/"), "brand"))
        .otherwise("survey_id")
    )


def wide(answers: pl.DataFrame, survey: str) -> pl.DataFrame:
    """One row per response, one column per question."""
    mine = answers.filter(pl.col("survey_id") == survey)
    keys = ["response_id", "customer_id", "answered_at", "employee_id", "location_id"]
    return mine.pivot(on="question_id", index=keys, values="score")


def test_every_question_has_its_expected_mean(demo: Demo, answers: pl.DataFrame) -> None:
    scores = {key: group["score"] for key, group in answers.group_by("survey", "question_id")}
    truths = {
        (survey, question): mean
        for survey, means in demo.truths.question_means.items()
        for question, mean in means.items()
    }
    assert scores.keys() == truths.keys()
    for key, truth in truths.items():
        assert_mean(scores[key], truth, str(key))


def test_the_index_is_recovered_from_the_answers(demo: Demo, answers: pl.DataFrame) -> None:
    """The standard error is bounded by that of answers which are wholly correlated."""
    scales = {"relationship": 10, "store_visit": 5}
    for survey, truth in demo.truths.csi.items():
        scale_max = scales.get(survey, 10)
        mine = (
            answers.filter(pl.col("survey") == survey)
            .group_by("question_id")
            .agg(mean=pl.col("score").mean(), error=pl.col("score").std() / pl.col("score").count().sqrt())
        )
        mean = {question: value for question, value, _ in mine.iter_rows()}
        error = {question: value for question, _, value in mine.iter_rows()}
        total = sum(mean[f"importance_{name}"] for name in truth.weights)
        score = sum(mean[f"importance_{n}"] / total * mean[f"satisfaction_{n}"] for n in truth.weights)
        index = (score - 1) / (scale_max - 1) * 100
        bound = sum(
            weight * error[f"satisfaction_{n}"]
            + abs(truth.satisfaction[n] - truth.csi_score) / total * error[f"importance_{n}"]
            for n, weight in truth.weights.items()
        )
        assert abs(index - truth.csi_index) <= DEVIATIONS * bound * 100 / (scale_max - 1), survey
        assert truth.csi_percent_of_max == pytest.approx(truth.csi_score / scale_max * 100)
        assert sum(truth.weights.values()) == pytest.approx(1)


def test_the_market_rates_the_competitor_lower(demo: Demo) -> None:
    ours, theirs = (demo.truths.csi[f"market/{brand}"].csi_index for brand in ("Own Brand", "Competitor A"))
    assert ours - theirs == pytest.approx(7)


def test_nps_is_recovered_in_total_and_by_part(demo: Demo, answers: pl.DataFrame) -> None:
    segments = demo.rows("customers").select("customer_id", "segment")
    nps = (
        answers.filter(pl.col("question_id") == "nps")
        .join(segments, on="customer_id", how="left")
        .with_columns(
            point=(pl.col("score") >= 9).cast(pl.Float64) - (pl.col("score") <= 6).cast(pl.Float64),
            is_after=pl.col("answered_at").dt.date() >= demo.truths.training_day,
        )
    )
    parts = {
        "total": nps,
        "before_training": nps.filter(~pl.col("is_after")),
        "after_training": nps.filter("is_after"),
        **{s: nps.filter(pl.col("segment") == s) for s in ("consumer", "business", "wholesale")},
    }
    assert parts.keys() == demo.truths.nps.keys()
    for name, part in parts.items():
        assert_mean(part["point"] * 100, demo.truths.nps[name], name)


def test_response_rates_by_channel(demo: Demo) -> None:
    """Invitations of the last five days may still be answered."""
    sent = demo.rows("survey_invitations").filter(
        pl.col("sent_at").dt.date() < demo.truths.last_day - dt.timedelta(days=5)
    )
    for channel, truth in demo.truths.response_rates.items():
        mine = sent.filter(pl.col("channel") == channel)
        assert_share(mine["response_id"].count(), mine.height, truth, channel)


def test_repeat_and_partial_responses_are_there(demo: Demo, answers: pl.DataFrame) -> None:
    asked = answers.filter(pl.col("customer_id").is_not_null())
    repeats = asked.filter(pl.col("response_id").str.ends_with("-2"))
    # A response of which every answer is missing leaves no row, but with a dozen questions or more there is none.
    assert repeats["response_id"].n_unique() == demo.truths.repeat_responses > 0
    per_response = asked.filter(pl.col("survey_id") == "relationship").group_by("response_id").len()
    assert per_response["len"].max() == 22
    assert 0 < per_response.filter(pl.col("len") < 22).height < per_response.height


def test_reasons_belong_to_nps_and_follow_the_group(demo: Demo, answers: pl.DataFrame) -> None:
    given = answers.filter(pl.col("reason_code").is_not_null())
    assert given["question_id"].unique().to_list() == ["nps"]
    groups = {"promoter": (9, 10), "passive": (7, 8), "detractor": (0, 6)}
    for group, (low, high) in groups.items():
        mine = given.filter(pl.col("score").is_between(low, high))
        for reason, truth in demo.truths.reason_shares[group].items():
            assert_share(mine.filter(pl.col("reason_code") == reason).height, mine.height, truth, f"{group} {reason}")


def test_servqual_gaps_by_dimension(demo: Demo, answers: pl.DataFrame) -> None:
    scores = wide(answers, "service_quality")
    for dimension, truth in demo.truths.servqual_gaps.items():
        gaps = pl.concat(
            [scores[f"perception_{dimension}_{item}"] - scores[f"expectation_{dimension}_{item}"] for item in (1, 2)]
        )
        assert_mean(gaps.drop_nulls(), truth, dimension)


def test_the_training_moves_what_it_should(demo: Demo, answers: pl.DataFrame) -> None:
    """Against ordering, which nothing moves, in the same response: so the mix of respondents cancels out."""
    for survey, truth in demo.truths.training_effect_points.items():
        scores = wide(answers, survey)
        is_after = (scores["answered_at"].dt.date() >= demo.truths.training_day).to_numpy().astype(float)
        for name, effect in (("delivery", truth), ("freshness", 0.0)):
            against = (scores[f"satisfaction_{name}"] - scores["satisfaction_ordering"]).to_numpy()
            slopes, errors = regress(against, is_after)
            assert abs(slopes[0] - effect) <= DEVIATIONS * errors[0], (survey, name)


def test_the_newsletter_moves_nothing(demo: Demo, answers: pl.DataFrame) -> None:
    """Within six months of its start; further away, those who stay are ever more content."""
    scores = wide(answers, "relationship").filter(
        (pl.col("answered_at").dt.date() - demo.truths.newsletter_day).dt.total_days().abs() < 90
    )
    is_after = (scores["answered_at"].dt.date() >= demo.truths.newsletter_day).to_numpy().astype(float)
    slopes, errors = regress((scores["satisfaction_price"] - scores["satisfaction_packaging"]).to_numpy(), is_after)
    assert abs(slopes[0]) <= DEVIATIONS * errors[0]


def test_drivers_have_the_declared_effect_or_none(demo: Demo, answers: pl.DataFrame) -> None:
    visits = wide(answers, "store_visit").with_columns(period_start=pl.col("answered_at").dt.date().dt.truncate("1mo"))
    for unit in ("location", "employee"):
        drivers = demo.rows("unit_drivers").filter(pl.col("unit_kind") == unit)
        values = drivers.pivot(on="driver", index=["unit_id", "period_start"], values="value")
        visits = visits.join(values, left_on=[f"{unit}_id", "period_start"], right_on=["unit_id", "period_start"])
    is_after = (visits["answered_at"].dt.date() >= demo.truths.training_day).to_numpy().astype(float)
    drivers_of = ("staff_turnover", "parking_spaces", "training_hours", "tenure_months")
    turnover, parking, hours, tenure = (visits[name].to_numpy() for name in drivers_of)
    staff = (visits["satisfaction_staff"] - visits["satisfaction_ordering"]).to_numpy()
    slopes, errors = regress(staff, turnover, parking, is_after)
    assert abs(slopes[0] - demo.truths.turnover_effect_points) <= DEVIATIONS * errors[0]
    assert abs(slopes[0]) > 3 * errors[0]
    assert abs(slopes[1]) <= DEVIATIONS * errors[1]
    # Training acts on csat beside what it owes to turnover and to the service training.
    slopes, errors = regress(visits["csat"].to_numpy(), hours, tenure, turnover, is_after)
    assert abs(slopes[0] - demo.truths.training_hours_effect_points) <= DEVIATIONS * errors[0]
    assert abs(slopes[0]) > 3 * errors[0]
    assert abs(slopes[1]) <= DEVIATIONS * errors[1]


def regress(
    outcome: npt.NDArray[np.float64], *causes: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Least squares with an intercept: slopes and their standard errors."""
    known = ~np.isnan(outcome)
    design = np.column_stack([np.ones(known.sum()), *(cause[known] for cause in causes)])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome[known]
    residuals = outcome[known] - design @ coefficients
    errors = np.sqrt(np.diag(inverse) * (residuals @ residuals) / (len(residuals) - design.shape[1]))
    return coefficients[1:], errors[1:]


def test_a_demo_of_the_usual_size_tells_of_employees_month_by_month(tmp_path: Path) -> None:
    """Else every index of an employee would be hidden, for privacy, or have no month before it to be compared with."""
    write_sample(tmp_path, customers=2_000, years=3, progress=lambda _: None)
    answers = pl.read_parquet(tmp_path / "survey_responses.parquet").filter(pl.col("employee_id").is_not_null())
    months = answers.group_by("employee_id", month=pl.col("answered_at").dt.truncate("1mo")).agg(
        respondents=pl.col("customer_id").n_unique()
    )
    told = months.filter(pl.col("respondents") >= 5)
    before = told.with_columns(month=pl.col("month").dt.offset_by("1mo"))
    assert told.height > 50
    assert told.join(before, on=["employee_id", "month"], how="semi").height > 20
