"""The olist example: statuses, people behind orders, and review scores, against plain pandas; and no row is lost."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from example_run import DATA, ExampleRun

FOLDER = DATA / "olist"
VALID = ["delivered", "shipped", "invoiced", "processing"]
EXACT = 1e-12


def table(name: str) -> pd.DataFrame:
    """A file of the data set as it is, everything read as text."""
    return pd.read_csv(FOLDER / f"olist_{name}_dataset.csv", dtype=str)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Orders with their person, and the month of the purchase as the clocks in São Paulo showed it."""
    orders = table("orders").merge(table("customers"), on="customer_id")
    return orders.assign(month=pd.to_datetime(orders["order_purchase_timestamp"]).dt.to_period("M"))


@pytest.fixture(scope="module")
def reviews(orders: pd.DataFrame) -> pd.DataFrame:
    """Reviews with their person and the month of the answer."""
    reviews = table("order_reviews").merge(orders[["order_id", "customer_unique_id", "customer_state"]], on="order_id")
    return reviews.assign(
        score=reviews["review_score"].astype(int),
        month=pd.to_datetime(reviews["review_answer_timestamp"]).dt.to_period("M").dt.start_time,
    )


def test_no_row_is_lost_or_bad(olist: ExampleRun) -> None:
    """A join that multiplies or drops rows would show here: each file's rows are counted on their own."""
    extracted = {entity: loaded.extracted for entity, loaded in olist.loaded.items()}
    assert extracted == {
        "customers": table("customers")["customer_unique_id"].nunique(),
        "products": len(table("products")),
        "orders": len(table("orders")),
        "order_lines": len(table("order_items")),
        "survey_questions": 1,
        "survey_responses": len(table("order_reviews")),
    }
    assert all(loaded.is_conserved and loaded.accepted == loaded.extracted for loaded in olist.loaded.values())
    published = olist.marts(
        "select entity, sum(extracted_count) as n from data_quality where entity <> 'survey_questions' group by entity"
    )
    assert dict(published.itertuples(index=False)) == {e: n for e, n in extracted.items() if e != "survey_questions"}


def test_orders_by_status(olist: ExampleRun, orders: pd.DataFrame) -> None:
    """Every status of the source is either valid or known as not; a status in neither list would be quarantined."""
    accepted = olist.accepted("orders")
    assert accepted["status"].value_counts().to_dict() == orders["order_status"].value_counts().to_dict()
    cells = olist.marts("from cohort_retention where grain = 'month' and kind = 'on'")
    bought = orders[orders["order_status"].isin(VALID) & orders["order_id"].isin(table("order_items")["order_id"])]
    assert cells["order_count"].sum() == len(bought)
    by_month = cells.groupby("period_start")["order_count"].sum()
    assert by_month[by_month > 0].tolist() == bought.groupby("month").size().tolist()
    sizes = cells[cells["period_offset"] == 0]["cohort_size"]
    assert sizes.sum() == bought["customer_unique_id"].nunique()


def test_revenue_is_that_of_valid_orders(olist: ExampleRun, orders: pd.DataFrame) -> None:
    """Items of cancelled orders are no revenue; to the cent."""
    items = table("order_items").merge(orders[["order_id", "order_status"]], on="order_id")
    cents = (items.loc[items["order_status"].isin(VALID), "price"].astype(float) * 100).round().astype(int).sum()
    published = olist.marts("select cast(sum(revenue_amount) * 100 as bigint) as cents from customers")
    assert published["cents"].tolist() == [cents]


def test_the_person_is_behind_several_orders(olist: ExampleRun, orders: pd.DataFrame) -> None:
    """With the customer id of an order as the person, nobody would ever come back."""
    accepted = olist.accepted("orders").set_index("order_id")["customer_id"].to_dict()
    assert accepted == orders.set_index("order_id")["customer_unique_id"].to_dict()


def test_purchases_keep_the_day_of_their_own_clock(olist: ExampleRun, orders: pd.DataFrame) -> None:
    """Read as UTC, purchases of the last two or three hours of a day would stand on the next one."""
    accepted = olist.accepted("orders").set_index("order_id").loc[orders["order_id"]]
    local = pd.to_datetime(orders["order_purchase_timestamp"].to_numpy())
    assert (pd.DatetimeIndex(accepted["business_day"]) == local.normalize()).all()
    zoned = local.tz_localize("America/Sao_Paulo", ambiguous=[True] * len(local))
    assert (pd.DatetimeIndex(accepted["ordered_at"]) == zoned.tz_convert("UTC").tz_localize(None)).all()


def test_categories_are_translated(olist: ExampleRun) -> None:
    """A category without a translation, or none at all, must not cost the product."""
    products = table("products")
    words = pd.read_csv(FOLDER / "product_category_name_translation.csv").set_index("product_category_name")
    expected = products.set_index("product_id")["product_category_name"].map(words["product_category_name_english"])
    found = olist.accepted("products").set_index("product_id")["category_path"]
    assert found.dropna().to_dict() == expected.dropna().to_dict()
    assert found.isna().sum() == expected.isna().sum() == 37


@pytest.mark.parametrize(("dimension", "keys"), [("total", ["month"]), ("region", ["month", "customer_state"])])
def test_reviews_per_month(olist: ExampleRun, reviews: pd.DataFrame, dimension: str, keys: list[str]) -> None:
    """Means and satisfied shares of every month, in total and by state; a review of two orders is two answers."""
    scores = reviews.groupby(keys)["score"]
    satisfied = reviews.assign(satisfied=reviews["score"] >= 4).groupby(keys)["satisfied"]
    for metric, expected, top in [
        ("csat", scores.mean(), scores.sum()),
        ("csat_satisfied_share", satisfied.mean(), satisfied.sum()),
    ]:
        found = olist.marts(
            f"from kpi where grain = 'month' and metric_id = '{metric}' and dimension = '{dimension}' "
            "order by period_start, dimension_value"
        )
        assert found["n"].tolist() == scores.count().tolist()
        shown = ~found["is_suppressed"]
        assert shown.tolist() == (scores.count() >= 5).tolist()
        assert found.loc[shown, "value"].tolist() == pytest.approx(expected[shown.to_numpy()].tolist(), rel=EXACT)
        assert found.loc[shown, "numerator"].tolist() == pytest.approx(top[shown.to_numpy()].tolist(), rel=EXACT)
    assert scores.count().sum() == len(reviews) == 2_993


def test_reviews_after_the_last_month_are_complete(olist: ExampleRun) -> None:
    """As of the last day of September that month is over."""
    last = olist.marts(
        "select max(period_start) as month, bool_and(is_complete) as is_complete from kpi "
        "where metric_id = 'csat' and grain = 'month'"
    )
    assert last["month"].dt.date.tolist() == [dt.date(2018, 9, 1)]
    assert last["is_complete"].tolist() == [True]
