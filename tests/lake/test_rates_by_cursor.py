"""Rates reach back before the reporting history, for contracts that are older: a cursor finds those as well."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg

from assets.configuration import Configuration
from assets.lake.asset import load_for_run
from assets.lake.window import night_tags
from tests.flow.small_company import HISTORY_START, SmallCompany


def test_a_rate_of_before_the_history_that_changed_is_one_day(tmp_path: Path) -> None:
    """It was either left out, or all rates were read again every night."""
    told = SmallCompany(tmp_path, {}, ()).configuration().model_dump()
    told["connections"] = {"rates": {"url": f"sqlite:///{tmp_path / 'rates.db'}"}}
    database = {"connection": "rates", "table": "rates", "day_column": "rate_on", "cursor": "updated_at"}
    told["sources"] = {"fx_rates": {"database": database}}
    configuration = Configuration.model_validate(told)
    night, before = HISTORY_START + dt.timedelta(days=30), HISTORY_START - dt.timedelta(days=700)
    with closing(sqlite3.connect(tmp_path / "rates.db")) as connection, connection:
        connection.execute("CREATE TABLE rates (rate_on, currency, rate, updated_at)")
        known = [before + dt.timedelta(days=number) for number in range(730)]
        rows = [(str(day), "EUR", 0.85, f"{day} 08:00:00") for day in known]
        connection.executemany("INSERT INTO rates VALUES (?, ?, ?, ?)", rows)
    first = load_for_run("fx_rates", configuration, run_of(night), None)
    assert first.accepted == len(known)
    with closing(sqlite3.connect(tmp_path / "rates.db")) as connection, connection:
        connection.execute(f"UPDATE rates SET rate = 0.9, updated_at = '{night} 12:00:00' WHERE rate_on = '{before}'")
    second = load_for_run("fx_rates", configuration, run_of(night + dt.timedelta(days=1)), None)
    newest = known[-1]
    assert [first for first, _ in second.window.spans] == [before, newest, night + dt.timedelta(days=1)]
    assert (second.window.day_count, second.accepted) == (3, 2)


def run_of(night: dt.date) -> dg.DagsterRun:
    return dg.DagsterRun("nightly", tags=night_tags(night))
