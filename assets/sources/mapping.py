"""Turn the company's columns into the canonical ones, as `columns`, `where` and `answers` say."""

from __future__ import annotations

import polars as pl

from assets.configuration import Source
from assets.contracts import Contract
from assets.errors import ContractError
from assets.sources.column_types import quoted, typed_text
from assets.sources.expressions import Mapped, mapped_expression, parsed
from assets.sources.tables import SourceTable, near_first

DEDUCED = {("order_lines", "line_no"), ("contracts", "term_no")}
"""Required columns that are numbered where a source has none."""

PROBLEMS = "_problems"
ANSWERED = {"question_id", "score"}
UNDECIDED = "\0undecided"
ANSWER = "\0answer"


def mapped_rows(table: SourceTable, source: Source, contract: Contract) -> pl.LazyFrame:
    """Canonical columns, still of the source's types, and `_problems` met on the way to them.

    Canonical columns that the source does not have are left out. Raises ContractError where one is required.
    """
    schema = table.schema()
    mapped = {
        name: column
        for name in contract.column_names
        if not (source.answers and name in ANSWERED) and (column := _column(name, source, schema, table)) is not None
    }
    _assert_required(set(mapped), source, contract, schema, table.place)
    problems = [_bad_numbers(column, f"unparseable_{name}") for name, column in mapped.items()]
    rows = _kept_rows(table, source.where, schema).select(
        *[column.expression.alias(name) for name, column in mapped.items()],
        *_answer_columns(source, schema, table),
        _joined([pl.col(UNDECIDED), *problems]).alias(PROBLEMS),
    )
    return _one_row_per_answer(rows, source, list(mapped)) if source.answers else rows


def needed_columns(source: Source, contract: Contract, names: list[str], place: str) -> list[str]:
    """The source's columns that its mapping reads; all of them where one that it names is not there."""
    told = [source.where or "", *(value for value in source.columns.values() if isinstance(value, str))]
    roots = {name for sql in told if sql for name in ([sql] if sql in names else parsed(sql, place).meta.root_names())}
    roots |= set(source.answers.values())
    if roots - set(names):
        return names
    roots |= {name for name in contract.column_names if name not in source.columns}
    return [name for name in names if name in roots]


def told_columns(source: Source, contract: Contract) -> dict[str, bool]:
    """The columns that the mapping names of a source whose rows leave out what is null; whether one is required."""
    required = {column.name for column in contract.columns if column.required}
    named = {name: name for name in contract.column_names} | source.columns
    told = [(sql, name in required) for name, sql in named.items() if isinstance(sql, str)]
    told += [(source.where, False)] if source.where else []
    told += [(column, True) for column in source.answers.values()]
    columns: dict[str, bool] = {}
    for sql, is_required in told:
        for name in _names_in(sql):
            columns[name] = columns.get(name, False) or is_required
    return columns


def _names_in(sql: str) -> list[str]:
    """The columns of an expression: one that is a name, dotted or with blanks in it, is that column."""
    if all(part.isidentifier() for part in sql.split(".")):
        return [sql]
    try:
        return pl.sql_expr(sql).meta.root_names()
    except pl.exceptions.PolarsError:
        return [sql]


def _kept_rows(table: SourceTable, where: str | None, schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    """The rows that `where` keeps, and, with a problem, those about which it cannot say as a text is no number."""
    if where is None:
        return table.rows.with_columns(pl.lit(None, pl.String).alias(UNDECIDED))
    condition = mapped_expression(where, schema, table)
    undecided = condition.expression.is_null() & condition.bad_number()
    problem = pl.when(undecided).then(_bad_numbers(condition, "undecided_where"))
    return table.rows.filter(condition.expression | undecided).with_columns(problem.alias(UNDECIDED))


def _bad_numbers(mapped: Mapped, code: str) -> pl.Expr:
    lines = [
        pl.when(failed).then(
            pl.format("{}: '{}' in {} cannot be read", pl.lit(code), quoted(pl.col(column)), pl.lit(column))
        )
        for column, failed in mapped.unparseable.items()
    ]
    return pl.coalesce(lines) if lines else pl.lit(None, pl.String)


def _joined(problems: list[pl.Expr]) -> pl.Expr:
    text = pl.concat_str(problems, separator="\n", ignore_nulls=True)
    return pl.when(text != "").then(text)


def _column(name: str, source: Source, schema: dict[str, pl.DataType], table: SourceTable) -> Mapped | None:
    if name not in source.columns:
        return Mapped(pl.col(name)) if name in schema else None
    told = source.columns[name]
    if not isinstance(told, str):
        return Mapped(pl.lit(told))
    return mapped_expression(told, schema, table, f"{table.place}, column {name}")


def _assert_required(
    mapped: set[str], source: Source, contract: Contract, schema: dict[str, pl.DataType], place: str
) -> None:
    there = mapped | (ANSWERED if source.answers else set())
    missing = [
        column.name
        for column in contract.columns
        if column.required and column.name not in there and (contract.entity, column.name) not in DEDUCED
    ]
    if missing:
        names = ", ".join(near_first(missing[0], schema)) or "none"
        raise ContractError(
            f"{place}: no column serves {', '.join(missing)}, which {contract.entity} must have; "
            f"map {'it' if len(missing) == 1 else 'them'} under `columns`. The source's columns are: {names}"
        )


def _answer_columns(source: Source, schema: dict[str, pl.DataType], table: SourceTable) -> list[pl.Expr]:
    for column in source.answers.values():
        if column not in schema:
            there = ", ".join(near_first(column, schema))
            raise ContractError(f"{table.place}, answers: there is no column '{column}'; its columns are: {there}")
    return [
        typed_text(column, schema[column], table.place).alias(f"{ANSWER}{number}")
        for number, column in enumerate(source.answers.values())
    ]


def _one_row_per_answer(rows: pl.LazyFrame, source: Source, names: list[str]) -> pl.LazyFrame:
    """Unpivot one column per question into rows; a blank or a code for no answer is no row."""
    columns = {f"{ANSWER}{number}": question for number, question in enumerate(source.answers)}
    long = rows.unpivot(list(columns), index=[*names, PROBLEMS], variable_name="question_id", value_name="score")
    score = pl.col("score").str.strip_chars()
    codes = [str(code).strip() for code in source.no_answer]
    numbers = [float(code) for code in source.no_answer if isinstance(code, int | float)]
    is_code = score.is_in(codes) | score.cast(pl.Float64, strict=False).is_in(numbers).fill_null(value=False)
    return long.filter(pl.col("score").is_not_null() & ~is_code).with_columns(
        pl.col("question_id").replace_strict(columns)
    )
