"""Contact ratio, first contacts and engagement of every grain and dimension, against plain loops and scipy."""

from __future__ import annotations

import datetime as dt
from math import isnan, nan, sqrt
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scratch_warehouse import fill_warehouse, query, run_models
from statsmodels.stats.proportion import proportion_confint

AS_OF = dt.date(2024, 4, 12)
FIRST_DAY = dt.date(2023, 11, 20)
REPEAT_DAYS = 5
Cell = tuple[str, dt.date, str, str]
Figures = tuple[float, float, float, float, float, bool]
GRAINS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
CORE_ACTIONS = ("report", "export")


def random_frames() -> dict[str, pd.DataFrame]:
    """Orders, requests and usage with unknown customers, topics and lengths, ties, and customers without a segment."""
    rng = np.random.default_rng(5)
    span = (AS_OF - FIRST_DAY).days + 1

    def moments(count: int) -> pd.DataFrame:
        days = [FIRST_DAY + dt.timedelta(days=int(n)) for n in rng.integers(0, span, count)]
        at = [dt.datetime.combine(day, dt.time(int(rng.integers(0, 3)))) for day in days]
        return pd.DataFrame({"business_day": days, "at": at})

    def people(count: int) -> list[str]:
        return [f"c{n:02}" for n in rng.integers(0, 20, count)]

    orders = moments(250).rename(columns={"at": "ordered_at"})
    orders = orders.assign(order_id=[f"o{n}" for n in range(250)], customer_id=people(250))
    orders["status"] = rng.choice(["completed", "cancelled"], 250, p=[0.9, 0.1])
    lines = orders[["order_id", "business_day"]].assign(line_no=1, product_id="p", quantity=1, net_amount=2.0)
    requests = moments(220).rename(columns={"at": "opened_at"})
    requests = requests[requests["business_day"] >= dt.date(2023, 12, 5)].reset_index(drop=True)
    n = len(requests)
    requests = requests.assign(
        request_id=[f"r{i:03}" for i in range(n)], channel=rng.choice(["phone", "chat", "mail"], n)
    )
    requests["customer_id"] = [None if rng.random() < 0.1 else who for who in people(n)]
    requests["topic"] = rng.choice(np.array(["billing", None], dtype=object), n)
    requests["resolved_at_first_contact"] = rng.choice(np.array([True, False, None], dtype=object), n)
    usage = moments(300).rename(columns={"at": "occurred_at"})
    usage = usage.assign(event_id=[f"u{i}" for i in range(300)], customer_id=people(300))
    usage["event_type"] = rng.choice(["session", "report", "export", "view"], 300, p=[0.7, 0.1, 0.05, 0.15])
    usage["duration_minutes"] = [
        None if rng.random() < 0.3 else round(float(rng.exponential(9)), 2) for _ in range(300)
    ]
    customers = pd.DataFrame({"customer_id": [f"c{i:02}" for i in range(25)]})
    customers["segment"] = [[None, "small", "big"][i % 3] for i in range(25)]
    return {
        "orders": orders,
        "order_lines": lines,
        "support_requests": requests,
        "usage_events": usage,
        "customers": customers,
    }


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, pd.DataFrame]]:
    frames = random_frames()
    path = tmp_path_factory.mktemp("service") / "warehouse.duckdb"
    fill_warehouse(
        path,
        AS_OF,
        frames,
        company={"history_start": FIRST_DAY},
        support={"repeat_window_days": REPEAT_DAYS},
        engagement={"core_actions": list(CORE_ACTIONS)},
        dimensions=["segment", "channel"],
        privacy={"minimum_n": 3},
    )
    run_models(path, "int_kpi__service", "int_kpi__engagement", "engagement")
    return path, frames


def period(grain: str, day: dt.date) -> dt.date:
    return pd.Timestamp(day).to_period(GRAINS[grain]).start_time.date()


def is_over(grain: str, start: dt.date, days: int = 0) -> bool:
    end = pd.Timestamp(start).to_period(GRAINS[grain]).end_time.date()
    return end + dt.timedelta(days=days) <= AS_OF


def with_cells(frame: pd.DataFrame, customers: pd.DataFrame, grains: tuple[str, ...]) -> dict[Cell, pd.DataFrame]:
    """The rows of every cell; a request has a channel, anything has a segment."""
    segments = customers.set_index("customer_id")["segment"].dropna().to_dict()
    rows = frame.assign(segment=[segments.get(who, "unknown") for who in frame["customer_id"]], total="total")
    dimensions = ["total", "segment", *(["channel"] if "channel" in rows else [])]
    return {
        (grain, start, dimension, value): members
        for grain in grains
        for starts in [pd.Series([period(grain, day) for day in rows["business_day"]], rows.index)]
        for dimension in dimensions
        for (start, value), members in rows.groupby([starts, dimension])
    }


def judged(requests: pd.DataFrame) -> pd.DataFrame:
    """Each request with whether it was resolved: by looking at all others, one by one; none where it is not known."""
    outcomes: list[bool | None] = []
    rows = list(requests.itertuples())
    for one in rows:
        again = [
            other
            for other in rows
            if other.customer_id == one.customer_id
            and other.topic == one.topic
            and (other.opened_at, other.request_id) > (one.opened_at, one.request_id)
            and (other.business_day - one.business_day).days <= REPEAT_DAYS
        ]
        if one.business_day + dt.timedelta(days=REPEAT_DAYS) > AS_OF:
            outcomes.append(None)
        else:
            outcomes.append(one.resolved_at_first_contact if one.customer_id is None else not again)
    return requests.assign(resolved=pd.Series(outcomes, dtype=object, index=requests.index))


def share(successes: int, n: int, over: bool) -> Figures:
    low, high = proportion_confint(successes, n, method="wilson")
    return successes / n, successes, n, low, high, over


def expected_service(frames: dict[str, pd.DataFrame]) -> dict[tuple[str, Cell], Figures]:
    grains = ("month", "quarter", "year")
    requests = judged(frames["support_requests"].astype(object).where(frames["support_requests"].notna(), None))
    asked = with_cells(requests, frames["customers"], grains)
    bought = with_cells(frames["orders"].query("status == 'completed'"), frames["customers"], grains)
    wanted: dict[tuple[str, Cell], Figures] = {}
    for cell, members in asked.items():
        for metric, column, days in (
            ("fcr", "resolved", REPEAT_DAYS),
            ("fcr_recorded", "resolved_at_first_contact", 0),
        ):
            known = members[column].dropna()
            if len(known):
                wanted[metric, cell] = share(int(known.sum()), len(known), is_over(cell[0], cell[1], days))
    channels = sorted(set(requests["channel"]))
    first = min(requests["business_day"])
    for (grain, start, dimension, value), orders in bought.items():
        cells = [(grain, start, dimension, value)]
        if dimension == "total":
            cells += [(grain, start, "channel", channel) for channel in channels]
        for cell in cells if start >= period(grain, first) else []:
            count = len(asked.get(cell, ()))
            # The score interval holds the means from which the count is at most 1.96 roots of the mean away.
            low, high = sorted(np.roots([1, -(2 * count + stats.norm.ppf(0.975) ** 2), count**2]).real)
            low = max(0.0, low)
            n = len(orders)
            wanted["contact_ratio", cell] = count / n, count, n, low / n, high / n, is_over(grain, start)
    return wanted


def mean_of(parts: dict[str, tuple[float, float]], over: bool) -> Figures:
    """A ratio of sums over customers with its interval, from each customer's residual."""
    above, below = sum(y for y, _ in parts.values()), sum(x for _, x in parts.values())
    value, n = above / below, len(parts)
    residuals = [(y - value * x) * n / below for y, x in parts.values()]
    if n < 2 or max(abs(each) for each in residuals) < 1e-9:
        return value, above, below, nan, nan, over
    half = stats.t.ppf(0.975, n - 1) * sqrt(sum(each**2 for each in residuals) / (n - 1) / n)
    return value, above, below, max(0.0, value - half), value + half, over


def visit_gaps(usage: pd.DataFrame) -> pd.DataFrame:
    """One row per visit that has one before it, with the days between."""
    visits = usage[usage["event_type"] == "session"].sort_values(["customer_id", "occurred_at"])
    days = pd.to_datetime(visits["business_day"])
    return visits.assign(gap=days.groupby(visits["customer_id"]).diff().dt.days).dropna(subset="gap")


def expected_engagement(frames: dict[str, pd.DataFrame]) -> dict[tuple[str, str, Cell], Figures]:
    usage, grains = frames["usage_events"], tuple(GRAINS)
    wanted: dict[tuple[str, str, Cell], Figures] = {}
    for cell, members in with_cells(usage, frames["customers"], grains).items():
        over = is_over(cell[0], cell[1])
        minutes: dict[str, tuple[float, float]] = {}
        visits: dict[str, tuple[float, float]] = {}
        for who, own in members.groupby("customer_id"):
            sessions = own[own["event_type"] == "session"]
            visits[str(who)] = (len(sessions), 1)
            if sessions.empty or sessions["duration_minutes"].notna().any():
                minutes[str(who)] = (sessions["duration_minutes"].sum(), 1)
        wanted["visit_frequency", "session", cell] = mean_of(visits, over)
        if minutes:
            wanted["activity_time", "session", cell] = mean_of(minutes, over)
        for action in (*CORE_ACTIONS, "any_core_action"):
            names = CORE_ACTIONS if action == "any_core_action" else (action,)
            did = members[members["event_type"].isin(names)]["customer_id"].nunique()
            wanted["core_action_rate", action, cell] = share(did, len(visits), over)
    for cell, members in with_cells(visit_gaps(usage), frames["customers"], grains).items():
        gaps = {str(who): (own["gap"].sum(), len(own)) for who, own in members.groupby("customer_id")}
        wanted["days_between_visits", "session", cell] = mean_of(gaps, is_over(cell[0], cell[1]))
    return wanted


def assert_same(ours: dict[tuple, Figures], theirs: dict[tuple, Figures]) -> None:
    assert ours.keys() == theirs.keys()
    for key, figures in theirs.items():
        for mine, other in zip(ours[key], figures, strict=True):
            both_missing = isnan(other) and isnan(mine)
            assert both_missing or mine == pytest.approx(other, rel=1e-9, abs=1e-9), (key, ours[key], figures)


def cell_of(row: object) -> Cell:
    return row.grain, row.period_start.date(), row.dimension, row.dimension_value


def figures_of(row: object) -> Figures:
    return row.value, row.numerator, row.denominator, row.ci_low, row.ci_high, row.is_complete


def test_service_metrics_equal_a_plain_computation(published: tuple[Path, dict[str, pd.DataFrame]]) -> None:
    """A repeat that is missed or counted for another topic, an open window, a channel over its own orders only."""
    path, frames = published
    rows = query(path, "select * from intermediate.int_kpi__service")
    assert_same({(r.metric_id, cell_of(r)): figures_of(r) for r in rows.itertuples()}, expected_service(frames))
    assert len(rows) > 150


def test_engagement_equals_a_plain_computation(published: tuple[Path, dict[str, pd.DataFrame]]) -> None:
    """Unknown lengths counted as no minutes, an interval cut at the period, visits taken as independent."""
    path, frames = published
    periods = "intermediate.int_periods using (grain, period_start)"
    rows = query(path, f"select * from intermediate.int_engagement__measured join {periods}")
    ours = {(r.measure, r.event_type, cell_of(r)): figures_of(r) for r in rows.itertuples()}
    assert_same(ours, expected_engagement(frames))
    assert len(ours) == len(rows) > 900


def test_the_mart_shows_what_kpi_shows_and_hides_small_cells(published: tuple[Path, dict[str, pd.DataFrame]]) -> None:
    """Two tables that differ about one metric, or a small cell that shows."""
    path, _ = published
    differing = query(
        path,
        "select count(*) as n, count(*) filter (where is_suppressed) as hidden,"
        " count(*) filter (where is_suppressed and coalesce(mart.value, mart.numerator) is not null) as shown,"
        " count(*) filter (where not is_suppressed and mart.value is distinct from kpi.value) as different"
        " from marts.engagement as mart join intermediate.int_kpi__engagement as kpi"
        " on mart.measure = kpi.metric_id and mart.grain = kpi.grain and mart.period_start = kpi.period_start"
        " and mart.dimension = kpi.dimension and mart.dimension_value = kpi.dimension_value"
        " where mart.event_type in ('session', 'any_core_action')",
    ).iloc[0]
    kpi = query(path, "select count(*) as n from intermediate.int_kpi__engagement")
    assert (differing["shown"], differing["different"]) == (0, 0)
    assert 0 < differing["hidden"] < differing["n"] == kpi["n"][0]


def test_a_ratio_of_ones_is_the_mean_with_students_interval() -> None:
    """The comparison's own interval, held against the textbook's for a mean."""
    values = [3.0, 8.0, 4.0, 4.0]
    value, _, _, low, high, _ = mean_of({str(i): (each, 1) for i, each in enumerate(values)}, over=True)
    half = stats.t.ppf(0.975, 3) * stdev(values) / 2
    assert (value, low, high) == pytest.approx((mean(values), mean(values) - half, mean(values) + half))
