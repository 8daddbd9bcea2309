"""A metric that somebody adds by the README's three steps is computed for all of history and published with its
definition.

What it guards against: a recipe that has gone stale, and a metric that is defined and has no number because the third
step was forgotten.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import pytest

from assets.warehouse import build
from assets.warehouse.build import NodeResult, refuse_failures
from assets.warehouse.catalogue import read_catalogue
from assets.warehouse.project import PROJECT

MODEL = """
with orders as (
    select * from {{ ref('int_purchase_orders') }}
),

periods as (
    select * from {{ ref('int_periods') }}
)

select
    'order_days' as metric_id,
    periods.grain,
    periods.period_start,
    periods.period_end,
    'total' as dimension,
    'total' as dimension_value,
    cast(count(distinct orders.occasion_on) as double) as value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    count(*) as n,
    cast(count(*) as double) as n_effective,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    cast(null as double) as standard_error,
    periods.is_complete
from periods
inner join orders
    on orders.occasion_on >= periods.period_start and orders.occasion_on < periods.period_end
where periods.grain = 'month'
group by periods.grain, periods.period_start, periods.period_end, periods.is_complete
"""
DEFINITION = """
version: 2

models:
  - name: int_kpi__order_days
    description: Days with orders. One row per metric, grain, period, dimension and dimension value.
    config:
      meta:
        metrics:
          - metric_id: order_days
            name: Days with orders
            version: 1
            formula: Days of the period with an order that counts.
            grains: [month]
            interval_method: none
            direction: higher_is_better
            unit: days
            mart: kpi
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the dbt project with the first two steps: the model, and its YAML with the metric's definition."""
    folder = tmp_path / "dbt_project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs"))
    place = folder / "models/intermediate"
    (place / "int_kpi__order_days.sql").write_text(MODEL)
    (place / "int_kpi__order_days.yml").write_text(DEFINITION)
    monkeypatch.setattr(build, "PROJECT", folder)
    return folder


@pytest.fixture
def warehouse(published_demo: Path, tmp_path: Path) -> Path:
    """The demo's warehouse, built before the metric was there."""
    path = tmp_path / "warehouse/warehouse.duckdb"
    path.parent.mkdir()
    shutil.copy(published_demo / ".loyalty/warehouse.duckdb", path)
    return path


def build_of(warehouse: Path, *selected: str) -> list[NodeResult]:
    command = ["build", "--exclude-resource-type", "unit_test", "exposure", "--select", *selected]
    return build._build(warehouse, command, lambda _: None)


def test_three_steps_bring_a_metric_into_kpi_and_the_definitions(project: Path, warehouse: Path) -> None:
    settings = project / "dbt_project.yml"
    settings.write_text(settings.read_text().replace("  kpi_models:\n", "  kpi_models:\n    - int_kpi__order_days\n"))
    refuse_failures(build_of(warehouse, "int_kpi__order_days+", "metric_definitions"))
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        told = "select name, owner_model from marts.metric_definitions where metric_id = 'order_days'"
        (defined,) = connection.execute(told).fetchall()
        rows = "select period_start, value from marts.kpi where metric_id = 'order_days'"
        months = connection.execute(rows).fetchall()
        (others,) = connection.execute("select count(distinct metric_id) from marts.kpi").fetchone() or (0,)
    assert defined == ("Days with orders", "int_kpi__order_days")
    assert len(months) == 24, "all of history"
    assert all(1 <= value <= 31 and isinstance(month, dt.date) for month, value in months)
    assert others > 40
    assert "order_days" in {metric.metric_id for metric in read_catalogue(project)}


def test_a_metric_whose_model_is_not_listed_stops_the_build_and_says_what_to_do(project: Path, warehouse: Path) -> None:
    """It would be defined, and have no row."""
    assert project.exists()
    (result,) = [r for r in build_of(warehouse, "metric_definitions") if r.unique_id.endswith(".metric_definitions")]
    assert result.status == "error"
    assert "add int_kpi__order_days to kpi_models in dbt_project.yml" in result.message
