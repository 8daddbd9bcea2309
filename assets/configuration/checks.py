"""What must hold between the settings of `loyalty.yaml`, beyond the type of each."""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from assets.configuration import ACSI_QUESTIONS, REPORT_INDICATORS, Configuration, FileSource, Source
from assets.configuration.services import rest_problems
from assets.contracts import Contract, entities, load_contract

Place = tuple[int | str, ...]
Problem = tuple[Place, str]

MINIMUM = (("orders", "order_lines"), ("contracts",), ("survey_questions", "survey_responses"))


def problems_of(configuration: Configuration) -> list[Problem]:
    """Everything that is wrong between settings, each with its place."""
    checks: tuple[Callable[[Configuration], Iterable[Problem]], ...] = (
        _company,
        _sources,
        _weights,
        _weighting,
        _connections,
        _watch,
    )
    return [problem for check in checks for problem in check(configuration)]


def _company(configuration: Configuration) -> Iterator[Problem]:
    timezone = configuration.company.timezone
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield ("company", "timezone"), f"there is no time zone {timezone!r}; write one such as Europe/London"


def _sources(configuration: Configuration) -> Iterator[Problem]:
    for entity, source in configuration.sources.items():
        place = ("sources", entity)
        if entity not in entities():
            yield place, f"unknown entity, {did_you_mean(entity, entities())}"
            continue
        yield from _origin(source, place)
        yield from _columns(source, load_contract(entity), place)
        yield from _files(source, place)
        yield from _optional(entity, configuration)
        yield from _may_be_empty(source, load_contract(entity), place)
        if source.rest:
            yield from rest_problems(source.rest, (*place, "rest"))
    if not any(set(group) <= configuration.sources.keys() for group in MINIMUM):
        groups = ", or ".join(" and ".join(group) for group in MINIMUM)
        yield ("sources",), f"too few for any metric: configure {groups}"
    for entity in configuration.quarantine.entities:
        if entity not in entities():
            yield ("quarantine", "entities", entity), f"unknown entity, {did_you_mean(entity, entities())}"


def _origin(source: Source, place: Place) -> Iterator[Problem]:
    origins = [name for name in ("file", "database", "rest", "query", "rows") if getattr(source, name) is not None]
    if len(origins) != 1:
        found = " and ".join(origins) or "none"
        yield place, f"must have exactly one of file, database, rest, query, rows; it has {found}"
    if source.query is not None and not source.tables:
        yield place, "a query needs `tables`, which names its files"
    if source.tables and source.query is None:
        yield (*place, "tables"), "belongs to a `query`, and there is none"
    if source.database and (source.database.table is None) == (source.database.query is None):
        yield (*place, "database"), "must have exactly one of table, query"


def _optional(entity: str, configuration: Configuration) -> Iterator[Problem]:
    owner = configuration.sources.get(load_contract(entity).day_of or "")
    if owner and owner.optional and not configuration.sources[entity].optional:
        yield ("sources", entity, "optional"), f"must be true, as {load_contract(entity).day_of} are optional"


def _may_be_empty(source: Source, contract: Contract, place: Place) -> Iterator[Problem]:
    if source.may_be_empty and contract.kind == "event":
        yield (*place, "may_be_empty"), "belongs to entities of states; days without rows are always allowed here"


def _columns(source: Source, contract: Contract, place: Place) -> Iterator[Problem]:
    for name in source.columns:
        if name not in contract.column_names:
            yield (
                (*place, "columns", name),
                f"{contract.entity} has no such column, {did_you_mean(name, contract.column_names)}",
            )
    yield from _expressions(source, place)
    if source.answers:
        if contract.entity != "survey_responses":
            yield (*place, "answers"), "belongs to survey_responses only"
        for name in ("question_id", "score"):
            if name in source.columns:
                yield (*place, "columns", name), "comes from `answers`; leave it out"
    if source.no_answer and not source.answers:
        yield (*place, "no_answer"), "belongs to `answers`, and there are none"
    if source.rows is not None:
        yield from _inline_columns(source, contract, place)


def _expressions(source: Source, place: Place) -> Iterator[Problem]:
    told = [((*place, "columns", name), sql) for name, sql in source.columns.items() if isinstance(sql, str)]
    if source.where is not None:
        told.append(((*place, "where"), source.where))
    for where, sql in told:
        try:
            pl.sql_expr(sql)
        except pl.exceptions.PolarsError as error:
            # A column's name with blanks, as it stands, is that column.
            if not _may_be_a_name(sql):
                yield where, f"is no SQL expression: {str(error).splitlines()[0]}"


def _may_be_a_name(sql: str) -> bool:
    return not any(character in sql for character in "()'\"+*=<>;")


def _inline_columns(source: Source, contract: Contract, place: Place) -> Iterator[Problem]:
    for number, row in enumerate(source.rows or []):
        for name, value in row.items():
            if isinstance(value, dict | list):
                yield (*place, "rows", number, name), "must be one value, such as a text, a number or a date"
    there = {name for row in source.rows or [] for name in row} | source.columns.keys()
    there |= {"question_id", "score"} if source.answers else set()
    deduced = {"line_no", "term_no"}
    missing = [c.name for c in contract.columns if c.required and c.name not in there | deduced]
    if source.rows and missing:
        yield (*place, "rows"), f"{contract.entity} needs {', '.join(missing)}"


def _files(source: Source, place: Place) -> Iterator[Problem]:
    files = [((*place, "file"), source.file), *(((*place, "tables", name), f) for name, f in source.tables.items())]
    for where, file in files:
        if not isinstance(file, FileSource):
            continue
        try:
            codecs.lookup(file.encoding)
        except LookupError:
            yield (*where, "encoding"), "there is no such encoding; write one such as utf-8 or cp1252"
        if len(file.delimiter.encode()) != 1:
            yield (*where, "delimiter"), "must be one ASCII character"
        if file.date_format is not None and "%" not in file.date_format:
            yield (*where, "date_format"), 'is written in % codes, such as "%d/%m/%Y %H:%M"'


def _weights(configuration: Configuration) -> Iterator[Problem]:
    csi, surveys = configuration.csi, configuration.surveys
    told: list[tuple[Place, Mapping[str, Decimal], int]] = [
        (("csi", "weights"), csi.weights, 1),
        (("csi", "report_weights"), csi.report_weights, 1),
        (("csi", "quality_weights"), csi.quality_weights, 1),
        (("surveys", "acsi_weights"), surveys.acsi_weights, 1),
        (("surveys", "servqual_points"), surveys.servqual_points, 100),
    ]
    for place, weights, whole in told:
        if weights and sum(weights.values()) != whole:
            yield place, f"must sum to {whole}, but they sum to {sum(weights.values())}"
        for name, weight in weights.items():
            if weight < 0:
                yield (*place, name), "must not be negative"
    for place, named, known in (
        (("csi", "report_weights"), csi.report_weights, REPORT_INDICATORS),
        (("surveys", "acsi_weights"), surveys.acsi_weights, ACSI_QUESTIONS),
    ):
        unknown = [name for name in named if name not in known]
        yield from (((*place, name), f"is unknown, {did_you_mean(name, known)}") for name in unknown)
    if configuration.abc.a > configuration.abc.b:
        yield ("abc",), f"the cut of A, {configuration.abc.a}, must not be above that of B, {configuration.abc.b}"


def _weighting(configuration: Configuration) -> Iterator[Problem]:
    weighed = configuration.surveys.weighting.dimensions
    for name in (name for name in weighed if name not in configuration.dimensions):
        yield ("surveys", "weighting", "dimensions"), f"{name} is none of the company's `dimensions`"
    if len(set(weighed)) < len(weighed):
        yield ("surveys", "weighting", "dimensions"), "names a dimension twice"


def _connections(configuration: Configuration) -> Iterator[Problem]:
    told: list[tuple[Place, str]] = [
        (("sources", entity, "database", "connection"), source.database.connection)
        for entity, source in configuration.sources.items()
        if source.database
    ]
    if configuration.publish.postgres:
        told.append((("publish", "postgres", "connection"), configuration.publish.postgres.connection))
    if configuration.dagster.storage:
        told.append((("dagster", "storage", "connection"), configuration.dagster.storage.connection))
    for place, connection in told:
        if connection not in configuration.connections:
            there = (
                did_you_mean(connection, configuration.connections) if configuration.connections else "there are none"
            )
            yield place, f"no connection is named {connection}, {there}"


def _watch(configuration: Configuration) -> Iterator[Problem]:
    for entity in configuration.freshness.entities:
        if entity not in configuration.sources:
            place = ("freshness", "entities", entity)
            yield place, f"there is no such source, {did_you_mean(entity, configuration.sources)}"
    webhook = configuration.alerts.webhook
    if webhook is not None and not _is_web_address(webhook):
        yield ("alerts", "webhook"), "must be an https:// address"


def _is_web_address(address: str) -> bool:
    try:
        return urlsplit(address).scheme in ("http", "https") and bool(urlsplit(address).hostname)
    except ValueError:
        return False


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean x?` where a known name is near, else the known names."""
    names = list(known)
    near = near_name(name, names)
    return f"did you mean {near}?" if near is not None else f"known are {', '.join(names)}"


def near_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest, whatever the case of its letters; null where none is near."""
    folded = {other.casefold(): other for other in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[near[0]] if near else None
