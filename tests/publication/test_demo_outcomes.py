"""What goes with satisfaction in the published demo, against scipy and a direct computation from the source files."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from demo_company import DemoCompany
from scipy import stats

from tests.references.intervals import in_every_period
from tests.references.johnson import least_squares, relative_weights, standardised

REPEATED = ["customer_id", "survey_id", "question_id", "brand", "product_id"]
PERIODS = {"quarter": "Q", "year": "Y"}
MINIMUM_N = 5


@pytest.fixture(scope="module")
def answers(company: DemoCompany) -> pd.DataFrame:
    """All answers about ourselves, with where they lie between the ends of their scales."""
    answers = company.answers()
    width = answers["scale_max"] - answers["scale_min"]
    return answers.assign(
        place=100 * (answers["score"] - answers["scale_min"]) / width,
        of_maximum=answers["score"] / answers["scale_max"],
    )


def indices(counting: pd.DataFrame) -> pd.DataFrame:
    """Per customer of one period the mean place, weighted by what all find important, and the NPS answer."""
    importance = counting[counting["measure"] == "csi_importance"].groupby("parameter")["of_maximum"].mean()
    known = counting[counting["customer_id"].notna()]
    satisfied = known[known["measure"] == "csi_satisfaction"]
    weights = satisfied["parameter"].map(importance)
    sums = pd.DataFrame({"weighted": weights * satisfied["place"], "weight": weights})
    sums = sums.groupby(satisfied["customer_id"]).sum()
    scores = known[known["measure"] == "nps"].groupby("customer_id")["score"].mean()
    index = (sums["weighted"] / sums["weight"]).round(9)
    return pd.DataFrame({"csi": index, "nps": scores}).dropna()


def test_rank_correlation_of_csi_and_nps_equals_scipy(company: DemoCompany, answers: pd.DataFrame) -> None:
    """Ties that are not averaged, weights of another period, customers who answered but one of both."""
    kpi = company.marts("from kpi where metric_id = 'csi_nps_correlation' and dimension = 'total'")
    found = kpi.set_index(["grain", "period_start"])
    counting = in_every_period(answers, REPEATED)
    checked = 0
    for grain, code in PERIODS.items():
        rows = counting[counting["grain"] == grain]
        for start, members in rows.groupby(rows["day"].dt.to_period(code).dt.start_time):
            customers = indices(members)
            n = len(customers)
            if n < MINIMUM_N:
                continue
            rho = stats.spearmanr(customers["csi"], customers["nps"]).statistic
            half = stats.norm.ppf(0.975) * math.sqrt((1 + rho**2 / 2) / (n - 3))
            bounds = np.tanh([np.arctanh(rho) - half, np.arctanh(rho) + half])
            cell = found.loc[grain, start]
            assert cell["n"] == n
            assert cell[["value", "ci_low", "ci_high"]].tolist() == pytest.approx([rho, *bounds], abs=1e-9)
            checked += 1
    assert checked == found["value"].notna().sum() > 5


def assert_same_drivers(drivers: pd.DataFrame, cases: pd.DataFrame, outcome: str) -> None:
    """The weights, correlations and slopes of all predictors of an outcome, the last column of the complete cases."""
    columns = cases.dropna()
    predictors = [name for name in columns.columns if name != outcome]
    x, y = columns[predictors].to_numpy(), columns[outcome].to_numpy()
    found = drivers.set_index("predictor").loc[predictors]
    slopes, r_squared = least_squares(x, y)
    weights = relative_weights(x, y)
    assert len(found) == len(drivers)
    assert set(found["n"]) == {len(columns)}
    assert weights.sum() == pytest.approx(r_squared, abs=1e-9)
    for column, expected in {
        "r_squared": np.full(len(predictors), r_squared),
        "weight": weights,
        "weight_share": weights / r_squared,
        "correlation": standardised(x).T @ standardised(y),
        "coefficient": slopes,
    }.items():
        assert found[column].to_numpy() == pytest.approx(expected, abs=1e-9, rel=1e-9), column


@pytest.mark.parametrize(
    ("survey", "measure", "outcome"),
    [
        ("relationship", "nps", "nps"),
        ("relationship", "acsi_overall", "overall_satisfaction"),
        ("store_visit", "csat", "overall_satisfaction"),
    ],
)
def test_drivers_of_surveys_equal_a_direct_computation(
    company: DemoCompany, answers: pd.DataFrame, survey: str, measure: str, outcome: str
) -> None:
    """Answers of one response that go to another, incomplete ones that count as zero, weights of other variables."""
    drivers = company.marts(
        f"from key_drivers where analysis = 'parameters' and scope = '{survey}' and outcome = '{outcome}'"
    )
    own = answers[(answers["survey_id"] == survey) & answers["measure"].isin(["csi_satisfaction", measure])]
    named = own.assign(variable=own["parameter"].where(own["measure"] == "csi_satisfaction", outcome))
    assert_same_drivers(drivers, named.pivot(index="response_id", columns="variable", values="place"), outcome)


@pytest.mark.parametrize(("kind", "column"), [("location", "location_id"), ("employee", "employee_id")])
def test_drivers_of_units_equal_a_direct_computation(
    company: DemoCompany, answers: pd.DataFrame, kind: str, column: str
) -> None:
    """Answers of a month held against the figures of another month or unit."""
    figures = company.file("unit_drivers")
    figures = figures[figures["unit_kind"] == kind]
    unit_months = figures.assign(month=pd.to_datetime(figures["period_start"]).dt.to_period("M")).pivot(
        index=["unit_id", "month"], columns="driver", values="value"
    )
    months = answers["day"].dt.to_period("M").rename("month")
    for outcome, is_counted in {
        "mean_satisfaction": answers["measure"] == "csi_satisfaction",
        "satisfaction: staff": (answers["measure"] == "csi_satisfaction") & (answers["parameter"] == "staff"),
        "overall_satisfaction": answers["measure"].isin(["csat", "acsi_overall"]),
    }.items():
        counted = answers[is_counted].rename(columns={column: "unit_id"})
        means = counted.groupby(["unit_id", months])["place"].mean().rename(outcome)
        drivers = company.marts(
            f"from key_drivers where analysis = 'units' and scope = '{kind}' and outcome = '{outcome}'"
        )
        assert_same_drivers(drivers, unit_months.join(means), outcome)
