"""One data contract per entity: the single source of truth for what its rows are."""

from assets.contracts.contract import (
    BUSINESS_DAY,
    Column,
    Contract,
    Kind,
    Reference,
    Rule,
    Type,
    duckdb_columns,
    entities,
    lake_schema,
    load_contract,
    polars_schema,
)

__all__ = [
    "BUSINESS_DAY",
    "Column",
    "Contract",
    "Kind",
    "Reference",
    "Rule",
    "Type",
    "duckdb_columns",
    "entities",
    "lake_schema",
    "load_contract",
    "polars_schema",
]
