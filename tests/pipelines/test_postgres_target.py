"""A company that publishes to Postgres, too: the whole of its marts arrives, and a night without news catches up.

What it guards against: a Postgres that was down for a night and stays behind until the next order comes in, a failed
load that takes the published files with it, a `check` that finds all well and a night that fails.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from assets.configuration.file import load_configuration
from assets.publication.postgres import is_behind
from tests.pipelines.published_demo import AS_OF, loyalty
from tests.publication.postgres_server import BiServer, server

__all__ = ["server"]
SETTINGS = """
connections: {{bi: {{url: "{url}"}}}}
publish: {{postgres: {{connection: bi, schema: loyalty, grant_select_to: [{reader}]}}}}
"""


def test_postgres_catches_up_in_a_night_without_news(own_demo: Path, server: BiServer) -> None:
    config = own_demo / "loyalty.yaml"
    plain = config.read_text()

    def configure(url: str, reader: str = "bi_reader") -> None:
        config.write_text(plain + SETTINGS.format(url=url, reader=reader))

    configure("postgresql://loyalty_loader:geheim@127.0.0.1:1/bi")
    told = loyalty("status", "--config", config)
    assert "postgres    publish.postgres: connection 'bi' does not answer at 127.0.0.1:1" in told.out
    assert "geheim" not in told.out + told.err
    assert is_behind(load_configuration(config)), "a night without news would pass over a Postgres that is down"

    configure(server.url("ada"), reader="nobody")
    refused = loyalty("check", "--config", config)
    assert refused.exit_code == 3
    assert "ada may not create schemas in bi; as an administrator: grant create on database bi to ada" in refused.out
    assert "publish.postgres.grant_select_to: there is no role nobody" in refused.out

    configure(server.url("loyalty_loader"))
    assert loyalty("check", "--config", config).exit_code == 0
    assert "postgres    nothing yet in schema loyalty" in loyalty("status", "--config", config).out
    # One small source extracted again is the cheapest run that finds nothing new.
    days = ("--from", AS_OF, "--to", AS_OF, "--entity", "retention_costs")
    caught_up = loyalty("backfill", *days, "--config", config)
    assert caught_up.exit_code == 0, caught_up.err
    assert "no model was built" in caught_up.err
    published = json.loads(loyalty("status", "--config", config, "--json").out)["published"]
    assert published["postgres"] == f"version {published['version']} in schema loyalty"
    assert not is_behind(load_configuration(config))
    assert_all_marts_arrived(own_demo / ".loyalty/publish/current/loyalty.duckdb", server)


def assert_all_marts_arrived(database: Path, server: BiServer) -> None:
    with duckdb.connect(str(database), read_only=True) as files:
        told = files.execute("select mart, row_count from marts.publication").fetchall()
    assert len(told) > 20
    for mart, row_count in told:
        assert server.query(f'select count(*) from loyalty."{mart}"') == [(row_count,)], mart
    without_key = """
        select relname::text from pg_class as mart
        where relkind = 'r' and relispartition and not exists (
            select 1 from pg_index where indrelid = mart.oid and indisunique
        )
    """
    assert server.query(without_key, "postgres") == []
    undescribed = """
        select relname::text, attname::text from pg_class inner join pg_attribute on attrelid = pg_class.oid
        where relnamespace = 'loyalty'::regnamespace and attnum >= 0 and col_description(attrelid, attnum) is null
    """
    assert server.query(undescribed, "postgres") == []
