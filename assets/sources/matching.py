"""Guess which columns of a sample serve an entity: by name, and by whether the values fit the contract's type."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from assets.contracts import Column, Contract
from assets.errors import ContractError
from assets.sources.column_types import typed, with_steps
from assets.sources.mapping import DEDUCED
from assets.sources.samples import Sample
from assets.sources.synonyms import FILE_WORDS, SYNONYMS, plain_name
from assets.sources.tables import Reading

SURE, LIKELY, UNSURE, LEAST = 1.0, 0.8, 0.6, 0.3
LEAST_SHARE_THAT_FITS = 0.9
CONSTANTS = {
    ("orders", "status"): "'completed'",
    ("order_lines", "quantity"): "1",
    ("survey_responses", "survey_id"): "'survey'",
    ("survey_responses", "question_id"): "'score'",
    ("support_requests", "channel"): "'unknown'",
}
"""What stands in for a required column that few sources have."""


@dataclass(frozen=True)
class Match:
    """A proposed expression for a canonical column, and how sure it is (0 = nothing found)."""

    expression: str | None
    certainty: float
    reason: str


@dataclass(frozen=True)
class Proposal:
    """How a sample would serve an entity."""

    sample: Sample
    matches: dict[str, Match]
    distinct: bool
    score: float


def proposal(sample: Sample, contract: Contract) -> Proposal | None:
    """The mapping of a sample to an entity, or None where a required column or the key cannot come from it."""
    matches = column_matches(sample, contract)
    required = [c.name for c in contract.columns if c.required and (contract.entity, c.name) not in DEDUCED]
    if any(name not in matches for name in required):
        return None
    found = [match for match in matches.values() if match.certainty > LEAST]
    if len(found) < 2:
        return None
    distinct = _needs_distinct(sample, contract, matches)
    if distinct is None:
        return None
    return Proposal(sample, matches, distinct, _file_fit(sample, contract.entity) * 3 + sum(m.certainty for m in found))


def column_matches(sample: Sample, contract: Contract) -> dict[str, Match]:
    """The best source column for each canonical one; the surest first, each source column once."""
    ranked = sorted(
        (
            (certainty, -position, column.name, source, reason)
            for position, column in enumerate(contract.columns)
            for source in sample.rows.columns
            for certainty, reason in [_name_certainty(column.name, source, contract.entity)]
            if certainty and _values_fit(sample, source, column)
        ),
        reverse=True,
    )
    matches: dict[str, Match] = {}
    taken: set[str] = set()
    for certainty, _, name, source, reason in ranked:
        if name not in matches and source not in taken:
            matches[name] = Match(_expression(sample, name, source), certainty, reason)
            taken.add(source)
    for (entity, name), constant in CONSTANTS.items():
        if entity == contract.entity and name not in matches:
            matches[name] = Match(constant, LEAST, "nothing found; the same for every row")
    return _with_line_amount(sample, contract, matches)


def _name_certainty(canonical: str, source: str, entity: str) -> tuple[float, str]:
    plain = plain_name(source)
    if plain == canonical:
        return SURE, "same name"
    synonyms = SYNONYMS.get(canonical, ())
    if plain in synonyms:
        # The more usual a synonym, the further in front it stands.
        return LIKELY - 0.01 * synonyms.index(plain), "usual name for it"
    if plain == "id" and canonical == f"{entity.rstrip('s')}_id":
        return LIKELY, "id of this table"
    near = difflib.SequenceMatcher(None, plain, canonical).ratio()
    return (UNSURE * near, "similar name") if near >= 0.85 else (0.0, "")


def _values_fit(sample: Sample, source: str, column: Column) -> bool:
    reading = Reading("UTC", "earliest", sample.date_format, sample.decimal_comma)
    rows = sample.rows.lazy().select(pl.col(source).alias("value"))
    try:
        found = typed("value", sample.rows.schema[source], column.type, reading, sample.name)
        verdict = (
            with_steps(rows, [found])
            .select(
                given=pl.col("value").is_not_null().sum(),
                failed=found.failed.sum(),
                gaps=pl.col("value").is_null().sum(),
            )
            .collect()
        )
    except (ContractError, pl.exceptions.PolarsError):
        return False
    given, failed, _ = verdict.row(0)
    return bool(given) and failed <= (1 - LEAST_SHARE_THAT_FITS) * given


def _expression(sample: Sample, name: str, source: str) -> str:
    if name != "billing_period":
        return source
    words = {"month": "month", "quarter": "quarter", "annual": "year", "year": "year"}
    values = [str(value) for value in sample.rows[source].drop_nulls().unique().sort()]
    periods = {value: period for value in values for word, period in words.items() if word in value.lower()}
    if not periods or all(value == period for value, period in periods.items()):
        return source
    quoted = json.dumps(source)
    cases = " ".join(f"WHEN {_literal(value)} THEN '{period}'" for value, period in periods.items())
    return f"CASE {quoted} {cases} END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _with_line_amount(sample: Sample, contract: Contract, matches: dict[str, Match]) -> dict[str, Match]:
    """A price per piece is not the line's amount: multiply it where the source has a quantity."""
    amount, quantity = matches.get("net_amount"), matches.get("quantity")
    if contract.entity != "order_lines" or not quantity or quantity.certainty == LEAST:
        return matches
    prices = [name for name in sample.rows.columns if plain_name(name) in ("price", "unit_price", "sale_price")]
    if prices and (amount is None or amount.expression in prices):
        product = f"{json.dumps(quantity.expression)} * {json.dumps(prices[0])}"
        return matches | {"net_amount": Match(product, LIKELY, "quantity times price")}
    return matches


def _needs_distinct(sample: Sample, contract: Contract, matches: dict[str, Match]) -> bool | None:
    """Whether rows must be made distinct for the key to hold; None where it would not hold even then."""
    deduced = [name for entity, name in DEDUCED if entity == contract.entity]
    if any(name not in matches for name in deduced):
        return False
    columns = [m.expression for m in matches.values() if m.expression in sample.rows.columns]
    key = _sources(matches, contract.key, sample)
    if not key or sample.rows.select(key).is_unique().all():
        return False
    mapped = sample.rows.select(list(dict.fromkeys(columns))).unique()
    share = int(mapped.select(key).is_unique().sum()) / mapped.height
    # Some keys are truly doubled in real data; the quarantine deals with them.
    return True if share > LEAST_SHARE_THAT_FITS else None


def _sources(matches: dict[str, Match], names: Iterable[str], sample: Sample) -> list[str]:
    return [
        expression
        for name in names
        if name in matches and (expression := matches[name].expression) and expression in sample.rows.columns
    ]


def _file_fit(sample: Sample, entity: str) -> int:
    name = plain_name(sample.name)
    return sum(word in name for word in FILE_WORDS[entity])
