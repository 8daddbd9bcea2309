"""Extraction from a real MariaDB: types, the window at the source, quoting, and errors without secrets."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest

from assets.configuration import Connection
from assets.errors import SourceDownError, SourceError
from assets.sources import Window, check_sources, extract, propose
from assets.sources.extraction import cursor_now, read_source
from assets.sources.tables import Asked
from tests.sources.mariadb_server import PASSWORD, admin, mariadb
from tests.sources.one_source import ALWAYS, ORDERS, configured

NOW = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
TABLE = "Orders; `x`"
ORDERS_OF_SHOP = {"database": {"connection": "shop", "table": TABLE}, "columns": ORDERS}
ROWS = """
INSERT INTO `Orders; ``x``` VALUES
(X'0001', 18446744073709551, '2024-01-05 04:30:00', '2024-01-05 04:30:00', 0.1, 1, '[1]', '10:00', b'1'),
(X'0002', 7, '2024-01-05 23:30:00', '2024-01-06 04:30:00.25', 12345678901234.5678, 2, NULL, NULL, b'0'),
(X'0003', 7, '2024-01-20', '2024-01-05 04:30:00', NULL, 3, NULL, NULL, NULL),
(X'0004', 7, '0000-00-00', '2024-01-05 04:30:00', NULL, 4, NULL, NULL, NULL)
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server with one table of orders, whose name and columns are as hostile as they may be."""
    with mariadb(tmp_path_factory.mktemp("mariadb")) as port:
        with admin(port) as cursor:
            cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
            cursor.execute(
                "CREATE TABLE `Orders; ``x``` (id BINARY(2), customer BIGINT, at DATETIME, updated_at TIMESTAMP(6) "
                "DEFAULT 0, amount DECIMAL(30,4), `odd ``name``` INT, tags JSON, opens TIME, flag BIT(1))"
            )
            cursor.execute(ROWS)
            cursor.execute("CREATE TABLE numbers (n INT PRIMARY KEY) SELECT seq AS n FROM seq_1_to_60000")
        yield port


def address(port: int, password: str = PASSWORD) -> str:
    return f"mysql://guest:{quote(password, safe='')}@127.0.0.1:{port}/shop"


def settings(port: int, columns: dict[str, Any] | None = None, **database: Any) -> Any:
    source = {"database": {"connection": "shop", **database}, "columns": columns or ORDERS}
    return configured("America/New_York", {"shop": {"url": address(port)}}, orders=source)


def run(port: int, window: Window = ALWAYS, columns: dict[str, Any] | None = None, **database: Any) -> pl.DataFrame:
    return extract("orders", settings(port, columns, **database), window).collect()


def test_types_that_arrow_has_no_word_for_come_exactly_as_text(port: int) -> None:
    """DECIMAL through a float would lose digits; a date of zeros is how MySQL writes none."""
    columns = {**ORDERS, "channel": "amount", "currency": "flag", "employee_id": "opens", "location_id": "tags"}
    found = run(port, table=TABLE, columns=columns).sort("order_id")
    assert found["order_id"].to_list() == ["0001", "0002", "0003", "0004"]
    assert found["customer_id"].to_list() == ["18446744073709551", "7", "7", "7"]
    assert found["channel"].to_list() == ["0.1000", "12345678901234.5678", None, None]
    assert found["currency"].to_list() == ["1", "0", None, None]
    assert found["employee_id"].to_list() == ["10:00:00", None, None, None]
    assert found["location_id"][0] == "[1]"
    days = [dt.date(2024, 1, 5), dt.date(2024, 1, 5), dt.date(2024, 1, 20), None]
    assert found["business_day"].to_list() == days, "a DATETIME is the company's local time"
    moments = run(port, table=TABLE, columns={**ORDERS, "ordered_at": "updated_at"}).sort("order_id")
    assert moments["business_day"].to_list()[:2] == [dt.date(2024, 1, 4), dt.date(2024, 1, 5)]
    assert moments["ordered_at"][1] == dt.datetime(2024, 1, 6, 4, 30, 0, 250_000)  # noqa: DTZ001


@pytest.mark.parametrize("relation", [{"table": TABLE}, {"query": "SELECT * FROM `Orders; ``x``` LIMIT 99;"}])
def test_the_database_filters_by_day_and_keeps_rows_without_one(port: int, relation: dict[str, str]) -> None:
    """Only a window of a large table may travel, yet never too little of it: days differ by time zone."""
    day = dt.date(2024, 1, 5)
    assert run(port, Window(day, day), day_column="at", **relation)["order_id"].sort().to_list() == [
        "0001",
        "0002",
        "0004",
    ]
    configuration = settings(port, day_column="at", **relation)
    asked = Asked(Window(day, day))
    assert read_source(configuration.sources["orders"], configuration, asked, "orders").rows.collect().height == 3


def test_the_cursor_is_remembered_as_it_stands_and_asks_for_what_changed(port: int) -> None:
    """A fraction of a second that is lost would bring the same row for ever, or lose the next one."""
    configuration = settings(port, table=TABLE, cursor="updated_at", cursor_overlap_minutes=0)
    assert cursor_now("orders", configuration, NOW) == "2024-01-06 04:30:00.250000"
    since = "2024-01-06 04:30:00.250000"
    assert extract("orders", configuration, ALWAYS, changed_since=since).collect()["order_id"].to_list() == ["0002"]
    wider = settings(port, table=TABLE, cursor="updated_at", cursor_overlap_minutes=60 * 25)
    assert extract("orders", wider, ALWAYS, changed_since=since).collect().height == 4


def test_names_are_quoted(port: int) -> None:
    assert run(port, table=TABLE, columns={**ORDERS, "channel": "odd `name`"})["channel"].sort().to_list() == [
        "1",
        "2",
        "3",
        "4",
    ]
    with pytest.raises(SourceError, match="doesn't exist"):
        run(port, table="orders`; DROP TABLE numbers; --")


def test_the_session_cannot_write(port: int) -> None:
    """A query of the configuration reads; whatever else it does must fail, even for a user who may."""
    configuration = settings(port, query="SELECT nextval(counter) AS id, 1 AS customer, now() AS at")
    mighty = Connection(url=f"mysql://admin@127.0.0.1:{port}/shop")
    with admin(port) as cursor:
        cursor.execute("CREATE SEQUENCE counter")
    with pytest.raises(SourceError, match="READ ONLY transaction"):
        extract("orders", configuration.model_copy(update={"connections": {"shop": mighty}}), ALWAYS)


def test_a_large_table_comes_whole_in_bounded_batches(port: int) -> None:
    found = run(port, query="SELECT n AS id, n % 7 AS customer, timestamp('2024-01-05') AS at FROM numbers")
    assert found["order_id"].n_unique() == 60_000


def test_an_error_in_the_middle_of_the_rows_is_one_sentence(port: int) -> None:
    """A number that Arrow cannot hold is met after the reading has begun."""
    with pytest.raises(SourceError, match=r"sources\.orders: connection 'shop': "):
        run(port, query="SELECT 18446744073709551615 AS id, 1 AS customer, now() AS at")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"table": "absent"}, "connection 'shop': Table 'shop.absent' doesn't exist"),
        ({"table": TABLE, "day_column": "customer"}, "day_column customer is neither DATE, DATETIME nor TIMESTAMP"),
        ({"table": TABLE, "day_column": "nowhere"}, "there is no column 'nowhere'; its columns are: id, customer"),
    ],
)
def test_what_is_missing_is_one_clear_error(port: int, told: dict[str, str], sentence: str) -> None:
    with pytest.raises(SourceError) as caught:
        run(port, Window(dt.date(2024, 1, 1), dt.date(2024, 1, 2)), **told)
    assert sentence in str(caught.value)
    assert not isinstance(caught.value, SourceDownError), "it would be tried again for nothing"


def test_a_wrong_password_is_told_and_never_echoed(port: int) -> None:
    configuration = configured(connections={"shop": {"url": address(port, "wr0ng")}}, orders=ORDERS_OF_SHOP)
    with pytest.raises(SourceError) as caught:
        extract("orders", configuration, ALWAYS)
    assert str(caught.value) == "sources.orders: connection 'shop' refuses the password of user 'guest'"
    assert caught.value.__suppress_context__


def test_an_unreachable_database_is_told_without_its_password() -> None:
    configuration = configured(connections={"shop": {"url": "mariadb://u:geheim@127.0.0.1:1/x"}}, orders=ORDERS_OF_SHOP)
    with pytest.raises(SourceDownError) as caught:
        extract("orders", configuration, ALWAYS)
    assert str(caught.value) == "sources.orders: connection 'shop' does not answer at 127.0.0.1:1"


def test_a_missing_client_says_what_to_install(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(SourceError, match=r"install loyalty\[mysql\]"):
        run(port, table=TABLE)


def test_a_check_and_a_proposal_work_for_it(port: int) -> None:
    findings = check_sources(settings(port, table=TABLE, day_column="at", cursor="updated_at"))
    assert [finding.message for finding in findings if finding.level == "error"] == []
    assert TABLE in propose([address(port)])
    assert PASSWORD not in propose([address(port)])


def test_amounts_become_decimals_without_a_float_between(port: int) -> None:
    columns = {"order_id": "odd `name`", "product_id": "customer", "quantity": "1", "net_amount": "amount"}
    source = {"database": {"connection": "shop", "table": TABLE}, "columns": columns}
    configuration = configured(connections={"shop": {"url": address(port)}}, order_lines=source)
    found = extract("order_lines", configuration, ALWAYS).collect().sort("order_id")
    assert found["net_amount"].to_list() == [Decimal("0.1"), Decimal("12345678901234.5678"), None, None]
