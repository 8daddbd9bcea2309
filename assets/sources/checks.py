"""Try every source and connection without writing anything, and say all that is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from assets.configuration import Configuration, Retries
from assets.contracts import BUSINESS_DAY, load_contract
from assets.errors import LoyaltyError
from assets.sources.database import open_session
from assets.sources.extraction import extract, source_errors
from assets.sources.mapping import DEDUCED, PROBLEMS
from assets.sources.tables import ALWAYS

ROWS_LOOKED_AT = 1_000


@dataclass(frozen=True)
class Finding:
    """One thing that a check found: an error stops a run, a warning would put rows in quarantine."""

    level: Literal["error", "warning", "info"]
    place: str
    message: str


def check_sources(configuration: Configuration) -> list[Finding]:
    """What is found at each connection and in the first rows of each source, not stopping at the first error."""
    configuration = configuration.model_copy(update={"retries": Retries(attempts=1)})
    findings = [_connection(name, connection.url) for name, connection in configuration.connections.items()]
    for entity in configuration.sources:
        findings += _source(entity, configuration)
    return findings


def first_rows(entity: str, configuration: Configuration, count: int) -> pl.DataFrame:
    """The first rows of a source as its mapping makes them, of the columns that have values.

    Raises SourceError, ConfigurationError or ContractError where they cannot be read.
    """
    rows = _looked_at(entity, configuration).head(count)
    return rows.select(_filled(rows))


def _connection(name: str, url: str) -> Finding:
    place = f"connections.{name}"
    try:
        with open_session(url, name, place) as session:
            session.read("SELECT 1").read_all()
    except LoyaltyError as error:
        return Finding("error", place, str(error).removeprefix(f"{place}: "))
    return Finding("info", place, "answers")


def _looked_at(entity: str, configuration: Configuration) -> pl.DataFrame:
    lazy = extract(entity, configuration, ALWAYS, first_rows=ROWS_LOOKED_AT)
    with source_errors(entity, configuration):
        return lazy.collect()


def _source(entity: str, configuration: Configuration) -> list[Finding]:
    place = f"sources.{entity}"
    try:
        rows = _looked_at(entity, configuration)
    except LoyaltyError as error:
        return [Finding("error", place, str(error).removeprefix(f"{place}: "))]
    findings = [Finding("info", place, _seen(entity, rows))]
    if rows.is_empty():
        findings.append(Finding("warning", place, "there are no rows: the source is empty, or `where` leaves all out"))
    limit = configuration.quarantine.entities.get(entity, configuration.quarantine.max_share)
    for column in load_contract(entity).columns:
        gaps = rows.filter(pl.col(column.name).is_null() & pl.col(PROBLEMS).is_null()).height
        if column.required and gaps and (entity, column.name) not in DEDUCED:
            advice = f"fill {column.name} in its column of the mapping, or leave such rows out with `where`"
            told = f"{column.name} is empty in {_share(gaps, rows.height, limit)}; {advice}"
            findings.append(Finding("warning", place, told))
    problems = rows[PROBLEMS].drop_nulls()
    if len(problems):
        told = f"values cannot be used in {_share(len(problems), rows.height, limit)}; the first: "
        findings.append(Finding("warning", place, told + problems[0].splitlines()[0]))
    return findings


def _share(bad: int, rows: int, limit: float) -> str:
    """How many rows are bad, and what becomes of them in a run."""
    fate = "they go to quarantine"
    if bad / rows > limit:
        fate = f"a run stops above quarantine.max_share, {limit:.0%}"
    return f"{bad:,} of {rows:,} rows ({bad / rows:.1%}, {fate})"


def _seen(entity: str, rows: pl.DataFrame) -> str:
    filled = _filled(rows)
    first_day: Any = rows[BUSINESS_DAY].min() if BUSINESS_DAY in rows.columns else None
    days = f", the first of {first_day}" if first_day else ""
    seen = f"looked at {rows.height:,} rows{days}; values in {', '.join(filled) or 'no column'}"
    without = [column.name for column in load_contract(entity).columns if column.name not in filled]
    return f"{seen}; none in {', '.join(without)}" if without and filled else seen


def _filled(rows: pl.DataFrame) -> list[str]:
    """The contract's columns that have a value somewhere."""
    return [n for n in rows.columns if n not in (PROBLEMS, BUSINESS_DAY) and rows[n].null_count() < rows.height]
