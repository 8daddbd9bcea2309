"""What a contract demands of one row: a list of checks, from which suite, reasons and sentences all come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from assets.configuration import Configuration
from assets.contracts import BUSINESS_DAY, Column, Contract, Reference, Rule

Demand = Literal["not_null", "in_set", "between", "match_regex", "be_true"]

DUPLICATE_KEY = "duplicate_key"
MISSING_DAY = f"missing_{BUSINESS_DAY}"


@dataclass(frozen=True)
class Check:
    """One demand on one column, the reason given to rows that fail it, and the sentence that tells their value.

    A demand `be_true` is on a boolean column named like the reason, worked out from the row and what it refers to.
    """

    reason: str
    demand: Demand
    column: str
    sentence: pl.Expr
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def contract_checks(contract: Contract, allowed: Mapping[str, Sequence[str]]) -> tuple[Check, ...]:
    """Every check of a contract, in the order in which a row's reasons are listed.

    `allowed` holds, per column, the allowed values that come from the configuration.
    """
    checks = [_unique_key(contract)]
    for column in contract.columns:
        checks.extend(_column_checks(column, _allowed(contract, column, allowed)))
    checks.extend(_reference_check(reference) for reference in contract.references)
    checks.extend(_rule_check(rule) for rule in contract.rules)
    if contract.kind == "event":
        checks.append(_not_null(BUSINESS_DAY))
    return tuple(checks)


def allowed_values(contract: Contract, configuration: Configuration) -> dict[str, list[str]]:
    """Allowed values of the columns whose values the configuration names, such as the status of orders."""
    values: dict[str, list[str]] = {}
    for column in contract.columns:
        for setting in column.allowed_from:
            section, name = setting.split(".")
            values.setdefault(column.name, []).extend(getattr(getattr(configuration, section), name))
    return values


def rule_columns(rule: Rule) -> list[str]:
    """Columns that a rule reads, each once; those of a referenced entity as `<entity>.<column>`."""
    return list(dict.fromkeys(pl.sql_expr(rule.expression).meta.root_names()))


def is_finite(column: str) -> pl.Expr:
    """Whether a number is a real one: neither NaN nor infinite. Null is fine."""
    return pl.col(column).is_null() | pl.col(column).is_finite()


def _column_checks(column: Column, allowed: Sequence[str]) -> Iterator[Check]:
    name = column.name
    if column.required:
        yield _not_null(name)
    if column.type == "number":
        yield _true(f"not_finite_{name}", [name], f"{name} is a finite number.")
    if allowed or column.allowed_from:
        yield Check(
            reason=f"unknown_{name}",
            demand="in_set",
            column=name,
            sentence=pl.format(f"{name} '{{}}' is none of {_literal(', '.join(allowed))}.", pl.col(name)),
            description=f"{name} is one of {', '.join(allowed)}.",
            parameters={"value_set": list(allowed)},
        )
    if column.pattern is not None:
        yield Check(
            reason=f"malformed_{name}",
            demand="match_regex",
            column=name,
            sentence=pl.format(f"{name} '{{}}' does not have the form {_literal(column.pattern)}.", pl.col(name)),
            description=f"{name} has the form {column.pattern}.",
            parameters={"regex": _whole(column.pattern)},
        )
    if (bounds := range_words(column)) is not None:
        strict = column.exclusive_minimum is not None
        yield Check(
            reason=f"out_of_range_{name}",
            demand="between",
            column=name,
            sentence=pl.format(f"{name} is {{}}, but must be {bounds}.", pl.col(name)),
            description=f"{name} is {bounds}.",
            parameters={
                "min_value": column.exclusive_minimum if strict else column.minimum,
                "max_value": column.maximum,
                "strict_min": strict,
            },
        )


def range_words(column: Column) -> str | None:
    """The range of a column in words, such as `at least 0`; None where it has none."""
    words = {"at least": column.minimum, "above": column.exclusive_minimum, "at most": column.maximum}
    parts = [f"{word} {bound:g}" for word, bound in words.items() if bound is not None]
    return " and ".join(parts) or None


def _allowed(contract: Contract, column: Column, allowed: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if not column.allowed_from:
        return column.allowed_values
    if column.name not in allowed:
        raise ValueError(
            f"The allowed values of {contract.entity}.{column.name} come from the configuration: pass them."
        )
    return allowed[column.name]


def _not_null(column: str) -> Check:
    return Check(
        reason=f"missing_{column}",
        demand="not_null",
        column=column,
        sentence=pl.lit(f"{column} is missing."),
        description=f"{column} is given.",
    )


def _unique_key(contract: Contract) -> Check:
    words = f"No two different rows share {', '.join(contract.key)}."
    return _true(DUPLICATE_KEY, contract.key, words)


def _reference_check(reference: Reference) -> Check:
    words = f"{', '.join(reference.columns)} names an accepted row of {reference.entity}."
    return _true(reference.reason, reference.columns, words)


def _rule_check(rule: Rule) -> Check:
    return _true(rule.reason, rule_columns(rule), rule.description)


def _true(reason: str, columns: Sequence[str], description: str) -> Check:
    values = ", ".join(f"{column} is {{}}" for column in columns)
    texts = [pl.col(column).cast(pl.String).fill_null("empty") for column in columns]
    return Check(
        reason=reason,
        demand="be_true",
        column=reason,
        sentence=pl.format(f"{_literal(description.rstrip('.'))}; here {values}.", *texts),
        description=description,
        parameters={"value_set": [True]},
    )


def _whole(pattern: str) -> str:
    """Let a closing `$` mean the very end, as the standard's dialect does; in Python a line break may still follow."""
    return pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern


def _literal(text: str) -> str:
    """Double the braces, which would otherwise be places to fill."""
    return text.replace("{", "{{").replace("}", "}}")
