"""What follows an answer, against plain loops over days, lifelines, scipy and statsmodels."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from math import isnan, sqrt
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import logrank_test
from outcome_company import AS_OF, DAY, HORIZONS, Followed, Observation, random_company, units
from scipy import stats
from scratch_warehouse import fill_warehouse, query, run_models
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from assets.analysis.key_drivers import write_relative_weights
from assets.analysis.relative_weights import relative_weights

MODELS = ("satisfaction_outcomes", "nps_outcomes", "csi_nps_link", "int_kpi__outcomes", "int_key_drivers__observations")
Cell = tuple[int, str, str, str]


@pytest.fixture(scope="module")
def followed() -> Followed:
    return Followed(random_company(1))


@pytest.fixture(scope="module")
def warehouse(followed: Followed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outcomes") / "warehouse.duckdb"
    company = {"history_start": dt.date(2022, 1, 1)}
    fill_warehouse(path, AS_OF, followed.frames, company=company, privacy={"minimum_n": 0}, dimensions=["segment"])
    run_models(path, *MODELS)
    return path


@pytest.fixture(scope="module")
def groups(followed: Followed) -> dict[Cell, list[Observation]]:
    """The units of each year, dimension value and group."""
    found: dict[Cell, list[Observation]] = {}
    for year, unit in units(followed.observations()):
        for dimension, value in (("total", "total"), ("segment", followed.segments[unit.customer])):
            found.setdefault((year, dimension, value, unit.group), []).append(unit)
    return found


def test_every_outcome_equals_a_loop_over_days(followed: Followed, warehouse: Path) -> None:
    """A purchase of the day itself, one past the horizon, a horizon that is not over, a group told by the future."""
    expected = {}
    for each in followed.observations():
        for days in HORIZONS:
            end = each.time_zero + days * DAY
            if end > AS_OF:
                continue
            was_active = followed.is_active(each.customer, each.time_zero)
            bought = [day for day, _ in followed.purchases[each.customer] if each.time_zero < day <= end]
            expected[each.kind, each.key, each.time_zero, days] = (
                each.group,
                was_active,
                not followed.is_active(each.customer, end) if was_active else None,
                len(bought),
                followed.revenue(each.customer, each.time_zero, end),
                sum(each.time_zero < day <= end for day in followed.requests[each.customer]),
            )
    rows = query(warehouse, "select * from marts.satisfaction_outcomes")
    published = {
        (row.observation_kind, row.observation_id, row.time_zero_on.date(), row.horizon_days): (
            row.response_group,
            row.was_active,
            None if pd.isna(row.has_churned) else row.has_churned,
            row.order_count,
            round(row.revenue_amount, 4),
            row.support_request_count,
        )
        for row in rows.itertuples()
    }
    assert {group for group, *_ in expected.values()} >= {"promoter", "detractor", "not_answered", "never_asked"}
    assert published == {key: (*row[:4], float(row[4]), row[5]) for key, row in expected.items()}


def compared(groups: dict[Cell, list[Observation]]) -> Iterator[tuple[Cell, list[Observation], list[Observation]]]:
    for (year, dimension, value, group), members in groups.items():
        yield (year, dimension, value, group), members, groups.get((year, dimension, value, "detractor"), [])


def test_groups_and_their_differences_equal_other_libraries(
    followed: Followed, warehouse: Path, groups: dict[Cell, list[Observation]]
) -> None:
    """A customer counted twice, a base with the inactive, an interval or a test of another kind."""
    published = query(warehouse, "select * from marts.nps_outcomes").set_index(
        ["period_start", "dimension", "dimension_value", "response_group", "horizon_days"]
    )
    seen = 0
    for (year, *cell, group), members, detractors in compared(groups):
        for days in HORIZONS:
            own, other = Summary(followed, members, days), Summary(followed, detractors, days)
            if not own.n:
                continue
            row = published.loc[(pd.Timestamp(year, 1, 1), *cell, group, days)]
            seen += 1
            figures = (own.n, own.active, own.retained, own.bought)
            assert (row.n, row.active_customers, row.retained_customers, row.purchased_customers) == figures
            low, high = proportion_confint(own.retained, own.active, method="wilson") if own.active else (None, None)
            assert same(row.retention_rate_ci_low, low)
            assert same(row.retention_rate_ci_high, high)
            assert same(row.revenue_per_customer, own.revenue.mean())
            if group != "detractor" and min(own.n, other.n) > 1 and own.revenue.std() + other.revenue.std() > 0:
                check_difference(row, own, other)
    assert seen == len(published) > 50


class Summary:
    """What the members did whose horizon has passed."""

    def __init__(self, followed: Followed, members: list[Observation], days: int) -> None:
        mature = [m for m in members if m.time_zero + days * DAY <= AS_OF]
        ends = [m.time_zero + days * DAY for m in mature]
        self.n = len(mature)
        was_active = [followed.is_active(m.customer, m.time_zero) for m in mature]
        self.active = sum(was_active)
        self.retained = sum(
            was and followed.is_active(m.customer, end) for was, m, end in zip(was_active, mature, ends, strict=True)
        )
        purchases = [followed.next_purchase(m.customer, m.time_zero) for m in mature]
        self.bought = sum(day is not None and day <= end for day, end in zip(purchases, ends, strict=True))
        self.revenue = np.array(
            [float(followed.revenue(m.customer, m.time_zero, end)) for m, end in zip(mature, ends, strict=True)]
        )


def check_difference(row: pd.Series, own: Summary, other: Summary) -> None:
    """Means by Welch with whole degrees of freedom, rates by Newcombe and the pooled z test."""
    test = stats.ttest_ind(own.revenue, other.revenue, equal_var=False)
    error = sqrt(own.revenue.var(ddof=1) / own.n + other.revenue.var(ddof=1) / other.n)
    degrees = int(test.df + 1e-9)
    half = stats.t.ppf(0.975, degrees) * error
    assert row.revenue_difference_ci_low == pytest.approx(own.revenue.mean() - other.revenue.mean() - half, rel=1e-9)
    assert row.revenue_difference_ci_high == pytest.approx(own.revenue.mean() - other.revenue.mean() + half, rel=1e-9)
    if degrees >= 5:
        p_value = 2 * stats.t.sf(abs((own.revenue.mean() - other.revenue.mean()) / error), degrees)
        assert row.revenue_p_value == pytest.approx(p_value, abs=3e-6)
    low, high = confint_proportions_2indep(own.bought, own.n, other.bought, other.n, compare="diff", method="newcomb")
    assert row.purchase_rate_difference_ci_low == pytest.approx(low, abs=1e-9)
    assert row.purchase_rate_difference_ci_high == pytest.approx(high, abs=1e-9)
    if 0 < own.bought + other.bought < own.n + other.n:
        p_value = proportions_ztest([own.bought, other.bought], [own.n, other.n])[1]
        assert row.purchase_rate_p_value == pytest.approx(p_value, abs=1e-9)


def same(ours: float, theirs: float | None) -> bool:
    return isnan(ours) if theirs is None else ours == pytest.approx(theirs, abs=1e-9)


def test_log_rank_equals_lifelines(followed: Followed, warehouse: Path, groups: dict[Cell, list[Observation]]) -> None:
    """Risk sets that lose those who leave on the day, ties counted wrongly, follow-up past the as-of date."""
    rows = query(warehouse, "select * from intermediate.int_nps_outcomes__log_rank where p_value is not null")
    published = {
        (row.period_start.year, row.dimension, row.dimension_value, row.compared_group, row.event_kind): row.p_value
        for row in rows.itertuples()
    }
    seen = 0
    for (year, *cell, group), members, detractors in compared(groups):
        for kind in ("purchase", "churn"):
            own, other = durations(followed, members, kind), durations(followed, detractors, kind)
            if group == "detractor" or not own or not other or not any(e for _, e in own + other):
                continue
            (t_a, e_a), (t_b, e_b) = zip(*own, strict=True), zip(*other, strict=True)
            found = logrank_test(t_a, t_b, e_a, e_b)
            if not isnan(found.p_value) and found.test_statistic > 0:
                assert published[(year, *cell, group, kind)] == pytest.approx(found.p_value, abs=1e-9)
                seen += 1
    assert seen > 30


def durations(followed: Followed, members: list[Observation], kind: str) -> list[tuple[int, bool]]:
    found = []
    for member in members:
        open_for = (AS_OF - member.time_zero).days
        if kind == "purchase":
            day = followed.next_purchase(member.customer, member.time_zero)
            found.append(((day - member.time_zero).days if day else open_for, day is not None))
        elif followed.is_active(member.customer, member.time_zero):
            lapse = followed.lapse(member.customer, member.time_zero)
            found.append((open_for if lapse is None else lapse, lapse is not None))
    return found


def test_point_value_is_a_half_percent_of_the_customers(
    followed: Followed, warehouse: Path, groups: dict[Cell, list[Observation]]
) -> None:
    """Another base, another horizon, or the interval of something else."""
    rows = query(
        warehouse, "select * from intermediate.int_kpi__outcomes where metric_id = 'nps_point_value' and grain = 'year'"
    )
    assert len(rows) > 4
    for row in rows.itertuples():
        year = row.period_start.year
        cell = (year, row.dimension, row.dimension_value)
        base = sum(
            followed.is_active(customer, dt.date(year, 12, 31))
            for customer, segment in followed.segments.items()
            if row.dimension_value in {"total", segment}
        )
        own = Summary(followed, groups[(*cell, "promoter")], 365)
        other = Summary(followed, groups[(*cell, "detractor")], 365)
        assert row.value == pytest.approx(base / 200 * (own.revenue.mean() - other.revenue.mean()), rel=1e-9)
        assert row.value == pytest.approx(row.numerator / row.denominator, rel=1e-12)
        assert row.n == min(own.n, other.n)
        if min(own.n, other.n) > 1:
            error = sqrt(own.revenue.var(ddof=1) / own.n + other.revenue.var(ddof=1) / other.n)
            assert row.standard_error == pytest.approx(base / 200 * error, rel=1e-9)


def test_rank_correlation_equals_scipy(followed: Followed, warehouse: Path) -> None:
    """Ranks of ties that are not averaged, weights of another period, answers that were superseded."""
    rows = query(warehouse, "select * from intermediate.int_csi_nps__correlations where n > 3 and rho is not null")
    assert len(rows) > 20
    customers = query(warehouse, "select * from intermediate.int_csi_nps__customers")
    customers["segment"] = customers["customer_id"].map(followed.segments)
    for row in rows.itertuples():
        members = customers[(customers["grain"] == row.grain) & (customers["period_start"] == row.period_start)]
        if row.dimension == "segment":
            members = members[members["segment"] == row.dimension_value]
        rho = stats.spearmanr(members["csi_index"], members["nps_score"]).statistic
        assert row.rho == pytest.approx(rho, abs=1e-9)
        if abs(rho) < 1 - 1e-9:
            half = stats.norm.ppf(0.975) * sqrt((1 + rho**2 / 2) / (row.n - 3))
            assert (row.ci_low, row.ci_high) == pytest.approx(
                (np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)), abs=1e-9
            )


def test_key_drivers_are_those_of_the_complete_responses(followed: Followed, warehouse: Path) -> None:
    """Answers of one response that go to another, or incomplete ones that count as zero."""
    write_relative_weights(warehouse)
    rows = query(warehouse, "select * from analysis.relative_weights where outcome = 'nps' order by predictor")
    assert list(rows["predictor"]) == ["price", "taste"]
    wide = followed.frames["survey_responses"].pivot(index="response_id", columns="question_id", values="score")
    complete = wide[["s_price", "s_taste", "recommend"]].dropna()
    correlations = np.corrcoef(complete.to_numpy().T)
    assert list(rows["n"]) == [len(complete)] * 2
    weights = relative_weights(correlations[:2, :2], correlations[:2, 2])
    assert list(rows["weight"]) == pytest.approx(list(weights), abs=1e-9)


def test_key_drivers_do_not_depend_on_the_order_of_rows(warehouse: Path, tmp_path: Path) -> None:
    """Two engines, or two runs, give rows in two orders; resamples drawn by place would differ."""
    write_relative_weights(warehouse)
    first = query(warehouse, "select * from analysis.relative_weights order by all")
    assert first["weight_ci_low"].notna().any()
    copy = Path(shutil.copy(warehouse, tmp_path / "warehouse.duckdb"))
    table = "intermediate.int_key_drivers__observations"
    with duckdb.connect(str(copy)) as connection:
        connection.execute(f"create table other as select * from {table} order by hash(observation_id)")
        connection.execute(f"delete from {table}")
        connection.execute(f"insert into {table} select * from other")
    write_relative_weights(copy)
    pd.testing.assert_frame_equal(first, query(copy, "select * from analysis.relative_weights order by all"))
