"""The purchase truths come back out of the written orders and lines, by plain counting."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from tests.sample.conftest import Demo, assert_share


def month_number(column: str) -> pl.Expr:
    return pl.col(column).dt.year() * 12 + pl.col(column).dt.month()


@pytest.fixture(scope="module")
def purchases(demo: Demo) -> pl.DataFrame:
    """Lines of counting orders that were not wholly returned: one row per line, with customer and day."""
    orders = demo.rows("orders").filter(pl.col("status") == "completed")
    lines = demo.rows("order_lines").with_columns(is_back=pl.col("is_return") | (pl.col("quantity") < 0))
    named = lines.filter(pl.col("is_back") & pl.col("returned_order_id").is_not_null())
    taken_back = named.group_by(order_id="returned_order_id", product_id="product_id").agg(
        back=pl.col("quantity").abs().sum()
    )
    kept = (
        lines.filter(~pl.col("is_back"))
        .join(taken_back, on=["order_id", "product_id"], how="left")
        .filter(pl.col("quantity") > pl.col("back").fill_null(0))
    )
    return kept.join(orders, on="order_id").with_columns(
        day=pl.col("ordered_at").dt.date(), month=month_number("ordered_at")
    )


@pytest.fixture(scope="module")
def firsts(purchases: pl.DataFrame) -> pl.DataFrame:
    return purchases.group_by("customer_id").agg(
        first_day=pl.col("day").min(), cohort=pl.col("month").min(), occasions=pl.col("day").n_unique()
    )


def last_month(demo: Demo) -> int:
    return demo.truths.last_day.year * 12 + demo.truths.last_day.month


def test_each_offset_retains_the_declared_share(demo: Demo, purchases: pl.DataFrame, firsts: pl.DataFrame) -> None:
    offsets = purchases.select("customer_id", "month").unique().join(firsts, on="customer_id")
    retained = offsets.group_by(offset=pl.col("month") - pl.col("cohort")).len()
    counts = dict(retained.iter_rows())
    for offset, truth in enumerate(demo.truths.retention_curve[:30]):
        observed = firsts.filter(pl.col("cohort") + offset <= last_month(demo)).height
        assert_share(counts.get(offset, 0), observed, truth, f"offset {offset}")


def test_cohorts_hold_the_planned_customers(demo: Demo, firsts: pl.DataFrame) -> None:
    sizes = firsts.group_by(month=pl.col("first_day").dt.truncate("1mo")).len()
    assert dict(sizes.iter_rows()) == demo.truths.cohort_sizes


def test_one_time_customers_have_the_declared_share(demo: Demo, firsts: pl.DataFrame) -> None:
    expected, variance = 0.0, 0.0
    for cohort, size in firsts.group_by("cohort").len().iter_rows():
        share = demo.truths.one_time_shares[last_month(demo) - cohort]
        expected, variance = expected + size * share, variance + size * share * (1 - share)
    found = firsts.filter(pl.col("occasions") == 1).height
    assert abs(found - expected) <= 4.5 * variance**0.5


def test_repeat_customers_choose_as_declared(demo: Demo, purchases: pl.DataFrame, firsts: pl.DataFrame) -> None:
    """A customer is of one kind by all their later occasions; nobody with several occasions is of none."""
    products = purchases.select("customer_id", "product_id", "day").unique()
    seen = products.with_columns(first=pl.col("day").min().over("customer_id", "product_id"))
    later = seen.join(firsts, on="customer_id").filter(pl.col("day") > pl.col("first_day"))
    kinds = later.group_by("customer_id").agg(
        same=(pl.col("day") > pl.col("first")).any(), different=(pl.col("day") == pl.col("first")).any()
    )
    repeat = firsts.filter(pl.col("occasions") > 1).height
    assert kinds.height == repeat
    found = {
        "same": kinds.filter(pl.col("same") & ~pl.col("different")).height,
        "different": kinds.filter(~pl.col("same") & pl.col("different")).height,
        "both": kinds.filter(pl.col("same") & pl.col("different")).height,
    }
    for kind, truth in demo.truths.choice_shares.items():
        assert_share(found[kind], repeat, truth, kind)


def test_what_stands_beside_purchases_is_as_counted(demo: Demo) -> None:
    orders, lines = demo.rows("orders"), demo.rows("order_lines")
    back = lines.filter(pl.col("is_return") | (pl.col("quantity") < 0))
    kinds = demo.truths.orders_by_kind
    assert orders.filter(pl.col("status") == "cancelled").height == kinds["cancelled"] > 0
    assert orders.filter(pl.col("status") == "pending").height == kinds["pending"] > 0
    unnamed = back.filter(pl.col("returned_order_id").is_null())
    assert unnamed.height == kinds["unnamed_return"] + kinds["unmatched_return"]
    named_orders = back.filter(pl.col("returned_order_id").is_not_null())["order_id"].n_unique()
    assert named_orders == kinds["voided"] + kinds["named_return"]
    assert 0 < back.filter(pl.col("quantity") < 0).height < back.height


def test_only_unmatched_returns_match_no_earlier_line(demo: Demo) -> None:
    lines = demo.rows("order_lines").join(demo.rows("orders"), on="order_id").filter(pl.col("status") == "completed")
    is_back = pl.col("is_return") | (pl.col("quantity") < 0)
    back = lines.filter(is_back & pl.col("returned_order_id").is_null()).select(
        "order_id", "customer_id", "product_id", "ordered_at"
    )
    sold = lines.filter(~is_back).select("customer_id", "product_id", sold_at="ordered_at")
    matched = back.join(sold, on=["customer_id", "product_id"]).filter(pl.col("sold_at") < pl.col("ordered_at"))
    assert back.height - matched["order_id"].n_unique() == demo.truths.orders_by_kind["unmatched_return"] > 0


def test_net_revenue_of_each_month_is_exact(demo: Demo) -> None:
    rates = {day: Decimal(str(rate)) for day, _, rate in demo.rows("fx_rates").iter_rows()}
    orders = demo.rows("orders").filter(pl.col("status") == "completed")
    lines = demo.rows("order_lines").join(orders, on="order_id")
    signed = pl.when(pl.col("is_return")).then(-pl.col("net_amount").abs()).otherwise(pl.col("net_amount"))
    sums = lines.group_by(day=pl.col("ordered_at").dt.date(), currency=pl.col("currency").fill_null("GBP")).agg(
        amount=signed.sum()
    )
    found: dict[object, Decimal] = {}
    for day, currency, amount in sums.iter_rows():
        month = day.replace(day=1)
        found[month] = found.get(month, Decimal(0)) + amount * (rates[day] if currency == "EUR" else 1)
    assert found == demo.truths.net_revenue


def test_currencies_are_said_unsaid_and_foreign(demo: Demo) -> None:
    assert set(demo.rows("orders")["currency"].unique()) == {"GBP", "EUR", None}


def test_guests_order_without_being_customers(demo: Demo, firsts: pl.DataFrame) -> None:
    known = demo.rows("customers")["customer_id"].implode()
    missing = firsts.filter(~pl.col("customer_id").is_in(known)).height
    assert missing == demo.truths.unpublished_customers > 0


def test_some_days_hold_two_orders_and_months_one_day(purchases: pl.DataFrame) -> None:
    days = purchases.group_by("customer_id", "month").agg(
        days=pl.col("day").n_unique(), orders=pl.col("order_id").n_unique()
    )
    assert days["days"].max() == 1
    assert_share(days.filter(pl.col("orders") == 2).height, days.height, 0.06, "two orders")


def test_promoters_stay_longer_and_buy_more(demo: Demo, purchases: pl.DataFrame) -> None:
    """Months after an invitation that a customer of a group answered, they buy with the declared probability."""
    answers = demo.rows("survey_responses").filter(pl.col("question_id") == "nps")
    sent = demo.rows("survey_invitations").join(answers, on="response_id")
    group = (
        pl.when(pl.col("score") >= 9)
        .then(pl.lit("promoter"))
        .when(pl.col("score") <= 6)
        .then(pl.lit("detractor"))
        .otherwise(pl.lit("passive"))
    )
    # After the training some passives answer as promoters.
    asked = sent.filter(pl.col("answered_at").dt.date() < demo.truths.training_day).select(
        "customer_id", group=group, asked=month_number("sent_at")
    )
    bought = purchases.select("customer_id", "month").unique()
    for later in (1, 4, 8, 12):
        hit = asked.with_columns(month=pl.col("asked") + later).join(bought, on=["customer_id", "month"], how="semi")
        for name, hazard in demo.truths.group_hazards.items():
            truth = demo.truths.purchase_probabilities[name] * 2.718281828459045 ** (-hazard * later)
            trials = asked.filter(pl.col("group") == name).height
            assert_share(hit.filter(pl.col("group") == name).height, trials, truth, f"{name} after {later} months")
    ratio = demo.truths.group_hazards["promoter"] / demo.truths.group_hazards["detractor"]
    assert ratio == pytest.approx(demo.truths.promoter_hazard_ratio)
