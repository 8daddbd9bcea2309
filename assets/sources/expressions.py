"""Polars SQL expressions over columns of text.

A CSV holds nothing but text. Where an expression needs a number, the column is read as one in that place
only: under + - * / %, beside a number in a comparison, in ABS, ROUND and the like, and in a CAST. Everywhere
else it stays the text that it is, so that the id "007" keeps its zeros. What the value looks like never
decides: one bad row cannot change how the others are read.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from assets.errors import ContractError
from assets.sources.moments import local_of_text
from assets.sources.numbers import float_of_text, integer_of_text
from assets.sources.tables import SourceTable, near_first, plain_reason

ARITHMETIC = {"Plus", "Minus", "Multiply", "Divide", "TrueDivide", "RustDivide", "FloorDivide", "Modulus"}
ORDER = {"Lt", "LtEq", "Gt", "GtEq"}
COMPARISON = ORDER | {"Eq", "NotEq", "EqValidity", "NotEqValidity"}
NUMERIC_FUNCTIONS = {
    "Abs",
    "Round",
    "RoundSF",
    "Floor",
    "Ceil",
    "Pow",
    "Sign",
    "Log",
    "Exp",
    "Binary",
    "Truncate",
    "ToFloat",
}
EXTREMES = {"MaxHorizontal", "MinHorizontal"}
NUMERIC_TYPES = ("Int", "UInt", "Float", "Decimal")

Node = Any


@dataclass(frozen=True)
class Mapped:
    """An expression over the source's columns and the conditions under which a number in it is none."""

    expression: pl.Expr
    unparseable: dict[str, pl.Expr] = field(default_factory=dict)
    """Per text column read as a number: whether its text is none."""

    def bad_number(self) -> pl.Expr:
        """Whether any text that should be a number is none."""
        return pl.any_horizontal(list(self.unparseable.values())) if self.unparseable else pl.lit(value=False)


def mapped_expression(sql: str, schema: dict[str, pl.DataType], source: SourceTable, place: str = "") -> Mapped:
    """Parse `sql` over a source's columns; a name that is exactly a column's is that column.

    Raises ContractError where it does not parse, or compares two columns of text by size.
    """
    if sql in schema:
        return Mapped(pl.col(sql))
    place = place or source.place
    expression = parsed(sql, place)
    _assert_columns(expression, schema, place, sql)
    text_columns = {name for name, dtype in schema.items() if dtype == pl.String}
    rewriter = _Rewriter(text_columns, source, place, sql)
    try:
        tree = rewriter.rewrite(_tree(expression), wants_number=False)
        mapped = Mapped(_expression(tree), rewriter.unparseable)
    except pl.exceptions.PolarsError:
        # A number beyond what JSON, and so the tree, can hold, such as 1e999.
        raise ContractError(f"{place}: `{sql}` holds a value that cannot be used") from None
    _assert_computable(mapped, schema, place, sql)
    return mapped


def parsed(sql: str, place: str) -> pl.Expr:
    """The expression that `sql` says, or a ContractError that names its place."""
    try:
        return pl.sql_expr(sql)
    except pl.exceptions.PolarsError as error:
        raise ContractError(f"{place}: `{sql}` is no SQL expression: {plain_reason(error)}") from None


def _assert_computable(mapped: Mapped, schema: dict[str, pl.DataType], place: str, sql: str) -> None:
    try:
        pl.DataFrame(schema=schema).select(mapped.expression)
    except pl.exceptions.PolarsError as error:
        types = ", ".join(f"{name} is {schema[name]}" for name in mapped.expression.meta.root_names())
        raise ContractError(f"{place}: `{sql}` cannot be computed ({types}): {plain_reason(error)}") from None


def _assert_columns(expression: pl.Expr, schema: dict[str, pl.DataType], place: str, sql: str) -> None:
    for name in expression.meta.root_names():
        if name not in schema:
            there = ", ".join(near_first(name, schema)) or "none"
            meant = f" (text is written in quotes: \"'{sql}'\")" if sql == name else ""
            raise ContractError(f"{place}: the source has no column '{name}'{meant}; its columns are: {there}")


def _tree(expression: pl.Expr) -> Node:
    return json.loads(expression.meta.serialize(format="json"))


def _expression(tree: Node) -> pl.Expr:
    return pl.Expr.deserialize(io.StringIO(json.dumps(tree)), format="json")


class _Rewriter:
    """Walks an expression's tree and notes which columns of text are to be read as numbers."""

    def __init__(self, text_columns: set[str], source: SourceTable, place: str, sql: str) -> None:
        self.text_columns, self.source, self.place, self.sql = text_columns, source, place, sql
        self.unparseable: dict[str, pl.Expr] = {}

    def rewrite(self, node: Node, wants_number: bool) -> Node:
        """The node with its text columns read as numbers, where `wants_number` or its own kind says so."""
        if isinstance(node, list):
            return [self.rewrite(item, wants_number=False) for item in node]
        if not isinstance(node, dict) or len(node) != 1:
            return self._rewrite_parts(node)
        ((kind, body),) = node.items()
        if kind == "Literal":
            return node
        if kind == "Column":
            return self._number(body) if wants_number and body in self.text_columns else node
        rewriters: dict[str, Callable[[Node, bool], Node]] = {
            "BinaryExpr": self._binary,
            "Cast": self._cast,
            "Function": self._function,
            "Ternary": self._ternary,
            "Agg": self._aggregation,
        }
        return {kind: rewriters[kind](body, wants_number)} if kind in rewriters else self._rewrite_parts(node)

    def _ternary(self, body: Node, wants_number: bool) -> Node:
        return {name: self.rewrite(part, wants_number and name != "predicate") for name, part in body.items()}

    def _aggregation(self, body: Node, _wants_number: bool) -> Node:
        numeric = next(iter(body)) in {"Sum", "Mean", "Median", "Std", "Var"}
        return {name: self.rewrite(part, numeric) for name, part in body.items()}

    def _rewrite_parts(self, node: Node) -> Node:
        if isinstance(node, dict):
            return {name: self.rewrite(part, wants_number=False) for name, part in node.items()}
        return node

    def _number(self, column: str, tries: bool = False, whole: bool = False) -> Node:
        number = (integer_of_text if whole else float_of_text)(pl.col(column), self.source.decimal_comma)
        return self._converted(column, number, tries)

    def _moment(self, column: str, tries: bool) -> Node:
        return self._converted(column, local_of_text(pl.col(column), self.source.date_format), tries)

    def _converted(self, column: str, value: pl.Expr, tries: bool) -> Node:
        if not tries:  # TRY_CAST says that what does not fit is meant to be null.
            failed = value.is_null() & (pl.col(column).str.strip_chars() != "")
            self.unparseable[column] = self.unparseable.get(column, pl.lit(value=False)) | failed
        return _tree(value)

    def _binary(self, body: Node, _wants_number: bool) -> Node:
        left, operator, right = body["left"], body["op"], body["right"]
        if operator in ORDER:
            self._assert_not_text(left, right)
        numeric = operator in ARITHMETIC or (operator in COMPARISON and (_is_number(left) or _is_number(right)))
        return {"left": self.rewrite(left, numeric), "op": operator, "right": self.rewrite(right, numeric)}

    def _cast(self, body: Node, _wants_number: bool) -> Node:
        type_name, column = _type_name(body["dtype"]), body["expr"].get("Column")
        numeric = type_name.startswith(NUMERIC_TYPES)
        tries = body["options"] == "NonStrict"
        if column in self.text_columns and type_name in {"Date", "Datetime"}:
            inner = self._moment(column, tries)
        elif numeric and column in self.text_columns:
            inner = self._number(column, tries, whole=type_name.startswith(("Int", "UInt")))
        else:
            inner = self.rewrite(body["expr"], numeric)
        # A value that does not fit gives null and a problem of its row; it does not end the run.
        return body | {"expr": inner, "options": "NonStrict"}

    def _function(self, body: Node, wants_number: bool) -> Node:
        name, inputs = _function_name(body["function"]), body["input"]
        if name == "Strptime" and inputs[0].get("Column") in self.text_columns:
            return self._parsed_text(body)
        if name in EXTREMES:
            self._assert_not_text(*inputs)
        if name in EXTREMES | {"IsIn"}:
            wants_number = any(_is_number(item) for item in inputs)
        elif name != "Coalesce":
            wants_number = name in NUMERIC_FUNCTIONS
        return body | {"input": [self.rewrite(item, wants_number) for item in inputs]}

    def _parsed_text(self, body: Node) -> Node:
        dtype, options = body["function"]["StringExpr"]["Strptime"]
        lenient = {"StringExpr": {"Strptime": [dtype, options | {"strict": False}]}}
        column = body["input"][0]["Column"]
        tree = {"Function": body | {"function": lenient}}
        self._converted(column, _expression(tree), tries=False)
        return tree["Function"]

    def _assert_not_text(self, *nodes: Node) -> None:
        columns = [node.get("Column") for node in nodes]
        if len(columns) > 1 and all(column in self.text_columns for column in columns):
            names = " and ".join(f"'{column}'" for column in columns)
            raise ContractError(
                f"{self.place}: `{self.sql}` compares {names}, which are text ('10' would come before '9'); "
                f'write CAST("{columns[0]}" AS DOUBLE), or AS DATE, for each'
            )


def _function_name(function: Node) -> str:
    while isinstance(function, dict):
        ((name, inner),) = list(function.items())[:1]
        if name not in {"Sql", "Boolean"}:
            return str(name)
        function = inner
    return str(function)


def _type_name(dtype: Node) -> str:
    inner = dtype.get("Literal", dtype) if isinstance(dtype, dict) else dtype
    return str(next(iter(inner))) if isinstance(inner, dict) else str(inner)


def _is_number(node: Node) -> bool:
    """Whether a part of an expression is a number by what it is, not by its column's type."""
    if not isinstance(node, dict):
        return False
    ((kind, body),) = list(node.items())[:1]
    if kind == "Literal":
        dtype = pl.select(_expression(node)).to_series().dtype
        return bool(getattr(dtype, "inner", dtype).is_numeric())
    tests: dict[str, Callable[[Node], bool]] = {
        "Cast": lambda cast: _type_name(cast["dtype"]).startswith(NUMERIC_TYPES),
        "BinaryExpr": lambda binary: binary["op"] in ARITHMETIC and not _is_concatenation(binary),
        "Function": _gives_number,
        "Ternary": lambda ternary: _is_number(ternary["truthy"]) or _is_number(ternary["falsy"]),
        "Agg": lambda aggregation: next(iter(aggregation)) in {"Sum", "Mean", "Count", "Median"},
    }
    return kind in tests and tests[kind](body)


def _gives_number(function: Node) -> bool:
    name = _function_name(function["function"])
    transparent = name in EXTREMES | {"Coalesce"}
    return name in NUMERIC_FUNCTIONS or (transparent and any(_is_number(item) for item in function["input"]))


def _is_concatenation(body: Node) -> bool:
    return any(
        "Cast" in part and _type_name(part["Cast"]["dtype"]) == "String" for part in (body["left"], body["right"])
    )
