"""After `loyalty forget` nothing of a customer is found in the Postgres of BI, and it holds what the files hold.

What it guards against: a version from before that stays for those who know its schema, a value that the planner noted
down when it first saw the customers, a reader who keeps the customer there while the erasure says that it is done,
totals that are new in the files and old in Postgres.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path

import adbc_driver_postgresql.dbapi as postgres
import duckdb
import pytest

from assets.publication import asset as publication
from tests.erasure.person import AMOUNT, MARK, PERSON, TRACES, company_of_traces, traces, write_settings
from tests.flow.small_company import FIRST_AS_OF, SmallCompany
from tests.pipelines.published_demo import loyalty
from tests.publication.bi_readers import columns_of_marts
from tests.publication.postgres_server import BiServer, server

__all__ = ["server"]
AS_OF = FIRST_AS_OF.isoformat()
TABLES = """
select nspname::text, relname::text from pg_class inner join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm') and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
order by 1, 2
"""
SHADOWS = "select nspname::text from pg_namespace where nspname like 'loyalty\\_v0%' order by 1"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, server: BiServer, without_tests: None) -> SmallCompany:  # noqa: ARG001
    """A company whose person stands in two published versions, in files and in Postgres."""
    company = company_of_traces(tmp_path_factory.mktemp("postgres") / "company", with_person=True)
    target = {"connection": "bi", "schema": "loyalty", "grant_select_to": ["bi_reader"]}
    connections = {"bi": {"url": server.url("loyalty_loader")}}
    write_settings(company, {"connections": connections, "publish": {"postgres": target}})
    settings = company.folder / "loyalty.yaml"
    assert loyalty("run", "--config", settings, "--as-of", AS_OF).exit_code == 0
    line = company.rows["order_lines"][f"o-{MARK}-1", 0]
    line["net_amount"] += 1
    company.write_sources()
    line["net_amount"] -= 1
    day = company.rows["orders"][f"o-{MARK}-1"]["ordered_at"].date().isoformat()
    corrected = loyalty("backfill", "--from", day, "--to", day, "--entity", "order_lines", "--config", settings)
    assert corrected.exit_code == 0, corrected.err
    return company


def test_nothing_of_the_person_is_left_in_postgres(
    company: SmallCompany, server: BiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, settings = company.folder, company.folder / "loyalty.yaml"
    shadows = [schema for (schema,) in server.query(SHADOWS)]
    assert len(shadows) == 2
    places = {re.split("[.:]", trace)[0] for trace in traces_in_postgres(server)}
    assert places >= {*shadows, "loyalty", "loyalty_versions", "pg_stats"}, places
    before = totals(server)

    impatient = partial(publication.drop_older_versions, patience=0)
    with monkeypatch.context() as patch, open_transaction(server, "select count(*) from loyalty.customers"):
        patch.setattr(publication, "drop_older_versions", impatient)
        told = loyalty("forget", PERSON, "--yes", "--config", settings)
        assert told.exit_code == 8
        assert "End it, then call `loyalty forget` again." in told.err
    assert json.loads(loyalty("status", "--config", settings, "--json").out)["erasure"]["is_pending"]

    told = loyalty("forget", PERSON, "--yes", "--config", settings)
    assert told.exit_code == 0, told.err
    assert not any(trace in told.out + told.err for trace in TRACES)
    assert traces_in_postgres(server) == []
    assert traces(folder, folder) == []
    assert len(server.query(SHADOWS)) == 1

    assert in_postgres(server, folder) == in_files(folder)
    revenue, customers, answers = totals(server)
    assert (revenue, customers, answers) == (before[0] - 3 * AMOUNT - 1, before[1] - 1, before[2] - 3)
    assert server.query("select count(*) from loyalty.restatements") == [(0,)], "old values tell what the person did"


@contextmanager
def open_transaction(server: BiServer, sql: str) -> Iterator[None]:
    """A user of BI who keeps a transaction open that has read a mart."""
    with postgres.connect(server.url("ada")) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.fetchall()
        yield


def traces_in_postgres(server: BiServer) -> list[str]:
    """Where a trace of the person is found: in every row of every schema, and in what the planner noted of them."""
    places = [*server.query(TABLES, "postgres"), ("pg_catalog", "pg_stats"), ("pg_catalog", "pg_description")]
    found = []
    for schema, table in places:
        name = table if schema == "pg_catalog" else f"{schema}.{table}"
        rows = server.query(f'select whole::text from "{schema}"."{table}" as whole', "postgres")
        found += [f"{name}: {trace} in {row}" for (row,) in rows for trace in TRACES if trace in row]
    return found


def totals(server: BiServer) -> tuple[Decimal, int, int]:
    """The revenue of all customers, their number, and the answers that NPS counts by month."""
    ((revenue, customers),) = server.query("select sum(revenue_amount)::text, count(*) from loyalty.customers")
    ((answers,),) = server.query(
        "select sum(n)::bigint from loyalty.kpi where metric_id = 'nps' and grain = 'month' and dimension = 'total'"
    )
    return Decimal(revenue), customers, answers


def in_files(folder: Path) -> dict[str, list[str]]:
    """The rows of every mart of the published files, in one order; doubles as numbers, all else as text."""
    with duckdb.connect(str(folder / ".loyalty/publish/current/loyalty.duckdb"), read_only=True) as connection:
        return {
            mart: sorted(map(repr, connection.execute(f'select {columns} from marts."{mart}"').fetchall()))
            for mart, columns in columns_of(connection).items()
        }


def in_postgres(server: BiServer, folder: Path) -> dict[str, list[str]]:
    """The same rows as a user of BI reads them from the views of Postgres."""
    with duckdb.connect(str(folder / ".loyalty/publish/current/loyalty.duckdb"), read_only=True) as connection:
        columns = columns_of(connection)
    return {
        mart: sorted(map(repr, server.query(f'select {names} from loyalty."{mart}"')))
        for mart, names in columns.items()
    }


def columns_of(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What to select of every mart."""
    return {
        mart: ", ".join(
            f'"{name}"' if kind == "DOUBLE" else f'cast("{name}" as varchar)' for name, kind in columns.items()
        )
        for mart, columns in columns_of_marts(connection).items()
    }
