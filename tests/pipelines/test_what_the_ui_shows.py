"""What the UI shows of each asset, read from the run of the demo as the UI reads it.

What it guards against: a table without columns or rows in the UI, a number that is not the mart's, a picture that a
browser cannot draw, and somebody's data in Dagster's history, where no erasure reaches it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import dagster as dg
import polars as pl
import pytest
from pydantic import ValidationError

from assets.configuration import Configuration
from assets.configuration.file import load_configuration
from assets.configuration.settings import Dagster
from assets.warehouse.shown import CHARTS
from pipelines.definitions import build_definitions

PICTURE = re.compile(r"!\[[^]]+\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)")
NO_TABLE = {("data_docs",), ("publication",), ("report",), ("control", "ledger")}


@pytest.fixture(scope="module")
def configuration(published_demo: Path) -> Configuration:
    return load_configuration(published_demo / "loyalty.yaml")


@pytest.fixture(scope="module")
def specs(configuration: Configuration) -> dict[tuple[str, ...], dg.AssetSpec]:
    """What the definitions say of each asset."""
    assets = build_definitions(configuration).resolve_all_asset_specs()
    return {tuple(spec.key.path): spec for spec in assets}


@pytest.fixture(scope="module")
def told(configuration: Configuration) -> dict[str, Mapping[str, Any]]:
    """What the run told of each mart, by its name."""
    with dg.DagsterInstance.from_config(str(configuration.paths.dagster)) as instance:
        keys = [key for key in instance.all_asset_keys() if key.path[0] == "marts"]
        events = {key.path[-1]: instance.get_latest_materialization_event(key) for key in keys}
    return {
        mart: event.asset_materialization.metadata
        for mart, event in events.items()
        if event and event.asset_materialization
    }


@pytest.fixture(scope="module")
def marts(configuration: Configuration) -> dict[str, pl.DataFrame]:
    folder = configuration.paths.publish / "current/marts"
    return {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def markdown(metadata: Mapping[str, Any], name: str) -> str:
    value = metadata[name]
    assert isinstance(value, dg.MarkdownMetadataValue)
    return value.md_str or ""


def test_every_asset_says_what_it_is(specs: dict[tuple[str, ...], dg.AssetSpec]) -> None:
    assert [key for key, spec in specs.items() if not (spec.description and spec.kinds and spec.group_name)] == []


def test_every_table_says_what_its_columns_mean(specs: dict[tuple[str, ...], dg.AssetSpec]) -> None:
    schemas = {key: spec.metadata.get("dagster/column_schema") for key, spec in specs.items() if key not in NO_TABLE}
    assert [key for key, schema in schemas.items() if not isinstance(schema, dg.TableSchema)] == []
    found = {key: schema.columns for key, schema in schemas.items() if isinstance(schema, dg.TableSchema)}
    described = {key: columns for key, columns in found.items() if key[0] != "reference"}
    assert [key for key, columns in described.items() if not all(column.description for column in columns)] == []
    typed = {key: columns for key, columns in found.items() if key[0] in {"lake", "marts"}}
    assert [key for key, columns in typed.items() if not columns or any(c.type == "?" for c in columns)] == []


def test_data_docs_and_report_are_named(specs: dict[tuple[str, ...], dg.AssetSpec]) -> None:
    """Whoever looks at a quarantined row, or at a number, wants the page beside it."""
    links = {"lake": "data_docs", "marts": "report"}
    named = {key: spec.metadata.get(links[key[0]]) for key, spec in specs.items() if key[0] in links}
    assert named
    pages = {link.path for link in named.values() if isinstance(link, dg.PathMetadataValue)}
    assert len(pages) == 2
    assert [key for key, link in named.items() if not isinstance(link, dg.PathMetadataValue)] == []
    assert [page for page in pages if not page or not Path(page).is_file()] == []


def test_owners_are_those_that_the_company_names(
    configuration: Configuration, specs: dict[tuple[str, ...], dg.AssetSpec]
) -> None:
    assert [key for key, spec in specs.items() if spec.owners] == []
    owners = ["team:analytics", "data@example.org"]
    named = configuration.model_copy(update={"dagster": Dagster(owners=owners)})
    assert {tuple(spec.owners) for spec in build_definitions(named).resolve_all_asset_specs()} == {tuple(owners)}


@pytest.mark.parametrize("owner", ["analytics", "team:", "team:a b", "@example.org"])
def test_an_owner_that_dagster_would_refuse_is_an_error_of_the_configuration(owner: str) -> None:
    with pytest.raises(ValidationError):
        Dagster(owners=[owner])


def test_rows_are_counted_as_they_are_published(
    told: dict[str, Mapping[str, Any]], marts: dict[str, pl.DataFrame]
) -> None:
    counts = {mart: metadata["dagster/row_count"].value for mart, metadata in told.items()}
    made_by_the_publication = {"publication", "restatements"}
    assert counts == {mart: rows.height for mart, rows in marts.items() if mart not in made_by_the_publication}


def test_the_newest_totals_are_previewed(told: dict[str, Mapping[str, Any]], marts: dict[str, pl.DataFrame]) -> None:
    head, _, *rows = markdown(told["kpi"], "preview").splitlines()
    cells = [dict(zip(words(head), words(row), strict=True)) for row in rows]
    assert {row["metric_id"].replace("\\", "") for row in cells} == {"crr", "csi_index", "mrr", "nps", "upsell_rate"}
    newest = marts["kpi"].filter(
        pl.col("metric_id") == "mrr", pl.col("grain") == "month", pl.col("dimension") == "total", pl.col("is_complete")
    )
    (mrr,) = (row for row in cells if row["metric_id"] == "mrr")
    last = newest.sort("period_start").row(-1, named=True)
    assert (mrr["period_start"], mrr["value"]) == (last["period_start"].isoformat(), f"{last['value']:.6g}")


def words(row: str) -> list[str]:
    return row.removeprefix("| ").removesuffix(" |").split(" | ")


def test_nobodys_data_is_in_dagsters_history(
    told: dict[str, Mapping[str, Any]], marts: dict[str, pl.DataFrame]
) -> None:
    """A reason or an action that only one customer named would stay there after the customer was forgotten."""
    assert {mart for mart in told if {"preview", "chart"} & told[mart].keys()} <= set(CHARTS)
    shown = " ".join(value.md_str or "" for m in told.values() for value in m.values() if hasattr(value, "md_str"))
    people = {*marts["customers"]["customer_id"], *marts["csi_employees"]["employee_id"]}
    assert people & set(re.split(r"[\s|]+", shown)) == set()
    assert "preview" in told["cohort_retention"]


def test_the_main_marts_have_a_chart(told: dict[str, Mapping[str, Any]]) -> None:
    assert {mart for mart, metadata in told.items() if "chart" in metadata} == set(CHARTS)
    for mart in CHARTS:
        found = PICTURE.search(markdown(told[mart], "chart"))
        assert found, mart
        picture = ET.fromstring(base64.b64decode(found[1]))  # noqa: S314  (our own picture)
        courses = [course.attrib["points"].split() for course in picture.findall("{*}polyline")]
        assert max(map(len, courses)) > 1, mart
