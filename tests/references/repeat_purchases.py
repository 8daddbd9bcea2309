"""Repeat ratios by a loop over customers, each with the days of purchase and what was bought on them."""

from __future__ import annotations

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

Histories = dict[str, list[tuple[pd.Timestamp, set[str]]]]
GRAINS = {"month": "M", "quarter": "Q", "year": "Y"}
WINDOWS = {"365": 365, "90": 90, "180": 180, "lifetime": None}


def histories(lines: pd.DataFrame) -> Histories:
    """Each customer's purchase days with their items in order, from rows of customer_id, ordered_on and item."""
    days = lines.groupby(["customer_id", "ordered_on"])["item"].agg(set).sort_index()
    return {str(customer): list(own.droplevel(0).items()) for customer, own in days.groupby(level=0)}


def observed_windows(customers: Histories, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row per customer and window that has wholly passed: first day, one-time or not, and same things again."""
    after = as_of + pd.Timedelta(days=1)
    rows = []
    for window_name, days in WINDOWS.items():
        for occasions in customers.values():
            first = occasions[0][0]
            end = after if days is None else first + pd.Timedelta(days=days)
            if end > after:
                continue
            within = [items for day, items in occasions if day < end]
            seen_before = [set().union(*within[:number]) for number in range(len(within))]
            repeats = any(items & seen for items, seen in zip(within[1:], seen_before[1:], strict=True))
            different = any(items - seen for items, seen in zip(within[1:], seen_before[1:], strict=True))
            assert (len(within) > 1) == (repeats or different)
            rows.append((window_name, first, len(within) == 1, repeats))
    return pd.DataFrame(rows, columns=["window_name", "first", "one_time", "repeats"])


def assert_same_ratios(repurchase: pd.DataFrame, windows: pd.DataFrame, minimum_n: int) -> int:
    """Counts, ratios and Wilson bounds of every period in total; how many of them are shown."""
    shown_count = 0
    for grain, code in GRAINS.items():
        periods = windows.assign(period_start=windows["first"].dt.to_period(code).dt.start_time)
        wanted = periods.groupby(["window_name", "period_start"]).agg(
            customers=("one_time", "size"), one_time=("one_time", "sum"), repeats=("repeats", "sum")
        )
        cells = repurchase[(repurchase["grain"] == grain) & (repurchase["dimension"] == "total")]
        actual = cells.set_index(["window_name", "period_start"]).sort_index()
        assert actual.index.tolist() == wanted.index.tolist()
        assert actual["customers"].tolist() == wanted["customers"].tolist()
        is_shown = (wanted["customers"] >= minimum_n).to_numpy()
        assert (~actual["is_suppressed"]).tolist() == is_shown.tolist()
        _assert_same_cells(actual[is_shown], wanted[is_shown])
        shown_count += int(is_shown.sum())
    return shown_count


def _assert_same_cells(actual: pd.DataFrame, wanted: pd.DataFrame) -> None:
    multi = wanted["customers"] - wanted["one_time"]
    assert actual["one_time_customers"].tolist() == wanted["one_time"].tolist()
    assert actual["multi_customers"].tolist() == multi.tolist()
    assert actual["repeat_same_customers"].tolist() == wanted["repeats"].tolist()
    low, high = proportion_confint(multi, wanted["customers"], method="wilson")
    for column, expected in {
        "repurchase_ratio": wanted["repeats"] / wanted["one_time"].where(wanted["one_time"] > 0),
        "repeat_purchase_rate": multi / wanted["customers"],
        "repeat_purchase_rate_ci_low": low,
        "repeat_purchase_rate_ci_high": high,
    }.items():
        assert actual[column].to_numpy(dtype=float) == pytest.approx(
            expected.to_numpy(dtype=float), abs=1e-9, nan_ok=True
        ), column
