"""What the demo plans for promoters, passives and detractors comes back out of the models that follow them."""

from __future__ import annotations

from math import exp, sqrt
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from scratch_warehouse import fill_warehouse, query, run_models

from assets.contracts import load_contract
from assets.sample import SampleTruths, write_sample

DEVIATIONS = 4.5
"""Standard errors that a recovered truth may be off."""

ENTITIES = (
    "customers",
    "products",
    "fx_rates",
    "orders",
    "order_lines",
    "survey_questions",
    "survey_responses",
    "survey_invitations",
)
MONTHS = {90: 3, 180: 6, 365: 12}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, SampleTruths]:
    """The outcomes of whom was asked before the training, after which some passives answer as promoters."""
    folder = tmp_path_factory.mktemp("outcomes_truths")
    truths = write_sample(folder, customers=3_000, years=2, seed=5)
    frames = {entity: rows_of(folder, entity, truths) for entity in ENTITIES}
    days = frames["orders"][["order_id", "business_day"]]
    frames["order_lines"] = frames["order_lines"].merge(days, on="order_id")
    path = folder / "warehouse.duckdb"
    # Without contracts: a customer stays as long as they buy.
    fill_warehouse(path, truths.last_day, frames, company={"history_start": truths.first_day})
    run_models(path, "nps_outcomes")
    rows = query(
        path,
        "select * from marts.nps_outcomes where grain = 'year' and dimension = 'total'"
        f" and period_start < '{truths.training_day}'",
    )
    return rows, truths


def rows_of(folder: Path, entity: str, truths: SampleTruths) -> pd.DataFrame:
    """The good rows of an entity, with their business days."""
    bad = sum(truths.bad_rows.get(entity, {}).values())
    rows = pl.read_parquet(folder / f"{entity}.parquet").head(truths.row_counts[entity] - bad)
    contract = load_contract(entity)
    if contract.kind != "event" or contract.day_of or contract.day_column is None:
        return rows.to_pandas()
    return rows.with_columns(business_day=pl.col(contract.day_column).cast(pl.Date)).to_pandas()


def chance_of_a_purchase(truths: SampleTruths, group: str, months: int) -> float:
    """That a customer who is there in one month buys in one of the next."""
    stays, buys = exp(-truths.group_hazards[group]), truths.purchase_probabilities[group]
    none = 1.0
    for _ in range(months):
        none = (1 - stays) + stays * (1 - buys) * none
    return 1 - none


@pytest.mark.parametrize("days", MONTHS)
@pytest.mark.parametrize("group", ["promoter", "passive", "detractor"])
def test_each_group_buys_again_as_planned(built: tuple[pd.DataFrame, SampleTruths], group: str, days: int) -> None:
    """Outcomes of another group, of a longer or shorter time, or from before the answer.

    The days after an answer cut the month of the answer and the last one: they hold at least the whole months between,
    and at most those two besides.
    """
    rows, truths = built
    cells = rows[(rows["response_group"] == group) & (rows["horizon_days"] == days)]
    customers, bought = cells["n"].sum(), cells["purchased_customers"].sum()
    assert customers > 50
    fewest = chance_of_a_purchase(truths, group, MONTHS[days] - 1)
    in_this_month = truths.purchase_probabilities[group]
    most = 1 - (1 - in_this_month) * (1 - chance_of_a_purchase(truths, group, MONTHS[days]))
    assert fewest - deviation(fewest, customers) <= bought / customers <= most + deviation(most, customers)


def deviation(share: float, customers: int) -> float:
    """How far a share of so many customers may be off the planned one."""
    return DEVIATIONS * sqrt(share * (1 - share) / customers)


def test_promoters_stay_and_the_difference_is_told(built: tuple[pd.DataFrame, SampleTruths]) -> None:
    """A year later more of them have bought than of the detractors, by what was planned; the interval is above zero."""
    rows, truths = built
    year = rows[rows["horizon_days"] == 365].set_index("response_group")
    planned = [chance_of_a_purchase(truths, group, 12) for group in ("promoter", "detractor")]
    promoters = year.loc["promoter"]
    low, high = promoters["purchase_rate_difference_ci_low"], promoters["purchase_rate_difference_ci_high"]
    assert 0 < low <= planned[0] - planned[1] <= high
    assert promoters["purchase_rate_p_value"] < 0.001
    for outcome in ("retention_rate", "purchase_rate", "revenue_per_customer"):
        assert promoters[outcome] > year.loc["detractor", outcome], outcome
    assert promoters["next_purchase_log_rank_p_value"] < 0.001
