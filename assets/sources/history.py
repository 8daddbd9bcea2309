"""From which day on a company has data, as the dates say that a proposal maps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import polars as pl

from assets.business_day import yesterday_in
from assets.contracts import load_contract
from assets.sources.column_types import typed, with_steps
from assets.sources.matching import Match
from assets.sources.samples import Sample
from assets.sources.tables import Reading

STAND_IN_DAY = dt.date(2024, 1, 1)
"""The day of what has no date."""
EARLIEST_DAY = dt.date(1980, 1, 1)
STRAY_SHARE = 0.01
Mapped = tuple[str, Sample, dict[str, Match]]


def history_start_line(mapped: Iterable[Mapped]) -> str:
    """The line of `history_start` in a proposal that maps samples to entities, or a stand-in that says it is one."""
    first_day = _first_day(mapped)
    if first_day is None:
        return (
            f"  history_start: {STAND_IN_DAY.year}-01-01   # unsure: no date found; the first day that you have data of"
        )
    return f"  history_start: {first_day.year}-01-01   # the first day that you have data of"


def _first_day(mapped: Iterable[Mapped]) -> dt.date | None:
    """The first day of all dates that are over; of days before it there may be strays, a hundredth of all."""
    yesterday = yesterday_in("UTC")
    told = [days.filter(days.is_between(EARLIEST_DAY, yesterday)) for days in _days(mapped)]
    days = pl.concat(told).sort().to_list() if told else []
    return days[int((len(days) - 1) * STRAY_SHARE)] if days else None


def _days(mapped: Iterable[Mapped]) -> Iterator[pl.Series]:
    for entity, sample, matches in mapped:
        reading = Reading("UTC", "earliest", sample.date_format, sample.decimal_comma)
        for column in load_contract(entity).columns:
            source = matches[column.name].expression if column.name in matches else None
            if column.type not in ("date", "timestamp") or source not in sample.spread.columns:
                continue
            values = sample.spread.lazy().select(pl.col(source).alias("value"))
            found = typed("value", sample.spread.schema[source], column.type, reading, sample.name)
            if found.local_day is not None:
                days = with_steps(values, [found]).select(day=found.local_day).collect()["day"]
                yield days.drop_nulls().cast(pl.Date)
