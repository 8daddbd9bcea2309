"""Whatever order of changes, extractions, backfills and repeated runs led there, the marts are those of a full refresh,
and the identities that gate publishing hold after every build on the way.

What it guards against: a touched customer who was missed, an old row that stayed, a partition that was absorbed twice
or not at all, a model that reads more than the customers it was narrowed to; an identity that holds in good data and
not in a state that nobody thought of.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from assets.sources import Window
from tests.flow.recorded_builds import RecordedBuilds
from tests.flow.remembered_checks import remembered_checks
from tests.flow.small_company import (
    FIRST_AS_OF,
    HISTORY_START,
    RECORD_COUNT,
    SmallCompany,
    answer_survey,
    cancel_order,
    differences,
    found_company,
    place_order,
    read_marts,
    record,
    return_goods,
    start_contract,
)
from tests.flow.small_records import CUSTOMERS, PRODUCTS, RECORDS

Step = tuple[str, int, int, int]
STEPS = [
    "order",
    "order",
    "return",
    "cancel",
    "contract",
    "answer",
    "withdraw answer",
    "product",
    "customer",
    "rate",
    "record",
    "record",
    "strike out",
    "night",
    "backfill",
    "repeat",
    "earlier as-of",
]
# The lake then holds days after the as-of date, which the marts leave out.
EVERYTHING = Window(HISTORY_START, dt.date(2024, 3, 31))
sequences = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 39), st.integers(0, 10_000), st.integers(0, 119)),
    min_size=4,
    max_size=10,
)


@pytest.fixture(scope="module")
def built_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCompany]:
    company = found_company(tmp_path_factory.mktemp("small") / "company")
    company.with_tests = True
    with RecordedBuilds().in_use(), remembered_checks():
        company.extract(Window(HISTORY_START, FIRST_AS_OF))
        company.build(FIRST_AS_OF)
        yield company


def check_sequence(built_company: SmallCompany, folder: Path, steps: list[Step]) -> None:
    company = built_company.copy_to(folder / uuid.uuid4().hex)
    as_of = FIRST_AS_OF
    for step in steps:
        as_of = take_step(company, step, as_of)
    # Whatever changed is extracted at last, so that every change has to find its way into the marts by increments.
    company.extract(EVERYTHING)
    company.build(as_of)
    warehouse = company.configuration().paths.warehouse
    full_refresh = warehouse.parent / "full_refresh" / warehouse.name
    full_refresh.parent.mkdir()
    company.build(as_of, warehouse=full_refresh)
    assert differences(read_marts(warehouse), read_marts(full_refresh)) == []
    assert_lake_equals_a_fresh_one(company, folder)


def assert_lake_equals_a_fresh_one(company: SmallCompany, folder: Path) -> None:
    """After a backfill of all of history the lake is that of a company that was extracted once."""
    fresh = SmallCompany(folder / uuid.uuid4().hex, company.rows)
    fresh.folder.mkdir()
    fresh.extract(EVERYTHING)
    assert company.lake_versions() == fresh.lake_versions()


def take_step(company: SmallCompany, step: Step, as_of: dt.date) -> dt.date:
    """Change the sources, or run; returns the as-of day from then on."""
    kind, number, choice, day = step
    if kind in CHANGES:
        CHANGES[kind](company, number, choice, day)
    elif kind == "night":
        as_of += dt.timedelta(days=1 + choice % 3)
        company.extract(Window(as_of - dt.timedelta(days=6), as_of))
    elif kind == "backfill":
        first = HISTORY_START + dt.timedelta(days=day)
        # A backfill is of some entities only, whose rows may then hang on rows that the lake does not hold as yet.
        some = [entity for index, entity in enumerate(company.entities) if choice >> index % 13 & 1]
        company.extract(Window(first, first + dt.timedelta(days=choice % 60)), some)
    elif kind == "earlier as-of":
        company.build(as_of - dt.timedelta(days=choice % 30))
    else:
        company.build(as_of)
        assert not company.build(as_of), "a repeated run found something to do"
    return as_of


def withdraw_answer(company: SmallCompany, number: int, _choice: int, _day: int) -> None:
    for key in [key for key in company.rows["survey_responses"] if key[0] == f"r{number}"]:
        del company.rows["survey_responses"][key]


def change_product(company: SmallCompany, number: int, choice: int, _day: int) -> None:
    product = company.rows["products"][PRODUCTS[number % len(PRODUCTS)]]
    product.update(tier=choice % 3, category_path=["Dairy > Milk", "Home > Soap", None][choice % 3])


def change_customer(company: SmallCompany, number: int, choice: int, _day: int) -> None:
    company.rows["customers"][CUSTOMERS[number % 5]]["segment"] = f"segment {choice % 3}"


def change_rate(company: SmallCompany, _number: int, choice: int, day: int) -> None:
    company.rows["fx_rates"][HISTORY_START + dt.timedelta(days=day)]["rate"] = 0.8 + choice % 10 / 100


def change_record(company: SmallCompany, number: int, choice: int, day: int) -> None:
    """Change a row, move it to another day, or record it anew where it was struck out: late, if its day is over."""
    choice, kind = divmod(choice, len(RECORDS))
    record(company, list(RECORDS)[kind], number % RECORD_COUNT, choice, day)


def strike_out(company: SmallCompany, number: int, choice: int, _day: int) -> None:
    """Delete a row; never the last one, for a source of states without any is refused as a broken one."""
    rows = company.rows[list(RECORDS)[choice % len(RECORDS)]]
    if len(rows) > 1:
        rows.pop(number % RECORD_COUNT, None)


CHANGES: dict[str, Callable[[SmallCompany, int, int, int], None]] = {
    "order": place_order,
    "return": return_goods,
    "cancel": lambda company, number, _choice, _day: cancel_order(company, number),
    "contract": lambda company, number, choice, day: start_contract(company, number, CUSTOMERS[choice % 6], day),
    "answer": answer_survey,
    "withdraw answer": withdraw_answer,
    "product": change_product,
    "customer": change_customer,
    "rate": change_rate,
    "record": change_record,
    "strike out": strike_out,
}


def check_sequences(built_company: SmallCompany, folder: Path, seed: int, count: int) -> None:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]

    @seeded(seed)
    @settings(max_examples=count, deadline=None, suppress_health_check=checks, phases=[Phase.generate], database=None)
    @given(steps=sequences)
    def check(steps: list[Step]) -> None:
        check_sequence(built_company, folder, steps)

    check()


@pytest.mark.parametrize("seed", range(4))
def test_marts_equal_a_full_refresh(built_company: SmallCompany, tmp_path: Path, seed: int) -> None:
    """Twenty random sequences, in four parts that run side by side."""
    check_sequences(built_company, tmp_path, seed, 5)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_marts_equal_a_full_refresh_long(built_company: SmallCompany, tmp_path: Path, seed: int) -> None:
    """Two hundred random sequences."""
    check_sequences(built_company, tmp_path, seed, 10)
