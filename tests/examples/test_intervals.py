"""Scores of the real surveys with their intervals against scipy and statsmodels, and weights of real answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from example_run import DATA, ExampleRun

from assets.analysis.relative_weights import analyse
from tests.references.intervals import Figures, assert_same_cells, in_every_period, mean, share
from tests.references.johnson import least_squares, relative_weights

METRICS: dict[str, Callable[[pd.DataFrame], Figures]] = {
    "csat": lambda rows: mean(rows["score"]),
    "csat_satisfied_share": lambda rows: share(rows["score"] >= 4),
}


def assert_same_csat(run: ExampleRun, answers: pd.DataFrame, dimensions: list[str]) -> int:
    """Both scores in every period and dimension, every answer counting; how many cells are shown."""
    kpi = run.marts("from kpi where metric_id in ('csat', 'csat_satisfied_share')")
    counting = in_every_period(answers.assign(total="total"), [])
    return sum(
        assert_same_cells(kpi, counting, metric, dimension, compute)
        for metric, compute in METRICS.items()
        for dimension in dimensions
    )


def test_reviews_of_the_marketplace(olist: ExampleRun) -> None:
    """Wrong degrees of freedom, or an interval of one state that is that of all."""
    tables = {name: pd.read_csv(DATA / f"olist/olist_{name}_dataset.csv") for name in ("order_reviews", "orders")}
    customers = pd.read_csv(DATA / "olist/olist_customers_dataset.csv")
    reviews = tables["order_reviews"].merge(tables["orders"], on="order_id").merge(customers, on="customer_id")
    answers = pd.DataFrame(
        {
            "score": reviews["review_score"],
            "region": reviews["customer_state"],
            "day": pd.to_datetime(reviews["review_answer_timestamp"]).dt.normalize(),
        }
    )
    assert assert_same_csat(olist, answers, ["total", "region"]) > 400


def test_tickets_of_the_software_company(ravenstack: ExampleRun) -> None:
    """A blank counted as an answer, or a ticket of an account that is lost to its industry."""
    tickets = pd.read_csv(DATA / "ravenstack/ravenstack_support_tickets.csv")
    accounts = pd.read_csv(DATA / "ravenstack/ravenstack_accounts.csv")
    answered = tickets[tickets["satisfaction_score"].notna()].merge(accounts, on="account_id")
    answers = pd.DataFrame(
        {
            "score": answered["satisfaction_score"],
            "segment": answered["industry"],
            "region": answered["country"],
            "day": pd.to_datetime(answered["closed_at"], format="mixed").dt.normalize(),
        }
    )
    assert assert_same_csat(ravenstack, answers, ["total", "segment", "region"]) > 400


@pytest.fixture(scope="module")
def passengers() -> pd.DataFrame:
    return pd.read_csv(DATA / "airline/airline_passenger_satisfaction_20k.csv")


def test_attributes_of_the_flight(airline: ExampleRun, passengers: pd.DataFrame) -> None:
    """A 0, which is no answer, that narrows an interval, in total and by class."""
    found = airline.marts("from csi_parameters where grain = 'year' and level = 'parameter'")
    for dimension, column in {"total": None, "segment": "Customer Type", "channel": "Class"}.items():
        cells = found[found["dimension"] == dimension]
        assert len(cells) >= 14
        for cell in cells.to_dict("records"):
            rows = passengers if column is None else passengers[passengers[column] == cell["dimension_value"]]
            scores = rows.loc[rows[cell["parameter"]] != 0, cell["parameter"]]
            for names, figures in {
                ("satisfaction_score", "satisfaction_score_ci_low", "satisfaction_score_ci_high"): mean(scores),
                ("satisfied_share", "satisfied_ci_low", "satisfied_ci_high"): share(scores >= 4),
            }.items():
                assert [cell[name] for name in names] == pytest.approx(figures, rel=1e-9), (cell["parameter"], names)


def test_relative_weights_of_the_flight_equal_a_direct_computation(passengers: pd.DataFrame) -> None:
    """Sums of products, by which the weights are computed, that lose digits over thousands of real answers.

    The file tells who was satisfied, which is no answer on a scale and therefore in no mart.
    """
    attributes = passengers.loc[:, "Inflight wifi service":"Cleanliness"]
    complete = passengers[(attributes != 0).all(axis=1)]
    x = complete[attributes.columns].to_numpy(dtype=float)
    y = (complete["satisfaction"] == "satisfied").to_numpy(dtype=float)
    found = analyse(x, y, np.arange(len(y)))
    assert found is not None
    slopes, r_squared = least_squares(x, y)
    weights = relative_weights(x, y)
    assert found.n == len(y) > 10_000
    assert found.estimates.weights == pytest.approx(weights, abs=1e-9)
    assert found.estimates.coefficients == pytest.approx(slopes, abs=1e-9)
    assert float(found.estimates.r_squared) == pytest.approx(r_squared, abs=1e-9)
    assert weights.sum() == pytest.approx(r_squared, abs=1e-9)
