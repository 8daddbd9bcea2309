"""What the demo declares about its surveys comes back out of the models."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

from assets.sample import SampleTruths, write_sample
from assets.sample.parameters import COMPETITOR_BRAND, OWN_BRAND

DEVIATIONS = 4.5
"""Standard errors that a recovered truth may be off."""

SURVEYED = ("survey_questions", "survey_responses", "survey_invitations")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleTruths]:
    folder = tmp_path_factory.mktemp("truths")
    truths = write_sample(folder, customers=3_000, years=2, seed=3)
    frames = {entity: rows_of(folder, entity, truths) for entity in SURVEYED}
    path = folder / "warehouse.duckdb"
    company = {"history_start": truths.first_day}
    # Truths are over every answer; the demo asks each question again and again.
    surveys = {"own_brands": [OWN_BRAND], "repeat_policy": "all"}
    fill_warehouse(path, truths.last_day, frames, company=company, surveys=surveys, dimensions=["channel", "brand"])
    models = [f"int_kpi__{family}" for family in ("survey_scores", "cli", "composites", "response_rate", "csi")]
    run_models(path, *models, "servqual", "nps_reasons")
    return path, truths


def rows_of(folder: Path, entity: str, truths: SampleTruths) -> pd.DataFrame:
    """The good rows of an entity, with their business days."""
    bad = sum(truths.bad_rows.get(entity, {}).values())
    rows = pl.read_parquet(folder / f"{entity}.parquet").head(truths.row_counts[entity] - bad)
    moment = {"survey_responses": "answered_at", "survey_invitations": "sent_at"}.get(entity)
    dated = rows if moment is None else rows.with_columns(business_day=pl.col(moment).dt.date())
    return dated.to_pandas()


def metric(path: Path, family: str, metric_id: str, cell: str = "total") -> tuple[float, float]:
    """A metric over all years and its standard error."""
    rows = query(
        path,
        f"select * from intermediate.int_kpi__{family}"
        f" where metric_id = '{metric_id}' and grain = 'year' and dimension_value = '{cell}'",
    )
    share = rows["n"] / rows["n"].sum()
    return float((share * rows["value"]).sum()), sqrt(float((share**2 * rows["standard_error"] ** 2).sum()))


def assert_recovered(found: tuple[float, float], truth: float, what: str) -> None:
    value, error = found
    assert error > 0, what
    assert abs(value - truth) <= DEVIATIONS * error, f"{what}: {value} ± {error}, not {truth}"


def test_means_of_questions_are_recovered(built: tuple[Path, SampleTruths]) -> None:
    """A scale turned round, or a question counted under another measure."""
    path, truths = built
    asked = truths.question_means["relationship"]
    assert_recovered(metric(path, "survey_scores", "reverse_nps"), asked["reverse_nps"], "reverse_nps")
    assert_recovered(metric(path, "survey_scores", "ces"), truths.question_means["store_visit"]["ces"], "ces")
    items = [asked[f"cli_{name}"] for name in ("recommend", "repurchase", "try_other")]
    assert_recovered(metric(path, "cli", "cli"), sum(items) / 3, "cli")
    assert_recovered(metric(path, "cli", "cli_try_other"), items[2], "cli_try_other")
    assert_recovered(metric(path, "cli", "cli_index"), 20 * (6 - sum(items) / 3), "cli_index")
    acsi = sum(asked[f"acsi_{name}"] for name in ("overall", "expectations", "ideal")) / 3
    assert_recovered(metric(path, "composites", "acsi"), 100 * (acsi - 1) / 9, "acsi")


def test_the_competitors_index_is_beside_ours(built: tuple[Path, SampleTruths]) -> None:
    """What is said of the competitor in our total, or not under its own name."""
    path, truths = built
    theirs = truths.csi[f"market/{COMPETITOR_BRAND}"].csi_index
    assert_recovered(metric(path, "csi", "csi_index", COMPETITOR_BRAND), theirs, "competitor")
    total, _ = metric(path, "csi", "csi_index")
    assert total > theirs + 3


def test_gaps_of_service_quality_are_recovered(built: tuple[Path, SampleTruths]) -> None:
    """Expectation less perception, or items that do not find their dimension."""
    path, truths = built
    rows = query(path, "select * from marts.servqual where grain = 'year' and dimension = 'total'")
    rows = rows.assign(error=(rows["gap_ci_high"] - rows["gap_ci_low"]) / 2 / 1.96)
    for name, truth in truths.servqual_gaps.items():
        mine = rows[(rows["level"] == "quality_dimension") & (rows["quality_dimension"] == name)]
        assert len(mine) > 0
        for row in mine.itertuples():
            assert_recovered((row.gap, row.error), truth, name)
    overall = sum(truths.servqual_gaps.values()) / len(truths.servqual_gaps)
    assert_recovered(metric(path, "composites", "servqual"), overall, "servqual")


def test_response_rates_are_recovered(built: tuple[Path, SampleTruths]) -> None:
    """A rate of the channel of the answer and not of the invitation."""
    path, truths = built
    for channel, truth in truths.response_rates.items():
        assert_recovered(metric(path, "response_rate", "response_rate", channel), truth, channel)


def test_reasons_are_recovered(built: tuple[Path, SampleTruths]) -> None:
    """A group that is given the reasons of another."""
    path, truths = built
    rows = query(path, "select * from marts.nps_reasons where grain = 'year' and dimension = 'total'")
    for row in rows[rows["reason_code"] != "unknown"].itertuples():
        truth = next(
            shares[row.reason_code] for group, shares in truths.reason_shares.items() if group == row.nps_group
        )
        given = row.numerator / row.share_of_reasons
        assert_recovered((row.share_of_reasons, sqrt(truth * (1 - truth) / given)), truth, f"{row.nps_group} {row}")
    assert len(rows) >= 12
