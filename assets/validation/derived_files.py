"""The files of the project written from the contracts: dbt's source and staging models, and the reference page.

They are checked in, so that dbt and readers find them; `python -m assets.validation.derived_files` writes them anew
after a contract has changed, and a test says when that was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from assets.checked_in import table_cell, write_checked_in
from assets.contracts import BUSINESS_DAY, Column, Contract, duckdb_columns, entities, load_contract
from assets.validation.checks import Check, contract_checks, range_words

DBT_SOURCES = Path("dbt_project/models/sources/lake.yml")
DBT_STAGING = Path("dbt_project/models/staging")
REFERENCE_PAGE = Path("docs/reference/contracts.md")
_WRITTEN = "Written from assets/contracts by `python -m assets.validation.derived_files`; change the contracts instead."


def derived_files() -> dict[Path, str]:
    """Text of each derived file, by its path within the project."""
    contracts = [load_contract(entity) for entity in entities()]
    staging = {DBT_STAGING / f"stg_{contract.entity}.yml": dbt_staging_model(contract) for contract in contracts}
    return {DBT_SOURCES: dbt_sources(contracts), **staging, REFERENCE_PAGE: reference_page(contracts)}


def dbt_sources(contracts: Sequence[Contract]) -> str:
    """Return the YAML of the dbt source `lake`, whose tables are the accepted rows of each entity."""
    source = {
        "name": "lake",
        "schema": "lake",
        "description": "Accepted rows of each entity, brought from the lake into the warehouse.",
        "tables": [_dbt_table(contract, contract.entity) for contract in contracts],
    }
    return _yaml({"version": 2, "sources": [source]})


def dbt_staging_model(contract: Contract) -> str:
    """Return the YAML of an entity's staging model. Its key is tested: rows of two partitions meet there first."""
    unique = {"unique_combination": {"arguments": {"columns": list(contract.key)}}}
    model = _dbt_table(contract, f"stg_{contract.entity}") | {"data_tests": [unique]}
    return _yaml({"version": 2, "models": [model]})


def reference_page(contracts: Sequence[Contract]) -> str:
    """Return the reference page in Markdown: what each entity's columns must be, and the reasons of quarantine."""
    lines = [
        "# Data contracts",
        "",
        f"<!-- {_WRITTEN} -->",
        "",
        "What the rows of each entity must be. A row that is not goes to quarantine with its reasons; a source that",
        "lacks a required column, or holds another type, stops the run. Timestamps are kept in UTC.",
        "",
        *(f"- [`{contract.entity}`](#{contract.entity}): {contract.name.lower()}" for contract in contracts),
    ]
    for contract in contracts:
        lines += ["", *_section(contract)]
    return "\n".join(lines) + "\n"


def _yaml(document: dict[str, Any]) -> str:
    text = yaml.safe_dump(document, sort_keys=False, width=110, allow_unicode=True)
    return f"# {_WRITTEN}\n{text}"


def _dbt_table(contract: Contract, name: str) -> dict[str, Any]:
    described = {column.name: column.description for column in contract.columns} | {
        BUSINESS_DAY: business_day(contract)
    }
    return {
        "name": name,
        "description": contract.description,
        "columns": [
            {"name": name, "description": described[name], "data_type": data_type.lower()}
            for name, data_type in duckdb_columns(contract).items()
        ],
    }


def business_day(contract: Contract) -> str:
    """Say where the business day of an entity's rows comes from."""
    if contract.kind == "state":
        return "None: a snapshot, of which the newest counts."
    if contract.day_of is not None:
        return f"The business day of the row in `{contract.day_of}` that it belongs to."
    return f"The day of `{contract.day_column}` in the company's time zone."


def _section(contract: Contract) -> Iterator[str]:
    yield f"## {contract.entity}"
    yield ""
    yield contract.description
    yield ""
    yield f"Key: {_code(contract.key)}. Business day: {_lower_first(business_day(contract))}"
    yield ""
    yield "| column | type | | meaning |"
    yield "|---|---|---|---|"
    for column in contract.columns:
        yield f"| `{column.name}` | {column.type} | {'required' if column.required else ''} | {_meaning(column)} |"
    yield ""
    yield "| reason of quarantine | given unless |"
    yield "|---|---|"
    for check in _checks(contract):
        yield f"| `{check.reason}` | {table_cell(check.description)} |"


def _checks(contract: Contract) -> tuple[Check, ...]:
    allowed = {c.name: [f"`{name}`" for name in c.allowed_from] for c in contract.columns if c.allowed_from}
    return contract_checks(contract, allowed)


def _meaning(column: Column) -> str:
    values = f" One of {_code(column.allowed_values)}." if column.allowed_values else ""
    bounds = f" {words.capitalize()}." if (words := range_words(column)) else ""
    return table_cell(column.description + values + bounds)


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:]


if __name__ == "__main__":
    write_checked_in(Path(__file__).parents[2], derived_files())
