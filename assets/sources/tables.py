"""What a reader hands on: the rows as the source has them, and how its text is to be understood."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import polars as pl
import pyarrow as pa

from assets.errors import SourceError

AmbiguousTimes = Literal["quarantine", "earliest", "latest"]


@dataclass(frozen=True)
class Window:
    """The business days of one run, both inclusive."""

    first_day: dt.date
    last_day: dt.date


# A source compares days in a time zone of its own, we in the company's: they lie at most 26 hours apart.
MARGIN_DAYS = 2


def widened(window: Window) -> Window:
    """The days to ask a source for, so that no row of the window is missed; the exact days are cut afterwards."""
    first, last = window.first_day.toordinal() - MARGIN_DAYS, window.last_day.toordinal() + MARGIN_DAYS
    return Window(
        dt.date.fromordinal(max(first, dt.date.min.toordinal())),
        dt.date.fromordinal(min(last, dt.date.max.toordinal())),
    )


@dataclass(frozen=True)
class Reading:
    """How the text of one source is to be understood."""

    timezone: str
    ambiguous_times: AmbiguousTimes = "quarantine"
    date_format: str | None = None
    decimal_comma: bool = False


@dataclass(frozen=True)
class SourceTable:
    """Rows as read; `place` names the source in errors, the rest says how its text is written."""

    rows: pl.LazyFrame
    place: str
    date_format: str | None = None
    decimal_comma: bool = False

    def schema(self) -> dict[str, pl.DataType]:
        """Names and types of the columns as the source has them."""
        with reading(self.place):
            return dict(self.rows.collect_schema())


def near_first(wanted: str, names: Iterable[str]) -> list[str]:
    """All `names`, those that look like `wanted` first."""
    present = list(names)
    folded = {name.casefold(): name for name in reversed(present)}
    near = [folded[match] for match in difflib.get_close_matches(wanted.casefold(), folded, n=3, cutoff=0.5)]
    return near + [name for name in present if name not in near]


@contextmanager
def reading(place: str, secrets: Iterable[str] = ()) -> Iterator[None]:
    """Turn what a library raises while a source is read into one SourceError that names the source."""
    try:
        yield
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError, UnicodeError) as error:
        raise SourceError(f"{place} cannot be read: {plain_reason(error, secrets)}") from None


def plain_reason(error: BaseException, secrets: Iterable[str] = ()) -> str:
    """The first line of an error with every secret masked."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    for secret in sorted((secret for secret in secrets if secret), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text.rstrip(".:")
