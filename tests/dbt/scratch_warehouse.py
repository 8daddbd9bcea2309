"""A warehouse of a test's own: entity tables filled straight from frames, control tables, and dbt run over them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from assets.configuration import Configuration
from assets.contracts import duckdb_columns, entities, load_contract
from assets.warehouse.build import invoke
from assets.warehouse.control import write_settings
from assets.warehouse.database import open_warehouse


def fill_warehouse(path: Path, as_of: dt.date, frames: dict[str, pd.DataFrame], **settings: Any) -> None:
    """Write the entity tables, empty but for `frames`, and the settings; columns that a frame lacks are null.

    `settings` are sections of the configuration.
    """
    company = {"name": "Test", "timezone": "UTC", "currency": "GBP", "history_start": dt.date(2009, 1, 1)}
    company |= settings.pop("company", {})
    sources = {entity: {"file": "none", "columns": {"order_id": "order_id"}} for entity in ("orders", "order_lines")}
    configuration = Configuration.model_validate({"company": company, "sources": sources, **settings})
    with open_warehouse(path) as connection:
        connection.execute("create schema if not exists lake")
        for entity in entities():
            columns = duckdb_columns(load_contract(entity))
            body = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
            connection.execute(f'create or replace table lake."{entity}" ({body})')
            if entity in frames:
                _insert(connection, entity, frames[entity])
        write_settings(connection, configuration, as_of)


def _insert(connection: duckdb.DuckDBPyConnection, entity: str, frame: pd.DataFrame) -> None:
    names = ", ".join(f'"{name}"' for name in frame.columns)
    connection.register("rows_of_frame", frame)
    connection.execute(f'insert into lake."{entity}" ({names}) select {names} from rows_of_frame')
    connection.unregister("rows_of_frame")


def run_models(path: Path, *models: str, full_refresh: bool = False) -> None:
    """Build models with all that they need, without tests; raises where one fails."""
    command = ["build", "--exclude-resource-type", "unit_test", "test", "--select", *(f"+{model}" for model in models)]
    outcome = invoke(path, [*command, "--full-refresh"] if full_refresh else command)
    if outcome.exception is not None:
        raise outcome.exception
    failures = [
        f"{result.node.name}: {result.message}" for result in outcome.result.results if result.status == "error"
    ]
    if failures:
        raise AssertionError("\n".join(failures))


def query(path: Path, sql: str) -> pd.DataFrame:
    """The rows of a query over the warehouse."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql(sql).df()
