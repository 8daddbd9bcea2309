"""What is remembered of a cursor and from where a night asks; the days of a window as spans."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.errors import SourceError
from assets.sources.cursor import asked_from, remembered
from assets.sources.tables import Window

NOW = dt.datetime(2024, 6, 1, 2, tzinfo=dt.UTC)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2024, 3, 1))


@pytest.mark.parametrize(
    ("seen", "kept"),
    [
        ("2024-06-01 01:59:59.123456+00", "2024-06-01 01:59:59.123456+00"),
        ("2024-06-01", "2024-06-01"),
        ("20240105", "20240105"),
        ("9999-12-31 00:00:00", "2024-05-31 12:00:00"),
        ("2099-01-01T00:00:00Z", "2024-05-31T12:00:00"),
        ("2099-01-01", "2024-05-31"),
    ],
)
def test_the_greatest_value_is_kept_exactly_unless_it_lies_in_the_future(seen: str, kept: str) -> None:
    """A placeholder of the year 9999 would hide every change for ever."""
    assert remembered(seen, NOW, "sources.orders") == kept


@pytest.mark.parametrize("seen", ["Jan 5 2024", "05/01/2024", "infinity", "0x7F", "1.5", "2024-01-05' OR '1'='1"])
def test_a_value_that_need_not_grow_is_refused(seen: str) -> None:
    """Its order as text is not that of the changes; and it would stand in a statement."""
    with pytest.raises(SourceError, match=r"sources.orders, cursor: .* no timestamp, date or whole number"):
        remembered(seen, NOW, "sources.orders")


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("2024-06-01 00:05:00.5+00", "'2024-05-31 23:55:00.500000+00:00'"),
        ("2024-06-01T00:05:00Z", "'2024-05-31T23:55:00+00:00'"),
        ("2024-06-01", "'2024-06-01'"),
        ("20240105", "20240105"),
    ],
)
def test_a_night_asks_from_a_timestamp_less_the_overlap(value: str, literal: str) -> None:
    assert asked_from(value, 10) == literal


@given(only=st.frozensets(DAYS, max_size=40), first=DAYS, last=DAYS)
def test_spans_hold_exactly_the_days_and_never_touch(only: frozenset[dt.date], first: dt.date, last: dt.date) -> None:
    """A day that is asked for twice would come twice; one that is left out would be emptied."""
    window = Window(first, last, only)
    held = [begin + dt.timedelta(days=n) for begin, end in window.spans for n in range((end - begin).days + 1)]
    assert held == sorted(day for day in only if first <= day <= last)
    assert window.day_count == len(held)
    gaps = [later[0] - earlier[1] for earlier, later in zip(window.spans, window.spans[1:], strict=False)]
    assert all(gap > dt.timedelta(days=1) for gap in gaps)
