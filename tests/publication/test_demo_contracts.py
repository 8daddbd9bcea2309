"""Contracts of the published demo against lifelines and pandas, from the source file to the published mart."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
from demo_company import AS_OF, BILLING_MONTHS, CURRENCY, DemoCompany

from tests.references.recurring_revenue import MOVEMENTS, assert_same_bridge, bridge
from tests.references.survival import assert_same_curves, lifetimes


def test_survival_equals_lifelines(company: DemoCompany) -> None:
    """An end that counts as a churn though a term follows, a trial in a curve, or an open contract that has ended."""
    terms = company.contracts()
    lives = lifetimes(terms[~terms["is_trial"]], AS_OF)
    assert lives["is_churned"].any()
    assert not lives["is_churned"].all()
    assert assert_same_curves(company.marts("from contract_survival"), lives) > 10


def monthly_amount(term: pd.Series, rates: dict[tuple[str, pd.Timestamp], Decimal]) -> Decimal:
    """What a term brings in a month, in the company's currency at the rate of the contract's first day."""
    amount = Decimal(str(term["recurring_amount"]))
    if pd.notna(term["currency"]) and term["currency"] != CURRENCY:
        rate = rates[term["currency"], term["first_started_on"]]
        amount = (amount * rate).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return (amount / BILLING_MONTHS[term["billing_period"]]).quantize(Decimal("0.01"), ROUND_HALF_UP)


def month_ends(company: DemoCompany) -> pd.DataFrame:
    """Recurring revenue by customer (rows) and month (columns), zero included."""
    terms = company.contracts()
    terms["first_started_on"] = terms.groupby("contract_id")["started_on"].transform("min")
    quoted = company.file("fx_rates")
    rates = {
        (row.currency, pd.Timestamp(row.rate_on)): Decimal(str(row.rate)) for row in quoted.itertuples(index=False)
    }
    terms["amount"] = [monthly_amount(term, rates) for _, term in terms.iterrows()]
    columns = {}
    for month in pd.period_range("2022-12", AS_OF, freq="M"):
        last_day = month.end_time.normalize()
        in_force = terms[
            (terms["started_on"] <= last_day) & ~(terms["ended_on"] <= last_day) & ~terms["is_trial"].astype(bool)
        ]
        newest = in_force.sort_values(["started_on", "term_no"]).drop_duplicates("contract_id", keep="last")
        columns[month] = newest.groupby("customer_id")["amount"].sum()
    closes = pd.DataFrame(columns)
    return closes.map(lambda amount: amount if isinstance(amount, Decimal) else Decimal(0))


def test_bridge_of_recurring_revenue_equals_pandas(company: DemoCompany) -> None:
    """A year that is billed counted as a month, a rate of another day, a return that comes out as an expansion."""
    expected = bridge(month_ends(company))
    expected = expected[(expected["start"] > 0) | (expected["end"] > 0)]
    published = company.marts("from mrr_movements where dimension = 'total' order by period_start")
    assert_same_bridge(published, expected)
    assert (expected[MOVEMENTS].sum() > 0).all()
