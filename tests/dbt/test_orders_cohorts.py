"""Cohort retention on real invoices, against numbers that others published and a plain pandas computation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from online_retail import DATA, as_entities, notebook_lines, report_lines
from scipy.stats import binomtest
from scratch_warehouse import fill_warehouse, query, run_models

AS_OF = dt.date(2010, 11, 29)
ROLLING_DAYS = 30
FREQUENCIES = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC"}

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the real invoices are not at {DATA}")


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    all_lines = notebook_lines()
    return all_lines[all_lines["InvoiceDate"] < pd.Timestamp(AS_OF) + pd.Timedelta(days=1)]


@pytest.fixture(scope="module")
def matrix(lines: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    path = tmp_path_factory.mktemp("notebook") / "warehouse.duckdb"
    return _cohort_retention(path, AS_OF, as_entities(lines))


def _cohort_retention(path: Path, as_of: dt.date, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    fill_warehouse(path, as_of, frames)
    run_models(path, "cohort_retention")
    return query(path, "select * from marts.cohort_retention order by grain, kind, cohort_start, period_offset")


def _cells(matrix: pd.DataFrame, grain: str, kind: str) -> pd.DataFrame:
    return matrix[(matrix["grain"] == grain) & (matrix["kind"] == kind)]


def test_monthly_cohorts_are_those_of_the_published_notebook(matrix: pd.DataFrame) -> None:
    """Counts that someone else published catch errors that a computation of our own would share."""
    cells = _cells(matrix, "month", "on")
    december = cells[cells["cohort_start"] == pd.Timestamp(2009, 12, 1)]
    assert december["retained"].tolist() == [951, 333, 317, 404, 360, 342, 358, 327, 321, 344, 401, 457]
    rates = december["value"].round(3).tolist()
    assert [rates[1], rates[2], rates[3], rates[-1]] == [0.350, 0.333, 0.425, 0.481]
    january = cells[cells["cohort_start"] == pd.Timestamp(2010, 1, 1)]
    assert january["retained"].tolist() == [368, 79, 118, 116, 100, 114, 99, 86, 105, 120, 111]


def test_report_cohorts_and_their_pooled_first_offset_are_those_published(tmp_path: Path) -> None:
    """Published from all cells that exist; complete ones differ, so a cell that the as-of date cuts must be marked."""
    lines = report_lines()
    as_of = lines["InvoiceDate"].max().date()
    cells = _cells(_cohort_retention(tmp_path / "warehouse.duckdb", as_of, as_entities(lines)), "month", "on")
    sizes = cells[cells["period_offset"] == 0]
    assert (len(sizes), sizes["cohort_size"].iloc[0], sizes["cohort_size"].sum()) == (13, 955, 4314)
    assert round(float(cells["revenue_amount"].sum()) / 4314, 2) == 2047.29
    first = cells[cells["period_offset"] == 1]
    complete = first[first["is_complete"]]
    assert round(100 * first["retained"].sum() / first["denominator"].sum(), 1) == 23.0
    assert round(100 * first["retained"].sum() / sizes["cohort_size"].sum(), 1) == 22.8
    assert round(100 * first["value"].mean(), 1) == 20.5
    # The published figures count the cohort whose next month had nine of its days; complete cells alone give more.
    assert round(100 * complete["retained"].sum() / complete["denominator"].sum(), 1) == 24.0


@pytest.fixture(scope="module")
def purchases(lines: pd.DataFrame) -> pd.DataFrame:
    """One row per order: customer, day, first day of the customer, revenue."""
    frames = as_entities(lines)
    revenue = frames["order_lines"].groupby("order_id")["net_amount"].sum()
    orders = frames["orders"].assign(revenue=lambda o: o["order_id"].map(revenue))
    orders["first_day"] = orders.groupby("customer_id")["business_day"].transform("min")
    return orders


@pytest.mark.parametrize("grain", FREQUENCIES)
def test_calendar_kinds_equal_a_plain_computation(matrix: pd.DataFrame, purchases: pd.DataFrame, grain: str) -> None:
    """Every cell of `on` and `on_or_after`, the empty ones too, with orders, revenue, completeness and interval."""
    period = purchases["business_day"].dt.to_period(FREQUENCIES[grain])
    cohort = purchases["first_day"].dt.to_period(FREQUENCIES[grain])
    last = pd.Period(AS_OF, FREQUENCIES[grain])
    expected = []
    for start in sorted(cohort.unique()):
        size = purchases.loc[cohort == start, "customer_id"].nunique()
        for offset in range((last - start).n + 1):
            on, after = (cohort == start) & (period == start + offset), (cohort == start) & (period >= start + offset)
            for kind, rows in (("on", purchases[on]), ("on_or_after", purchases[after])):
                expected.append(
                    (kind, start.start_time, offset, (start + offset).start_time, size, size, *_contents(rows))
                )
    names = [
        "kind",
        "cohort_start",
        "period_offset",
        "period_start",
        "cohort_size",
        "denominator",
        "retained",
        "order_count",
        "revenue_amount",
    ]
    frame = pd.DataFrame(expected, columns=names).sort_values(names[:3]).reset_index(drop=True)
    actual = (
        matrix[(matrix["grain"] == grain) & (matrix["kind"] != "rolling")].sort_values(names[:3]).reset_index(drop=True)
    )
    _assert_equal(actual, frame)
    base = frame.groupby(["kind", "cohort_start"])["revenue_amount"].transform("first")
    _assert_rates(actual, frame, base)
    assert actual["is_complete"].tolist() == (frame["period_start"] != last.start_time).tolist()


@pytest.mark.parametrize("grain", FREQUENCIES)
def test_rolling_windows_equal_a_plain_computation(matrix: pd.DataFrame, purchases: pd.DataFrame, grain: str) -> None:
    """A customer whose window is not over must be in neither part of the rate."""
    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    cohort = purchases["first_day"].dt.to_period(FREQUENCIES[grain])
    window = (purchases["business_day"] - purchases["first_day"]).dt.days // ROLLING_DAYS
    passed = (end - purchases["first_day"]).dt.days // ROLLING_DAYS
    expected = []
    for start in sorted(cohort.unique()):
        own = cohort == start
        size = purchases.loc[own, "customer_id"].nunique()
        begun = ((end - purchases.loc[own, "first_day"].min()).days - 1) // ROLLING_DAYS
        for offset in range(begun + 1):
            mature = own & (passed > offset)
            base = purchases.loc[mature & (window == 0), "revenue"].sum()
            customers = purchases.loc[mature, "customer_id"].nunique()
            complete = (start + 1).start_time + pd.Timedelta(days=(offset + 1) * ROLLING_DAYS - 1) <= end
            expected.append(
                (
                    start.start_time,
                    offset,
                    size,
                    customers,
                    *_contents(purchases[mature & (window == offset)]),
                    base,
                    complete,
                )
            )
    names = ["cohort_start", "period_offset", "cohort_size", "denominator", "retained", "order_count", "revenue_amount"]
    frame = pd.DataFrame(expected, columns=[*names, "base", "is_complete"])
    actual = _cells(matrix, grain, "rolling").reset_index(drop=True)
    assert actual["period_start"].isna().all()
    _assert_equal(actual, frame)
    _assert_rates(actual, frame, frame["base"])
    assert actual["is_complete"].tolist() == frame["is_complete"].tolist()
    assert (frame["denominator"] == frame["cohort_size"])[frame["is_complete"]].all()


def _contents(rows: pd.DataFrame) -> tuple[int, int, float]:
    return rows["customer_id"].nunique(), len(rows), rows["revenue"].sum()


def _assert_equal(actual: pd.DataFrame, expected: pd.DataFrame) -> None:
    counts = [
        name
        for name in (
            "kind",
            "cohort_start",
            "period_offset",
            "period_start",
            "cohort_size",
            "denominator",
        )
        if name in expected
    ]
    pd.testing.assert_frame_equal(actual[counts], expected[counts], check_dtype=False)


def _assert_rates(actual: pd.DataFrame, expected: pd.DataFrame, base_revenue: pd.Series) -> None:
    shown = expected["denominator"] >= 5
    assert actual["is_suppressed"].tolist() == (~shown).tolist()
    hidden = ["retained", "value", "ci_low", "ci_high", "order_count", "revenue_amount", "revenue_retention_rate"]
    assert actual.loc[~shown, hidden].isna().all(axis=None)
    shown_actual, shown_expected = actual[shown], expected[shown]
    for count in ("retained", "order_count"):
        assert shown_actual[count].tolist() == shown_expected[count].tolist()
    assert shown_actual["revenue_amount"].astype(float).to_numpy() == pytest.approx(
        shown_expected["revenue_amount"].to_numpy(), rel=1e-9, abs=1e-6
    )
    assert shown_actual["value"].to_numpy() == pytest.approx(
        (shown_expected["retained"] / shown_expected["denominator"]).to_numpy(), rel=1e-12
    )
    revenue_rates = (shown_expected["revenue_amount"] / base_revenue[shown]).to_numpy()
    assert shown_actual["revenue_retention_rate"].to_numpy() == pytest.approx(revenue_rates, rel=1e-9, abs=1e-12)
    for row in shown_actual.iloc[:: max(1, len(shown_actual) // 40)].itertuples():
        interval = binomtest(int(row.retained), int(row.denominator)).proportion_ci(method="wilson")
        assert (row.ci_low, row.ci_high) == pytest.approx((interval.low, interval.high), abs=1e-9)
