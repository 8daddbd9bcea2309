"""Dates and times: text in ISO-like or told forms, local times to UTC, and what daylight saving does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from assets.sources.tables import Reading

LOCAL_FORMS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
OFFSET_FORMS = (
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f %#z",
    "%Y-%m-%d %H:%M%#z",
    "%Y-%m-%dT%H:%M%#z",
)
FIRST_YEAR = 1000


@dataclass(frozen=True)
class Moments:
    """A column of times: in UTC, its local day, and where daylight saving leaves the time unknown.

    The expressions read columns that `steps` makes, one step after the other: each part is computed once.
    """

    steps: tuple[tuple[pl.Expr, ...], ...]
    utc: pl.Expr
    local_day: pl.Expr
    unparseable: pl.Expr
    nonexistent: pl.Expr
    ambiguous: pl.Expr


def local_of_text(text: pl.Expr, date_format: str | None = None) -> pl.Expr:
    """Text without an offset as a naive local time; null where it is in no form that is told or ISO-like."""
    told = (date_format,) if date_format and not has_offset(date_format) else ()
    return _in_some_form(text, (*told, *LOCAL_FORMS))


def utc_of_text(text: pl.Expr, date_format: str | None = None) -> pl.Expr:
    """Text with an offset from UTC as a naive time in UTC; null where it has none."""
    told = (date_format,) if date_format and has_offset(date_format) else ()
    return _in_some_form(text, (*told, *OFFSET_FORMS))


def has_offset(date_format: str) -> bool:
    """Whether a date format reads an offset from UTC."""
    return any(code in date_format for code in ("%z", "%:z", "%#z", "%+"))


def _in_some_form(text: pl.Expr, forms: tuple[str, ...]) -> pl.Expr:
    stripped = text.str.strip_chars()
    moment = pl.coalesce(_parsed(stripped, form) for form in forms)
    # "24-01-05" would be read as a day of the year 24.
    return pl.when(moment.dt.year() >= FIRST_YEAR).then(moment)


def _parsed(text: pl.Expr, form: str) -> pl.Expr:
    moment = text.str.to_datetime(form, time_unit="us", strict=False)
    return moment.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if has_offset(form) else moment


def moments(name: str, column: pl.Expr, dtype: pl.DataType, reading: Reading) -> Moments | None:
    """Times of `column`: with an offset or zone they are what they say, else local to the company's time zone.

    The local day is known even where the clock skipped or repeated the time. Midnight to the microsecond is how
    tools write a day without a time: where the clock skips or repeats it, it is the first instant of its day.
    None where no value of `dtype` is a time.
    """
    timezone = reading.timezone
    parts = _local_and_utc(column, dtype, reading.date_format)
    if parts is None:
        return None
    local, utc, earliest, latest = (f"\0{part}\0{name}" for part in ("local", "utc", "earliest", "latest"))
    at_midnight = pl.col(local).dt.truncate("1d") == pl.col(local)
    repeated = ((pl.col(earliest) != pl.col(latest)) & ~at_midnight).fill_null(value=False)
    skipped = pl.col(local).is_not_null() & pl.col(earliest).is_null()
    # Clocks that skip midnight skip at most an hour.
    day_start = _to_utc(pl.when(skipped & at_midnight).then(pl.col(local).dt.offset_by("1h")), timezone, "earliest")
    resolved = {
        "earliest": pl.col(earliest),
        "latest": pl.when(repeated).then(pl.col(latest)).otherwise(pl.col(earliest)),
        "quarantine": pl.when(~repeated).then(pl.col(earliest)),
    }[reading.ambiguous_times]
    day_of_utc = pl.col(utc).dt.replace_time_zone("UTC").dt.convert_time_zone(timezone).dt.date()
    return Moments(
        steps=(
            (parts[0].alias(local), parts[1].alias(utc)),
            (
                _to_utc(pl.col(local), timezone, "earliest").alias(earliest),
                _to_utc(pl.col(local), timezone, "latest").alias(latest),
            ),
        ),
        utc=pl.coalesce(utc, resolved, day_start),
        local_day=pl.coalesce(day_of_utc, pl.col(local).dt.date()),
        unparseable=column.is_not_null() & pl.col(local).is_null() & pl.col(utc).is_null(),
        nonexistent=skipped & day_start.is_null(),
        ambiguous=repeated if reading.ambiguous_times == "quarantine" else pl.lit(value=False),
    )


def _local_and_utc(column: pl.Expr, dtype: pl.DataType, date_format: str | None) -> tuple[pl.Expr, pl.Expr] | None:
    never = pl.lit(None, pl.Datetime("us"))
    if dtype == pl.String:
        return local_of_text(column, date_format), utc_of_text(column, date_format)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return never, column.dt.convert_time_zone("UTC").dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if isinstance(dtype, pl.Date | pl.Datetime):
        return column.cast(pl.Datetime("us")), never
    return None


def _to_utc(local: pl.Expr, timezone: str, ambiguous: Literal["earliest", "latest"]) -> pl.Expr:
    zoned = local.dt.replace_time_zone(timezone, ambiguous=ambiguous, non_existent="null")
    return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
