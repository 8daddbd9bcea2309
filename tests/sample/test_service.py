"""The declared service, usage and price truths come back out of the written rows."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tests.sample.conftest import Demo, assert_mean, assert_share


def test_first_contact_resolution(demo: Demo) -> None:
    """A request is resolved at first contact where the customer does not ask again about it within seven days."""
    requests = demo.rows("support_requests")
    again = requests.select("customer_id", "topic", later="opened_at")
    pairs = requests.join(again, on=["customer_id", "topic"]).filter(
        (pl.col("later") > pl.col("opened_at")) & (pl.col("later") <= pl.col("opened_at") + dt.timedelta(days=7))
    )
    followed = pairs["request_id"].n_unique()
    # Each first request is followed up with the declared share; a follow-up never is.
    firsts = requests.height - followed
    assert_share(followed, firsts, 1 / demo.truths.first_contact_rate - 1, "repeat contacts")
    assert requests.filter(~pl.col("resolved_at_first_contact")).height == followed


def test_shipments_fail_at_the_declared_rates(demo: Demo) -> None:
    shipments = demo.rows("shipments")
    shipped = int(shipments["shipped_quantity"].sum())
    assert_share(int(shipments["defective_quantity"].sum()), shipped, demo.truths.defective_share, "defects")
    assert_share(int(shipments["short_quantity"].sum()), shipped, demo.truths.short_share, "shortage")
    # Within a week of the last day, what is late is still under way.
    known = shipments.filter(pl.col("promised_on") < demo.truths.last_day - dt.timedelta(days=7))
    assert known["delivered_on"].null_count() == 0
    assert_share(
        known.filter(pl.col("delivered_on") > pl.col("promised_on")).height,
        known.height,
        demo.truths.late_share,
        "late",
    )


def test_the_price_level_of_the_category_is_exact(demo: Demo) -> None:
    products = demo.rows("products").select("product_id", "category_path")
    prices = demo.rows("competitor_prices").join(products, on="product_id")
    main = prices.filter(pl.col("competitor") == "Competitor A").with_columns(
        level=(pl.col("competitor_price").cast(pl.Float64) / pl.col("own_price").cast(pl.Float64) * 100).round(9)
    )
    mine = main.filter(pl.col("category_path") == demo.truths.price_level_category)
    assert mine.height > 0
    assert mine["level"].unique().to_list() == [pytest.approx(demo.truths.price_level)]
    assert main.filter(pl.col("category_path") != demo.truths.price_level_category)["level"].min() > 100


def test_usage_follows_paid_contracts(demo: Demo) -> None:
    usage = demo.rows("usage_events")
    sessions = usage.filter(pl.col("event_type") == "session")
    assert_mean(sessions["duration_minutes"], demo.truths.session_minutes, "minutes")
    assert_share(usage.height - sessions.height, sessions.height, demo.truths.core_action_share, "core action")
    paid = demo.rows("contracts").filter(~pl.col("is_trial"))["customer_id"].implode()
    assert sessions.filter(~pl.col("customer_id").is_in(paid)).height == 0


def test_every_day_has_a_rate(demo: Demo) -> None:
    rates = demo.rows("fx_rates")
    assert rates["currency"].unique().to_list() == ["EUR"]
    assert (
        rates["rate_on"].to_list() == pl.date_range(demo.truths.first_day, demo.truths.last_day, eager=True).to_list()
    )
    assert rates.filter((pl.col("rate") * 10_000 - (pl.col("rate") * 10_000).round()).abs() > 1e-6).height == 0
