"""Weeks start on the weekday that `loyalty.yaml` names, from the word to the rows of the calendar.

What it guards against: a word that counts from Sunday where the calendar counts from Monday, one off in either of the
two, a weekday that the configuration refuses. Every number by week would be of another week, and all would look right.
"""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path

import duckdb
import pytest

from assets.configuration.file import load_configuration
from assets.warehouse.build import invoke
from assets.warehouse.control import write_settings
from tests.dbt.scratch_warehouse import fill_warehouse

AS_OF = dt.date(2024, 3, 5)
LOYALTY_YAML = """\
company: {{name: Acme, timezone: UTC, currency: GBP, week_start: {word}, history_start: 2023-12-25}}
sources: {{contracts: {{file: contracts.csv}}}}
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose entities have no rows."""
    path = tmp_path_factory.mktemp("weeks") / "warehouse.duckdb"
    fill_warehouse(path, AS_OF, {})
    assert invoke(path, ["run", "--select", "stg_contracts"]).success
    return path


@pytest.fixture(scope="module")
def calendar_sql(warehouse: Path) -> str:
    """The calendar's query: compiled once, as dbt takes seconds and the settings are read by the query itself."""
    outcome = invoke(warehouse, ["compile", "--select", "int_calendar"])
    return str(outcome.result.results[0].node.compiled_code)


@pytest.mark.parametrize("word", [name.lower() for name in calendar.day_name])
def test_weeks_start_on_the_weekday_that_is_configured(
    warehouse: Path, calendar_sql: str, tmp_path: Path, word: str
) -> None:
    (tmp_path / "loyalty.yaml").write_text(LOYALTY_YAML.format(word=word))
    configuration = load_configuration(tmp_path / "loyalty.yaml", {})
    with duckdb.connect(str(warehouse)) as connection:
        write_settings(connection, configuration, AS_OF)
        weeks = "select date_day, period_start, period_end from calendar where grain = 'week'"
        rows = connection.execute(f"with calendar as ({calendar_sql}) {weeks}").fetchall()
    assert len(rows) == (AS_OF - dt.date(2023, 12, 25)).days + 1
    assert {start.strftime("%A").lower() for _, start, _ in rows} == {word}
    assert all(start <= day < end == start + dt.timedelta(days=7) for day, start, end in rows)
