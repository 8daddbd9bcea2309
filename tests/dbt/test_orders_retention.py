"""Customer retention rates on random purchases and contracts, against a plain look at each customer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from random_orders import FIRST_DAY, LAST_DAY, net_lines, random_orders
from scratch_warehouse import fill_warehouse, query, run_models

WINDOW = 45
END = LAST_DAY + pd.Timedelta(days=1)
SEGMENTS = {f"c{number}": "large" if number % 3 else "small" for number in range(140)}


def random_contracts(seed: int) -> pd.DataFrame:
    """One term per contract: many from the first of a month to that of another, some trials, some without orders."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(90):
        start = FIRST_DAY + pd.DateOffset(months=int(random.integers(0, 24)), days=int(random.choice([0, 0, 9])))
        end = start + pd.DateOffset(months=int(random.integers(1, 9)), days=int(random.choice([0, 0, 3])))
        rows.append(
            {
                "contract_id": f"k{number}",
                "term_no": 1,
                "customer_id": f"c{random.integers(60, 140)}",
                "plan_id": "basic",
                "billing_period": "month",
                "recurring_amount": 10,
                "started_on": start,
                "ended_on": None if random.random() < 0.3 else end,
                "is_trial": bool(random.random() < 0.15),
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("retention") / "warehouse.duckdb"
    customers = pd.DataFrame({"customer_id": list(SEGMENTS), "segment": list(SEGMENTS.values())})
    frames = random_orders(seed=3) | {"contracts": random_contracts(seed=3), "customers": customers}
    settings = {"retention": {"activity_window_days": WINDOW}, "company": {"history_start": FIRST_DAY.date()}}
    fill_warehouse(path, LAST_DAY.date() - pd.Timedelta(days=20), _until_as_of(frames), **settings)
    run_models(path, "int_kpi__retention")
    return path


AS_OF_END = END - pd.Timedelta(days=20)


def _until_as_of(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The warehouse holds no events after the as-of date."""
    events = {name: frames[name][frames[name]["business_day"] < AS_OF_END] for name in ("orders", "order_lines")}
    return frames | events


@pytest.fixture(scope="module")
def activities() -> pd.DataFrame:
    """First day, and first day no more, of each stretch in which a customer is active."""
    lines = net_lines(_until_as_of(random_orders(seed=3)))
    bought = lines[lines["is_purchase"]].rename(columns={"ordered_on": "start"})
    bought["end"] = bought["start"] + pd.Timedelta(days=WINDOW)
    contracts = random_contracts(seed=3).rename(columns={"started_on": "start", "ended_on": "end"})
    contracts = contracts[~contracts["is_trial"] & (contracts["start"] < AS_OF_END)]
    stretches = pd.concat([bought, contracts])[["customer_id", "start", "end"]]
    stretches["end"] = pd.to_datetime(stretches["end"]).fillna(pd.Timestamp(2100, 1, 1))
    return stretches


def _active(activities: pd.DataFrame, instant: pd.Timestamp) -> set[str]:
    """Customers in whose activity the day before the instant lies."""
    seen = activities[(activities["start"] < instant) & (instant <= activities["end"])]
    return set(seen["customer_id"])


@pytest.mark.parametrize(("grain", "code"), [("month", "M"), ("quarter", "Q"), ("year", "Y")])
@pytest.mark.parametrize("segment", [None, "large", "small"])
def test_retention_rates_equal_a_look_at_each_customer(
    warehouse: Path, activities: pd.DataFrame, grain: str, code: str, segment: str | None
) -> None:
    """Pauses within a period, reactivations, short-lived new customers and contracts from the first of a month."""
    if segment:
        activities = activities[activities["customer_id"].map(SEGMENTS) == segment]
    first = activities.groupby("customer_id")["start"].min()
    dimension = "segment" if segment else "total"
    where = f"grain = '{grain}' and dimension = '{dimension}' and dimension_value = '{segment or 'total'}'"
    sql = f"select * from intermediate.int_kpi__retention where {where}"
    actual = query(warehouse, sql).set_index(["metric_id", "period_start"])
    seen = 0
    for period in pd.period_range(FIRST_DAY, AS_OF_END - pd.Timedelta(days=1), freq=code):
        start, end = period.start_time, min((period + 1).start_time, AS_OF_END)
        at_start, at_end = _active(activities, start), _active(activities, end)
        if not at_start:
            continue
        new = set(first[(first >= start) & (first < end)].index) & at_end
        reactivated = at_end - at_start - new
        crr, simple, churn = (actual.loc[(metric, start)] for metric in ("crr", "crr_simple", "churn_rate_start_base"))
        assert (crr["numerator"], crr["denominator"]) == (len(at_start & at_end), len(at_start))
        assert simple["numerator"] == len(at_end) - len(new)
        assert churn["numerator"] == len(at_start - at_end)
        assert simple["value"] - crr["value"] == pytest.approx(len(reactivated) / len(at_start), abs=1e-12)
        assert crr["is_complete"] == ((period + 1).start_time <= AS_OF_END)
        assert crr["ci_low"] <= crr["value"] <= crr["ci_high"]
        assert simple["ci_low"] <= simple["value"] <= simple["ci_high"]
        seen += 1
    assert seen * 3 == len(actual)
