"""Give each canonical column the type of its contract; a value that does not fit becomes null and a problem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

import polars as pl

from assets.contracts import Type
from assets.errors import ContractError
from assets.sources import numbers
from assets.sources.moments import Moments, moments
from assets.sources.tables import Reading

TRUE_WORDS = ["true", "t", "yes", "y", "1", "1.0"]
FALSE_WORDS = ["false", "f", "no", "n", "0", "0.0"]
NOUNS: dict[Type, str] = {
    "text": "text",
    "integer": "whole number",
    "decimal": "amount",
    "number": "number",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "true or false",
}
LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Typed:
    """A column in its contract's type; `failed` is true where a value is there and does not parse.

    `problem` is one line, or null; `local_day` is set for dates and timestamps. The expressions read columns that
    `steps` makes, one step after the other.
    """

    value: pl.Expr
    failed: pl.Expr
    problem: pl.Expr
    local_day: pl.Expr | None = None
    steps: tuple[tuple[pl.Expr, ...], ...] = ()


def typed(name: str, dtype: pl.DataType, type_: Type, reading: Reading, place: str) -> Typed:
    """Type the column `name`, now of `dtype`; ContractError where no value of that type could ever fit."""
    column = pl.col(name)
    if dtype == pl.Null:
        return _plain(name, column, column, type_)
    if dtype in (pl.Categorical, pl.Enum):
        column, dtype = column.cast(pl.String), pl.String()
    if dtype == pl.String:
        column = pl.when(column.str.strip_chars() != "").then(column)
    if dtype.is_float():
        column = column.fill_nan(None)  # NaN is how tools write a gap in a column of floats.
    if type_ in ("date", "timestamp"):
        times = moments(name, column, dtype, reading)
        if times is None:
            raise ContractError(_wrong_type(name, dtype, type_, place))
        return _typed_moment(name, column, times, type_, reading.timezone)
    value = {
        "text": _text,
        "integer": _integer,
        "decimal": _decimal,
        "number": _number,
        "boolean": _boolean,
    }[type_](column, dtype, reading.decimal_comma)
    if value is None:
        raise ContractError(_wrong_type(name, dtype, type_, place))
    return _plain(name, column, value, type_)


def _plain(name: str, given: pl.Expr, value: pl.Expr, type_: Type) -> Typed:
    failed = given.is_not_null() & value.is_null()
    return Typed(value, failed, _problem(failed, f"unparseable_{name}", given, f"is no {NOUNS[type_]}"))


def with_steps(rows: pl.LazyFrame, columns: Iterable[Typed]) -> pl.LazyFrame:
    """Rows with the columns that typed columns read."""
    steps = zip_longest(*(column.steps for column in columns), fillvalue=())
    for step in steps:
        rows = rows.with_columns([expression for expressions in step for expression in expressions])
    return rows


def typed_text(name: str, dtype: pl.DataType, place: str) -> pl.Expr:
    """Any column as text, blanks as null."""
    return typed(name, dtype, "text", Reading("UTC"), place).value


def _problem(condition: pl.Expr, code: str, given: pl.Expr, sentence: str) -> pl.Expr:
    return pl.when(condition).then(pl.format(f"{code}: '{{}}' {sentence}", quoted(given)))


def quoted(given: pl.Expr) -> pl.Expr:
    """A value as it stands in a problem: on one line and not too long."""
    return given.cast(pl.String).str.replace_all(r"\s+", " ").str.slice(0, LONGEST_QUOTE)


def _wrong_type(name: str, dtype: pl.DataType, type_: Type, place: str) -> str:
    return (
        f"{place}: {name} must be {type_}, but the source holds {described(dtype)}; "
        f"convert it in `columns: {{{name}: ...}}`, or leave it out with `{name}: null`"
    )


def described(dtype: pl.DataType) -> str:
    """A source's type as a user would say it."""
    if isinstance(dtype, pl.List | pl.Array):
        return f"lists ({dtype})"
    if isinstance(dtype, pl.Struct):
        return "nested objects"
    return {pl.Boolean: "true and false", pl.Binary: "bytes", pl.String: "text", pl.Duration: "durations"}.get(
        type(dtype), f"numbers ({dtype})" if dtype.is_numeric() else str(dtype)
    )


def _text(column: pl.Expr, dtype: pl.DataType, _decimal_comma: bool) -> pl.Expr | None:
    if dtype == pl.String:
        return column
    if dtype.is_float():
        return numbers.text_of_float(column)
    if dtype.is_decimal():
        plain = column.cast(pl.String)
        return plain.str.replace(r"(\.\d*?)0+$", "${1}").str.replace(r"\.$", "")
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false"))
    return column.cast(pl.String) if dtype.is_integer() or dtype.is_temporal() else None


def _integer(column: pl.Expr, dtype: pl.DataType, decimal_comma: bool) -> pl.Expr | None:
    if dtype == pl.String:
        return numbers.integer_of_text(column, decimal_comma)
    if dtype.is_integer():
        return column.cast(pl.Int64, strict=False)
    if dtype.is_float() or dtype.is_decimal():
        whole = column.cast(pl.Int64, strict=False)
        return pl.when(whole.cast(dtype, strict=False) == column).then(whole)
    return None


def _decimal(column: pl.Expr, dtype: pl.DataType, decimal_comma: bool) -> pl.Expr | None:
    if dtype == pl.String:
        return numbers.decimal_of_text(column, decimal_comma)
    if dtype.is_float():
        return numbers.decimal_of_float(column)
    if dtype.is_numeric():
        return column.cast(pl.String).cast(numbers.DECIMAL, strict=False)
    return None


def _number(column: pl.Expr, dtype: pl.DataType, decimal_comma: bool) -> pl.Expr | None:
    if dtype == pl.String:
        number = numbers.float_of_text(column, decimal_comma)
    elif dtype.is_numeric():
        number = column.cast(pl.Float64)
    else:
        return None
    return pl.when(number.is_finite()).then(number)


def _boolean(column: pl.Expr, dtype: pl.DataType, _decimal_comma: bool) -> pl.Expr | None:
    if dtype == pl.Boolean:
        return column
    if dtype == pl.String:
        word = column.str.strip_chars().str.to_lowercase()
        return (
            pl.when(word.is_in(TRUE_WORDS))
            .then(pl.lit(value=True))
            .when(word.is_in(FALSE_WORDS))
            .then(pl.lit(value=False))
        )
    if dtype.is_numeric():
        return pl.when(column == 1).then(pl.lit(value=True)).when(column == 0).then(pl.lit(value=False))
    return None


def _typed_moment(name: str, column: pl.Expr, times: Moments, type_: Type, zone: str) -> Typed:
    unparseable = _problem(times.unparseable, f"unparseable_{name}", column, f"is no {NOUNS[type_]}")
    if type_ == "date":
        return Typed(times.local_day, times.unparseable, unparseable, times.local_day, times.steps)
    problem = pl.coalesce(
        unparseable,
        _problem(times.nonexistent, f"nonexistent_{name}", column, f"does not exist in {zone}: the clock skipped it"),
        _problem(
            times.ambiguous,
            f"ambiguous_{name}",
            column,
            f"came twice in {zone}: write ambiguous_times: earliest or latest, or give an offset",
        ),
    )
    return Typed(times.utc, times.unparseable, problem, times.local_day, times.steps)
