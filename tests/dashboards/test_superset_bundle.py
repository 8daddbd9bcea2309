"""The dashboards for Superset ask what the marts have, and what may be shown.

What it guards against: a column that was renamed and a chart that stays empty for it; a chart that adds up days and
months, or totals and their parts; months that are not over; a description that tells an older definition.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.publication.postgres import publish_to_postgres
from assets.publication.publish import PUBLICATION, PUBLICATION_COLUMNS
from assets.warehouse.catalogue import columns_of, published_marts, read_catalogue, types_of
from tests.dashboards.superset_bundle import CHARTS, DASHBOARDS, DATASETS, Chart, documents
from tests.pipelines.published_demo import published_demo
from tests.publication.postgres_server import BiServer, server

__all__ = ["published_demo", "server"]

MARTS = {dataset["uuid"]: name for name, dataset in DATASETS.items()}
FORMULAS = {metric.metric_id: metric.formula for metric in read_catalogue()}
# What a mart has, and what hides in it what must not be shown. Kaplan-Meier knows what is not over; amounts are whole
# also where rates are suppressed.
ALWAYS_FILTERED = ("grain", "dimension", "is_complete", "is_suppressed", "kind", "level", "window_name")
UNFILTERED = {
    "contract_survival": {"is_complete"},
    **{name: {"is_suppressed"} for name in ("mrr", "mrr_movements", "mrr_bridge", "paying_customers")},
}


def test_every_id_is_there_once() -> None:
    folders = [documents(folder) for folder in ("charts", "datasets", "databases", "dashboards")]
    found = [document["uuid"] for folder in folders for document in folder.values()]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_is_a_published_mart_with_its_columns(name: str) -> None:
    dataset = DATASETS[name]
    assert dataset["table_name"] == name
    assert not dataset.get("sql")
    told = {c["column_name"]: c["description"] for c in dataset["columns"] if "expression" not in c}
    if name == PUBLICATION:
        assert set(told) <= set(PUBLICATION_COLUMNS)
        return
    assert name in published_marts()
    assert told == columns_of(name)
    moments = {c["column_name"] for c in dataset["columns"] if c["is_dttm"]}
    assert moments == {column for column, kind in types_of(name).items() if kind in ("date", "timestamp")}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_asks_for_columns_that_its_dataset_has(chart: Chart) -> None:
    dataset = DATASETS[MARTS[chart.document["dataset_uuid"]]]
    assert set(chart.columns()) <= {column["column_name"] for column in dataset["columns"]}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_draws_what_its_saved_query_asks(chart: Chart) -> None:
    """Superset keeps both: one for its page, one for its reports and its API."""
    drawn = chart.document["params"]
    asked = {(f["subject"], f["operator"], str(f["comparator"])) for f in drawn["adhoc_filters"]}
    assert asked == {(f["col"], f["op"], str(f["val"])) for f in chart.query["filters"]}
    metrics = [drawn["metric"]] if "metric" in drawn else drawn["metrics"]
    assert metrics == (chart.query["metrics"] or [])


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_shows_one_grain_one_dimension_and_what_is_over(name: str) -> None:
    chart = CHARTS[name]
    mart = MARTS[chart.document["dataset_uuid"]]
    if mart == PUBLICATION:
        return
    has = set(columns_of(mart)) & set(ALWAYS_FILTERED)
    assert has - UNFILTERED.get(name, set()) <= set(chart.filters)
    assert chart.filters.get("is_complete", True) is True
    assert chart.filters.get("is_suppressed", False) is False
    if mart == "kpi":
        asked = chart.filters["metric_id"]
        assert set(asked if isinstance(asked, list) else [asked]) <= set(FORMULAS)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_tells_the_definition_that_holds(name: str) -> None:
    chart = CHARTS[name]
    described = " ".join(chart.document["description"].split())
    if MARTS[chart.document["dataset_uuid"]] == PUBLICATION:
        assert "last business day" in described
        return
    assert any(formula.rstrip(".") in described for formula in FORMULAS.values())
    if isinstance(chart.filters.get("metric_id"), str):
        assert FORMULAS[chart.filters["metric_id"]].rstrip(".") in described


def test_every_chart_is_on_a_dashboard_that_tells_its_version() -> None:
    shown = []
    for name, dashboard in DASHBOARDS.items():
        cells = [cell for cell in dashboard["position"].values() if isinstance(cell, dict) and cell["type"] == "CHART"]
        charts = {cell["meta"]["uuid"]: cell["meta"]["sliceName"] for cell in cells}
        assert f"{name}_version" in CHARTS
        assert CHARTS[f"{name}_version"].document["uuid"] in charts
        shown.extend(charts.items())
    assert sorted(shown) == sorted((chart.document["uuid"], chart.title) for chart in CHARTS.values())
    assert set(DASHBOARDS) == {"retention", "satisfaction", "revenue"}


def test_every_chart_finds_rows_in_postgres_and_no_series_is_empty(server: BiServer, published_demo: Path) -> None:
    """Without Superset, which a soak test asks the same."""
    publish_to_postgres(server.target(), published_demo / ".loyalty/publish")
    for name, chart in CHARTS.items():
        rows = server.query(chart.sql("loyalty", DATASETS[MARTS[chart.document["dataset_uuid"]]]))
        assert rows, name
        assert all(any(cell is not None for cell in column) for column in zip(*rows, strict=True)), name
