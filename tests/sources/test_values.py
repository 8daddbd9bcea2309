"""Values in the types of their contract, checked against other ways to compute the same."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.contracts import Type
from assets.errors import ContractError
from assets.sources.column_types import typed, with_steps
from assets.sources.tables import Reading

ZONES = [
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
]
NAIVE_TIMES = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2035, 1, 1))  # noqa: DTZ001


def read(values: list[Any], type_: Type, dtype: pl.DataType | None = None, **how: Any) -> pl.DataFrame:
    frame = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    column = typed("x", frame["x"].dtype, type_, Reading(**{"timezone": "UTC", **how}), "sources.orders")
    return (
        with_steps(frame.lazy(), [column])
        .select(
            value=column.value,
            problem=column.problem,
            day=pl.lit(None) if column.local_day is None else column.local_day,
        )
        .collect()
    )


def utc_by_zoneinfo(local: dt.datetime, zone: str, fold: int) -> dt.datetime | None:
    """An independent way: through UTC and back; a time that does not come back does not exist."""
    utc = local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(dt.UTC)
    back = utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return utc.replace(tzinfo=None) if back == local else None


@settings(max_examples=150, deadline=None)
@given(st.lists(NAIVE_TIMES, min_size=1, max_size=20), st.sampled_from(ZONES), st.sampled_from(["earliest", "latest"]))
def test_local_times_become_the_utc_that_zoneinfo_gives(times: list[dt.datetime], zone: str, which: str) -> None:
    times = [time.replace(microsecond=1) for time in times]
    found = read([str(time) for time in times], "timestamp", timezone=zone, ambiguous_times=which)
    assert found["value"].to_list() == [utc_by_zoneinfo(time, zone, which == "latest") for time in times]
    assert found["day"].to_list() == [time.date() for time in times]


@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_hour_around_the_changes_of_2018(zone: str) -> None:
    """Random times seldom hit a gap or a repeated hour; these all do."""
    start = dt.datetime(2018, 1, 1, 0, 5)  # noqa: DTZ001
    times = [start + dt.timedelta(minutes=15 * step) for step in range(4 * 24 * 365)]
    found = read(times, "timestamp", timezone=zone)
    for time, value, problem in zip(times, found["value"].to_list(), found["problem"].to_list(), strict=True):
        earliest, latest = (utc_by_zoneinfo(time, zone, fold) for fold in (0, 1))
        if earliest is None:
            assert (value, problem.split(":")[0]) == (None, "nonexistent_x")
        elif earliest != latest:
            assert (value, problem.split(":")[0]) == (None, "ambiguous_x")
        else:
            assert (value, problem) == (earliest, None)


def test_a_day_whose_midnight_the_clock_skips_begins_an_hour_later() -> None:
    """A date without a time is no time in the gap: Brazil's clocks used to skip midnight."""
    for values in ([dt.date(2018, 11, 4)], ["2018-11-04"], ["2018-11-04 00:00:00"]):
        found = read(values, "timestamp", timezone="America/Sao_Paulo")
        assert found.row(0) == (dt.datetime(2018, 11, 4, 3), None, dt.date(2018, 11, 4))  # noqa: DTZ001


def test_a_day_whose_midnight_comes_twice_begins_with_the_first() -> None:
    """Cuba's clocks go back from one to midnight: a date without a time is not ambiguous for that."""
    found = read(["2018-11-04", "2018-11-04 00:30"], "timestamp", timezone="America/Havana")
    assert found["value"].to_list() == [dt.datetime(2018, 11, 4, 4), None]  # noqa: DTZ001
    assert found["problem"][1].startswith("ambiguous_x")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2010-11-30 08:26:00", "2010-11-30 08:26:00"),
        ("2010-07-30 08:26:00", "2010-07-30 07:26:00"),
        ("2024-01-05T10:00:00Z", "2024-01-05 10:00:00"),
        ("2024-07-05T10:00:00.250+02:00", "2024-07-05 08:00:00.250"),
        ("2024-07-05 10:00:00 +0530", "2024-07-05 04:30:00"),
        ("2024-07-05 10:00+02", "2024-07-05 08:00:00"),
        (" 2024-01-05 ", "2024-01-05 00:00:00"),
        ("2023-07-28 3:00", "2023-07-28 02:00:00"),
        ("2024-01-05T10:00", "2024-01-05 10:00:00"),
    ],
)
def test_common_forms_are_understood_untold(text: str, utc: str) -> None:
    found = read([text], "timestamp", timezone="Europe/London")
    assert (found["value"][0], found["problem"][0]) == (dt.datetime.fromisoformat(utc), None)


@pytest.mark.parametrize("text", ["31/02/2024", "24-01-05", "2024-02-30", "20240105", "2024-01-05 25:00", "never"])
def test_what_is_no_timestamp_is_null_with_its_value_told(text: str) -> None:
    found = read([text, "2024-01-05"], "timestamp")
    assert found.row(0) == (None, f"unparseable_x: '{text}' is no timestamp", None)


@pytest.mark.parametrize(
    ("date_format", "text"),
    [("%d/%m/%Y", "05/01/2024"), ("%m/%d/%Y %I:%M %p", "01/05/2024 01:30 PM"), ("%d.%m.%y", "05.01.24")],
)
def test_a_told_form_is_read_and_iso_still_is(date_format: str, text: str) -> None:
    found = read([text, "2024-01-05"], "date", date_format=date_format)
    assert found["value"].to_list() == [dt.date(2024, 1, 5)] * 2


@settings(max_examples=200, deadline=None)
@given(st.lists(st.decimals(-(10**13), 10**13, places=7), min_size=1, max_size=20))
def test_decimals_from_text_are_exact_and_rounded_half_to_even(values: list[Decimal]) -> None:
    expected = [value.quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for value in values]
    assert read([f"{value:f}" for value in values], "decimal")["value"].to_list() == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1e13, 1e13), min_size=1, max_size=20))
def test_decimals_from_floats_are_what_the_float_prints(values: list[float]) -> None:
    expected = [Decimal(repr(value)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for value in values]
    assert read(values, "decimal")["value"].to_list() == expected


@settings(max_examples=100, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_keep_every_digit(value: int) -> None:
    """Through a float, digits past 2^53 would be lost."""
    assert read([str(value)], "integer")["value"].to_list() == [value]
    assert read([value], "text")["value"].to_list() == [str(value)]


@pytest.mark.parametrize(
    ("values", "type_", "expected"),
    [
        ([0.1 * 3, float("nan")], "decimal", [Decimal("0.3"), None]),
        ([5, None], "decimal", [Decimal(5), None]),
        ([Decimal("1.23450"), Decimal("2.00005")], "decimal", [Decimal("1.2345"), Decimal("2.0000")]),
        (["1e3", "+2.50", ".5"], "decimal", [Decimal(1000), Decimal("2.5"), Decimal("0.5")]),
        (["TRUE", "no", "1", "F"], "boolean", [True, False, True, False]),
        ([1, 0], "boolean", [True, False]),
        ([True, None], "text", ["true", None]),
        ([Decimal("1.50"), Decimal("100.00")], "text", ["1.5", "100"]),
        ([dt.date(2024, 1, 5)], "text", ["2024-01-05"]),
        (["3.0", " 4 "], "integer", [3, 4]),
        ([3.0], "integer", [3]),
        (["4", "4.5"], "number", [4.0, 4.5]),
    ],
)
def test_values_of_every_type(values: list[Any], type_: Type, expected: list[Any]) -> None:
    found = read(values, type_)
    assert found["value"].to_list() == expected
    assert found["problem"].null_count() == len(values)


@pytest.mark.parametrize(
    ("value", "type_"),
    [("1,234", "decimal"), ("100000000000000", "decimal"), (1e20, "decimal"), (10**15, "decimal"), (2.5, "integer"),
     ("1e400", "number"), (float("inf"), "number"), ("perhaps", "boolean"), (2, "boolean"), ("9" * 30, "integer")],
)  # fmt: skip
def test_what_does_not_fit_is_null_with_a_problem(value: Any, type_: Type) -> None:
    found = read([value], type_)
    assert found["value"].to_list() == [None]
    assert found["problem"][0].startswith("unparseable_x: '")


def test_a_problem_is_one_line_however_the_value_looks() -> None:
    found = read(["a\nb" * 100], "number")
    assert "\n" not in found["problem"][0]
    assert len(found["problem"][0]) < 150


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ([1], "decimal"),
        ({"a": 1}, "text"),
        (True, "decimal"),
        (5, "timestamp"),
        (b"x", "text"),
        (dt.date(2024, 1, 1), "number"),
    ],
)
def test_types_that_never_fit_are_errors(value: Any, type_: Type) -> None:
    with pytest.raises(ContractError, match=f"x must be {type_}, but the source holds"):
        read([value], type_)
