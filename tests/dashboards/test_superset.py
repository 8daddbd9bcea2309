"""The dashboards load into a fresh Apache Superset by the command that the page tells, and every chart has rows.

What it guards against: an export that Superset refuses, a chart that is empty or breaks on the Postgres publication, a
second load that doubles. Installs Superset from the registry into an environment of its own, so it is a soak test.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from assets.publication.postgres import publish_to_postgres
from dashboards.superset.load import log_in
from tests.dashboards.superset_bundle import CHARTS, DASHBOARDS
from tests.deployment.page_blocks import blocks_of
from tests.pipelines.published_demo import REPOSITORY, published_demo
from tests.publication.postgres_server import BiServer, server

__all__ = ["published_demo", "server"]
pytestmark = pytest.mark.soak

# 6.1.0 imports rich and cachetools and does not ask for them, allows flask-caching 2.5 and cannot start with it.
REQUIREMENTS = ("apache-superset==6.1.0", "psycopg2-binary", "rich", "cachetools", "flask-caching<2.5")
ENVIRONMENT = REPOSITORY / ".cache" / "superset"
PASSWORD = "only-for-this-test"
PATIENCE = 1800
(COMMAND,) = [block.text for block in blocks_of("bi.md") if "dashboards/superset/load.py" in block.text]


class Superset:
    """A Superset on loopback with its own metadata."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        settings = home / "superset_config.py"
        settings.write_text(
            f"SECRET_KEY = '{PASSWORD}'\nSQLALCHEMY_DATABASE_URI = 'sqlite:///{home / 'superset.db'}'\n"
            # Rejects no test that asks for many charts in a second.
            "RATELIMIT_ENABLED = False\n"
        )
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "DATABASE_URL")},
            "SUPERSET_CONFIG_PATH": str(settings),
            "SUPERSET_HOME": str(home),
            "FLASK_APP": "superset",
        }

    def command(self, *words: str) -> list[str]:
        return [str(ENVIRONMENT / "bin" / "superset"), *words]

    def run(self, *words: str) -> None:
        ended = subprocess.run(
            self.command(*words), env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert ended.returncode == 0, ended.stderr[-5000:]

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert process.poll() is None, "Superset ended"
            try:
                if requests.get(f"{self.url}/health", timeout=10).ok:
                    return
            except requests.RequestException:
                time.sleep(1)
        pytest.fail("Superset does not answer")


def installed() -> None:
    """Install Superset once; later runs find it."""
    done = ENVIRONMENT / "installed"
    if done.exists() and done.read_text() == " ".join(REQUIREMENTS):
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
    uv = str(Path(sys.executable).with_name("uv"))
    python = str(ENVIRONMENT / "bin" / "python")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *REQUIREMENTS], check=True)
    done.write_text(" ".join(REQUIREMENTS))


@pytest.fixture(scope="module")
def superset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """A fresh Superset that answers."""
    installed()
    home = tmp_path_factory.mktemp("superset")
    superset = Superset(home)
    superset.run("db", "upgrade")
    names = ("--username", "admin", "--firstname", "-", "--lastname", "-", "--email", "admin@example.com")
    superset.run("fab", "create-admin", *names, "--password", PASSWORD)
    superset.run("init")
    serve = superset.command("run", "-h", "127.0.0.1", "-p", str(superset.port), "--with-threads")
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(serve, env=superset.environment, stdout=log, stderr=log) as process,
    ):
        try:
            superset.wait(process)
            yield superset
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def loaded(superset: Superset, server: BiServer, published_demo: Path) -> requests.Session:
    """A session on Superset after the page's command was given twice."""
    publish_to_postgres(server.target(), published_demo / ".loyalty/publish")
    words = [word for word in shlex.split(COMMAND) if "=" not in word]
    words = [sys.executable, *words[1:]]
    words[words.index("http://127.0.0.1:8088")] = superset.url
    for _ in range(2):
        ended = subprocess.run(
            words,
            cwd=REPOSITORY,
            env={**os.environ, "SUPERSET_PASSWORD": PASSWORD, "SUPERSET_DATABASE_URL": server.url("ada")},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert len(ended.stdout.splitlines()) == len(DASHBOARDS)
    return log_in(superset.url, "admin", PASSWORD)


def asked(session: requests.Session, address: str) -> Any:
    answer = session.get(address, timeout=PATIENCE)
    assert answer.ok, answer.text
    return answer.json()["result"]


@pytest.fixture(scope="module")
def charts(superset: Superset, loaded: requests.Session) -> dict[str, int]:
    """The numbers that Superset gave the charts, by title."""
    found = asked(loaded, f"{superset.url}/api/v1/chart/?q=(page_size:100)")
    assert len(found) == len(CHARTS), "a second load doubles nothing"
    return {chart["slice_name"]: chart["id"] for chart in found}


def rows_of(session: requests.Session, superset: Superset, number: int) -> list[dict[str, Any]]:
    (result,) = asked(session, f"{superset.url}/api/v1/chart/{number}/data/")
    assert result["error"] is None
    return list(result["data"])


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_returns_rows(name: str, superset: Superset, loaded: requests.Session, charts: dict[str, int]) -> None:
    rows = rows_of(loaded, superset, charts[CHARTS[name].title])
    assert rows
    empty = [column for column in rows[0] if all(row[column] is None for row in rows)]
    assert empty == []


def test_the_dashboards_hold_their_charts(superset: Superset, loaded: requests.Session) -> None:
    for dashboard in DASHBOARDS.values():
        shown = asked(loaded, f"{superset.url}/api/v1/dashboard/{dashboard['slug']}/charts")
        cells = [cell for cell in dashboard["position"].values() if isinstance(cell, dict) and cell["type"] == "CHART"]
        assert {chart["slice_name"] for chart in shown} == {cell["meta"]["sliceName"] for cell in cells}


def test_what_superset_shows_is_what_is_published(
    superset: Superset, loaded: requests.Session, charts: dict[str, int], published_demo: Path
) -> None:
    shown = rows_of(loaded, superset, charts[CHARTS["nps"].title])
    query = """
        select value from marts.kpi
        where metric_id = 'nps' and grain = 'quarter' and dimension = 'total' and is_complete and not is_suppressed
        order by period_start
    """
    with duckdb.connect(published_demo / ".loyalty/publish/current/loyalty.duckdb", read_only=True) as files:
        published = [value for (value,) in files.execute(query).fetchall()]
    assert [row["NPS"] for row in shown] == pytest.approx(published)
