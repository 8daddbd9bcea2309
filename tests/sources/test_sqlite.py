"""Extraction from SQLite files, which hold no column to its declared type."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.configuration.file import load_configuration
from assets.errors import SourceDownError, SourceError
from assets.sources import Window, check_sources, extract, propose
from assets.sources.extraction import cursor_now
from tests.sources.one_source import ALWAYS, ORDERS, configured

NOW = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
DAY = dt.date(2024, 1, 5)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with orders of every kind of value that a column may hold."""
    path = tmp_path / "shop 1?#.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            'CREATE TABLE "Orders; x" '
            '(id INTEGER, customer REAL, at TEXT, updated_at TEXT, amount DECIMAL, "odd ""n""" INT)'
        )
        connection.executemany(
            'INSERT INTO "Orders; x" VALUES (?, ?, ?, ?, ?, ?)',
            [
                (1, 13085.0, "2024-01-05 10:00:00", "2024-01-05 10:00:00", 0.1, 1),
                (2, 7.0, "2024-01-05T23:30:00", "2024-01-06T08:00:00Z", 12345678.1234, 2),
                (3, 7.0, "2024-01-20", "2024-01-05 10:00:00", "n/a", 3),
                (4, 7.0, None, "2024-01-05 10:00:00", None, 4),
                (5, 7.0, "05/01/2024", "2024-01-05 10:00:00", None, "x"),
                (6, 7.0, 1704450000, "2024-01-05 10:00:00", None, None),
            ],
        )
    return path


def settings(file: Path, columns: dict[str, Any] | None = None, entity: str = "orders", **database: Any) -> Any:
    database = {"connection": "shop", "table": "Orders; x", **database}
    source = {"database": {k: v for k, v in database.items() if v}, "columns": columns or ORDERS}
    return configured(connections={"shop": {"url": f"sqlite:///{file}"}}, **{entity: source})


def run(file: Path, window: Window = ALWAYS, columns: dict[str, Any] | None = None, **database: Any) -> pl.DataFrame:
    return extract("orders", settings(file, columns, **database), window).collect().sort("order_id")


def test_values_come_as_they_stand(file: Path) -> None:
    """A cell that is no number is one bad row, and changes how no other row is read."""
    found = run(file)
    assert found["order_id"].to_list() == ["1", "2", "3", "4", "5", "6"]
    assert found["customer_id"].unique().sort().to_list() == ["13085", "7"], "a whole number in a REAL column"
    assert found["business_day"].to_list() == [DAY, DAY, dt.date(2024, 1, 20), None, None, None]
    columns = {"order_id": "id", "product_id": "customer", "quantity": '"odd ""n""" * 2', "net_amount": "amount"}
    lines = extract("order_lines", settings(file, columns, "order_lines"), ALWAYS).collect().sort("order_id")
    assert lines["net_amount"].to_list() == [Decimal("0.1"), Decimal("12345678.1234"), None, None, None, None]
    assert lines["quantity"].to_list() == [2, 4, 6, 8, None, None]
    assert lines["_problems"].is_not_null().to_list() == [False, False, True, False, True, False]


@pytest.mark.parametrize("relation", [{}, {"table": None, "query": 'SELECT * FROM "Orders; x";'}])
def test_the_file_filters_by_day_and_keeps_rows_of_which_it_cannot_tell(file: Path, relation: dict[str, Any]) -> None:
    """Days in another form sort before or after all days: such rows would silently never come."""
    assert run(file, Window(DAY, DAY), day_column="at", **relation)["order_id"].to_list() == ["1", "2", "4", "5", "6"]


def test_the_cursor_is_remembered_as_it_stands_and_asks_for_what_changed(file: Path) -> None:
    configuration = settings(file, cursor="updated_at")
    assert cursor_now("orders", configuration, NOW) == "2024-01-06T08:00:00Z"
    changed = extract("orders", configuration, ALWAYS, changed_since="2024-01-06T08:00:00Z").collect()
    assert changed["order_id"].to_list() == ["2"]
    by_number = settings(file, cursor="id")
    assert cursor_now("orders", by_number, NOW) == "6"
    assert extract("orders", by_number, ALWAYS, changed_since="6").collect()["order_id"].to_list() == ["6"]


def test_a_name_that_is_no_column_is_an_error_and_no_text(file: Path) -> None:
    """SQLite takes a quoted name that is no column for a text: nothing would ever have changed."""
    with pytest.raises(SourceError, match=r"cursor: there is no column 'changed_at'; its columns are: .*updated_at"):
        cursor_now("orders", settings(file, cursor="changed_at"), NOW)
    with pytest.raises(SourceError, match="day_column: there is no column 'day'"):
        run(file, Window(DAY, DAY), day_column="day")


def test_the_file_is_never_written(file: Path) -> None:
    with pytest.raises(SourceError, match=r"no such table: a\"; DROP TABLE"):
        run(file, table='a"; DROP TABLE b; --')
    file.chmod(0o444)
    before = file.read_bytes()
    run(file)
    assert file.read_bytes() == before
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name]


def test_a_file_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"connection 'shop': there is no file .*absent.db"):
        run(tmp_path / "absent.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("no database " * 100)
    with pytest.raises(SourceError, match="file is not a database"):
        run(tmp_path / "notes.db")


def test_a_file_that_another_process_locks_may_be_free_in_a_while(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again, unlike one that is missing."""
    monkeypatch.setattr("assets.sources.sqlite.BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceDownError, match="database is locked"):
            run(file)


def test_a_relative_path_is_relative_to_the_configuration(file: Path) -> None:
    """A nightly run starts in another folder than the one that the author wrote the path in."""
    settings = file.parent / "loyalty.yaml"
    settings.write_text(
        "company: {name: A, timezone: UTC, currency: EUR, history_start: 2024-01-01}\n"
        f"connections: {{shop: {{url: 'sqlite:///{file.name}'}}, far: {{url: 'sqlite:////far.db'}}}}\n"
        "sources: {contracts: {database: {connection: shop, table: x}}}\n"
    )
    connections = load_configuration(settings).connections
    assert [connections[name].url for name in ("shop", "far")] == [f"sqlite:///{file}", "sqlite:////far.db"]


def test_a_check_and_a_proposal_work_for_it(file: Path) -> None:
    findings = check_sources(settings(file, day_column="at", cursor="updated_at"))
    assert [finding.message for finding in findings if finding.level == "error"] == []
    assert "Orders; x" in propose([f"sqlite:///{file}"])
