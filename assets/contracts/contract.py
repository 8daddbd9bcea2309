"""The data contracts as Python values, so that no other module writes down what an entity's columns are.

Each `<entity>.yaml` beside this module is an Open Data Contract Standard document, and the only place where the
columns, types, keys, allowed values, ranges, references and rules of that entity stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import polars as pl
from open_data_contract_standard.model import (
    CustomProperty,
    OpenDataContractStandard,
    Relationship,
    SchemaObject,
    SchemaProperty,
)

Kind = Literal["state", "event"]
Type = Literal["text", "integer", "decimal", "number", "date", "timestamp", "boolean"]

FOLDER = Path(__file__).parent
BUSINESS_DAY = "business_day"

_POLARS_TYPES: dict[Type, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "decimal": pl.Decimal(18, 4),
    "number": pl.Float64(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "boolean": pl.Boolean(),
}
_SQL_TYPES: dict[Type, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "number": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}
_TYPES: dict[tuple[str | None, str | None], Type] = {
    ("string", None): "text",
    ("integer", None): "integer",
    ("number", "DECIMAL(18,4)"): "decimal",
    ("number", None): "number",
    ("date", None): "date",
    ("timestamp", None): "timestamp",
    ("boolean", None): "boolean",
}


@dataclass(frozen=True)
class Column:
    """A column and what its values must be; `allowed_from` names settings that hold the allowed values."""

    name: str
    type: Type
    required: bool
    description: str
    minimum: float | None = None
    exclusive_minimum: float | None = None
    maximum: float | None = None
    allowed_values: tuple[str, ...] = ()
    allowed_from: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True)
class Rule:
    """A condition over the columns of one row, as a Polars SQL expression; `reason` is given where it is not true.

    A column of a referenced entity is written `"<entity>.<column>"`.
    """

    reason: str
    description: str
    expression: str


@dataclass(frozen=True)
class Reference:
    """Columns that must name an accepted row of another entity; `reason` is given where they do not."""

    columns: tuple[str, ...]
    entity: str
    target_columns: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Contract:
    """What the rows of one entity are.

    `state` entities are snapshots; the rows of `event` entities belong to a business day, which is that of
    `day_column`, or of the row's reference to `day_of`.
    """

    entity: str
    name: str
    description: str
    kind: Kind
    day_column: str | None
    day_of: str | None
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    rules: tuple[Rule, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name, or raise KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.entity}.{name}")


@cache
def load_contract(entity: str) -> Contract:
    """Read the contract of an entity; an unknown entity is a KeyError that names the known ones."""
    path = FOLDER / f"{entity}.yaml"
    if entity not in _contract_files():
        raise KeyError(f"There is no entity {entity!r}; there are {', '.join(_contract_files())}.")
    (table,) = OpenDataContractStandard.from_file(str(path)).schema_ or []
    return _contract(table)


@cache
def entities() -> tuple[str, ...]:
    """Every entity, each after those that it refers to: the order in which they are extracted."""
    ordered: dict[str, None] = {}

    def visit(entity: str) -> None:
        for reference in load_contract(entity).references:
            visit(reference.entity)
        ordered.setdefault(entity)

    for entity in _contract_files():
        visit(entity)
    return tuple(ordered)


def polars_schema(contract: Contract) -> dict[str, pl.DataType]:
    """Polars type of each contract column, as extraction delivers them."""
    return {column.name: _POLARS_TYPES[column.type] for column in contract.columns}


def lake_schema(contract: Contract) -> dict[str, pl.DataType]:
    """Polars type of each column in the lake: those of the contract, and the business day of events."""
    return polars_schema(contract) | ({BUSINESS_DAY: pl.Date()} if contract.kind == "event" else {})


def duckdb_columns(contract: Contract) -> dict[str, str]:
    """SQL type of each column in the warehouse: those of the contract, and the business day of events."""
    columns = {column.name: _SQL_TYPES[column.type] for column in contract.columns}
    return columns | ({BUSINESS_DAY: "DATE"} if contract.kind == "event" else {})


@cache
def _contract_files() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def _contract(table: SchemaObject) -> Contract:
    custom = _custom(table.customProperties)
    properties = table.properties or []
    keys = sorted((p for p in properties if p.primaryKey), key=lambda p: p.primaryKeyPosition or 0)
    return Contract(
        entity=str(table.name),
        name=str(table.businessName),
        description=f"{table.description} {table.dataGranularityDescription}",
        kind=cast("Kind", custom["entityKind"]),
        day_column=custom.get("dayColumn"),
        day_of=custom.get("dayOf"),
        columns=tuple(_column(p) for p in properties),
        key=tuple(str(p.name) for p in keys),
        references=tuple(_reference(r) for r in table.relationships or []),
        rules=tuple(Rule(str(q.name), str(q.description), str(q.implementation)) for q in table.quality or []),
    )


def _column(p: SchemaProperty) -> Column:
    options: dict[str, Any] = p.logicalTypeOptions or {}
    allowed = [(q.arguments or {})["validValues"] for q in p.quality or [] if q.metric == "invalidValues"]
    return Column(
        name=str(p.name),
        type=_TYPES[p.logicalType, p.physicalType],
        required=bool(p.required),
        description=str(p.description),
        minimum=options.get("minimum"),
        exclusive_minimum=options.get("exclusiveMinimum"),
        maximum=options.get("maximum"),
        allowed_values=tuple(value for values in allowed for value in values),
        allowed_from=tuple(_custom(p.customProperties).get("allowedValuesFrom", ())),
        pattern=options.get("pattern"),
    )


def _reference(relationship: Relationship) -> Reference:
    (entity,) = {end.split(".")[0] for end in _ends(relationship.to)}
    return Reference(
        columns=tuple(end.split(".")[1] for end in _ends(relationship.from_)),
        entity=entity,
        target_columns=tuple(end.split(".")[1] for end in _ends(relationship.to)),
        reason=str(_custom(relationship.customProperties)["reason"]),
    )


def _ends(columns: str | list[str] | None) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns or [])


def _custom(properties: Iterable[CustomProperty] | None) -> dict[str, Any]:
    return {str(p.property): p.value for p in properties or []}
