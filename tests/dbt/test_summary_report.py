"""The combined report, prices, service, quality, receipts and retention cost of random data, against plain pandas."""

from __future__ import annotations

import datetime as dt
from math import isnan, sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from random_orders import PRODUCTS, net_lines, random_orders
from scipy import stats
from scratch_warehouse import fill_warehouse, query, run_models

from assets.configuration import REPORT_INDICATORS
from assets.warehouse.project import PROJECT

AS_OF = dt.date(2023, 11, 20)
START = dt.date(2022, 1, 1)
GRAINS = {"month": "M", "quarter": "Q", "year": "Y"}
SEGMENTS = ("home", "trade")
MARTS = ("csi_summary", "price_levels", "service_levels", "product_quality")
COMPETING = ("int_price_levels__products", "int_product_quality__answers")
"""The first models that ask who the main competitor is."""
FAMILIES = ("int_kpi__report", "int_kpi__receipts", "int_kpi__retention_cost")
PRICES = {product: 1.0 + 0.37 * position**2 for position, product in enumerate(PRODUCTS)}
COST = 0.7
"""Unit cost of every product but the last, whose cost is not known."""

Frames = dict[str, pd.DataFrame]
Rows = dict[str, pd.DataFrame]


def random_frames(seed: int) -> Frames:
    """Orders, shipments, prices, ratings and costs; customers of two segments, some of them unknown."""
    random = np.random.default_rng(seed)
    frames = random_orders(seed)
    frames["orders"] = frames["orders"][frames["orders"]["business_day"].dt.date <= AS_OF]
    lines = frames["order_lines"]
    lines = lines[lines["order_id"].isin(frames["orders"]["order_id"])].copy()
    # Whole cents per unit: what is left of a line after a return needs no rounding.
    lines["net_amount"] = (lines["quantity"].abs() * lines["product_id"].map(PRICES)).round(2)
    lines["unit_cost"] = np.where(lines["product_id"] == "p5", None, COST)
    frames["order_lines"] = lines
    customers = [f"c{number}" for number in range(100)]
    frames["customers"] = pd.DataFrame(
        {"customer_id": customers, "segment": [SEGMENTS[n % 2] if n % 7 else None for n in range(100)]}
    )
    frames["shipments"] = _shipments(random)
    frames["competitor_prices"] = _prices(random)
    frames["survey_questions"], frames["survey_responses"] = _ratings(random)
    months = pd.date_range(START, AS_OF, freq="MS")
    frames["retention_costs"] = pd.DataFrame(
        [
            {"month": month, "kind": f"k{kind}", "segment": segment, "amount": round(float(random.uniform(1, 99)), 2)}
            for month in months
            for kind, segment in enumerate([*SEGMENTS, None])
        ]
    )
    return frames


def _days(random: np.random.Generator, count: int) -> pd.Series:
    days = random.integers(0, (pd.Timestamp(AS_OF) - pd.Timestamp(START)).days + 1, count)
    return pd.Series(pd.Timestamp(START) + pd.to_timedelta(days, unit="D"))


def _shipments(random: np.random.Generator, count: int = 500) -> pd.DataFrame:
    shipped = random.integers(1, 2000, count) / 10
    shipped_on = _days(random, count)
    promised_on = shipped_on + pd.to_timedelta(random.integers(0, 5, count), unit="D")
    delivered_on = promised_on + pd.to_timedelta(random.integers(-2, 3, count), unit="D")
    customers = np.array([f"c{number}" for number in random.integers(0, 130, count)], dtype=object)
    return pd.DataFrame(
        {
            "shipment_id": [f"s{number}" for number in range(count)],
            "customer_id": np.where(random.random(count) < 0.1, None, customers),
            "product_id": random.choice([*PRODUCTS, "p9"], count),
            "shipped_on": shipped_on,
            "business_day": shipped_on,
            "shipped_quantity": shipped,
            "defective_quantity": np.where(random.random(count) < 0.1, np.nan, np.round(shipped * 0.3, 1)),
            "short_quantity": np.where(random.random(count) < 0.1, np.nan, random.integers(0, 40, count) / 10),
            "promised_on": promised_on.where(random.random(count) < 0.9),
            "delivered_on": delivered_on.where(random.random(count) < 0.8),
        }
    ).assign(defective_quantity=lambda rows: rows["defective_quantity"] * random.integers(0, 2, count))


def _prices(random: np.random.Generator) -> pd.DataFrame:
    rows = [
        {
            "product_id": product,
            "competitor": competitor,
            "observed_on": day,
            "business_day": day,
            "own_price": round(float(random.uniform(1, 2)), 2),
            "competitor_price": round(float(random.uniform(1, 2)), 2),
        }
        for product in PRODUCTS
        for competitor in ("Rival", "Other")
        for day in sorted(set(_days(random, 25)))
    ]
    return pd.DataFrame(rows)


def _ratings(random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings of products by indicators on two scales, and a satisfaction survey with blocks price and logistics."""
    questions = [
        ("q", name, "product_quality", name, None, 1, top) for name, top in (("taste", 5), ("look", 5), ("fat", 10))
    ]
    for name, block in (("price", "price"), ("offers", "price"), ("delivery", "logistics"), ("staff", "service")):
        questions += [
            ("c", f"{kind}_{name}", f"csi_{kind}", name, block, 1, 5) for kind in ("satisfaction", "importance")
        ]
    columns = ["survey_id", "question_id", "measure", "parameter", "block", "scale_min", "scale_max"]
    listed = pd.DataFrame(questions, columns=columns).assign(direction="higher_is_better")
    rows = []
    for number, day in enumerate(_days(random, 600)):
        survey = "q" if number % 2 else "c"
        about = {
            "response_id": f"r{number}",
            "survey_id": survey,
            "answered_at": day,
            "business_day": day,
            "product_id": str(random.choice([*PRODUCTS, "p9"])) if survey == "q" else None,
            "brand": str(random.choice(["Ours", "Rival", "Other"])) if survey == "q" else None,
        }
        for survey_id, question, *_, low, high in questions:
            if survey_id == survey and random.random() < 0.8:
                rows.append({**about, "question_id": question, "score": float(random.integers(low, high + 1))})
    return listed, pd.DataFrame(rows)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Frames, dict[str | None, Rows]]:
    """What is published with a main competitor and fixed weights of quality, and without; the rest is built once."""
    frames = random_frames(5)
    path = tmp_path_factory.mktemp("summary") / "warehouse.duckdb"
    published = {}
    for main in ("Rival", None):
        fill_warehouse(
            path,
            AS_OF,
            frames,
            company={"history_start": START},
            competition={"main_competitor": main},
            surveys={"own_brands": ["Ours"]},
            csi={"quality_weights": {"taste": 0.5, "look": 0.3, "fat": 0.2} if main else {}},
            privacy={"minimum_n": 2},
        )
        targets = (*MARTS, *FAMILIES)
        changed = [f"{target},{first}+" for target in targets for first in COMPETING]
        run_models(path, *(targets if main else changed))
        rows = {mart: query(path, f"select * from marts.{mart}") for mart in MARTS}
        union = " union all ".join(f"select * from intermediate.{family}" for family in FAMILIES)
        published[main] = rows | {"kpi": query(path, union)}
    return frames, published


@pytest.fixture(scope="module", params=["Rival", None], ids=["main competitor", "all competitors"])
def published(
    request: pytest.FixtureRequest, built: tuple[Frames, dict[str | None, Rows]]
) -> tuple[Frames, Rows, str | None]:
    frames, rows = built
    main: str | None = request.param
    return frames, rows[main], main


def figures(rows: pd.DataFrame, metric: str) -> dict[tuple[Any, ...], Any]:
    """Rows of a metric by grain, period, dimension and value."""
    mine = rows[rows["metric_id"] == metric]
    return {(r.grain, r.period_start, r.dimension, r.dimension_value): r for r in mine.itertuples()}


def same(ours: Any, theirs: float | None) -> bool:
    """Whether two figures are equal to rounding, or both not there."""
    missing = ours is None or isnan(ours)
    if theirs is None or isnan(theirs):
        return missing
    return not missing and ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def starts(days: pd.Series, grain: str) -> pd.Series:
    """The first day of each day's period."""
    return days.dt.to_period(GRAINS[grain]).dt.start_time


def lines_of(frames: Frames) -> pd.DataFrame:
    """Net lines with what they cost."""
    lines = net_lines(frames)
    lines["ordered_on"] = pd.to_datetime(lines["ordered_on"])
    return lines


def segment_of(frames: Frames) -> dict[str, str]:
    known = frames["customers"].set_index("customer_id")["segment"].fillna("unknown").to_dict()
    return {str(key): str(value) for key, value in known.items()}


def cells(frame: pd.DataFrame, dimensions: dict[str, pd.Series]) -> list[tuple[str, str, pd.DataFrame]]:
    """The frame in total and by each value of each dimension."""
    parts = [("total", "total", frame)]
    for dimension, values in dimensions.items():
        parts += [(dimension, str(value), part) for value, part in frame.groupby(values)]
    return parts


def test_defect_and_deficit_levels(published: tuple[Frames, Rows, str | None]) -> None:
    """Unknown quantities in one part only, a wrong day or dimension, a spread of units in place of shipments."""
    frames, rows, _ = published
    shipments = frames["shipments"]
    dimensions = {
        "segment": shipments["customer_id"].map(segment_of(frames)).fillna("unknown"),
        "product_category": shipments["product_id"].map(PRODUCTS).str.split(" > ").str[0].fillna("unknown"),
    }
    for metric, failed, added in (("defect_level", "defective_quantity", 0), ("deficit_level", "short_quantity", 1)):
        got, expected = figures(rows["kpi"], metric), set()
        known = shipments[shipments[failed].notna()]
        for grain in GRAINS:
            for dimension, value, part in cells(known, dimensions):
                for start, cell in part.groupby(starts(part["shipped_on"], grain)):
                    bad = cell[failed].to_numpy(float)
                    whole = cell["shipped_quantity"].to_numpy(float) + added * bad
                    row = got[grain, start, dimension, value]
                    expected.add((grain, start, dimension, value))
                    ratio, n = bad.sum() / whole.sum(), len(cell)
                    assert same(row.value, 100 - 100 * ratio)
                    assert row.n == n
                    deviations = bad - ratio * whole
                    if n > 1 and np.abs(deviations).max() > 1e-9:
                        error = sqrt(n / (n - 1) * (deviations**2).sum()) / whole.sum()
                        assert row.standard_error == pytest.approx(100 * error, rel=1e-7)
                        margin = stats.t.ppf(0.975, n - 1) * 100 * error
                        assert row.ci_low == pytest.approx(max(0.0, row.value - margin), rel=1e-7, abs=1e-7)
                        assert row.ci_high == pytest.approx(min(100.0, row.value + margin), rel=1e-7)
                    else:
                        assert same(row.ci_low, None)
        assert {key for key in got if key[2] != "region"} == expected


def test_deliveries_on_time(published: tuple[Frames, Rows, str | None]) -> None:
    """A delivery that is not due yet judged early, one that never came taken for unknown."""
    frames, rows, _ = published
    due = frames["shipments"][frames["shipments"]["promised_on"] <= pd.Timestamp(AS_OF)]
    on_time = due["delivered_on"] <= due["promised_on"]
    mart = rows["service_levels"]
    mine = mart[(mart["service_level"] == "on_time_level") & (mart["dimension"] == "total") & ~mart["is_suppressed"]]
    assert len(mine) > 20
    for row in mine.itertuples():
        cell = on_time[starts(due["promised_on"], row.grain) == row.period_start]
        assert (row.numerator, row.denominator, row.n) == (cell.sum(), len(cell), len(cell))
        assert same(row.value, 100 * cell.mean())


def trailing(sales: pd.DataFrame, key: str, end: pd.Timestamp) -> pd.Series:
    """Sales by key of the twelve months that end before a day, where positive."""
    first = end - pd.DateOffset(months=12)
    mine = sales[(sales["ordered_on"] >= first) & (sales["ordered_on"] < end)]
    total = mine.groupby(key)["net_amount"].sum().round(4)
    return total[total > 0]


def group_a(total: pd.Series) -> set[str]:
    """Those for whom all who sell more make up less than 80 %."""
    return {str(key) for key, amount in total.items() if total[total > amount].sum() < 0.8 * total.sum() - 1e-9}


def ends(grain: str) -> list[tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]]:
    """Start, end, and end of the last month that has begun, of each period."""
    periods = pd.period_range(START, AS_OF, freq=GRAINS[grain])
    begun = (pd.Timestamp(AS_OF).to_period("M") + 1).start_time
    return [(p.start_time, (p + 1).start_time, min((p + 1).start_time, begun)) for p in periods]


def test_price_levels(published: tuple[Frames, Rows, str | None]) -> None:
    """An outdated price, a product outside group A, today's group in an old month, a dearer competitor above 100."""
    frames, rows, main = published
    sales, prices = lines_of(frames), frames["competitor_prices"]
    got = figures(rows["kpi"], "price_level")
    checked = 0
    for grain in GRAINS:
        for start, end, closing in ends(grain):
            seen = prices[(prices["observed_on"] >= start) & (prices["observed_on"] < end)]
            seen = seen[seen["observed_on"] <= pd.Timestamp(AS_OF)].sort_values("observed_on")
            last = seen.groupby(["product_id", "competitor"]).last().reset_index()
            last["fact"] = (100 * last["competitor_price"] / last["own_price"]).clip(upper=100)
            if main:
                last = last[last["competitor"] == main]
            total = trailing(sales, "product_id", closing)
            facts = last.groupby("product_id")["fact"].mean()
            shown = facts[facts.index.isin(group_a(total))]
            row = got.get((grain, start, "total", "total"))
            if shown.empty:
                assert row is None
                continue
            weights = total[shown.index]
            assert row is not None
            assert same(row.value, float((shown * weights).sum() / weights.sum()))
            checked += 1
    assert checked == sum(key[2] == "total" for key in got) > 20


def test_sales_dynamics(published: tuple[Frames, Rows, str | None]) -> None:
    """The group of another period, sales of those outside it, growth above 100."""
    frames, rows, _ = published
    sales = lines_of(frames)
    got, segments = figures(rows["kpi"], "sales_dynamics"), segment_of(frames)
    wanted = {}
    for grain in GRAINS:
        previous: dict[tuple[str, str], float] = {}
        for start, end, closing in ends(grain):
            members = group_a(trailing(sales, "customer_id", closing))
            inside = sales[(sales["ordered_on"] >= start) & (sales["ordered_on"] < end)]
            mine = inside[inside["customer_id"].isin(members)]
            segment = mine["customer_id"].map(segments).fillna("unknown")
            current = {(d, v): float(part["net_amount"].sum()) for d, v, part in cells(mine, {"segment": segment})}
            for cell, before in previous.items():
                if before > 1e-9:
                    wanted[grain, start, *cell] = 100 * min(1.0, max(0.0, current.get(cell, 0.0) / before))
            previous = current
    assert {key for key in got if key[2] != "region"} == set(wanted)
    assert all(same(got[key].value, value) for key, value in wanted.items())
    assert len({round(value) for value in wanted.values()}) > 10


def test_client_base_dynamics_is_the_change_of_active_customers(published: tuple[Frames, Rows, str | None]) -> None:
    """The number at the start taken for that at the end."""
    frames, rows, _ = published
    lines = lines_of(frames)
    bought = lines[lines["is_purchase"]]
    got = figures(rows["kpi"], "client_base_dynamics")
    checked = 0
    for (grain, start, dimension, _), row in got.items():
        if dimension == "total":
            end = min((start.to_period(GRAINS[grain]) + 1).start_time, pd.Timestamp(AS_OF) + pd.Timedelta(days=1))
            before, after = (
                bought[(bought["ordered_on"] < at) & (bought["ordered_on"] >= at - pd.Timedelta(days=365))][
                    "customer_id"
                ].nunique()
                for at in (start, end)
            )
            assert (row.numerator, row.denominator) == (after, before)
            assert same(row.value, 100 * min(1.0, after / before))
            checked += 1
    assert checked > 20


Respondents = dict[str, dict[tuple[str, str], list[float]]]


def rated(frames: Frames, main: str | None, side: str, inside: pd.Series) -> Respondents:
    """The places of answers on their scales, by respondent, product and indicator, of one side and period."""
    questions = frames["survey_questions"].set_index("question_id")
    answers = frames["survey_responses"]
    answers = answers[inside & (answers["survey_id"] == "q")]
    theirs = [main] if main else ["Rival", "Other"]
    answers = answers[answers["brand"].isin(["Ours"] if side == "own" else theirs)]
    ratings: Respondents = {}
    for row in answers.itertuples():
        low, high = questions.loc[row.question_id, ["scale_min", "scale_max"]]
        mine = ratings.setdefault(row.response_id, {})
        mine.setdefault((row.product_id, row.question_id), []).append((row.score - low) / (high - low))
    return ratings


def quality(ratings: Respondents, weights: dict[str, float], shares: pd.Series) -> float | None:
    """The index over products with sales, by plain loops."""
    pooled: dict[tuple[str, str], list[float]] = {}
    for mine in ratings.values():
        for key, places in mine.items():
            pooled.setdefault(key, []).extend(places)
    indices = {}
    for product in {product for product, _ in pooled}:
        means = {name: float(np.mean(places)) for (of, name), places in pooled.items() if of == product}
        whole = sum(weights[name] for name in means)
        indices[product] = sum(weights[name] * mean for name, mean in means.items()) / whole
    sold = {product: index for product, index in indices.items() if product in shares.index}
    whole = sum(shares[product] for product in sold)
    return 100 * sum(shares[product] * index for product, index in sold.items()) / whole if sold else None


def error_by_steps(ratings: Respondents, weights: dict[str, float], shares: pd.Series) -> float:
    """The standard error by small steps of each respondent's weight, which uses none of the model's derivatives."""
    step, moves = 1e-6, []
    for respondent in ratings:
        heavier, lighter = (_index_with(ratings, respondent, 1 + sign * step, weights, shares) for sign in (1, -1))
        moves.append((heavier - lighter) / (2 * step))
    n = len(moves)
    return sqrt(n / (n - 1) * sum(move**2 for move in moves))


def _index_with(
    ratings: Respondents, respondent: str, count: float, weights: dict[str, float], shares: pd.Series
) -> float:
    totals: dict[tuple[str, str], tuple[float, float]] = {}
    for each, mine in ratings.items():
        factor = count if each == respondent else 1.0
        for key, places in mine.items():
            total, number = totals.get(key, (0.0, 0.0))
            totals[key] = total + factor * sum(places), number + factor * len(places)
    means = {key: total / number for key, (total, number) in totals.items()}
    products = {product for product, _ in means if product in shares.index}
    index = 0.0
    for product in products:
        mine_ = {name: mean for (of, name), mean in means.items() if of == product}
        weighed = sum(weights[name] * mean for name, mean in mine_.items()) / sum(weights[name] for name in mine_)
        index += shares[product] * weighed
    return 100 * index / sum(shares[product] for product in products)


def test_product_quality(published: tuple[Frames, Rows, str | None]) -> None:
    """Another brand on our side, indicators or products weighed wrongly, an error of answers, not respondents."""
    frames, rows, main = published
    sales, days = lines_of(frames), frames["survey_responses"]["answered_at"]
    weights = {"taste": 0.5, "look": 0.3, "fat": 0.2} if main else dict.fromkeys(("taste", "look", "fat"), 1.0)
    mart = rows["product_quality"]
    mart = mart[(mart["dimension"] == "total") & (mart["parameter"] == "total")].set_index(["grain", "period_start"])
    got, checked = figures(rows["kpi"], "product_quality_index"), 0
    for grain in ("quarter", "year"):
        for start, end, closing in ends(grain):
            shares = trailing(sales, "product_id", closing)
            for side in ("own", "competitor"):
                ratings = rated(frames, main, side, (days >= start) & (days < end))
                assert same(mart.loc[(grain, start), f"{side}_index"], quality(ratings, weights, shares))
            row = got[grain, start, "total", "total"]
            own = rated(frames, main, "own", (days >= start) & (days < end))
            sold = {key: {k: v for k, v in mine.items() if k[0] in shares.index} for key, mine in own.items()}
            error = error_by_steps({key: mine for key, mine in sold.items() if mine}, weights, shares)
            assert row.standard_error == pytest.approx(error, rel=1e-5)
            assert same(row.value, mart.loc[(grain, start), "own_index"])
            checked += 1
    assert checked == 10


def test_receipts_per_customer(published: tuple[Frames, Rows, str | None]) -> None:
    """Returns taken for customers, a day in the wrong period, the spread of orders in place of customers."""
    frames, rows, _ = published
    lines, got = lines_of(frames), figures(rows["kpi"], "arpa")
    for grain in GRAINS:
        for start, cell in lines.groupby(starts(lines["ordered_on"], grain)):
            each = cell.groupby("customer_id").agg(y=("net_amount", "sum"), d=("is_purchase", "max"))
            row = got[grain, start, "total", "total"]
            customers, payers = int(each["d"].sum()), len(each)
            assert (row.n, row.denominator) == (customers, customers)
            assert same(row.value, each["y"].sum() / customers)
            deviations = each["y"] - row.value * each["d"].astype(float)
            error = sqrt(payers / (payers - 1) * float((deviations**2).sum())) / customers
            assert row.standard_error == pytest.approx(error, rel=1e-7)
            assert row.ci_high == pytest.approx(row.value + stats.t.ppf(0.975, payers - 1) * error, rel=1e-7)


def test_retention_cost(published: tuple[Frames, Rows, str | None]) -> None:
    """Costs or profits of customers who came or left, unknown unit costs taken for none, a segment charged for all."""
    frames, rows, _ = published
    lines, segments = lines_of(frames), segment_of(frames)
    bought, costs = lines[lines["is_purchase"]], frames["retention_costs"]
    crc, share, checked = figures(rows["kpi"], "crc"), figures(rows["kpi"], "crc_to_gross_profit"), 0
    for grain in GRAINS:
        for start, end, _ in ends(grain):
            last = min(end, pd.Timestamp(AS_OF) + pd.Timedelta(days=1))
            active = [
                set(
                    bought[(bought["ordered_on"] < at) & (bought["ordered_on"] >= at - pd.Timedelta(days=365))][
                        "customer_id"
                    ]
                )
                for at in (start, last)
            ]
            spent = costs[(costs["month"] >= start) & (costs["month"] < end)]
            for dimension, value in [("total", "total"), *(("segment", segment) for segment in SEGMENTS)]:
                in_total = dimension == "total"
                kept = {c for c in active[0] & active[1] if in_total or segments.get(c, "unknown") == value}
                if not kept:
                    assert (grain, start, dimension, value) not in crc
                    continue
                cost = float(spent["amount"].sum() if in_total else spent[spent["segment"] == value]["amount"].sum())
                row = crc[grain, start, dimension, value]
                assert (row.n, same(row.value, cost / len(kept))) == (len(kept), True)
                mine = lines[lines["customer_id"].isin(kept) & (lines["product_id"] != "p5")]
                mine = mine[(mine["ordered_on"] >= start) & (mine["ordered_on"] < end)]
                profit = float((mine["net_amount"] - COST * mine["net_quantity"]).sum())
                if profit > 1e-9:
                    assert same(share[grain, start, dimension, value].value, cost / profit)
                checked += 1
    assert checked > 60


def test_the_report_adds_up(published: tuple[Frames, Rows, str | None]) -> None:
    """A total over other indicators than those shown, a missing one taken for zero, a fact unlike its metric."""
    _, rows, _ = published
    report, kpi = rows["csi_summary"], rows["kpi"]
    complete = 0
    for (grain, start), part in report.groupby(["grain", "period_start"]):
        indicators = part[part["level"] == "indicator"].set_index("indicator")
        assert set(indicators.index) == set(REPORT_INDICATORS)
        for name, line in indicators.iterrows():
            metric = figures(kpi[kpi["grain"] == grain], str(name)).get((grain, start, "total", "total"))
            hidden = metric is None or metric.n < 2
            assert same(line["fact"], None if hidden else metric.value)
        known = indicators[indicators["fact"].notna()]
        totals = part[part["level"] == "report"].set_index("indicator")
        available = float((known["fact"] * known["weight"]).sum() / known["weight"].sum())
        assert same(totals.loc["total_of_available", "fact"], available)
        assert totals.loc["total_of_available", "weight_available"] == pytest.approx(len(known) / 8)
        whole = len(known) == len(REPORT_INDICATORS)
        complete += whole
        assert same(totals.loc["total", "fact"], available if whole else None)
        blocks = part[part["level"] == "block"]
        if whole:
            assert same(float(blocks["weighted_value"].sum()), available)
    assert complete > 10


def test_the_report_has_every_indicator_that_can_be_weighed() -> None:
    """A weight of an indicator that no block holds would leave the weights of the report short of 1."""
    text = (PROJECT / "macros" / "summary" / "report_indicators.sql").read_text(encoding="utf-8")
    assert all(f"('{indicator}', '" in text for indicator in REPORT_INDICATORS)
    assert text.count("', '") == len(REPORT_INDICATORS)
