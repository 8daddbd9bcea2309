"""The dbt project as it is: its parsed manifest, and the columns of the relations that it builds; each made once."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.configuration import Configuration
from assets.contracts import duckdb_columns, entities, load_contract
from assets.warehouse.build import invoke, load_manifest_file
from assets.warehouse.control import write_settings
from assets.warehouse.database import open_warehouse


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose entities have no rows."""
    path = tmp_path_factory.mktemp("rules") / "warehouse.duckdb"
    company = {"name": "Test", "timezone": "UTC", "currency": "GBP", "history_start": dt.date(2024, 1, 1)}
    sources = {"contracts": {"file": "none", "columns": {"contract_id": "contract_id"}}}
    with open_warehouse(path) as connection:
        connection.execute("create schema if not exists lake")
        for entity in entities():
            body = ", ".join(f'"{name}" {type_}' for name, type_ in duckdb_columns(load_contract(entity)).items())
            connection.execute(f'create or replace table lake."{entity}" ({body})')
        configuration = Configuration.model_validate({"company": company, "sources": sources})
        write_settings(connection, configuration, dt.date(2024, 12, 31))
    return path


@pytest.fixture(scope="session")
def manifest(warehouse: Path) -> dict[str, Any]:
    """The parsed project."""
    parsed: dict[str, Any] = json.loads(load_manifest_file(warehouse).read_text(encoding="utf-8"))
    return parsed


@pytest.fixture(scope="session")
def built_columns(warehouse: Path, manifest: dict[str, Any]) -> dict[str, list[str]]:
    """The columns that each model has once it is built, by the model's name."""
    assert manifest
    outcome = invoke(warehouse, ["build", "--exclude-resource-type", "unit_test", "exposure", "test"])
    failed = [result.node.name for result in outcome.result.results if str(result.status) != "success"]
    assert failed == []
    columns: dict[str, list[str]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema in ('staging', 'intermediate', 'marts') order by table_name, ordinal_position"
        ).fetchall()
    for relation, column in found:
        columns.setdefault(relation, []).append(column)
    return columns
