"""A notebook's way of the main metrics, in total only: pandas over the lake's Parquet files, one frame at a time.

Monthly cohort retention, repurchase and upselling over a year, recurring revenue by month, NPS and the satisfaction
index by month. No segments, no other grains, no intervals.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

DAY = np.timedelta64(1, "D")


def compute(lake: Path, as_of: dt.date, marts: Path) -> None:
    """Compute the metrics and write each table to a Parquet file, with the product's names of columns."""
    marts.mkdir(parents=True, exist_ok=True)
    last_day = pd.Timestamp(as_of)
    lines = purchase_lines(lake)
    first = lines.loc[lines["is_purchase"]].groupby("customer_id")["day"].min()
    kpis = [
        *repurchase(lines, first, last_day),
        *recurring_revenue(events(lake, "contracts", is_state=True), events(lake, "fx_rates"), last_day),
        *surveys(lake),
    ]
    cohorts(lines, first, last_day).to_parquet(marts / "cohort_retention.parquet", index=False)
    kpi = pd.concat(kpis, ignore_index=True).assign(grain="month", dimension="total", dimension_value="total")
    kpi["period_start"] = pd.to_datetime(kpi["period_start"]).dt.date
    kpi.to_parquet(marts / "kpi.parquet", index=False)


def events(lake: Path, entity: str, *, is_state: bool = False) -> pd.DataFrame:
    """All rows of an entity in the lake; of a state entity its newest snapshot."""
    folders = sorted(lake.glob(f"{entity}/[12]*"))
    files = [file for folder in (folders[-1:] if is_state else folders) for file in folder.glob("*.parquet")]
    return pd.read_parquet(files)


def purchase_lines(lake: Path) -> pd.DataFrame:
    """Lines of valid orders in company currency, less what came back."""
    orders = events(lake, "orders").query("status == 'completed'")
    lines = events(lake, "order_lines").drop(columns="business_day").merge(orders, on="order_id")
    rates = events(lake, "fx_rates")[["currency", "business_day", "rate"]]
    lines = lines.merge(rates, on=["currency", "business_day"], how="left")
    lines["quantity"] = lines["quantity"].astype(float)
    lines["is_return"] = lines["is_return"].eq(True) | (lines["quantity"] < 0)
    rate = lines["rate"].astype(float).where(lines["currency"].fillna("GBP") != "GBP", 1.0)
    lines["amount"] = (lines["net_amount"].astype(float) * rate).round(4).where(~lines["is_return"])
    lines.loc[lines["is_return"], "amount"] = (lines["net_amount"].astype(float).abs() * rate).round(4)
    lines["quantity"] = lines["quantity"].abs().where(lines["is_return"], lines["quantity"])
    lines["day"] = pd.to_datetime(lines["business_day"])
    return less_returns(lines)


def less_returns(lines: pd.DataFrame) -> pd.DataFrame:
    """Take each return from the order that it names, else from the latest earlier line of the product."""
    returns = lines.loc[lines["is_return"]].sort_values(["ordered_at", "order_id", "line_no"])
    keys = returns[["customer_id", "product_id"]].drop_duplicates()
    sold = lines.loc[~lines["is_return"]].reset_index().merge(keys, on=["customer_id", "product_id"])
    stacks: dict[Any, list[Any]] = {}
    for row in sold.sort_values(["ordered_at", "order_id", "line_no"]).itertuples():
        stacks.setdefault((row.customer_id, row.product_id), []).append(
            [row.index, row.order_id, row.ordered_at, row.quantity]
        )
    quantity, amount = lines["quantity"].to_dict(), lines["amount"].to_dict()
    for is_named in (True, False):
        for row in returns.loc[returns["returned_order_id"].notna() == is_named].itertuples():
            left = row.quantity
            for line in reversed(stacks.get((row.customer_id, row.product_id), [])):
                fits = line[1] == row.returned_order_id if is_named else line[2] <= row.ordered_at
                taken = min(left, line[3]) if fits else 0
                if taken:
                    part = row.amount * taken / row.quantity
                    for index in (line[0], row.Index):
                        quantity[index] -= taken
                        amount[index] -= part
                    line[3] -= taken
                    left -= taken
    lines = lines.assign(quantity=pd.Series(quantity), amount=pd.Series(amount))
    lines["net_amount"] = lines["amount"].where(~lines["is_return"], -lines["amount"])
    lines["is_purchase"] = ~lines["is_return"] & (lines["quantity"] > 0)
    return lines[["customer_id", "order_id", "product_id", "day", "net_amount", "is_purchase"]]


def cohorts(lines: pd.DataFrame, first: pd.Series[Any], last_day: pd.Timestamp) -> pd.DataFrame:
    """Customers of each first month who bought in each later one, and their orders and net revenue."""
    lines = lines[lines["customer_id"].isin(first.index)]
    cohort = lines["customer_id"].map(first).dt.to_period("M")
    lines = lines.assign(cohort=cohort, month=lines["day"].dt.to_period("M"))
    bought = lines[lines["is_purchase"]]
    cells = pd.DataFrame(
        {
            "retained": bought.groupby(["cohort", "month"])["customer_id"].nunique(),
            "order_count": bought.groupby(["cohort", "month"])["order_id"].nunique(),
            "revenue_amount": lines[lines["month"] >= lines["cohort"]].groupby(["cohort", "month"])["net_amount"].sum(),
        }
    )
    starts = sorted(first.dt.to_period("M").unique())
    months = pd.period_range(starts[0], last_day.to_period("M"), freq="M")
    dense = pd.MultiIndex.from_tuples([(c, m) for c in starts for m in months if m >= c], names=["cohort", "month"])
    cells = cells.reindex(dense, fill_value=0).fillna(0).reset_index()
    size = first.dt.to_period("M").value_counts()
    cells["cohort_size"] = cells["cohort"].map(size)
    cells["value"] = cells["retained"] / cells["cohort_size"]
    cells["period_offset"] = [m.ordinal - c.ordinal for c, m in zip(cells["cohort"], cells["month"], strict=True)]
    cells["cohort_start"] = cells["cohort"].dt.start_time.dt.date
    return cells.drop(columns=["cohort", "month"]).assign(grain="month", kind="on")


def repurchase(lines: pd.DataFrame, first: pd.Series[Any], last_day: pd.Timestamp) -> list[pd.DataFrame]:
    """Within a year of the first purchase: the same product again, another product, no second occasion."""
    bought = lines.loc[lines["is_purchase"], ["customer_id", "product_id", "day"]].drop_duplicates()
    bought["first"] = bought["customer_id"].map(first)
    bought = bought[bought["day"] < bought["first"] + 365 * DAY]
    later = bought[bought["day"] > bought["first"]]
    began = bought.groupby(["customer_id", "product_id"])["day"].agg(["min", "max"]).reset_index()
    began["first"] = began["customer_id"].map(first)
    customers = pd.DataFrame({"first": first})
    customers = customers[customers["first"] + 365 * DAY <= last_day + DAY]
    customers["multi"] = customers.index.isin(later["customer_id"].unique())
    customers["same"] = customers.index.isin(began.loc[began["max"] > began["min"], "customer_id"].unique())
    customers["different"] = customers.index.isin(began.loc[began["min"] > began["first"], "customer_id"].unique())
    customers["period_start"] = customers["first"].dt.to_period("M").dt.start_time
    counts = customers.groupby("period_start")[["multi", "same", "different"]].agg(["sum", "count"])
    everyone = counts["multi", "count"]
    one_time = (everyone - counts["multi", "sum"]).replace(0, np.nan)
    return [
        _metric("repurchase_ratio", counts["same", "sum"] / one_time),
        _metric("repeat_purchase_rate", counts["multi", "sum"] / everyone),
        _metric("upselling_ratio", counts["different", "sum"] / one_time),
    ]


def recurring_revenue(contracts: pd.DataFrame, rates: pd.DataFrame, last_day: pd.Timestamp) -> list[pd.DataFrame]:
    """Recurring revenue at each month's end, and how much of it was kept since the last."""
    terms = contracts.copy()
    terms["is_trial"] = terms["is_trial"].eq(True)
    for column in ("started_on", "ended_on"):
        terms[column] = pd.to_datetime(terms[column])
    terms["ended_on"] = terms["ended_on"].where(terms["ended_on"] <= last_day)
    terms = terms[(terms["started_on"] <= last_day) & ~(terms["ended_on"] <= terms["started_on"])]
    terms["rate_on"] = terms.groupby("contract_id")["started_on"].transform("min")
    rates = rates.assign(rate_on=pd.to_datetime(rates["rate_on"]))[["rate_on", "currency", "rate"]]
    terms = terms[~terms["is_trial"]].merge(rates, on=["rate_on", "currency"], how="left")
    rate = terms["rate"].astype(float).where(terms["currency"].fillna("GBP") != "GBP", 1.0)
    months_billed = terms["billing_period"].fillna("month").map({"month": 1, "quarter": 3, "year": 12})
    amount = (terms["recurring_amount"].astype(float) * rate).round(4)
    terms["monthly"] = np.floor((2 * (amount * 10000).round() + 100 * months_billed) / (200 * months_billed)) / 100
    months = pd.period_range(terms["started_on"].min(), last_day, freq="M")
    ends = {}
    for month in months:
        closes_on = min(month.end_time.normalize(), last_day)
        held = terms[(terms["started_on"] <= closes_on) & ~(terms["ended_on"] <= closes_on)]
        held = held.sort_values(["started_on", "term_no"]).drop_duplicates("contract_id", keep="last")
        sums = held.groupby("customer_id")["monthly"].sum()
        ends[month.start_time] = sums[sums > 0]
    return _movements(ends)


def _movements(ends: dict[pd.Timestamp, pd.Series[Any]]) -> list[pd.DataFrame]:
    mrr = pd.Series({month: sums.sum() for month, sums in ends.items() if len(sums)})
    nrr, grr = {}, {}
    for before, month in zip(list(ends)[:-1], list(ends)[1:], strict=True):
        start = ends[before]
        if len(start):
            kept = ends[month].reindex(start.index, fill_value=0.0)
            nrr[month] = kept.sum() / start.sum()
            grr[month] = np.minimum(kept, start).sum() / start.sum()
    return [_metric("mrr", mrr), _metric("nrr", pd.Series(nrr)), _metric("grr", pd.Series(grr))]


def surveys(lake: Path) -> list[pd.DataFrame]:
    """NPS and the weighted satisfaction index by month; of several answers of a customer in a month the last."""
    questions = events(lake, "survey_questions", is_state=True)
    answers = events(lake, "survey_responses").merge(questions, on=["survey_id", "question_id"])
    answers = answers[answers["brand"].fillna("Own Brand") == "Own Brand"]
    answers["period_start"] = pd.to_datetime(answers["business_day"]).dt.to_period("M").dt.start_time
    answers = answers.sort_values(["answered_at", "response_id"])
    known = answers["customer_id"].notna()
    who = ["customer_id", "survey_id", "question_id", "brand", "product_id", "period_start"]
    answers = pd.concat([answers[~known], answers[known].drop_duplicates(who, keep="last")])
    nps = answers[answers["measure"] == "nps"].groupby("period_start")["score"]
    scores = 100 * (nps.agg(lambda s: (s >= 9).sum()) - nps.agg(lambda s: (s <= 6).sum())) / nps.count()
    span = answers["scale_max"] - answers["scale_min"]
    answers = answers.assign(
        share=(answers["score"] - answers["scale_min"]) / span, of_max=answers["score"] / answers["scale_max"]
    )
    means = answers.groupby(["measure", "period_start", "parameter"])[["share", "of_max"]].mean()
    importance = means.loc["csi_importance"]["of_max"]
    weighted = (importance * means.loc["csi_satisfaction"]["share"]).dropna()
    index = 100 * weighted.groupby("period_start").sum() / importance[weighted.index].groupby("period_start").sum()
    return [_metric("nps", scores), _metric("csi_index", index)]


def _metric(metric_id: str, values: pd.Series[Any]) -> pd.DataFrame:
    return pd.DataFrame({"metric_id": metric_id, "period_start": values.index, "value": values.to_numpy(float)})


if __name__ == "__main__":
    lake, as_of, marts, most_bytes = sys.argv[1:]
    # Where memory runs out it is this process that ends, not the machine.
    resource.setrlimit(resource.RLIMIT_AS, (int(most_bytes), int(most_bytes)))
    compute(Path(lake), dt.date.fromisoformat(as_of), Path(marts))
