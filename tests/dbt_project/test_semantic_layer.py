"""The semantic layer and the exposures as dbt parsed them; tests/publication asks the published numbers by them.

What it guards against: a metric that adds a total to its parts, one that reads what is hidden or private, a dashboard
that hangs on nothing, a mart that shows people in the UI because nobody said that it names them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assets.warehouse.shown import PERSONAL

PARTS = {"kpi_numerator", "kpi_denominator", "conversions_counted", "upsell_points", "cross_sell_points"}
IMPERSONAL = {
    *("metric_id", "event_id", "survey_id", "product_id", "from_product_id", "to_product_id", "because_product_id"),
}


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


def test_every_identifier_in_a_mart_is_known_to_name_a_person_or_not(manifest: dict[str, Any]) -> None:
    """The UI previews marts without a person's identifier; a new one must be put on one side."""
    marts = [node for node in manifest["nodes"].values() if Path(node["original_file_path"]).parts[1] == "marts"]
    found = {column for mart in marts for column in mart["columns"] if column.endswith("_id")}
    assert found - PERSONAL == IMPERSONAL
