"""A company has what it has: every allowed set of sources runs, and the marts of what is absent are there, empty.

What it guards against: a dashboard that breaks because a mart or a column of it is missing, a model that fails on a
company without orders, and numbers out of nothing.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assets.configuration.checks import MINIMUM
from assets.sources import Window
from tests.flow.small_company import FIRST_AS_OF, HISTORY_START, SmallCompany, found_company, read_marts

ALWAYS_FILLED = {"metric_definitions", "data_quality", "customers", "kpi"}
# Marts that each set of sources fills, and that the others leave empty.
FILLED = {
    ("orders", "order_lines"): {"cohort_retention", "repurchase", "purchase_intervals", "upsell", "conversions"},
    ("contracts",): {"contract_survival", "mrr_movements", "conversions"},
    ("survey_questions", "survey_responses"): {"csi_parameters"},
}
OWN = {
    ("orders", "order_lines"): {"cohort_retention", "repurchase", "purchase_intervals", "upsell"},
    ("contracts",): {"contract_survival", "mrr_movements"},
    ("survey_questions", "survey_responses"): {
        "csi_parameters",
        "nps_reasons",
        "satisfaction_outcomes",
        "servqual",
        "survey_distributions",
    },
}
# The rates that the contracts' and orders' amounts need.
RATES = "fx_rates"


@pytest.fixture(scope="module")
def of_all_sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    return marts_of(found_company(tmp_path_factory.mktemp("all") / "company"))


def marts_of(company: SmallCompany) -> dict[str, pl.DataFrame]:
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    company.build(FIRST_AS_OF)
    return read_marts(company.configuration().paths.warehouse)


def test_the_sets_are_those_that_the_configuration_allows() -> None:
    assert set(MINIMUM) == FILLED.keys() == OWN.keys()


@pytest.mark.parametrize("sources", FILLED, ids=" and ".join)
def test_each_allowed_set_of_sources_runs(
    tmp_path: Path, of_all_sources: dict[str, pl.DataFrame], sources: tuple[str, ...]
) -> None:
    company = found_company(tmp_path / "company")
    company.entities = (*sources, RATES)
    marts = marts_of(company)
    assert {name: mart.schema for name, mart in marts.items()} == {
        name: mart.schema for name, mart in of_all_sources.items()
    }
    empty = {name for name, mart in marts.items() if mart.is_empty()}
    assert not empty & (FILLED[sources] | ALWAYS_FILLED)
    of_others = set().union(*(own for other, own in OWN.items() if other != sources))
    assert of_others & marts.keys() <= empty
    shown = set(marts["kpi"]["metric_id"])
    assert shown < set(of_all_sources["kpi"]["metric_id"])
