"""Try every source and connection without writing anything, and say all that is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from assets.business_day import today_in, yesterday_in
from assets.configuration import Configuration, FileSource, Retries, Source
from assets.contracts import BUSINESS_DAY, load_contract
from assets.errors import LoyaltyError
from assets.sources.database import open_session
from assets.sources.extraction import Look, first_look
from assets.sources.mapping import DEDUCED, PROBLEMS
from assets.sources.survey_checks import survey_problems

ROWS_LOOKED_AT = 1_000


@dataclass(frozen=True)
class Finding:
    """One thing that a check found: an error stops a run; a warning would cost rows or figures."""

    level: Literal["error", "warning", "info"]
    place: str
    message: str


def check_sources(configuration: Configuration) -> list[Finding]:
    """What is found at each connection and in the first rows of each source, not stopping at the first error."""
    configuration = configuration.model_copy(update={"retries": Retries(attempts=1)})
    findings = [*_history(configuration)]
    findings += [_connection(name, connection.url) for name, connection in configuration.connections.items()]
    questions = None
    for entity in configuration.sources:
        try:
            look = first_look(entity, configuration, ROWS_LOOKED_AT)
        except LoyaltyError as error:
            place = f"sources.{entity}"
            findings.append(Finding("error", place, str(error).removeprefix(f"{place}: ")))
            continue
        findings += _source(entity, look, configuration)
        if entity == "survey_questions" and _is_whole(look):
            questions = look.rows
    # Of questions that were seen in part only nobody can say which are not there.
    if questions is not None:
        findings += [Finding("warning", *problem) for problem in survey_problems(configuration, questions)]
    return findings


def first_rows(entity: str, configuration: Configuration, count: int) -> pl.DataFrame:
    """The first rows of a source as its mapping makes them, of the columns that have values.

    Raises SourceError, ConfigurationError or ContractError where they cannot be read.
    """
    rows = first_look(entity, configuration, ROWS_LOOKED_AT).rows.head(count)
    return rows.select(_filled(rows))


def _history(configuration: Configuration) -> Iterator[Finding]:
    start, yesterday = configuration.company.history_start, yesterday_in(configuration.company.timezone)
    if start > yesterday:
        advice = f"write the first day that you have data of, {yesterday} at the latest"
        yield Finding("error", "company.history_start", f"{start} is not over yet, so that no day can be run; {advice}")


def _connection(name: str, url: str) -> Finding:
    place = f"connections.{name}"
    try:
        with open_session(url, name, place) as session:
            session.read("SELECT 1").read_all()
    except LoyaltyError as error:
        return Finding("error", place, str(error).removeprefix(f"{place}: "))
    return Finding("info", place, "answers")


def _source(entity: str, look: Look, configuration: Configuration) -> list[Finding]:
    place, rows, source = f"sources.{entity}", look.rows, configuration.sources[entity]
    findings = [Finding("info", place, _seen(entity, look, source))]
    if rows.is_empty():
        findings.append(Finding("warning", place, "there are no rows: the source is empty, or `where` leaves all out"))
    limit = configuration.quarantine.entities.get(entity, configuration.quarantine.max_share)
    noun = "answers" if source.answers else "rows"
    for column in load_contract(entity).columns:
        gaps = rows.filter(pl.col(column.name).is_null() & pl.col(PROBLEMS).is_null()).height
        if column.required and gaps and (entity, column.name) not in DEDUCED:
            advice = f"fill {column.name} in its column of the mapping, or leave such rows out with `where`"
            told = f"{column.name} is empty in {_share(gaps, rows.height, noun, limit)}; {advice}"
            findings.append(Finding("warning", place, told))
    problems = rows[PROBLEMS].drop_nulls()
    if len(problems):
        told = f"values cannot be used in {_share(len(problems), rows.height, noun, limit)}; the first: "
        findings.append(Finding("warning", place, told + problems[0].splitlines()[0]))
    return [*findings, *_after_today(place, rows, noun, today_in(configuration.company.timezone))]


def _after_today(place: str, rows: pl.DataFrame, noun: str, today: dt.date) -> Iterator[Finding]:
    if BUSINESS_DAY not in rows.columns:
        return
    late = rows.filter(pl.col(BUSINESS_DAY) > today)[BUSINESS_DAY].sort()
    if len(late):
        told = f"{len(late):,} of {rows.height:,} {noun} are dated after today, the last of {late[-1]}"
        advice = (
            "no run takes them before that day is over; mend the dates, or say with `date_format` how they are written"
        )
        yield Finding("warning", place, f"{told}; {advice}")


def _share(bad: int, rows: int, noun: str, limit: float) -> str:
    """How many rows are bad, and what becomes of them in a run."""
    fate = "they go to quarantine"
    if bad / rows > limit:
        fate = f"a run stops above quarantine.max_share, {limit:.0%}"
    return f"{bad:,} of {rows:,} {noun} ({bad / rows:.1%}, {fate})"


def _seen(entity: str, look: Look, source: Source) -> str:
    rows = look.rows
    filled = _filled(rows)
    first_day: Any = rows[BUSINESS_DAY].min() if BUSINESS_DAY in rows.columns else None
    days = f", the first of {first_day}" if first_day else ""
    seen = f"looked at {_looked_at(look, source)}{days}; values in {', '.join(filled) or 'no column'}"
    without = [column.name for column in load_contract(entity).columns if column.name not in filled]
    return f"{seen}; none in {', '.join(without)}" if without and filled else seen


def _looked_at(look: Look, source: Source) -> str:
    """Which rows of the source were looked at, and how many they became where it is another number."""
    seen = f"{look.source_rows:,} rows" if _is_whole(look) else f"the first {look.source_rows:,} rows"
    if source.file is not None and not _is_whole(look):
        seen += f" of {Path(source.file.path if isinstance(source.file, FileSource) else source.file).name}"
    if source.answers:
        return f"{seen}, {look.rows.height:,} answers"
    return seen if look.rows.height == look.source_rows else f"{seen}, of which the mapping keeps {look.rows.height:,}"


def _is_whole(look: Look) -> bool:
    return look.source_rows < ROWS_LOOKED_AT


def _filled(rows: pl.DataFrame) -> list[str]:
    """The contract's columns that have a value somewhere."""
    return [n for n in rows.columns if n not in (PROBLEMS, BUSINESS_DAY) and rows[n].null_count() < rows.height]
