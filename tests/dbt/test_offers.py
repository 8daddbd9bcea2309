"""Product affinity and next best offers against slow loops over customers and pairs, and against mlxtend."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from mlxtend.frequent_patterns import apriori, association_rules
from scratch_warehouse import fill_warehouse, query, run_models
from statsmodels.stats.proportion import proportion_confint

AS_OF = dt.date(2024, 6, 30)
TASTES, PRODUCTS_PER_TASTE = 4, 16
LOYALTY = 0.95
PER_CUSTOMER, BUDGET_FACTOR = 3, 0.3
Pair = tuple[str, str]


class Bought(NamedTuple):
    """One product in one purchase occasion."""

    occasion: int
    day: dt.date
    product: str


class Affinity(NamedTuple):
    """What is published of a pair."""

    n: int
    support: float
    confidence: float
    lift: float


@dataclass
class Company:
    """Frames for a warehouse, and the same rows for the loops."""

    frames: dict[str, pd.DataFrame]
    histories: dict[str, list[Bought]]
    window_days: int
    pair_minimum: int
    privacy_minimum: int


def random_company(seed: int, occasion: str, window_days: int, pair_minimum: int, privacy_minimum: int) -> Company:
    """Customers of a taste buy mostly what belongs to it, so that each product speaks for more than ten others."""
    rng = np.random.default_rng(seed)
    orders, lines = [], []
    for customer in range(150):
        taste, first = rng.integers(TASTES), rng.integers(0, 250)
        for number in range(rng.integers(1, 9)):
            day = dt.date(2023, 7, 1) + dt.timedelta(days=int(first + rng.integers(0, 110)))
            order_id = f"o{customer:03}-{number}"
            at = dt.datetime.combine(day, dt.time(int(rng.integers(6, 20)), int(rng.integers(60)), number))
            status = "cancelled" if rng.random() < 0.05 else "completed"
            orders.append((order_id, f"c{customer:03}", at, day, status))
            for line_no in range(1, rng.integers(2, 7)):
                shelf = taste if rng.random() < LOYALTY else rng.integers(TASTES)
                product = int(shelf * PRODUCTS_PER_TASTE + rng.integers(PRODUCTS_PER_TASTE))
                quantity, price = int(rng.integers(1, 4)), float(rng.integers(100, 140 + 40 * product)) / 100
                lines.append((order_id, line_no, f"p{product:02}", quantity, round(quantity * price, 2), day))
    frames = {
        "orders": pd.DataFrame(orders, columns=["order_id", "customer_id", "ordered_at", "business_day", "status"]),
        "order_lines": pd.DataFrame(
            lines, columns=["order_id", "line_no", "product_id", "quantity", "net_amount", "business_day"]
        ),
        "customers": pd.DataFrame(
            {
                "customer_id": [f"c{i:03}" for i in range(140)],
                "do_not_contact": [[True, False, None][i % 3] for i in range(140)],
            }
        ),
        "products": pd.DataFrame(
            {
                "product_id": [f"p{i:02}" for i in range(30)],
                "list_price": [None if i % 4 else 1.5 + i / 4 for i in range(30)],
            }
        ),
    }
    return Company(frames, _histories(frames, occasion), window_days, pair_minimum, privacy_minimum)


def _histories(frames: dict[str, pd.DataFrame], occasion: str) -> dict[str, list[Bought]]:
    valid = frames["orders"].query("status == 'completed'").drop(columns="business_day")
    rows = frames["order_lines"].merge(valid, on="order_id").sort_values(["ordered_at", "order_id"])
    histories: dict[str, list[Bought]] = defaultdict(list)
    for customer, own in rows.groupby("customer_id"):
        keys = list(own["business_day"] if occasion == "day" else own["order_id"])
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        for row, key in zip(own.itertuples(), keys, strict=True):
            histories[str(customer)].append(Bought(numbers[key], row.business_day, row.product_id))
    return dict(histories)


def affinities(company: Company) -> dict[Pair, Affinity]:
    """Every pair that enough customers bought, by holding each purchase of a customer against each other."""
    buyers: dict[str, set[str]] = defaultdict(set)
    pairs: dict[Pair, set[str]] = defaultdict(set)
    for customer, history in company.histories.items():
        for first in history:
            buyers[first.product].add(customer)
            for then in history:
                days = (then.day - first.day).days
                if then.product != first.product and then.occasion >= first.occasion and days <= company.window_days:
                    pairs[first.product, then.product].add(customer)
    everyone = len(company.histories)
    return {
        (a, b): Affinity(
            len(both),
            len(both) / everyone,
            len(both) / len(buyers[a]),
            len(both) * everyone / (len(buyers[a]) * len(buyers[b])),
        )
        for (a, b), both in pairs.items()
        if len(both) >= company.pair_minimum
    }


def prices(company: Company) -> dict[str, float]:
    """List prices, else the unit price of the last purchase line."""
    listed = company.frames["products"].dropna().set_index("product_id")["list_price"].to_dict()
    paid = _paid_lines(company).sort_values(["ordered_at", "order_id", "line_no"])
    last = paid.groupby("product_id")["unit_price"].last().round(4).to_dict()
    return last | listed


def _paid_lines(company: Company) -> pd.DataFrame:
    valid = company.frames["orders"].query("status == 'completed'").drop(columns="business_day")
    lines = company.frames["order_lines"].merge(valid, on="order_id")
    return lines.assign(unit_price=lines["net_amount"] / lines["quantity"])


def usual_intervals(company: Company) -> dict[str, float]:
    """The median days between two days of one customer with the product, where there are enough of them."""
    gaps: dict[str, list[int]] = defaultdict(list)
    for history in company.histories.values():
        for product in {each.product for each in history}:
            days = sorted({each.day for each in history if each.product == product})
            gaps[product] += [(later - earlier).days for earlier, later in pairwise(days)]
    return {product: median(found) for product, found in gaps.items() if len(found) >= company.pair_minimum}


def offers(company: Company) -> dict[tuple[str, int], tuple[str, str, bool]]:
    """Per customer and rank: the product, what speaks for it, and whether it is due again."""
    customers = company.frames["customers"]
    silent = set(customers[customers["do_not_contact"].eq(True)]["customer_id"])
    pairs = {k: v for k, v in affinities(company).items() if v.lift > 1 and v.n >= company.privacy_minimum}
    costs, intervals, paid = prices(company), usual_intervals(company), _paid_lines(company)
    chosen = {}
    for customer, history in company.histories.items():
        if customer in silent:
            continue
        own_prices = paid[paid["customer_id"] == customer]["unit_price"]
        budget = round(BUDGET_FACTOR * float(np.percentile(own_prices, 90)), 4)
        last = {each.product: each.day for each in sorted(history, key=lambda each: each.day)}
        ranked = []
        for (a, b), pair in pairs.items():
            is_due = b in last and b in intervals and (AS_OF - last[b]).days >= intervals[b]
            if a in last and costs[b] <= budget and (b not in last or is_due):
                ranked.append((-pair.lift * pair.confidence, b, a, is_due))
        best: dict[str, tuple[str, bool]] = {}
        for _, b, a, is_due in sorted(ranked):
            best.setdefault(b, (a, is_due))
        for rank, (b, (a, is_due)) in enumerate(list(best.items())[:PER_CUSTOMER], start=1):
            chosen[customer, rank] = (b, a, is_due)
    return chosen


@pytest.fixture(
    scope="module", params=[("day", 40, 4, 6), ("order", 15, 3, 1)], ids=["days as occasions", "orders as occasions"]
)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, Path]:
    occasion, window_days, pair_minimum, privacy_minimum = request.param
    company = random_company(7, occasion, window_days, pair_minimum, privacy_minimum)
    path = tmp_path_factory.mktemp("offers") / "warehouse.duckdb"
    fill_warehouse(
        path,
        AS_OF,
        company.frames,
        orders={"purchase_occasion": occasion},
        affinity={"window_days": window_days, "minimum_n": pair_minimum},
        offers={"per_customer": PER_CUSTOMER, "budget_factor": BUDGET_FACTOR},
        privacy={"minimum_n": privacy_minimum},
    )
    run_models(path, "product_affinity", "next_best_offers")
    return company, path


def test_every_pair_equals_a_plain_computation(built: tuple[Company, Path]) -> None:
    """A pair lost between two stretches of the window, counted twice, or with the wrong denominator."""
    company, path = built
    wanted = affinities(company)
    rows = query(path, "select * from marts.product_affinity")
    assert {(row.from_product_id, row.to_product_id): row.n for row in rows.itertuples()} == {
        pair: found.n for pair, found in wanted.items()
    }
    assert len(rows) > 300
    for row in rows.itertuples():
        found = wanted[row.from_product_id, row.to_product_id]
        assert row.is_suppressed == (found.n < company.privacy_minimum)
        if row.is_suppressed:
            assert np.isnan([row.support, row.confidence, row.lift, row.confidence_ci_low]).all()
            continue
        low, high = proportion_confint(found.n, row.from_customer_count, method="wilson")
        ours = (row.support, row.confidence, row.lift, row.confidence_ci_low, row.confidence_ci_high)
        assert ours == pytest.approx((found.support, found.confidence, found.lift, low, high), rel=1e-9, abs=1e-12)


def test_every_offer_equals_a_plain_computation(built: tuple[Company, Path]) -> None:
    """An offer that is not relevant, useful or affordable, or a better one that was passed over."""
    company, path = built
    rows = query(path, "select * from marts.next_best_offers")
    ours = {
        (r.customer_id, r.offer_rank): (r.product_id, r.because_product_id, r.is_due_again) for r in rows.itertuples()
    }
    assert ours == offers(company)
    assert len(ours) == len(rows) > 100
    assert 0 < rows["is_due_again"].sum() < len(rows)


def test_offers_need_pairs_beyond_the_strongest(built: tuple[Company, Path]) -> None:
    """The random data must reach the second look at pairs, or the comparison would say nothing about it."""
    _, path = built
    beyond = query(
        path,
        "select count(*) as n from intermediate.int_offers__choices as choices"
        " anti join intermediate.int_offers__first_choices using (customer_number, to_product_number)",
    )
    assert beyond["n"][0] > 0


def test_one_order_each_is_the_textbook_case(tmp_path: Path) -> None:
    """With a single basket per customer the ordered pair is the association rule, in both directions."""
    rng = np.random.default_rng(11)
    baskets = rng.random((200, 12)) < rng.uniform(0.1, 0.5, 12)
    baskets[:, 5] = baskets[:, 4] & (rng.random(200) < 0.8)
    customers, products = np.nonzero(baskets)
    names = [f"p{i:02}" for i in range(12)]
    day = dt.date(2024, 3, 1)
    orders = pd.DataFrame({"order_id": [f"o{i}" for i in np.unique(customers)]})
    orders = orders.assign(
        customer_id=orders["order_id"].str.replace("o", "c"),
        ordered_at=dt.datetime.combine(day, dt.time(12)),
        business_day=day,
        status="completed",
    )
    lines = pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in customers],
            "line_no": range(len(customers)),
            "product_id": [names[i] for i in products],
            "quantity": 1,
            "net_amount": 1.0,
            "business_day": day,
        }
    )
    path = tmp_path / "warehouse.duckdb"
    fill_warehouse(path, AS_OF, {"orders": orders, "order_lines": lines}, affinity={"minimum_n": 10})
    run_models(path, "product_affinity")
    frame = pd.DataFrame(baskets[baskets.any(axis=1)], columns=names)
    frequent = apriori(frame, min_support=9.5 / len(frame), use_colnames=True, max_len=2)
    rules = association_rules(frequent, metric="support", min_threshold=0)
    theirs = {
        (next(iter(rule.antecedents)), next(iter(rule.consequents))): (rule.support, rule.confidence, rule.lift)
        for rule in rules.itertuples()
    }
    rows = query(path, "select * from marts.product_affinity")
    ours = {(r.from_product_id, r.to_product_id): (r.support, r.confidence, r.lift) for r in rows.itertuples()}
    assert ours.keys() == theirs.keys()
    assert len(ours) > 40
    for pair, figures in ours.items():
        assert figures == pytest.approx(theirs[pair], rel=1e-9), pair
