"""Splits the rows of an entity into accepted ones, quarantined ones with their reasons, and exact duplicates.

No row vanishes: the three together are always as many as came in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.contracts import BUSINESS_DAY, Contract, Reference, lake_schema
from assets.errors import ContractError
from assets.validation.checks import DUPLICATE_KEY, MISSING_DAY, Check, contract_checks, is_finite, rule_columns
from assets.validation.duplicates import find_duplicate_keys
from assets.validation.expectations import ROW, ExpectationOutcome, evaluate

PROBLEMS = "_problems"
UNREADABLE = "unreadable_row"
_PROBLEM = r"^([a-z][a-z0-9_]*): "


@dataclass(frozen=True)
class Validated:
    """The three ways a row can go, and how each expectation did.

    `accepted`: the lake's columns. `quarantined`: contract columns as text, `business_day`, `reasons`, `details`.
    `duplicates`: `business_day`, `row_count` of the copies that were dropped.
    """

    accepted: pl.DataFrame
    quarantined: pl.DataFrame
    duplicates: pl.DataFrame
    expectations: list[ExpectationOutcome]


def validate(
    rows: pl.DataFrame,
    contract: Contract,
    references: Mapping[str, pl.DataFrame],
    allowed: Mapping[str, Sequence[str]],
    duplicate_keys: pl.DataFrame | None = None,
) -> Validated:
    """Hold rows against their contract.

    `rows` are the contract's columns, `business_day` for events, and `_problems` of extraction: lines of
    `<reason>: <sentence>`. `references` are the accepted rows of the entities referred to; `allowed` the allowed
    values that the configuration names, by column; `duplicate_keys` the keys that stand on differing rows, where
    `rows` are only a batch of all.
    """
    frame = _conforming(rows, contract)
    distinct = frame.unique(maintain_order=True).with_row_index(ROW)
    checks = contract_checks(contract, allowed)
    if duplicate_keys is None:
        duplicate_keys = find_duplicate_keys(distinct.lazy().drop(ROW), contract)
    facts = _with_references(distinct, contract, references)
    facts = _with_truths(facts, contract, duplicate_keys, references)
    outcomes, failures = evaluate(_evaluated(facts, checks), contract, checks)
    findings = _findings(facts, checks, failures)
    return Validated(
        accepted=distinct.join(findings, on=ROW, how="anti", maintain_order="left").select(*lake_schema(contract)),
        quarantined=_quarantined(distinct, contract, findings),
        duplicates=_dropped(frame, distinct),
        expectations=outcomes,
    )


def _conforming(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Check columns and types against the contract; rows of state entities get an empty business day."""
    expected = lake_schema(contract)
    missing = [name for name in expected if name not in rows.columns]
    wrong = [
        f"{name} is {rows.schema[name]}, not {dtype}"
        for name, dtype in expected.items()
        if name in rows.columns and rows.schema[name] != dtype
    ]
    if missing or wrong:
        found = [f"{name} is missing" for name in missing] + wrong
        raise ContractError(f"Rows of {contract.entity} do not have the columns of their contract: {'; '.join(found)}.")
    day = pl.col(BUSINESS_DAY) if contract.kind == "event" else pl.lit(None, pl.Date).alias(BUSINESS_DAY)
    problems = pl.col(PROBLEMS) if PROBLEMS in rows.columns else pl.lit(None, pl.String).alias(PROBLEMS)
    return rows.select(*contract.column_names, day, problems)


def _with_references(rows: pl.DataFrame, contract: Contract, references: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Add what rules read of referenced rows, as `<entity>.<column>`; null where the row does not exist."""
    wanted = {column for rule in contract.rules for column in rule_columns(rule) if "." in column}
    for reference in contract.references:
        prefix = f"{reference.entity}."
        columns = sorted(name.removeprefix(prefix) for name in wanted if name.startswith(prefix))
        if not columns:
            continue
        target = _target(references, contract, reference)
        looked_up = target.unique(reference.target_columns, keep="first", maintain_order=True).select(
            *reference.target_columns, *(pl.col(name).alias(prefix + name) for name in columns)
        )
        rows = rows.join(
            looked_up,
            left_on=reference.columns,
            right_on=reference.target_columns,
            how="left",
            maintain_order="left",
        )
    return rows


def _with_truths(
    rows: pl.DataFrame, contract: Contract, duplicate_keys: pl.DataFrame, references: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Add the boolean columns that the checks of demand `be_true` look at, each named like its reason.

    A rule whose outcome is unknown counts as broken: the contract says where an empty value is fine.
    """
    doubtful = rows.join(duplicate_keys, on=contract.key, how="semi", nulls_equal=True).get_column(ROW)
    truths = [(~pl.col(ROW).is_in(doubtful.implode())).alias(DUPLICATE_KEY)]
    truths += [is_finite(c.name).alias(f"not_finite_{c.name}") for c in contract.columns if c.type == "number"]
    truths += [pl.sql_expr(rule.expression).fill_null(value=False).alias(rule.reason) for rule in contract.rules]
    for reference in contract.references:
        target = _target(references, contract, reference)
        found = rows.join(target, left_on=reference.columns, right_on=reference.target_columns, how="semi")
        names_none = pl.any_horizontal(pl.col(reference.columns).is_null())
        is_known = pl.col(ROW).is_in(found.get_column(ROW).implode())
        truths.append((names_none | is_known).alias(reference.reason))
    return rows.with_columns(truths)


def _target(references: Mapping[str, pl.DataFrame], contract: Contract, reference: Reference) -> pl.DataFrame:
    if reference.entity not in references:
        raise ValueError(f"{contract.entity} refers to {reference.entity}: pass the accepted rows of it.")
    return references[reference.entity]


def _evaluated(facts: pl.DataFrame, checks: Sequence[Check]) -> pl.DataFrame:
    """Keep only what the checks look at; a text of nothing but blanks is as good as missing."""
    columns = dict.fromkeys(check.column for check in checks)
    blank_to_null = [
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name)
        for name in columns
        if facts.schema[name] == pl.String
    ]
    return facts.select(ROW, *columns).with_columns(blank_to_null)


def _findings(facts: pl.DataFrame, checks: Sequence[Check], failures: Mapping[str, pl.Series]) -> pl.DataFrame:
    """Collect `reasons` and `details` of each bad row, in the order of the checks, what extraction found first."""
    parts = [_problems(facts)]
    for number, check in enumerate(checks, start=1):
        if len(failures[check.reason]):
            failed = facts.filter(pl.col(ROW).is_in(failures[check.reason].implode()))
            parts.append(
                failed.select(
                    ROW,
                    pl.lit(number, pl.Int32).alias("order"),
                    pl.lit(check.reason).alias("reason"),
                    check.sentence.alias("sentence"),
                )
            )
    return (
        _without_consequences(pl.concat(parts))
        .group_by(ROW)
        .agg(
            pl.col("reason").drop_nulls().unique(maintain_order=True).alias("reasons"),
            pl.col("sentence").str.join(" ").alias("details"),
        )
    )


def _problems(facts: pl.DataFrame) -> pl.DataFrame:
    """Take extraction's lines apart; one without a reason continues the line before, such as a value with a break."""
    lines = facts.filter(pl.col(PROBLEMS).is_not_null()).select(ROW, pl.col(PROBLEMS).str.split("\n")).explode(PROBLEMS)
    code = pl.col(PROBLEMS).str.extract(_PROBLEM)
    is_first = pl.int_range(pl.len()).over(ROW) == 0
    return lines.select(
        ROW,
        pl.lit(0, pl.Int32).alias("order"),
        pl.when(is_first).then(code.fill_null(UNREADABLE)).otherwise(code).alias("reason"),
        (pl.col(PROBLEMS).str.replace(_PROBLEM, "").str.strip_suffix(".") + ".").alias("sentence"),
    )


def _without_consequences(findings: pl.DataFrame) -> pl.DataFrame:
    """Leave out what only follows: a value that could not be read is not missing as well, nor is its day."""
    column = pl.col("reason").str.strip_prefix("missing_")
    follows = findings.filter(pl.col("reason").str.starts_with("missing_")).select(
        ROW, "reason", column.alias("column")
    )
    others = findings.select(ROW, pl.col("reason").alias("other")).drop_nulls()
    explained = follows.join(others, on=ROW).filter(
        (pl.col("other") != pl.col("reason"))
        & ((pl.col("reason") == MISSING_DAY) | pl.col("other").str.ends_with(pl.format("_{}", pl.col("column"))))
    )
    return findings.join(explained, on=[ROW, "reason"], how="anti").sort(ROW, "order", maintain_order=True)


def _quarantined(distinct: pl.DataFrame, contract: Contract, findings: pl.DataFrame) -> pl.DataFrame:
    return distinct.join(findings, on=ROW, how="inner", maintain_order="left").select(
        *(pl.col(name).cast(pl.String) for name in contract.column_names), BUSINESS_DAY, "reasons", "details"
    )


def _dropped(frame: pl.DataFrame, distinct: pl.DataFrame) -> pl.DataFrame:
    """Copies that were dropped per business day; the empty day is one too."""
    came = frame.group_by(BUSINESS_DAY).len("came")
    stayed = distinct.group_by(BUSINESS_DAY).len("stayed")
    return (
        came.join(stayed, on=BUSINESS_DAY, nulls_equal=True)
        .select(BUSINESS_DAY, (pl.col("came").cast(pl.Int64) - pl.col("stayed").cast(pl.Int64)).alias("row_count"))
        .filter(pl.col("row_count") > 0)
        .sort(BUSINESS_DAY)
    )
