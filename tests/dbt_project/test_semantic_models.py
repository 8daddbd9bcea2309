"""The semantic layer and the exposures as dbt parsed them; tests/publication asks the published numbers by them.

What it guards against: a metric that adds a total to its parts, one that reads what is hidden or private, a dashboard
that hangs on nothing, a preview in the UI that names a person.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from assets.warehouse.shown import CHARTS

PARTS = {"kpi_numerator", "kpi_denominator", "conversions_counted", "upsell_points", "cross_sell_points"}


@pytest.fixture(scope="module")
def metrics(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {metric["name"]: metric for metric in manifest["metrics"].values()}


def test_the_main_measures_are_metrics(metrics: dict[str, Any]) -> None:
    main = {"nps", "csi_index", "crr", "upsell_rate", "mrr", "csat", "churn_rate", "repurchase_ratio"}
    assert main | {f"{name}_by_segment" for name in main} <= metrics.keys()
    assert [name for name, metric in metrics.items() if not metric["description"]] == []


def test_every_metric_reads_either_the_total_or_the_segments(metrics: dict[str, Any]) -> None:
    """Both together count every customer twice."""
    wrong = []
    for name, metric in metrics.items():
        wanted = "segment" if name.endswith("_by_segment") else "total"
        said = json.dumps(metric["filter"])
        if name not in PARTS and f"= '{wanted}'" not in said:
            wrong.append(name)
    assert wrong == []


def test_metrics_and_exposures_stand_on_marts_alone(manifest: dict[str, Any]) -> None:
    """What is not published may be hidden, locked, or gone tomorrow."""
    marts = {name for name, node in manifest["nodes"].items() if node["fqn"][1] == "marts"}
    readers = {**manifest["semantic_models"], **manifest["exposures"]}
    assert readers
    assert {name for name, node in readers.items() if not set(node["depends_on"]["nodes"]) <= marts} == set()
    assert {name for name, node in readers.items() if not node["depends_on"]["nodes"]} == set()


def test_each_dashboard_says_whose_it_is(manifest: dict[str, Any]) -> None:
    exposures = {exposure["name"]: exposure for exposure in manifest["exposures"].values()}
    assert set(exposures) == {"report", "retention_dashboard", "satisfaction_dashboard", "revenue_dashboard"}
    assert [name for name, e in exposures.items() if not (e["description"] and e["owner"]["name"])] == []


def test_no_mart_that_the_ui_previews_names_a_person(manifest: dict[str, Any]) -> None:
    """Its rows stay in Dagster's history after the person was forgotten."""
    previewed = [manifest["nodes"][f"model.loyalty.{mart}"] for mart in CHARTS]
    found = {column for mart in previewed for column in mart["columns"] if column.endswith("_id")}
    assert found == {"metric_id"}
