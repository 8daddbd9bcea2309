"""The demo's events: the planted effect of a training is recovered, and none of a newsletter without any."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

from assets.sample import SampleTruths, write_sample

WINDOW_DAYS = 180
# Nobody in these was trained, and other brands are none of ours.
ASKED_OF_CUSTOMERS = ["relationship", "store_visit"]


def good_rows(folder: Path, truths: SampleTruths, entity: str) -> pl.DataFrame:
    """The rows without the bad ones, which come last."""
    count = truths.row_counts[entity] - sum(truths.bad_rows.get(entity, {}).values())
    return pl.read_parquet(folder / f"{entity}.parquet").head(count)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, SampleTruths]:
    folder = tmp_path_factory.mktemp("demo")
    truths = write_sample(folder, customers=6_000, years=2, seed=7)
    answers = good_rows(folder, truths, "survey_responses")
    answers = answers.filter(pl.col("survey_id").is_in(ASKED_OF_CUSTOMERS)).with_columns(
        business_day=pl.col("answered_at").dt.date()
    )
    frames = {
        entity: pd.DataFrame(good_rows(folder, truths, entity).to_dicts())
        for entity in ("survey_questions", "business_events", "customers")
    }
    frames["survey_responses"] = pd.DataFrame(answers.to_dict(as_series=False))
    path = folder / "warehouse.duckdb"
    company = {"history_start": truths.first_day}
    fill_warehouse(path, truths.last_day, frames, company=company, surveys={"event_window_days": WINDOW_DAYS})
    run_models(path, "event_effects")
    return query(path, "select * from marts.event_effects"), truths


def effect(rows: pd.DataFrame, event_id: str, metric_id: str) -> pd.Series:
    """The row of an event and metric."""
    found = rows[(rows["event_id"] == event_id) & (rows["metric_id"] == metric_id)]
    assert len(found) == 1
    return found.iloc[0]


def test_the_effect_of_the_training_is_recovered(demo: tuple[pd.DataFrame, SampleTruths]) -> None:
    """Windows on the wrong sides would turn its sign, its own day before it would thin it."""
    rows, truths = demo
    index, nps = effect(rows, "training", "csi_index"), effect(rows, "training", "nps")
    assert index["starts_on"].date() == truths.training_day
    widths = {"relationship": 9, "store_visit": 4}
    planted = [
        100
        * truths.training_effect_points[survey]
        / width
        * sum(truths.csi[survey].weights[n] for n in ("staff", "delivery"))
        for survey, width in widths.items()
    ]
    assert planted == pytest.approx([2.35, 2.35], abs=0.05)
    assert index["difference_ci_low"] < min(planted) < max(planted) < index["difference_ci_high"]
    assert index["p_value"] < 0.001
    # Of the passives, about a third of all, so many answer as promoters.
    assert nps["difference_ci_low"] < truths.training_effect_nps / 3 < nps["difference_ci_high"]
    assert index["is_complete"]
    assert not index["is_suppressed"]


def test_no_effect_is_found_where_none_is(demo: tuple[pd.DataFrame, SampleTruths]) -> None:
    """An error that is too small finds effects everywhere."""
    rows, truths = demo
    for metric in ("csi_index", "nps"):
        row = effect(rows, "newsletter", metric)
        assert row["after_start"].date() == dt.date(truths.newsletter_day.year, truths.newsletter_day.month + 1, 1)
        assert row["segment"] == "consumer"
        assert row["difference_ci_low"] < 0 < row["difference_ci_high"], metric
        assert row["p_value"] > 0.05
        assert not row["is_complete"]
