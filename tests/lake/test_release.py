"""A release extracts the days of quarantined rows again, and no other day.

What it guards against: a release that brings other changes of the source along unasked, one that leaves mended rows
behind, and one that says more was released than was.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from assets.errors import ConfigurationError
from assets.lake.load import load_entity
from assets.lake.release import depending_on, waiting_rows
from assets.lake.window import told_window, window_tags
from assets.sources import Window
from tests.flow.small_company import EXTRACTED_ON, FIRST_AS_OF, HISTORY_START, SmallCompany, found_company

DAYS = [dt.date(2024, 1, day) for day in (3, 5, 4, 9)]


@pytest.fixture
def company(tmp_path: Path) -> SmallCompany:
    """A company with three bad orders: a status that nobody knows on two days, a missing customer on one of them."""
    company = found_company(tmp_path / "company")
    first, second, third = in_time(company)[:3]
    for key in (first, second):
        company.rows["orders"][key]["status"] = "compleeted"
    company.rows["orders"][third]["customer_id"] = None
    company.extract(Window(HISTORY_START, FIRST_AS_OF))
    return company


def in_time(company: SmallCompany) -> list[str]:
    return sorted(key for key, row in company.rows["orders"].items() if row["ordered_at"].date() <= FIRST_AS_OF)


def test_mended_rows_come_in_and_other_days_stay(company: SmallCompany) -> None:
    configuration = company.configuration()
    first, second, third, other = in_time(company)[:4]
    before = waiting_rows(configuration, "orders")
    assert before.rows == 3
    bad = {company.rows["orders"][key]["ordered_at"].date() for key in (first, second, third)}
    assert set(before.days) == bad
    company.rows["orders"][first]["status"] = "completed"
    # Another order is lost at the source on a day that has no bad row.
    other = next(key for key in in_time(company) if company.rows["orders"][key]["ordered_at"].date() not in bad)
    versions = company.lake_versions()["orders"]
    day = company.rows["orders"][other]["ordered_at"].date().isoformat()
    del company.rows["orders"][other]
    company.write_sources()
    window = Window(before.days[0], before.days[-1], frozenset(before.days))
    loaded = load_entity("orders", configuration, window, EXTRACTED_ON)
    after = waiting_rows(configuration, "orders")
    assert (after.rows, sum(after.reasons.values())) == (2, 2)
    assert loaded.quarantined == 2
    assert loaded.is_conserved
    assert company.lake_versions()["orders"][day] == versions[day]


def test_a_reason_narrows_the_days(company: SmallCompany) -> None:
    configuration = company.configuration()
    third = in_time(company)[2]
    waiting = waiting_rows(configuration, "orders", "missing_customer_id")
    assert waiting.days == (company.rows["orders"][third]["ordered_at"].date(),)
    assert waiting_rows(configuration, "orders", "no such reason").rows == 0


def test_rows_that_refer_to_the_entity_are_named(company: SmallCompany) -> None:
    """Lines of a quarantined order are in quarantine because of it, and stay there when it is released alone."""
    assert depending_on(company.configuration(), "orders") == ["order_lines"]


def test_an_unknown_entity_is_refused(company: SmallCompany) -> None:
    with pytest.raises(ConfigurationError, match="pigeons is no configured source"):
        waiting_rows(company.configuration(), "pigeons")


def test_a_run_for_single_days_is_for_no_other(company: SmallCompany) -> None:
    """Days that a tag loses on its way from the command to the step that extracts."""
    window = Window(min(DAYS), max(DAYS), frozenset(DAYS))
    assert told_window(window_tags(window), None, company.configuration(), max(DAYS)) == window
