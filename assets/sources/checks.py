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
    lazy = extract(entity, configuration, ALWAYS, first_rows=ROWS_LOOKED_AT)
    with source_errors(entity, configuration):
        rows = lazy.head(count).collect()
    return rows.select(_filled(rows))


def _connection(name: str, url: str) -> Finding:
    place = f"connections.{name}"
    try:
        with open_session(url, name, place) as session:
            session.read("SELECT 1").read_all()
    except LoyaltyError as error:
        return Finding("error", place, str(error).removeprefix(f"{place}: "))
    return Finding("info", place, "answers")


def _source(entity: str, configuration: Configuration) -> list[Finding]:
    place = f"sources.{entity}"
    try:
        lazy = extract(entity, configuration, ALWAYS, first_rows=ROWS_LOOKED_AT)
        with source_errors(entity, configuration):
            rows = lazy.collect()
    except LoyaltyError as error:
        return [Finding("error", place, str(error).removeprefix(f"{place}: "))]
    findings = [Finding("info", place, _seen(rows))]
    if rows.is_empty():
        findings.append(Finding("warning", place, "no row is left of the first ones; look at `where`"))
    for column in load_contract(entity).columns:
        gaps = rows.filter(pl.col(column.name).is_null() & pl.col(PROBLEMS).is_null()).height
        if column.required and gaps and (entity, column.name) not in DEDUCED:
            findings.append(Finding("warning", place, f"{column.name} is empty in {gaps} of {rows.height} rows"))
    problems = rows[PROBLEMS].drop_nulls()
    if len(problems):
        share = len(problems) / rows.height
        first = problems[0].splitlines()[0]
        findings.append(Finding("warning", place, f"{len(problems)} bad rows of {rows.height} ({share:.1%}): {first}"))
    return findings


def _seen(rows: pl.DataFrame) -> str:
    filled = [f"{name} {rows.schema[name]}" for name in _filled(rows)]
    first_day: Any = rows[BUSINESS_DAY].min() if BUSINESS_DAY in rows.columns else None
    days = f", first day {first_day}" if first_day else ""
    return f"{rows.height} rows looked at{days}; columns with values: {', '.join(filled) or 'none'}"


def _filled(rows: pl.DataFrame) -> list[str]:
    """The contract's columns that have a value somewhere."""
    return [n for n in rows.columns if n not in (PROBLEMS, BUSINESS_DAY) and rows[n].null_count() < rows.height]
