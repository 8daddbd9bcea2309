"""How long contracts live: plainly read from their terms, and their curves as lifelines draws them."""

from __future__ import annotations

import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

MINIMUM_N = 5


def lifetimes(terms: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Days from the first start of each contract to its first end that no term reaches, or to the as-of date.

    Terms have contract_id, plan_id, started_on and ended_on, the first day out of force; trials are not among them.
    """
    known = terms[(terms["started_on"] <= as_of) & ~(terms["ended_on"] <= terms["started_on"])]
    rows = []
    for contract, own in known.sort_values("started_on").groupby("contract_id"):
        first = own.iloc[0]
        end = first["ended_on"]
        for term in own.itertuples():
            if term.started_on > end:
                break
            end = max(end, term.ended_on) if pd.notna(end) and pd.notna(term.ended_on) else pd.NaT
        is_churned = bool(end <= as_of)
        last = end if is_churned else as_of + pd.Timedelta(days=1)
        rows.append((contract, first["plan_id"], first["started_on"], (last - first["started_on"]).days, is_churned))
    return pd.DataFrame(rows, columns=["contract_id", "plan_id", "first_started_on", "observed_days", "is_churned"])


def assert_same_curve(curve: pd.DataFrame, contracts: pd.DataFrame) -> None:
    """The rows of one curve, by day, are those that lifelines draws from the same contracts."""
    fitter = KaplanMeierFitter().fit(contracts["observed_days"], contracts["is_churned"])
    table = fitter.event_table
    assert list(curve.index) == [int(day) for day in table.index]
    if len(contracts) < MINIMUM_N:
        assert curve["is_suppressed"].all()
        counts = ["at_risk_count", "event_count", "censored_count"]
        assert curve[[*counts, "survival_rate", "ci_low", "ci_high"]].isna().all(axis=None)
        return
    assert list(curve["at_risk_count"]) == list(table["at_risk"])
    assert list(curve["event_count"]) == list(table["observed"])
    assert list(curve["censored_count"]) == list(table["censored"])
    expected = fitter.survival_function_.iloc[:, 0]
    assert list(curve["survival_rate"]) == pytest.approx(list(expected), abs=1e-9)
    is_defined = ((expected < 1) & (expected > 0)).to_numpy()
    bounds = fitter.confidence_interval_[is_defined]
    assert list(curve["ci_low"][is_defined]) == pytest.approx(list(bounds.iloc[:, 0]), abs=1e-9)
    assert list(curve["ci_high"][is_defined]) == pytest.approx(list(bounds.iloc[:, 1]), abs=1e-9)
    assert curve[["ci_low", "ci_high"]][~is_defined].isna().all(axis=None)


def assert_same_curves(survival: pd.DataFrame, contracts: pd.DataFrame) -> int:
    """Every published curve, of all contracts, of cohorts and of plans, and no other; how many are not suppressed."""
    cohorts = {"total": pd.Series(pd.NaT, contracts.index)}
    for grain, code in (("month", "M"), ("quarter", "Q"), ("year", "Y")):
        cohorts[grain] = contracts["first_started_on"].dt.to_period(code).dt.start_time
    expected = {}
    for grain, starts in cohorts.items():
        for start, members in contracts.groupby(starts, dropna=False):
            expected[grain, start, "total", "total"] = members
            expected |= {(grain, start, "plan", plan): own for plan, own in members.groupby("plan_id")}
    keys = ["grain", "cohort_start", "dimension", "dimension_value"]
    found = dict(list(survival.groupby(keys, dropna=False)))
    assert {_text(key) for key in found} == {_text(key) for key in expected}
    curves = {_text(key): curve.set_index("days_since_start").sort_index() for key, curve in found.items()}
    for key, members in expected.items():
        assert_same_curve(curves[_text(key)], members)
    return sum(len(members) >= MINIMUM_N for members in expected.values())


def _text(key: tuple[object, ...]) -> str:
    """A key that holds even where a start is missing, which equals nothing."""
    return " ".join(str(part) for part in key)
