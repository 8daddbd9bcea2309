"""What the demo declares of its deliveries, prices and product quality comes out of the marts."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

from assets.sample import SampleTruths, write_sample

MARTS = ("service_levels", "price_levels", "product_quality")
DAYS = {"shipments": "shipped_on", "competitor_prices": "observed_on", "survey_responses": "answered_at"}
DEVIATIONS = 4.5


@pytest.fixture(scope="module")
def recovered(tmp_path_factory: pytest.TempPathFactory) -> tuple[SampleTruths, dict[str, pd.DataFrame]]:
    """The marts over the demo's deliveries, prices and surveys; orders are not needed for what is asked here."""
    folder: Path = tmp_path_factory.mktemp("truths")
    truths = write_sample(folder / "demo", customers=1000, years=2, seed=11)
    frames = {}
    for entity in (*DAYS, "products", "survey_questions"):
        bad = sum(truths.bad_rows.get(entity, {}).values())
        rows = pl.read_parquet(folder / "demo" / f"{entity}.parquet").head(truths.row_counts[entity] - bad)
        if entity == "survey_responses":
            rows = rows.filter(pl.col("survey_id") == "product_panel")
        if entity in DAYS:
            rows = rows.with_columns(pl.col(DAYS[entity]).cast(pl.Date).alias("business_day"))
        frames[entity] = rows.to_pandas()
    path = folder / "warehouse.duckdb"
    fill_warehouse(
        path,
        truths.last_day,
        frames,
        company={"history_start": truths.first_day},
        surveys={"own_brands": ["Own Brand"]},
        competition={"main_competitor": "Competitor A"},
    )
    run_models(path, *MARTS)
    return truths, {mart: query(path, f"select * from marts.{mart}") for mart in MARTS}


@pytest.mark.parametrize(
    ("level", "truth"),
    [("defect_level", "defective_share"), ("deficit_level", "short_share"), ("on_time_level", "late_share")],
)
def test_service_levels(recovered: tuple[SampleTruths, dict[str, pd.DataFrame]], level: str, truth: str) -> None:
    """The demo counts what is short of the units shipped, the level of the units wanted."""
    truths, marts = recovered
    failed = float(getattr(truths, truth))
    met = 1 / (1 + failed) if level == "deficit_level" else 1 - failed
    rows = marts["service_levels"]
    mine = rows[(rows["service_level"] == level) & (rows["dimension"] == "total") & (rows["grain"] == "year")]
    whole = float(mine["denominator"].sum())
    error = sqrt(failed * (1 - failed) / whole)
    assert whole > 300
    assert float(mine["numerator"].sum()) / whole == pytest.approx(met, abs=DEVIATIONS * error)


def test_the_price_level_of_pasteurised_milk(recovered: tuple[SampleTruths, dict[str, pd.DataFrame]]) -> None:
    """The main competitor asks 97.6 % of our price for these products, and more than we do for every other."""
    truths, marts = recovered
    rows = marts["price_levels"]
    mine = rows[(rows["dimension"] == "product") & (rows["competitor"] == "total")]
    assert {round(fact, 9) for fact in mine["fact"]} == {truths.price_level, 100.0}
    assert (mine["fact"] < 99).groupby(mine["dimension_value"]).mean().isin([0.0, 1.0]).all()
    assert mine.loc[mine["fact"] < 99, "dimension_value"].nunique() == 12


def test_product_quality(recovered: tuple[SampleTruths, dict[str, pd.DataFrame]]) -> None:
    """Each indicator on both sides is what the panel was declared to think, on 1 to 10."""
    truths, marts = recovered
    rows = marts["product_quality"]
    mine = rows[(rows["grain"] == "year") & (rows["parameter"] != "total")]
    assert len(mine) == 2 * 3 * 6
    for side, brand in (("own", "Own Brand"), ("competitor", "Competitor A")):
        declared = truths.question_means[f"product_panel/{brand}"]
        for parameter, cell in mine.groupby("parameter"):
            expected = (declared[f"quality_{str(parameter).replace(' ', '_')}"] - 1) / 9 * 100
            error = float((cell[f"{side}_index_ci_high"] - cell[f"{side}_index"]).mean()) / 2 / sqrt(len(cell))
            assert float(cell[f"{side}_index"].mean()) == pytest.approx(expected, abs=DEVIATIONS * error)
