"""Dates and times: text in ISO-like or told forms, local times to UTC, and what daylight saving does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

AmbiguousTimes = Literal["quarantine", "earliest", "latest"]

# Without this guard a two-digit year would be read as a year of the first century.
STARTS_WITH_YEAR = r"^\d{4}-\d{1,2}-\d{1,2}"
ENDS_WITH_OFFSET = r":\d{2}(\.\d+)?\s*(?:Z|z|[+-]\d{2}(:?\d{2})?)$"
LOCAL_FORMS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d", "%Y-%m-%d %H:%M")
OFFSET_FORMS = ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z")


@dataclass(frozen=True)
class Moments:
    """A column of times: in UTC, its local day, and where daylight saving leaves the time unknown."""

    utc: pl.Expr
    local_day: pl.Expr
    unparseable: pl.Expr
    nonexistent: pl.Expr
    ambiguous: pl.Expr


def local_of_text(text: pl.Expr, date_format: str | None = None) -> pl.Expr:
    """Text without an offset as a naive local time; null where it is in no form that is told or ISO-like."""
    iso = text.str.strip_chars().str.replace(r"^(\d{4}-\d{1,2}-\d{1,2})[Tt]", "${1} ")
    iso = pl.when(iso.str.contains(STARTS_WITH_YEAR) & ~iso.str.contains(ENDS_WITH_OFFSET)).then(iso)
    forms = [_parsed(iso, form) for form in LOCAL_FORMS]
    if date_format and not has_offset(date_format):
        forms = [_parsed(text.str.strip_chars(), date_format), *forms]
    return pl.coalesce(forms)


def utc_of_text(text: pl.Expr, date_format: str | None = None) -> pl.Expr:
    """Text with an offset from UTC as a naive time in UTC; null where it has none."""
    iso = text.str.strip_chars().str.replace(r"^(\d{4}-\d{1,2}-\d{1,2})[Tt]", "${1} ").str.replace(r"\s+([Zz+-])", "$1")
    iso = pl.when(iso.str.contains(STARTS_WITH_YEAR) & iso.str.contains(ENDS_WITH_OFFSET)).then(
        iso.str.replace(r"z$", "Z")
    )
    forms = [_parsed(iso, form).dt.convert_time_zone("UTC") for form in OFFSET_FORMS]
    if date_format and has_offset(date_format):
        forms = [_parsed(text.str.strip_chars(), date_format).dt.convert_time_zone("UTC"), *forms]
    return pl.coalesce(forms).dt.replace_time_zone(None)


def has_offset(date_format: str) -> bool:
    """Whether a date format reads an offset from UTC."""
    return any(code in date_format for code in ("%z", "%:z", "%#z", "%+"))


def _parsed(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_datetime(form, time_unit="us", strict=False)


def moments_of_text(
    text: pl.Expr, timezone: str, ambiguous_times: AmbiguousTimes, date_format: str | None = None
) -> Moments:
    """Times given as text: those with an offset are what they say, the others are local."""
    local = local_of_text(text, date_format)
    utc = utc_of_text(text, date_format)
    here = moments_of_local(local, timezone, ambiguous_times)
    there = moments_of_utc(utc, timezone)
    return Moments(
        utc=pl.coalesce(utc, here.utc),
        local_day=pl.coalesce(there.local_day, here.local_day),
        unparseable=text.is_not_null() & local.is_null() & utc.is_null(),
        nonexistent=here.nonexistent,
        ambiguous=here.ambiguous,
    )


def moments_of_local(local: pl.Expr, timezone: str, ambiguous_times: AmbiguousTimes) -> Moments:
    """Naive times of `timezone`; the local day is known even where the clock skipped or repeated the time.

    Midnight to the microsecond is how tools write a day without a time: where the clock skips or repeats it,
    it means the first instant of its day.
    """
    local = local.cast(pl.Datetime("us"))
    is_midnight = local.dt.truncate("1d") == local
    earliest, latest = (_to_utc(local, timezone, which) for which in ("earliest", "latest"))
    repeated = ((earliest != latest) & ~is_midnight).fill_null(value=False)
    after_gap = _to_utc(pl.when(is_midnight & earliest.is_null()).then(local.dt.offset_by("1h")), timezone, "earliest")
    earliest = pl.coalesce(earliest, after_gap)
    latest = pl.when(is_midnight).then(earliest).otherwise(latest)
    utc = {"earliest": earliest, "latest": latest, "quarantine": pl.when(~repeated).then(earliest)}[ambiguous_times]
    return Moments(
        utc=utc,
        local_day=local.dt.date(),
        unparseable=pl.lit(value=False),
        nonexistent=local.is_not_null() & earliest.is_null(),
        ambiguous=repeated if ambiguous_times == "quarantine" else pl.lit(value=False),
    )


def moments_of_utc(utc: pl.Expr, timezone: str) -> Moments:
    """Naive times in UTC, with their day in `timezone`."""
    local_day = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone).dt.date()
    never = pl.lit(value=False)
    return Moments(utc, local_day, unparseable=never, nonexistent=never, ambiguous=never)


def _to_utc(local: pl.Expr, timezone: str, ambiguous: Literal["earliest", "latest"]) -> pl.Expr:
    zoned = local.dt.replace_time_zone(timezone, ambiguous=ambiguous, non_existent="null")
    return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
