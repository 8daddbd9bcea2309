"""The catalogue that `loyalty metrics` reads is the one that is published, and it says where each number stands."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assets.errors import ConfigurationError
from assets.warehouse.catalogue import KPI, columns_of, explain, explanation_lines, find_metric, read_catalogue
from assets.warehouse.project import PROJECT


def test_ids_are_unique_and_every_metric_names_a_mart_that_is_there() -> None:
    """Two definitions of one id would make one of them a lie."""
    catalogue = read_catalogue()
    assert len({metric.metric_id for metric in catalogue}) == len(catalogue) > 40
    assert all(columns_of(metric.mart) for metric in catalogue)
    assert all((PROJECT.parent / metric.owner_file).is_file() for metric in catalogue)


def test_one_metric_is_explained_with_its_parts_marts_columns_and_model() -> None:
    metric = find_metric("csi_index")
    page = "\n".join(explanation_lines(metric))
    for said in (metric.formula, metric.numerator, "marts.kpi", "ci_low", "int_kpi__csi.sql", "higher is better"):
        assert str(said) in page
    assert explain(metric)["marts"][KPI] == columns_of(KPI)


def test_an_unknown_metric_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean csi_index"):
        find_metric("csi_indx")


def test_the_published_definitions_are_the_catalogue(published_demo: Path) -> None:
    """`metric_definitions` is gathered by dbt and the catalogue by reading YAML: two ways to one truth."""
    published = pl.read_parquet(published_demo / ".loyalty/publish/current/marts/metric_definitions.parquet")
    told = {row["metric_id"]: (row["version"], row["formula"], row["owner_model"]) for row in published.to_dicts()}
    assert told == {m.metric_id: (m.version, m.formula, m.owner_model) for m in read_catalogue()}
