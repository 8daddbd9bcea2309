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

from assets.disk import is_disk_full
from assets.errors import SourceError
from assets.secrets import masked

AmbiguousTimes = Literal["quarantine", "earliest", "latest"]


@dataclass(frozen=True)
class Window:
    """The business days of one run, first and last inclusive; where `only` is given, none but these of them."""

    first_day: dt.date
    last_day: dt.date
    only: frozenset[dt.date] | None = None

    @property
    def spans(self) -> list[tuple[dt.date, dt.date]]:
        """The days as runs of consecutive ones: first and last day of each, both inclusive."""
        if self.only is None:
            return [(self.first_day, self.last_day)]
        spans: list[tuple[dt.date, dt.date]] = []
        for day in sorted(day for day in self.only if self.first_day <= day <= self.last_day):
            if spans and day - spans[-1][1] == dt.timedelta(days=1):
                spans[-1] = (spans[-1][0], day)
            else:
                spans.append((day, day))
        return spans

    @property
    def days(self) -> list[dt.date]:
        """The days, one by one."""
        return [first + dt.timedelta(days=n) for first, last in self.spans for n in range((last - first).days + 1)]

    @property
    def day_count(self) -> int:
        """How many business days these are."""
        return sum((last - first).days + 1 for first, last in self.spans)


ALWAYS = Window(dt.date.min, dt.date.max)


@dataclass(frozen=True)
class Asked:
    """What of a database's rows is asked for: those of some days, those changed since, the first ones.

    `changed_since` is a value of the source's cursor column, as the database writes it.
    """

    window: Window | None = None
    changed_since: str | None = None
    first_rows: int | None = None


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
        if is_disk_full(error):
            raise  # not the source's fault: what was read could not be put down
        raise SourceError(f"{place} cannot be read: {plain_reason(error, secrets)}") from None


def plain_reason(error: BaseException, secrets: Iterable[str] = ()) -> str:
    """The first line of an error with every secret masked."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    for secret in sorted((secret for secret in secrets if secret), key=len, reverse=True):
        text = text.replace(secret, "***")
    return masked(text).rstrip(".:")
