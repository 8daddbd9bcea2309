"""The ground that all entities stand on: streams that do not repeat each other, months, lives, and small draws."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.sample.people import draw_people, one_time_share, retention_curve
from assets.sample.streams import STREAMS, Calendar, choose, money, position_in_group, stream


def test_no_two_streams_are_alike() -> None:
    """Two entities on one stream would be correlated: who buys would answer in the same way."""
    keys = [(name, block, part) for name in STREAMS for block in range(3) for part in range(2)]
    drawn = {tuple(stream(1, *key).integers(0, 2**62, 2).tolist()) for key in keys}
    assert len(drawn) == len(keys)
    assert len(set(STREAMS)) == len(STREAMS)


def test_a_customer_is_alive_from_the_first_to_the_last_month_of_their_life() -> None:
    """An end that is off by one would bend every link between answers and what follows them."""
    people = draw_people(1, 0, 1_000, Calendar(dt.date(2024, 12, 31), 36))
    everyone = np.arange(len(people))
    last = people.start_month + people.lifetime
    for month, alive in ((people.start_month - 1, False), (people.start_month, True), (last, True), (last + 1, False)):
        assert (people.is_alive(everyone, month) == alive).all()


@pytest.mark.parametrize(
    ("last_day", "months", "first_day", "complete"),
    [
        (dt.date(2024, 12, 31), 36, dt.date(2022, 1, 1), 36),
        (dt.date(2024, 12, 30), 36, dt.date(2022, 1, 1), 35),
        (dt.date(2024, 2, 29), 12, dt.date(2023, 3, 1), 12),
        (dt.date(2024, 2, 28), 12, dt.date(2023, 3, 1), 11),
    ],
)
def test_the_calendar_is_whole_months_of_which_the_last_may_be_cut(
    last_day: dt.date, months: int, first_day: dt.date, complete: int
) -> None:
    calendar = Calendar(last_day, months)
    assert calendar.first_day == first_day
    assert calendar.complete_months == list(range(complete))
    assert calendar.days[0] == np.datetime64(first_day)
    assert calendar.days[-1] == np.datetime64(last_day)
    assert calendar.lengths[months - 1] == (calendar.month_start(months) - calendar.month_start(months - 1)).days


@given(st.lists(st.integers(0, 3)))
def test_positions_count_within_runs(groups: list[int]) -> None:
    expected: list[int] = []
    for index, group in enumerate(groups):
        expected.append(expected[-1] + 1 if index and groups[index - 1] == group else 0)
    assert position_in_group(np.array(groups, dtype=np.int64)).tolist() == expected


@given(st.integers(-(10**12), 10**12))
def test_money_keeps_every_penny(hundredths: int) -> None:
    assert int(money(np.array([hundredths])).item() * 100) == hundredths


def test_choices_have_their_shares() -> None:
    drawn = choose(stream(1, "orders"), (0.2, 0.0, 0.8), 100_000)
    counts = np.bincount(drawn, minlength=3)
    assert counts[1] == 0
    assert abs(counts[0] / 100_000 - 0.2) < 4.5 * (0.16 / 100_000) ** 0.5


def test_the_declared_curves_agree_with_a_hand_calculation() -> None:
    """Shares 0.285, 0.345, 0.370; hazards 0.10, 0.06, 0.03; purchases 0.35, 0.45, 0.55."""
    assert retention_curve(2).tolist() == pytest.approx([1, 0.43395], abs=5e-6)
    assert one_time_share(0) == pytest.approx(1)
    assert one_time_share(1) == pytest.approx(1 - 0.43395, abs=5e-6)
