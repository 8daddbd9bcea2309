"""dbt sends the same statements whatever the rows are, which is what tests that run them again rely on.

What it guards against: a model or a macro that looks at rows to decide what it sends, so that a recorded build would
be another one than dbt's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.sources import Window
from tests.flow.recorded_builds import IS_FAILED, RecordedBuilds, Recording, Statement
from tests.flow.small_company import (
    FIRST_AS_OF,
    HISTORY_START,
    SmallCompany,
    answer_survey,
    differences,
    found_company,
    place_order,
    read_marts,
    start_contract,
)


def change_much(company: SmallCompany) -> None:
    """Another month, another product, a customer's first order, a contract and answers."""
    company.rows["products"]["tea"] = {"product_id": "tea", "category_path": "Drinks > Tea", "tier": 1}
    for number in range(5):
        place_order(company, 50 + number, 40 + number, 95 + number)
        answer_survey(company, 30 + number, number, 90 + number)
    start_contract(company, 5, "finn", 80)


def text_of(recording: Recording) -> list[list[str]]:
    """The statements of each connection, without the moment that dbt puts into names of temporary tables.

    Each model and test has a connection of its own, and dbt is free in the order of those that do not need each other.
    """
    by_connection: dict[int, list[str]] = {}
    for each in recording.statements:
        text = re.sub(r"__dbt_tmp\w*", "__dbt_tmp", each.sql)
        by_connection.setdefault(each.connection, []).append(text)
    return sorted(by_connection.values())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallCompany, RecordedBuilds]:
    """A company that dbt built at first and then by increments, and what dbt sent."""
    company = found_company(tmp_path_factory.mktemp("recorded") / "company")
    company.with_tests = True
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    builds = RecordedBuilds()
    with builds.in_use():
        company.build(FIRST_AS_OF)
        place_order(company, 3, 1, 41)
        company.extract(Window(HISTORY_START, FIRST_AS_OF))
        company.build(FIRST_AS_OF)
    return company, builds


def test_statements_do_not_depend_on_rows(recorded: tuple[SmallCompany, RecordedBuilds], tmp_path: Path) -> None:
    founded, builds = recorded
    company, by_record = (founded.copy_to(tmp_path / name) for name in ("by_dbt", "by_record"))
    later = FIRST_AS_OF + dt.timedelta(days=40)
    for each in (company, by_record):
        change_much(each)
        each.extract(Window(HISTORY_START, later))
    by_dbt = RecordedBuilds()
    with by_dbt.in_use():
        company.build(later)
    for kind, recording in by_dbt.recordings.items():
        assert text_of(recording) == text_of(builds.recordings[kind])
    with builds.in_use():
        by_record.build(later)
    assert len(builds.recordings) == 4, "the last build was dbt's"
    marts = [read_marts(each.configuration().paths.warehouse) for each in (company, by_record)]
    assert differences(*marts) == []


def test_an_identity_that_does_not_hold_fails_a_recorded_build(
    recorded: tuple[SmallCompany, RecordedBuilds], tmp_path: Path
) -> None:
    """A random sequence of runs would else prove nothing about the identities."""
    founded, builds = recorded
    company = founded.copy_to(tmp_path / "company")
    place_order(company, 7, 1, 41)
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    broken = RecordedBuilds()
    for kind, recording in builds.recordings.items():
        broken.recordings[kind] = Recording(list(with_a_broken_cell(recording.statements)), recording.outcome)
    with broken.in_use(), pytest.raises(AssertionError, match=r"from .*marts.*mrr_movements"):
        company.build(FIRST_AS_OF)


def with_a_broken_cell(statements: list[Statement]) -> Iterator[Statement]:
    """The statements of a build; before each data test of revenue all of it at the end of months grows by a penny."""
    for statement in statements:
        if IS_FAILED in statement.sql and "mrr_movements" in statement.sql:
            spoil = "update marts.mrr_movements set end_mrr_amount = end_mrr_amount + 0.01"
            yield Statement(statement.connection, spoil)
        yield statement
