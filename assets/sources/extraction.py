"""From a configured source to typed canonical rows: the only door through which data comes in."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import polars as pl

from assets.configuration import Configuration, FileSource, Source
from assets.contracts import BUSINESS_DAY, Column, Contract, load_contract, polars_schema
from assets.errors import ConfigurationError, ContractError
from assets.sources.column_types import Typed, described, typed, with_steps
from assets.sources.cursor import asked_from, remembered
from assets.sources.database import greatest_cursor, read_database
from assets.sources.files import read_file
from assets.sources.lines import numbered_terms
from assets.sources.mapping import PROBLEMS, mapped_rows, needed_columns, told_columns
from assets.sources.object_store import option_secrets
from assets.sources.queries import read_query
from assets.sources.rest import read_rest, service_secrets
from assets.sources.retries import retried
from assets.sources.sessions import connection_secrets
from assets.sources.tables import ALWAYS, Asked, Reading, SourceTable, Window, reading

FIRST_LOOK_ROWS = 10_000


@dataclass(frozen=True)
class Look:
    """Canonical rows made of the first rows of a source, and how many rows of the source these were."""

    rows: pl.DataFrame
    source_rows: int


def extract(
    entity: str, configuration: Configuration, window: Window, changed_since: str | None = None
) -> pl.LazyFrame:
    """Canonical rows of an entity with the types of its contract, `business_day` for events, and `_problems`.

    Event rows whose known business day is outside the window are left out; those of no known day stay, and so do all
    rows that take over the day of another entity's row, which is in the lake. Values that do not parse are null, with
    a line in `_problems`. Raises SourceError where the source cannot be read, ContractError where it
    lacks a column or holds another type. Collect the result within `source_errors`. With `changed_since`, a remembered
    value of the source's cursor, only the rows changed since are looked at.
    """
    source = _source(entity, configuration)
    since = None
    if changed_since is not None and source.database:
        since = asked_from(changed_since, source.database.cursor_overlap_minutes)
    asked = Asked(window if load_contract(entity).kind == "event" else None, since)
    table = read_source(source, configuration, asked, entity)
    return _canonical_rows(table, entity, configuration, window, is_part=since is not None)


def first_look(entity: str, configuration: Configuration, count: int) -> Look:
    """What the first `count` rows of a source become. Raises as `extract` does, and so while rows are read."""
    asked = Asked(ALWAYS if load_contract(entity).kind == "event" else None, first_rows=count)
    table = read_source(_source(entity, configuration), configuration, asked, entity)
    with source_errors(entity, configuration):
        read = table.rows.head(count).collect()
    rows = _canonical_rows(replace(table, rows=read.lazy()), entity, configuration, ALWAYS, is_part=False)
    with source_errors(entity, configuration):
        return Look(rows.collect(), read.height)


def _canonical_rows(
    table: SourceTable, entity: str, configuration: Configuration, window: Window, *, is_part: bool
) -> pl.LazyFrame:
    contract, source = load_contract(entity), _source(entity, configuration)
    given = mapped_rows(table, source, contract)
    rows = _typed_rows(given, contract, _reading(source, table, configuration), table.place, is_part=is_part)
    if source.distinct:
        rows = rows.unique()
    if entity == "contracts":
        rows = numbered_terms(rows)
    if contract.kind == "state":
        return rows.select(*contract.column_names, PROBLEMS)
    return _of_window(rows, contract, window)


def source_errors(entity: str, configuration: Configuration) -> AbstractContextManager[None]:
    """Within it, what goes wrong while an extracted frame is collected is a SourceError that names the source."""
    source = _source(entity, configuration)
    files = [file for file in (source.file, *source.tables.values()) if isinstance(file, FileSource)]
    secrets = [secret for file in files for secret in option_secrets(file)]
    if source.rest:
        secrets += service_secrets(source.rest)
    if source.database:
        secrets += connection_secrets(configuration.connections[source.database.connection].url)
    return reading(f"sources.{entity}", secrets)


def cursor_now(entity: str, configuration: Configuration, now: dt.datetime) -> str | None:
    """What to remember of the entity's cursor at `now` (UTC); null where it has none, or is extracted whole anyway.

    Ask before anything is extracted: what changes later is then greater, and found by the next run.
    """
    database = _source(entity, configuration).database
    if database is None or database.cursor is None or load_contract(entity).kind == "state":
        return None
    place, url = f"sources.{entity}", configuration.connections[database.connection].url
    greatest = retried(lambda: greatest_cursor(database, url, place), configuration.retries)
    return None if greatest is None else remembered(greatest, now, place)


def read_source(source: Source, configuration: Configuration, asked: Asked, entity: str) -> SourceTable:
    """The rows of an entity's source as they come, before any mapping; of a database those that are asked for."""
    place = f"sources.{entity}"
    if source.file is not None:
        return read_file(_file(source.file), place)
    if source.query is not None:
        return read_query(source.query, {name: _file(file) for name, file in source.tables.items()}, place)
    if source.rows is not None:
        return SourceTable(_inline_rows(source.rows), f"{place}.rows")
    if source.rest is not None:
        return read_rest(
            source.rest, asked.window, told_columns(source, load_contract(entity)), place, asked.first_rows
        )
    if source.database is None:
        raise ConfigurationError(
            f"{place} says nothing about where its rows are: write file, database, rest, query or rows"
        )
    database, url = source.database, configuration.connections[source.database.connection].url

    def wanted(names: list[str]) -> list[str]:
        return needed_columns(source, load_contract(entity), names, place)

    return retried(lambda: read_database(database, url, asked, wanted, place), configuration.retries)


def _source(entity: str, configuration: Configuration) -> Source:
    if entity not in configuration.sources:
        raise ConfigurationError(f"sources.{entity} is not configured")
    return configuration.sources[entity]


def _file(file: str | FileSource) -> FileSource:
    return FileSource(path=file) if isinstance(file, str) else file


def _inline_rows(rows: list[dict[str, object]]) -> pl.LazyFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.LazyFrame([_inline_column(name, [row.get(name) for row in rows]) for name in names])


def _inline_column(name: str, values: list[object]) -> pl.Series:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1 and not kinds <= {int, float}:
        values = [None if value is None else str(value) for value in values]
    return pl.Series(name, values, strict=False)


def _reading(source: Source, table: SourceTable, configuration: Configuration) -> Reading:
    return Reading(
        timezone=configuration.company.timezone,
        ambiguous_times=source.ambiguous_times,
        date_format=table.date_format,
        decimal_comma=table.decimal_comma,
    )


def _typed_rows(given: pl.LazyFrame, contract: Contract, how: Reading, place: str, *, is_part: bool) -> pl.LazyFrame:
    found = dict(given.collect_schema())
    types = polars_schema(contract)
    columns = [column for column in contract.columns if column.name in found]
    converted = {column.name: typed(column.name, found[column.name], column.type, how, place) for column in columns}
    # A night's one changed row may well be a bad one.
    if not is_part:
        _assert_types(given, converted, columns, found, place)
    absent = [pl.lit(None, types[name]).alias(name) for name in contract.column_names if name not in found]
    problems = pl.concat_str(
        [pl.col(PROBLEMS), *(column.problem for column in converted.values())], separator="\n", ignore_nulls=True
    )
    return with_steps(given, converted.values()).select(
        *[column.value.cast(types[name]).alias(name) for name, column in converted.items()],
        *absent,
        *_business_day(contract, converted),
        pl.when(problems != "").then(problems).alias(PROBLEMS),
    )


def _business_day(contract: Contract, converted: dict[str, Typed]) -> list[pl.Expr]:
    day = converted.get(contract.day_column or "")
    return [day.local_day.alias(BUSINESS_DAY)] if day and day.local_day is not None else []


def _assert_types(
    given: pl.LazyFrame, converted: dict[str, Typed], columns: list[Column], found: dict[str, pl.DataType], place: str
) -> None:
    """Fail where every value of a column fails: then the mapping or a format is wrong, not the rows.

    The first rows tell most often; only a column that fails in all of them is read to its end.
    """
    suspects = [column for column in columns if column.type != "text"]
    for rows in (given.head(FIRST_LOOK_ROWS), given):
        if not suspects:
            return
        with reading(place):
            look = (
                with_steps(rows, [converted[c.name] for c in suspects])
                .select(
                    pl.struct(
                        (~converted[c.name].failed & pl.col(c.name).is_not_null()).any().alias("fits"),
                        pl.col(c.name).filter(converted[c.name].failed).first().cast(pl.String).alias("example"),
                    ).alias(c.name)
                    for c in suspects
                )
                .collect(engine="streaming")
            )
        verdicts = look.row(0, named=True)
        suspects = [c for c in suspects if not verdicts[c.name]["fits"]]
    for column in suspects:
        example = verdicts[column.name]["example"]
        if example is not None:
            raise ContractError(_no_value_fits(column, example, described(found[column.name]), place))


def _no_value_fits(column: Column, example: str, found: str, place: str) -> str:
    holds = f"it holds {found} such as '{example}'"
    start = f"{place}: {column.name} must be {column.type}, but none of its values is one; {holds}"
    if column.type in ("date", "timestamp"):
        return (
            f'{start}; say how it is written, for example `date_format: "%d/%m/%Y"` where the day comes first, '
            'or `"%m/%d/%Y"` where the month does'
        )
    if column.type in ("decimal", "number", "integer") and "," in example:
        return f"{start}; where the comma separates decimals write `decimal_comma: true`"
    return f"{start}; convert it in `columns: {{{column.name}: ...}}`, or leave it out with `{column.name}: null`"


def _of_window(rows: pl.LazyFrame, contract: Contract, window: Window) -> pl.LazyFrame:
    day = pl.col(BUSINESS_DAY)
    if contract.day_of:
        rows = rows.with_columns(pl.lit(None, pl.Date).alias(BUSINESS_DAY))
    elif window != ALWAYS:
        inside = [day.is_between(first, last) for first, last in window.spans]
        rows = rows.filter(pl.any_horizontal(day.is_null(), *inside))
    return rows.select(*contract.column_names, BUSINESS_DAY, PROBLEMS)
