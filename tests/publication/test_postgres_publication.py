"""Postgres holds what the published files hold, shows one version at a time, and no failure leaves half of one.

What it guards against: amounts that lose digits on the way, a view of BI that vanishes over night, a reader who gets
two versions within a transaction or keeps the new one back, a killed load that stops all later ones, rights that reach
too far.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import duckdb
import pytest

from assets.errors import PublicationError
from assets.publication import postgres as loading
from assets.publication.postgres import drop_older_versions, publish_to_postgres
from assets.publication.postgres_session import Target
from assets.warehouse.database import open_warehouse
from tests.publication.postgres_server import BiServer, server
from tests.publication.small_marts import build, publish_files

__all__ = ["server"]
REPOSITORY = Path(__file__).resolve().parents[2]
SHADOWS = "select nspname::text from pg_namespace where nspname like 'loyalty\\_v0%' order by 1"


@pytest.fixture
def bi(server: BiServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[BiServer]:
    """The server with nothing published; loads wait but a moment for readers to end."""
    monkeypatch.setattr(loading, "DROP_PATIENCE", 0.3)
    yield server
    schemas = server.query("select nspname::text from pg_namespace where nspname ~ '^(loyalty|team)'", "postgres")
    server.execute(*(f'drop schema "{schema}" cascade' for (schema,) in schemas))


class Company:
    """A warehouse, the folder that it publishes to, and the number of its last night."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, bi: BiServer) -> None:
        self.publish, self.connection, self.bi, self.nights = folder / "publish", connection, bi, 0
        self.target = bi.target()

    def publish_files(self) -> None:
        self.nights += 1
        publish_files(self.connection, self.publish, self.nights)

    def night(self) -> int:
        build(self.connection, self.nights + 1)
        self.publish_files()
        return publish_to_postgres(self.target, self.publish).version


@pytest.fixture
def company(tmp_path: Path, bi: BiServer) -> Iterator[Company]:
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        yield Company(tmp_path, connection, bi)


@contextmanager
def reader(bi: BiServer, isolation: str = "read committed") -> Iterator[Callable[[str], list[Any]]]:
    """An open transaction of a user of BI, in which statements can be asked."""
    with postgres.connect(bi.url("ada")) as connection, connection.cursor() as cursor:
        cursor.execute(f"set transaction isolation level {isolation}")

        def ask(sql: str) -> list[Any]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        yield ask


BUILDS = "select distinct (select max(n) from loyalty.kpi), build, version from loyalty.customers, loyalty.publication"


def test_what_postgres_holds_is_what_the_files_hold(company: Company, bi: BiServer) -> None:
    """A float on the way would lose digits of an amount, a time zone shift a moment; a text is only its text."""
    build(company.connection, 1)
    # The one character that no text of Postgres can hold.
    company.connection.execute("""update marts.odd set "odd ""name" = chr(0) || "odd ""name" """)
    company.publish_files()
    publish_to_postgres(company.target, company.publish)
    assert bi.query('select build, "odd ""name", "select"::text, ratio::text from loyalty.odd') == [
        (1, 'it\'s "x" \\ \né', "12345678901234567890123456789012.3456", "NaN")
    ]
    (first,) = bi.query(
        "select revenue_amount::text, first_seen_at, segment from loyalty.customers where customer_id = 'c7'"
    )
    assert (Decimal(first[0]), *first[1:]) == (Decimal("7.0001"), dt.datetime(2024, 1, 1, 10, 0, 0, 123456), None)  # noqa: DTZ001
    told = bi.query("select mart, row_count, checksum, mart_version from loyalty.publication order by mart")
    with duckdb.connect(str(company.publish / "current/loyalty.duckdb"), read_only=True) as files:
        query = "select mart, row_count, checksum, mart_version from marts.publication order by mart"
        assert told == files.execute(query).fetchall()
    for mart, rows, *_ in told:
        assert bi.query(f"select count(*) from loyalty.{mart}") == [(rows,)]
    types = "select string_agg(format_type(atttypid, atttypmod), ' ' order by attnum) from pg_attribute where attrelid"
    assert bi.query(f"{types} = 'loyalty.customers'::regclass") == [
        ("text bigint numeric(18,4) timestamp without time zone text",)
    ]


def test_a_view_finds_its_rows_by_keys_indexes_and_descriptions(company: Company, bi: BiServer) -> None:
    company.night()
    described = "select obj_description('loyalty.kpi'::regclass), col_description('loyalty.kpi'::regclass, 6)"
    assert bi.query(described) == [('Every metric. It\'s "one" row per \\ period.', "The metric's value $1 $$.")]
    indexes = bi.query(
        "select tablename::text || ' ' || indexdef from pg_indexes where schemaname like 'loyalty%'", "postgres"
    )
    told = {re.sub(r" CREATE.*btree", "", index) for (index,) in indexes}
    assert {
        "kpi (metric_id, grain, period_start, dimension, dimension_value)",
        "kpi (metric_id, grain, dimension, dimension_value, period_start)",
        "customers (customer_id)",
        "publication (mart)",
    } <= told
    with postgres.connect(bi.url("postgres")) as connection, connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": "false"})
        cursor.execute("set enable_seqscan = off")
        cursor.execute("explain (analyze, costs off) select * from loyalty.customers where customer_id = 'c7'")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan, plan


def test_a_new_version_is_shown_at_once_and_only_the_last_two_stay(company: Company, bi: BiServer) -> None:
    for number in range(1, 5):
        assert company.night() == number
        assert bi.query(BUILDS) == [(number, number, number)]
    shadows = [name for (name,) in bi.query(SHADOWS)]
    assert [name[: len("loyalty_v000003")] for name in shadows] == ["loyalty_v000003", "loyalty_v000004"]


def test_postgres_goes_back_with_the_files(company: Company, bi: BiServer) -> None:
    """Whoever takes a wrong version back would otherwise leave it to those who read Postgres."""
    company.night()
    company.night()
    (company.publish / ".back").symlink_to("versions/000001")
    (company.publish / ".back").rename(company.publish / "current")
    publish_to_postgres(company.target, company.publish)
    assert bi.query(BUILDS) == [(1, 1, 1)]
    assert company.night() == 3
    assert bi.query(BUILDS) == [(3, 3, 3)]


def test_a_reader_keeps_one_version_and_never_keeps_a_new_one_back(company: Company, bi: BiServer) -> None:
    """A BI tool that forgets a transaction open must neither stop the nights nor see two of them mixed."""
    company.night()
    with reader(bi, "repeatable read") as ask, reader(bi) as ask_anew:
        assert ask("select version from loyalty.publication limit 1") == [(1,)]
        assert ask_anew("select max(n) from loyalty.kpi") == [(1,)]
        for number in (2, 3, 4):
            company.night()
            assert ask("select max(version) from loyalty.publication") == [(1,)]
            assert ask_anew("select max(n) from loyalty.kpi") == [(number,)]
        assert drop_older_versions(company.target, patience=0), "a version that a transaction looks at was dropped"
        assert ask(BUILDS) == [(1, 1, 1)], "a transaction saw two versions, or none"
    assert drop_older_versions(company.target) == []
    assert len(bi.query(SHADOWS)) == 1
    assert bi.query(BUILDS) == [(4, 4, 4)]


def test_what_the_planner_noted_of_older_versions_goes_with_them(company: Company, bi: BiServer) -> None:
    """Its notes quote rows; those on a mart that has no rows any more would stay for ever, and an erasure with them."""
    build(company.connection, 1)
    company.connection.execute("update marts.customers set segment = 'secret'")
    company.connection.execute("update marts.kpi set dimension_value = 'secret' where not is_complete")
    company.publish_files()
    publish_to_postgres(company.target, company.publish)
    assert noted_values(bi).count("secret") == 2
    build(company.connection, 2)
    company.connection.execute("delete from marts.customers")
    company.publish_files()
    publish_to_postgres(company.target, company.publish)
    assert drop_older_versions(company.target) == []
    assert "secret" not in noted_values(bi)
    assert bi.query("select count(*) from loyalty.customers") == [(0,)]
    company.night()
    assert "c7" in noted_values(bi), "rows came, and the planner was not told"


def noted_values(bi: BiServer) -> str:
    """What Postgres has noted of the rows of all marts as such, whatever their version."""
    noted = "select notes::text from pg_stats as notes where schemaname = 'loyalty_versions'"
    return "\n".join(note for (note,) in bi.query(noted, "postgres"))


def test_the_loader_and_the_readers_can_do_what_they_must_and_nothing_else(company: Company, bi: BiServer) -> None:
    bi.execute(
        "create schema team",
        "create table team.own (x int)",
        "create table public.others (x int)",
        "create role eve login",
    )
    company.night()
    ((shadow, *_),) = bi.query(SHADOWS)
    for sql in (
        "insert into loyalty.kpi (n) values (1)",
        "delete from loyalty.publication",
        "drop view loyalty.kpi",
        "create table loyalty.mine (x int)",
        f"select * from {shadow}.kpi",
        "select * from loyalty_versions.kpi",
        "select * from loyalty_versions.current",
        "select * from team.own",
        "create schema mine",
    ):
        with pytest.raises(postgres.Error, match=r"permission denied|must be owner|cannot insert|cannot delete"):
            bi.execute(sql, role="ada")
    for sql in (
        "select * from team.own",
        "drop table team.own",
        "select * from public.others",
        "create role mine",
        "create table public.mine (x int)",
        "grant bi_reader to eve",
    ):
        with pytest.raises(postgres.Error, match=r"permission denied|must be owner"):
            bi.execute(sql, role="loyalty_loader")
    with pytest.raises(postgres.Error, match="permission denied"):
        bi.query("select * from loyalty.kpi", "eve")
    bi.execute("drop role eve", "drop table public.others")


def test_what_others_stand_on_stays(company: Company, bi: BiServer) -> None:
    """Views and grants of a BI team, and its tables beside ours, are none of the loader's business."""
    company.night()
    bi.execute(
        "create role guest login",
        "grant usage on schema loyalty to guest",
        "grant select on loyalty.kpi to guest",
        "create schema team",
        "create view team.mine as select max(n) as build from loyalty.kpi",
        "create table loyalty.notes (note text)",
        "create view loyalty.theirs as select 1 as one",
    )
    build(company.connection, 2)
    company.connection.execute("create or replace table marts.kpi as select 50.0::double as target, * from marts.kpi")
    company.publish_files()
    publish_to_postgres(company.target, company.publish)
    assert bi.query("select build from team.mine", "postgres") == [(2,)]
    assert bi.query("select distinct n, target from loyalty.kpi", "guest") == [(2, 50.0)]
    assert bi.query("select (select one from loyalty.theirs), count(*) from loyalty.notes", "postgres") == [(1, 0)]
    bi.execute("drop schema team cascade", "drop owned by guest", "drop role guest")


def raise_version_of_kpi(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    from assets.publication import publish as publishing
    from assets.warehouse.catalogue import PublishedMart

    declared = {"kpi": PublishedMart((), frozenset(), version)}
    monkeypatch.setattr(publishing, "published_marts", lambda: declared)


def test_a_retyped_column_is_refused_unless_the_version_says_so(
    company: Company, bi: BiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.night()
    build(company.connection, 2)
    company.connection.execute("alter table marts.kpi alter n type double")
    company.connection.execute("alter table marts.kpi drop column is_complete")
    with pytest.raises(PublicationError) as caught:
        company.publish_files()
    told = "kpi, version 1: column is_complete (BOOLEAN) is gone, column n was BIGINT and is DOUBLE"
    assert told in str(caught.value)
    assert publish_to_postgres(company.target, company.publish).version == 1
    bi.execute(
        "create role guest login",
        "grant usage on schema loyalty to guest",
        "grant select on loyalty.kpi to guest",
        "create schema team",
        "create view team.mine as select max(n) as build from loyalty.kpi",
    )
    raise_version_of_kpi(monkeypatch, 2)
    company.publish_files()
    with pytest.raises(
        PublicationError, match=r"drop view loyalty\.kpi because other objects depend on it \(view team\.mine depends"
    ):
        publish_to_postgres(company.target, company.publish)
    assert bi.query(BUILDS) == [(1, 1, 1)]
    bi.execute("drop view team.mine")
    publish_to_postgres(company.target, company.publish)
    assert bi.query(BUILDS) == [(2.0, 2, 2)]
    assert bi.query("select max(n) from loyalty.kpi", "guest") == [(2.0,)]
    assert bi.query("select mart_version from loyalty.publication where mart = 'kpi'") == [(2,)]
    bi.execute("drop owned by guest", "drop role guest")


def test_changed_columns_wait_for_readers_who_still_look_at_the_old_ones(
    company: Company, bi: BiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A view that is replaced under an open transaction would show it rows of nobody's version, or none."""
    from assets.publication import postgres_switch

    company.night()
    build(company.connection, 2)
    company.connection.execute("alter table marts.odd add column added integer default 1")
    company.publish_files()
    monkeypatch.setattr(postgres_switch, "SWITCH_PATIENCE", 0.5)
    with reader(bi, "repeatable read") as ask:
        assert ask("select max(n) from loyalty.kpi") == [(1,)]
        with pytest.raises(PublicationError, match="the columns of odd changed, and a session holds"):
            publish_to_postgres(company.target, company.publish)
        assert ask("select build from loyalty.odd") == [(1,)]
    publish_to_postgres(company.target, company.publish)
    assert bi.query("select build, added from loyalty.odd") == [(2, 1)]


def test_a_mart_that_goes_for_good_takes_its_view_with_it(
    company: Company, bi: BiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.night()
    build(company.connection, 2)
    company.connection.execute("drop table marts.kpi")
    with pytest.raises(PublicationError, match="kpi, version 1: the mart is gone"):
        company.publish_files()
    raise_version_of_kpi(monkeypatch, 2)
    company.publish_files()
    publish_to_postgres(company.target, company.publish)
    assert bi.query("select to_regclass('loyalty.kpi') is null") == [(True,)]
    assert bi.query("select build from loyalty.odd") == [(2,)]


KILLED_WITHIN = """
import os, signal, sys
from pathlib import Path
from assets.publication import postgres
from assets.publication.postgres_session import Target
name, when = sys.argv[3:]
real = getattr(postgres, name)
def killed(*arguments, **named):
    if when == "after":
        real(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
if when == "within":
    from assets.publication import postgres_load
    postgres_load._keys = killed
else:
    setattr(postgres, name, killed)
postgres.publish_to_postgres(Target("bi", sys.argv[1], "loyalty", ("bi_reader",)), Path(sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("step", "when", "shows"),
    [
        ("load_version", "within", 1),
        ("load_version", "after", 1),
        ("show_version", "after", 2),
    ],
)
def test_a_load_killed_at_any_step_is_completed_by_the_next(
    company: Company, bi: BiServer, step: str, when: str, shows: int
) -> None:
    company.night()
    build(company.connection, 2)
    company.publish_files()
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_WITHIN, company.target.url, str(company.publish), step, when],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=60,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert bi.query(BUILDS) == [(shows, shows, shows)]
    assert publish_to_postgres(company.target, company.publish).version == 2
    assert bi.query(BUILDS) == [(2, 2, 2)]
    assert len(bi.query(SHADOWS)) == 2


def test_a_folder_that_was_lost_counts_from_one_again(company: Company, bi: BiServer, tmp_path: Path) -> None:
    """Version 1 in Postgres is then another one than version 1 of the files, whatever their numbers say."""
    company.night()
    company.publish = tmp_path / "new"
    assert company.night() == 1
    assert bi.query(BUILDS) == [(2, 2, 1)]


def test_going_back_to_an_older_version_shows_it_again(company: Company, bi: BiServer) -> None:
    for _ in range(4):
        company.night()
    for version in (3, 1):
        (company.publish / "current").unlink()
        (company.publish / "current").symlink_to(f"versions/{version:06d}")
        assert publish_to_postgres(company.target, company.publish).version == version
        assert bi.query(BUILDS) == [(version, version, version)]


def test_postgres_that_fails_is_one_clear_error_without_the_password(company: Company, bi: BiServer) -> None:
    company.night()
    build(company.connection, 2)
    company.publish_files()
    down = Target("bi", "postgresql://loyalty_loader:geheim@127.0.0.1:1/bi", "loyalty")
    stranger = Target("bi", bi.url("ada"), "other")
    for target, says in (
        (down, "connection 'bi' does not answer at 127.0.0.1:1"),
        (stranger, "connection 'bi': permission denied for database bi"),
    ):
        with pytest.raises(PublicationError) as caught:
            publish_to_postgres(target, company.publish)
        assert str(caught.value).startswith(f"publish.postgres: {says}. The files are published")
        assert "geheim" not in str(caught.value)
        assert caught.value.__suppress_context__
    publish_to_postgres(company.target, company.publish)
    assert bi.query(BUILDS) == [(2, 2, 2)]
