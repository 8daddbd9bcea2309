"""Absorbing brings over exactly what differs, and remembers whose order facts it touched until the marts are built."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from assets.errors import WarehouseError
from assets.lake.manifest import Lake
from assets.sources import Window
from assets.warehouse.absorb import Absorbed, absorb, complete_build
from assets.warehouse.control import read_build_state
from assets.warehouse.database import open_warehouse
from tests.flow.small_company import (
    FIRST_AS_OF,
    HISTORY_START,
    SmallCompany,
    cancel_order,
    found_company,
    place_order,
)


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """A company whose lake is absorbed and whose marts count as built."""
    company = found_company(tmp_path / "company")
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    absorb_all(company)
    return company


def absorb_all(
    company: SmallCompany, as_of: dt.date = FIRST_AS_OF, models: str = "models", *, built: bool = True
) -> Absorbed:
    configuration = company.configuration()
    lake = Lake(configuration.paths.lake, configuration.paths.quarantine)
    with open_warehouse(configuration.paths.warehouse) as connection:
        absorbed = absorb(connection, lake, configuration, as_of, models)
        if built:
            complete_build(connection)
    return absorbed


def query(company: SmallCompany, sql: str) -> list[tuple[object, ...]]:
    with open_warehouse(company.configuration().paths.warehouse) as connection:
        return connection.execute(sql).fetchall()


def touched(company: SmallCompany) -> set[object]:
    return {customer for (customer,) in query(company, "select customer_id from control.touched_customers")}


def order_of(company: SmallCompany, number: int) -> tuple[str, dt.date]:
    order = company.rows["orders"][f"o{number}"]
    return order["customer_id"], order["ordered_at"].date()


def test_the_first_time_everything_comes_and_all_is_to_be_built(tmp_path: Path) -> None:
    company = found_company(tmp_path / "company")
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    absorbed = absorb_all(company, built=False)
    assert absorbed.is_build_needed
    assert absorbed.is_rebuild
    in_time = [o for o in company.rows["orders"].values() if o["ordered_at"].date() <= FIRST_AS_OF]
    assert query(company, "select count(*) from lake.orders") == [(len(in_time),)]


def test_nothing_new_is_nothing_to_do(company: SmallCompany) -> None:
    assert absorb_all(company) == Absorbed({}, is_build_needed=False, is_rebuild=False)


def test_a_build_that_did_not_end_is_still_to_be_done(company: SmallCompany) -> None:
    """A run killed within dbt must leave its touched customers to the next one."""
    customer, _ = order_of(company, 3)
    company.rows["order_lines"]["o3", 0]["net_amount"] = Decimal("99.99")
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    absorb_all(company, built=False)
    again = absorb_all(company, built=False)
    assert again.partitions == {}
    assert again.is_build_needed
    assert customer in touched(company)
    with open_warehouse(company.configuration().paths.warehouse) as connection:
        complete_build(connection)
        assert read_build_state(connection).is_complete
    assert touched(company) == set()


def test_an_order_that_moves_to_another_customer_touches_both(company: SmallCompany) -> None:
    """The one who lost the order has no row any more that would say so."""
    before, day = order_of(company, 4)
    after = "eve" if before != "eve" else "ada"
    company.rows["orders"]["o4"]["customer_id"] = after
    company.extract(Window(day, day))
    absorb_all(company, built=False)
    assert {before, after} <= touched(company)


def test_a_deleted_order_touches_its_customer_and_is_gone(company: SmallCompany) -> None:
    customer, day = order_of(company, 5)
    cancel_order(company, 5)
    company.extract(Window(day, day))
    absorb_all(company, built=False)
    assert customer in touched(company)
    assert query(company, "select count(*) from lake.orders where order_id = 'o5'") == [(0,)]
    assert query(company, "select count(*) from lake.order_lines where order_id = 'o5'") == [(0,)]


def test_a_product_touches_those_who_bought_it_and_no_one_else(company: SmallCompany) -> None:
    company.rows["products"]["soap"]["tier"] = 7
    company.extract(Window(FIRST_AS_OF, FIRST_AS_OF))
    absorb_all(company, built=False)
    in_time = {k: o for k, o in company.rows["orders"].items() if o["ordered_at"].date() <= FIRST_AS_OF}
    lines = company.rows["order_lines"].values()
    buyers = {
        in_time[line["order_id"]]["customer_id"]
        for line in lines
        if line["product_id"] == "soap" and line["order_id"] in in_time
    }
    assert touched(company) == buyers


def test_a_rate_touches_those_who_ordered_on_its_day(company: SmallCompany) -> None:
    customer, day = order_of(company, 6)
    company.rows["fx_rates"][day]["rate"] = 0.5
    company.extract(Window(day, day))
    absorb_all(company, built=False)
    same_day = {o["customer_id"] for o in company.rows["orders"].values() if o["ordered_at"].date() == day}
    assert touched(company) == same_day
    assert customer in same_day


def test_an_earlier_as_of_day_takes_later_partitions_out_and_back(company: SmallCompany) -> None:
    """Numbers as of a past day must not know what came after it."""
    total = query(company, "select count(*) from lake.orders")
    earlier = FIRST_AS_OF - dt.timedelta(days=20)
    assert absorb_all(company, earlier).is_build_needed
    assert query(company, f"select count(*) from lake.orders where business_day > date '{earlier}'") == [(0,)]
    assert query(company, "select count(*) from lake.orders") < total
    absorb_all(company)
    assert query(company, "select count(*) from lake.orders") == total


def test_an_old_snapshot_does_not_stay_beside_the_new_one(company: SmallCompany) -> None:
    company.rows["customers"].pop("ada")
    company.extract(Window(FIRST_AS_OF, FIRST_AS_OF))
    absorb_all(company)
    assert query(company, "select count(*) from lake.customers") == [(len(company.rows["customers"]),)]


def test_other_models_or_settings_compute_everything_anew(company: SmallCompany) -> None:
    """A definition that changed holds for all of history, not from tonight on."""
    assert absorb_all(company, models="other models").is_rebuild
    assert not absorb_all(company, models="other models").is_build_needed


def test_a_currency_without_a_rate_names_currency_and_day_and_changes_nothing(company: SmallCompany) -> None:
    """A silent rate of 1 would be a wrong number."""
    _, day = order_of(company, 7)
    before = query(company, "select count(*) from lake.orders")
    place_order(company, 7, 7, (day - HISTORY_START).days)
    company.rows["orders"]["o7"]["currency"] = "USD"
    company.extract(Window(day, day))
    with pytest.raises(WarehouseError, match=rf"no rate of USD to GBP for {day}"):
        absorb_all(company)
    assert query(company, "select count(*) from lake.orders") == before
    assert query(company, "select count(*) from lake.orders where currency = 'USD'") == [(0,)]


def test_a_retention_cost_needs_the_rate_of_its_month(company: SmallCompany) -> None:
    """Without one the cost would be missing from the cost per retained customer; one that is not due yet needs none."""
    due = FIRST_AS_OF.replace(day=1)
    for month, amount in ((due.replace(year=due.year + 1), 1), (due, 2)):
        query(company, f"insert into lake.retention_costs values ('{month}', 'card', null, {amount}, 'NOK')")
    with pytest.raises(WarehouseError, match=f"no rate of NOK to GBP for {due}. Add"):
        absorb_all(company)


def test_a_contract_needs_the_rate_of_its_first_day(company: SmallCompany) -> None:
    """All terms of a contract are told in the rate of its beginning, so that a rate that moves is no expansion."""
    contract = dict(next(iter(company.rows["contracts"].values())), contract_id="norse", currency="NOK")
    started = [FIRST_AS_OF - dt.timedelta(days=30), FIRST_AS_OF, FIRST_AS_OF + dt.timedelta(days=30)]
    for number, day in enumerate(started, start=1):
        ended = started[number] if number < len(started) else None
        term = {"term_no": number, "started_on": day, "ended_on": ended, "cancelled_on": None}
        company.rows["contracts"]["norse", number] = {**contract, **term}
    company.extract(Window(FIRST_AS_OF, FIRST_AS_OF))
    with pytest.raises(WarehouseError, match=rf"no rate of NOK to GBP for {started[0]}\. Add"):
        absorb_all(company)
    company.rows["fx_rates"]["norse"] = {"rate_on": started[0], "currency": "NOK", "rate": 0.08}
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    assert absorb_all(company).is_build_needed


def test_a_warehouse_in_use_is_told_in_one_sentence(company: SmallCompany) -> None:
    import subprocess
    import sys

    path = company.configuration().paths.warehouse
    code = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(WarehouseError, match="in use by another process"), open_warehouse(path):
            pass
        other.communicate()
