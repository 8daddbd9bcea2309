"""The published demo shows every metric of the catalogue, with its parts, in every cut that is promised.

What it guards against: a metric that is defined, documented and always null; a mart that nobody fills; a demo that has
nothing to say on a page; a value without the numbers that it is made of.
"""

from __future__ import annotations

import pandas as pd
import pytest
from demo_company import DemoCompany

from assets.warehouse.catalogue import KPI, read_catalogue

# What stands in a mart alone, and the column that is its value.
VALUES = {
    "cohort_retention": "value",
    "contract_survival": "survival_rate",
    "conversions": "value",
    "csi_decomposition": "total_effect",
    "csi_nps_link": "mean_nps_score",
    "csi_parameters": "satisfaction_index",
    "csi_summary": "fact",
    "event_effects": "difference",
    "key_drivers": "weight",
    "mrr_movements": "end_mrr_amount",
    "next_best_offer": "offer_strength",
    "nps_outcome": "retention_rate",
    "nps_reasons": "value",
    "product_affinity": "confidence",
    "satisfaction_outcome": "has_purchased",
}
# A first version has nothing to restate.
EMPTY_AT_FIRST = {"restatements"}
# A dozen customers a month tell of more employees than that: none is told of by five.
ALL_SUPPRESSED = {"csi_employees"}
# Of few customers: on no day, or in no quarter, are there the five of one kind that a value needs.
TOO_FEW_CUSTOMERS = {
    **{
        metric: {"day"}
        for metric in (
            "acsi", "ces", "ces_low_effort_share", "cli", "cli_index", "cli_recommend", "cli_repurchase",
            "cli_try_other", "csat", "csat_satisfied_share", "nps", "reverse_nps", "reverse_nps_devoted_share",
        )
    },
    "servqual": {"day", "week", "month"},
    "nps_point_value": {"quarter"},
}  # fmt: skip
# Surveys on scales of their own have a common index and no common score: it stands along `brand` and `channel` alone.
NO_COMMON_SCALE = {"csi_score": {"quarter", "year"}}

# The parts of which a value is made, where its definition says that it has them.
UNSAID = {None, "none"}
# Without spread there is no interval: everybody alike, at this value.
ALL_ALIKE = {"nrr": 1, "net_mrr_churn_rate": 0, "visit_frequency": 1, "defect_level": 100, "deficit_level": 100}
# Where fewer than half have come back at the end, the median may be any later day.
NO_UPPER_BOUND = "purchase_interval_km_median"


@pytest.fixture(scope="module")
def kpi(company: DemoCompany) -> pd.DataFrame:
    """The values of `kpi` that are there and not suppressed."""
    return company.marts("from kpi where value is not null and not is_suppressed")


def test_every_mart_has_rows(company: DemoCompany) -> None:
    marts = company.marts("select table_name from duckdb_tables() where schema_name = 'marts'")["table_name"]
    rows = {mart: len(company.marts(f"select 1 from {mart} limit 1")) for mart in marts}
    assert {mart for mart, count in rows.items() if not count} == EMPTY_AT_FIRST
    assert len(rows) > 25


def test_every_column_of_every_mart_has_a_value(company: DemoCompany) -> None:
    """A column that is described and null in every row."""
    marts = company.marts("select table_name from duckdb_tables() where schema_name = 'marts'")["table_name"]
    values = {mart: company.marts(f"select count(columns(*)) from {mart}").iloc[0] for mart in marts}
    assert {mart for mart, counts in values.items() if (counts == 0).any()} == EMPTY_AT_FIRST | ALL_SUPPRESSED


def test_every_number_of_the_catalogue_is_there_in_each_of_its_grains(kpi: pd.DataFrame) -> None:
    """In total, so that it is seen at the first glance."""
    shown = kpi.loc[kpi["dimension"] == "total", ["metric_id", "grain"]]
    totals = set(shown.itertuples(index=False, name=None))
    expected = {
        (metric.metric_id, grain) for metric in read_catalogue() if KPI in metric.marts for grain in metric.grains
    }
    reasons = {**TOO_FEW_CUSTOMERS, **NO_COMMON_SCALE}
    missing = {(metric, grain) for metric, grains in reasons.items() for grain in grains}
    assert expected - totals == missing
    assert {metric for metric, _ in totals} == {metric for metric, _ in expected}


def test_every_other_metric_has_a_value_in_its_mart(company: DemoCompany) -> None:
    metrics = {metric.metric_id: metric.mart for metric in read_catalogue() if KPI not in metric.marts}
    assert metrics.keys() == VALUES.keys()
    for metric, mart in metrics.items():
        columns = set(company.marts(f"from {mart} limit 0").columns)
        shown = " and not is_suppressed" if "is_suppressed" in columns else ""
        found = company.marts(f"select 1 from {mart} where {VALUES[metric]} is not null{shown} limit 1")
        assert len(found) == 1, metric


def test_cohorts_are_there_in_every_kind_and_grain(company: DemoCompany) -> None:
    """Beyond the first cell, which is 1 by definition."""
    found = company.marts(
        "select distinct kind, grain from cohort_retention where value > 0 and value < 1 and period_offset > 1"
    )
    kinds, grains = ("on", "on_or_after", "rolling"), ("week", "month", "quarter")
    assert set(found.itertuples(index=False, name=None)) == {(kind, grain) for kind in kinds for grain in grains}


@pytest.mark.parametrize("dimension", ["channel", "segment", "region", "employee", "brand"])
def test_the_satisfaction_index_is_there_along_every_dimension(kpi: pd.DataFrame, dimension: str) -> None:
    """For two values at least that are known: `unknown` alone compares nothing."""
    cells = kpi[(kpi["metric_id"] == "csi_index") & (kpi["dimension"] == dimension)]
    assert cells[cells["dimension_value"] != "unknown"]["dimension_value"].nunique() >= 2


def test_every_value_stands_beside_its_parts(kpi: pd.DataFrame) -> None:
    """A rate without what it is made of can't be checked, nor added up."""
    metrics = {metric.metric_id: metric for metric in read_catalogue()}
    assert (kpi["n"] > 0).all()
    for metric_id, rows in kpi.groupby("metric_id"):
        metric = metrics[str(metric_id)]
        for part in ("numerator", "denominator"):
            is_defined = getattr(metric, part) not in UNSAID
            assert rows[part].notna().eq(is_defined).all(), f"{metric_id} {part}"


def test_every_estimate_has_its_interval(kpi: pd.DataFrame) -> None:
    """And what is counted has none: a bound on a sum would be made up."""
    methods = {metric.metric_id: metric.interval_method for metric in read_catalogue()}
    for metric_id, rows in kpi.groupby("metric_id"):
        bounds = rows[["ci_low", "ci_high"]].notna()
        if methods[str(metric_id)].lower().startswith("none"):
            assert not bounds.any(axis=None), metric_id
            continue
        if metric_id == NO_UPPER_BOUND:
            assert bounds["ci_low"].all()
            assert bounds["ci_high"].any()
            continue
        without = rows[~bounds.all(axis=1)]
        is_alike = without["value"] == ALL_ALIKE.get(str(metric_id))
        # Weights may leave less than two answers' worth, which have no spread either.
        assert (is_alike | (without["n_effective"] < 2)).all(), metric_id
        assert len(without) < len(rows), metric_id
        within = rows[bounds.all(axis=1)]
        assert (within["ci_low"] <= within["value"] + 1e-9).all(), metric_id
        assert (within["value"] <= within["ci_high"] + 1e-9).all(), metric_id
