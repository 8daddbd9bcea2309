"""No row vanishes and none is counted twice, whatever comes in and however it is cut into batches."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from assets.contracts import load_contract
from assets.errors import QuarantineLimitError
from assets.validation import (
    Validated,
    batches,
    check_quarantine_share,
    find_duplicate_keys,
    merge_expectations,
    validate,
)
from tests.validation.good_rows import ALLOWED, DAY, NOON, good_row, rows_of, validated

ORDERS = load_contract("orders")
DAYS = [DAY, DAY + dt.timedelta(days=1), None]

order_rows = st.lists(
    st.fixed_dictionaries(
        {
            "order_id": st.sampled_from(["1", "2", "3", "4", None, " "]),
            "customer_id": st.sampled_from(["a", "b", None]),
            "ordered_at": st.sampled_from([NOON, None]),
            "status": st.sampled_from(["completed", "completed", "?"]),
            "currency": st.sampled_from([None, "EUR", "x"]),
            "business_day": st.sampled_from(DAYS),
            "_problems": st.sampled_from([None, None, None, "unparseable_ordered_at: 'x' is no time."]),
        }
    ),
    max_size=25,
)


FIELDS = ["order_id", "customer_id", "ordered_at", "status", "currency", "business_day", "_problems"]


def as_tuple(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in FIELDS)


def naive(rows: list[dict[str, Any]]) -> tuple[Counter[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """Count every different row, and say which are acceptable, in plain Python from the words of the contract."""
    counted = Counter(as_tuple(row) for row in rows)
    by_key: dict[Any, set[tuple[Any, ...]]] = defaultdict(set)
    for row in counted:
        by_key[row[0]].add(row)
    good = {
        row
        for row in counted
        if row[0] in {"1", "2", "3", "4"}
        and len(by_key[row[0]]) == 1
        and row[1] is not None
        and row[2] is not None
        and row[3] == "completed"
        and row[4] != "x"
        and row[5] is not None
        and row[6] is None
    }
    return counted, good


@settings(max_examples=25, deadline=None)
@given(rows=order_rows)
def test_accepted_quarantined_and_duplicates_are_all_rows(rows: list[dict[str, Any]]) -> None:
    """A join that drops or multiplies rows would break the identity that gates publishing."""
    result = validated("orders", *rows)
    counted, good = naive(rows)
    duplicates = int(result.duplicates.get_column("row_count").sum())
    assert result.accepted.height + result.quarantined.height + duplicates == len(rows)
    assert duplicates == len(rows) - len(counted)
    assert set(result.accepted.select(FIELDS[:6]).rows()) == {row[:6] for row in good}
    assert result.accepted.height == len(good)
    assert all(result.quarantined.get_column("reasons").list.len() > 0)
    assert all(result.quarantined.get_column("details").str.len_chars() > 0)
    per_day = Counter([*result.accepted["business_day"], *result.quarantined["business_day"]])
    per_day.update(dict(result.duplicates.iter_rows()))
    assert per_day == Counter(row["business_day"] for row in rows)


@settings(max_examples=8, deadline=None)
@given(rows=order_rows)
def test_batches_of_whole_days_give_what_one_batch_gives(rows: list[dict[str, Any]]) -> None:
    """A key that stands on two days is seen by neither of their batches alone."""
    everything = rows_of("orders", *rows)
    with TemporaryDirectory() as folder:
        keys = find_duplicate_keys(everything.lazy(), ORDERS, Path(folder) / "hashes.parquet")
    assert_frame_equal(keys, find_duplicate_keys(everything.lazy(), ORDERS))
    whole = validate(everything, ORDERS, {}, ALLOWED)
    parts = [
        validate(everything.filter(pl.col("business_day").eq_missing(day)), ORDERS, {}, ALLOWED, keys) for day in DAYS
    ]
    for way in ("accepted", "quarantined", "duplicates"):
        together = pl.concat([getattr(part, way) for part in parts])
        assert Counter(map(str, together.rows())) == Counter(map(str, getattr(whole, way).rows()))
    assert merge_expectations(part.expectations for part in parts) == whole.expectations


@given(rows=order_rows)
def test_duplicate_keys_are_those_that_plain_counting_finds(rows: list[dict[str, Any]]) -> None:
    found = find_duplicate_keys(rows_of("orders", *rows).lazy(), ORDERS)
    different: dict[Any, set[tuple[Any, ...]]] = defaultdict(set)
    for row in rows:
        different[row["order_id"]].add(as_tuple(row))
    expected = {key for key, versions in different.items() if key is not None and len(versions) > 1}
    assert set(found.get_column("order_id")) == expected
    assert found.height == len(expected)


def test_all_rows_of_a_duplicate_key_are_quarantined() -> None:
    """Nobody knows which of two different orders of one number is right: keeping the first would be a guess."""
    rows = [good_row("orders"), good_row("orders", customer_id="c2"), good_row("orders", order_id="o2")]
    result = validated("orders", *rows)
    assert result.quarantined.get_column("reasons").to_list() == [["duplicate_key"], ["duplicate_key"]]
    assert result.quarantined.get_column("details")[0] == ("No two different rows share order_id; here order_id is o1.")
    assert result.accepted.get_column("order_id").to_list() == ["o2"]


def test_an_exact_duplicate_is_counted_and_one_stays() -> None:
    result = validated("orders", good_row("orders"), good_row("orders"), good_row("orders"))
    assert result.accepted.height == 1
    assert result.quarantined.is_empty()
    assert result.duplicates.rows() == [(DAY, 2)]


def test_an_optional_key_column_left_empty_is_a_value_of_the_key() -> None:
    """Two costs of one month for all customers are one key, though its segment is empty."""
    rows = [
        good_row("retention_costs"),
        good_row("retention_costs", amount=3),
        good_row("retention_costs", segment="a"),
    ]
    result = validated("retention_costs", *rows)
    assert result.quarantined.get_column("reasons").to_list() == [["duplicate_key"], ["duplicate_key"]]
    assert result.accepted.get_column("segment").to_list() == ["a"]


def test_no_rows_are_no_error() -> None:
    """A day without orders, or an entity that is not configured, must pass with zero counts."""
    result = validated("orders")
    assert (result.accepted.height, result.quarantined.height, result.duplicates.height) == (0, 0, 0)
    assert result.quarantined.schema["reasons"] == pl.List(pl.String)
    assert all(outcome.success and outcome.evaluated == 0 for outcome in result.expectations)


def test_the_share_of_bad_rows_may_reach_the_limit_but_not_exceed_it() -> None:
    check_quarantine_share("orders", extracted=100, quarantined=5, max_share=0.05)
    check_quarantine_share("orders", extracted=0, quarantined=0, max_share=0.0)
    reasons = {"missing_customer_id": 1, "unknown_status": 4, "a": 1, "b": 1}
    with pytest.raises(QuarantineLimitError) as raised:
        check_quarantine_share("orders", extracted=100, quarantined=6, max_share=0.05, reasons=reasons)
    message = str(raised.value)
    assert message.startswith(
        "6 of 100 rows of orders are bad (most often unknown_status: 4, a: 1, b: 1), which is 6.0%"
    )
    assert "5.0%" in message
    assert "quarantine.entities.orders" in message


@given(
    counts=st.lists(st.integers(min_value=0, max_value=12), max_size=20),
    maximum=st.integers(min_value=1, max_value=15),
)
def test_batches_hold_whole_days_in_order_and_stay_small(counts: list[int], maximum: int) -> None:
    """A batch that is too large takes the memory of the machine; a day that is left out vanishes."""
    days = [DAY + dt.timedelta(days=number) for number in range(len(counts))]
    size = dict(zip(days, counts, strict=True))
    groups = batches(size.items(), maximum_rows=maximum)
    assert [day for group in groups for day in group] == days
    for group in groups:
        assert len(group) == 1 or sum(size[day] for day in group if day is not None) <= maximum
    for group, following in itertools.pairwise(groups):
        assert sum(size[day] for day in [*group, following[0]] if day is not None) > maximum


def test_outcomes_say_how_many_rows_met_each_expectation() -> None:
    """An asset check without counts says that something is wrong, but not how much."""
    result: Validated = validated("orders", good_row("orders"), good_row("orders", order_id="o2", status="?"))
    outcomes = {outcome.reason: outcome for outcome in result.expectations}
    unknown = outcomes["unknown_status"]
    assert (unknown.evaluated, unknown.unexpected, unknown.success) == (2, 1, False)
    assert (unknown.entity, unknown.column) == ("orders", "status")
    assert outcomes["missing_order_id"].success
