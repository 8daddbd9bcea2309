"""dbt's own unit tests of the models: one row per branch, the boundaries, the empty input, the gap, the tie."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assets.warehouse.build import invoke

FAMILIES = [
    "path:models/intermediate/orders path:models/intermediate/retention path:models/intermediate/repurchase",
    "path:models/intermediate/surveys",
    "path:models/intermediate/outcomes path:models/intermediate/summary",
    "path:models/intermediate/contracts path:models/intermediate/recurring_revenue",
    "path:models/intermediate/conversions path:models/intermediate/upsell path:models/intermediate/customers",
    "path:models/intermediate/offers path:models/intermediate/service path:models/intermediate/engagement",
    "path:models/intermediate/kpi path:models/intermediate/time path:models/intermediate/data_quality",
    "path:models/marts",
]


@pytest.mark.parametrize("family", range(len(FAMILIES)))
def test_every_unit_test_of_the_models_passes(
    warehouse: Path, built_columns: dict[str, list[str]], tmp_path: Path, family: int
) -> None:
    """A branch of a formula that no data set happens to reach."""
    assert built_columns
    built = tmp_path / "warehouse.duckdb"
    shutil.copy(warehouse, built)
    selected = [f"{path},test_type:unit" for path in FAMILIES[family].split()]
    outcome = invoke(built, ["test", "--select", *selected])
    failures = [f"{r.node.name}: {r.message}" for r in outcome.result.results if r.status not in {"pass", "success"}]
    assert failures == []
    assert outcome.result.results


def test_no_unit_test_is_left_out() -> None:
    """A new folder of models would otherwise bring unit tests that nothing runs."""
    models = Path(__file__).parents[2] / "dbt_project" / "models"
    named = [models.parent / path.removeprefix("path:") for family in FAMILIES for path in family.split()]
    with_tests = [path for path in models.rglob("*.yml") if "unit_tests:" in path.read_text(encoding="utf-8")]
    assert [path for path in with_tests if not any(path.is_relative_to(folder) for folder in named)] == []
