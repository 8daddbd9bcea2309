"""The contracts are sound in themselves, and what is derived from them agrees."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from importlib.resources import files
from typing import Any

import duckdb
import jsonschema
import polars as pl
import pytest
import yaml

from assets.contracts import Contract, duckdb_columns, entities, lake_schema, load_contract, polars_schema
from assets.contracts.contract import FOLDER
from assets.validation.checks import contract_checks, rule_columns
from tests.contracts.fresh_import import modules_after_import

EVERY_ENTITY = pytest.mark.parametrize("entity", entities())
ALLOWED = {"status": ["completed"]}


@EVERY_ENTITY
def test_contract_follows_the_standard(entity: str) -> None:
    """A misspelt key would be ignored by the reader: a rule that is never held against anything."""
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(yaml.safe_load((FOLDER / f"{entity}.yaml").read_text()), schema)


def test_no_contract_file_is_left_out() -> None:
    """A file that is not read would be a contract that nobody keeps."""
    assert sorted(entities()) == sorted(path.stem for path in FOLDER.glob("*.yaml"))
    assert len(entities()) == 16


def test_an_entity_comes_after_those_it_refers_to() -> None:
    """Lines that were validated before their orders would all be quarantined."""
    for entity in entities():
        for reference in load_contract(entity).references:
            assert entities().index(reference.entity) < entities().index(entity)


def test_an_unknown_entity_is_named_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"no entity 'order'; there are business_events, .*orders"):
        load_contract("order")


def test_a_name_cannot_lead_out_of_the_folder() -> None:
    """An entity name comes from a configuration file and must not become a path."""
    with pytest.raises(KeyError):
        load_contract("../contracts/orders")


@EVERY_ENTITY
def test_everything_is_described(entity: str) -> None:
    """The descriptions are the reference page: an empty one, or one without its grain, leaves the reader alone."""
    contract = load_contract(entity)
    assert re.search(r"\. One row per [^.]+\.$", contract.description)
    for text in [c.description for c in contract.columns] + [r.description for r in contract.rules]:
        assert re.match(r"^[A-Z`].{8,}\.$", text), text


@EVERY_ENTITY
def test_keys_and_days_are_columns(entity: str) -> None:
    """A key or day column that does not exist, or may be empty, cannot tell rows apart or place them."""
    contract = load_contract(entity)
    assert contract.key
    optional = [name for name in contract.key if not contract.column(name).required]
    assert optional == (["segment"] if entity == "retention_costs" else [])
    if contract.kind == "event":
        assert (contract.day_column is None) != (contract.day_of is None)
    else:
        assert contract.day_column is None
        assert contract.day_of is None
    if contract.day_column:
        assert contract.column(contract.day_column).required
        assert contract.column(contract.day_column).type in {"date", "timestamp"}
    if contract.day_of:
        assert contract.day_of in {reference.entity for reference in contract.references}


@EVERY_ENTITY
def test_references_lead_to_keys_of_the_same_type(entity: str) -> None:
    contract = load_contract(entity)
    for reference in contract.references:
        target = load_contract(reference.entity)
        assert set(reference.target_columns) == set(target.key)
        for ours, theirs in zip(reference.columns, reference.target_columns, strict=True):
            assert contract.column(ours).type == target.column(theirs).type


@EVERY_ENTITY
def test_reasons_are_distinct_codes(entity: str) -> None:
    """Two checks of one reason would overwrite each other's results."""
    reasons = [check.reason for check in contract_checks(load_contract(entity), ALLOWED)]
    assert len(reasons) == len(set(reasons))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", reason) for reason in reasons)
    assert not set(reasons) & set(load_contract(entity).column_names)


@EVERY_ENTITY
def test_the_warehouse_and_polars_agree_on_types(entity: str) -> None:
    """Two lists of types that drift apart would turn into failed or lossy loads: DuckDB itself says what it makes."""
    contract = load_contract(entity)
    connection = duckdb.connect()
    frame = pl.DataFrame(schema=lake_schema(contract)).to_arrow()
    connection.register("frame", frame)
    described = connection.execute("describe select * from frame").fetchall()
    assert {name: data_type for name, data_type, *_ in described} == duckdb_columns(contract)


def test_events_have_a_business_day_and_snapshots_have_none() -> None:
    assert "business_day" in duckdb_columns(load_contract("orders"))
    assert "business_day" in lake_schema(load_contract("orders"))
    assert "business_day" not in polars_schema(load_contract("orders"))
    assert "business_day" not in duckdb_columns(load_contract("customers"))


@EVERY_ENTITY
def test_rules_know_an_answer_for_every_empty_value(entity: str) -> None:
    """In SQL an empty value makes a comparison unknown; a rule that is unknown would quarantine a good row.

    Every combination of empty and given values is tried; and a row with nothing in it breaks no rule, for what is
    missing is told by its own reason.
    """
    contract = load_contract(entity)
    for rule in contract.rules:
        columns = rule_columns(rule)
        combinations = list(itertools.product([False, True], repeat=len(columns)))
        rows = [
            {name: None if empty else _sample(contract, name) for name, empty in zip(columns, pattern, strict=True)}
            for pattern in combinations
        ]
        frame = pl.DataFrame(rows, schema={name: _type(contract, name) for name in columns})
        outcomes = frame.select(pl.sql_expr(rule.expression).alias("outcome")).get_column("outcome")
        assert outcomes.dtype == pl.Boolean
        assert outcomes.null_count() == 0, rule.reason
        everything_empty = outcomes.to_list()[combinations.index((True,) * len(columns))]
        assert everything_empty, rule.reason


def test_contracts_are_read_without_heavy_libraries() -> None:
    """Every command imports the contracts: seconds spent on pandas or Great Expectations would be felt each time."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as fresh_interpreter:
        loaded = fresh_interpreter.submit(modules_after_import, "assets.validation").result()
    assert "assets.contracts" in loaded
    assert not loaded & {"pandas", "great_expectations", "duckdb", "dagster"}


def _column_of(contract: Contract, name: str) -> tuple[Contract, str]:
    entity, _, column = name.rpartition(".")
    return (load_contract(entity) if entity else contract), column


def _type(contract: Contract, name: str) -> pl.DataType:
    owner, column = _column_of(contract, name)
    return polars_schema(owner)[column]


def _sample(contract: Contract, name: str) -> Any:
    owner, column = _column_of(contract, name)
    samples = {
        "text": "text",
        "integer": 1,
        "decimal": Decimal("1.0000"),
        "number": 1.0,
        "date": dt.date(2024, 1, 1),
        "timestamp": dt.datetime.fromisoformat("2024-01-01"),
        "boolean": True,
    }
    return samples[owner.column(column).type]
