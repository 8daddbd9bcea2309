"""The audit of dependencies fails for a known vulnerability, and for nothing else.

What it guards against: a check that fails on a train, one that hangs, and one that says `none known` where nothing was
looked up.
"""

from __future__ import annotations

import json
import runpy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

AUDIT = runpy.run_path(str(Path(__file__).resolve().parents[2] / ".ci/audit.py"))
BAD = {
    "id": "GHSA-test",
    "summary": "",
    "affected": [
        {
            "package": {"name": "urllib3", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}],
            "versions": ["2.0.0"],
        }
    ],
}


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(f"urllib3==2.0.0 --hash=sha256:{'0' * 64}\nrequests==2.30.0 --hash=sha256:{'0' * 64}\n")
    return path


@contextmanager
def osv(vulnerabilities: list[dict[str, Any]], *, silent: threading.Event | None = None) -> Iterator[list[str]]:
    """A server of the OSV interface on loopback that knows vulnerabilities of urllib3; the options to reach it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if silent:
                silent.wait(60)
            found = vulnerabilities if asked["package"]["name"] == "urllib3" else []
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield ["-s", "osv", "--osv-url", f"http://127.0.0.1:{server.server_address[1]}/v1/query"]
    finally:
        if silent:
            silent.set()
        server.shutdown()
        server.server_close()


def test_a_known_vulnerability_fails_the_check_and_says_what_mends_it(requirements: Path) -> None:
    with osv([BAD]) as options:
        code, told = AUDIT["audit"](requirements, options)
    assert code == 1
    assert told.splitlines()[1] == "urllib3 2.0.0: GHSA-test, mended in 9.9"


def test_none_known_is_told_with_what_was_looked_up(requirements: Path) -> None:
    with osv([]) as options:
        assert AUDIT["audit"](requirements, options) == (0, "Vulnerabilities: none known in 2 packages.")


def test_a_service_out_of_reach_is_told_in_one_line_and_fails_nothing(requirements: Path) -> None:
    code, told = AUDIT["audit"](requirements, ["-s", "osv", "--osv-url", "http://127.0.0.1:1/v1/query"])
    assert code == 0
    assert told.startswith("Vulnerabilities: not audited, pip-audit could not reach its data (")
    assert told.count("\n") == 0


def test_a_service_that_does_not_answer_is_not_waited_for(requirements: Path) -> None:
    with osv([], silent=threading.Event()) as options:
        code, told = AUDIT["audit"](requirements, options, 3)
    assert (code, told) == (0, "Vulnerabilities: not audited, there was no answer within 3 seconds.")


def test_packages_that_the_service_does_not_know_are_not_called_safe() -> None:
    """A mirror of the registry may hold the packages and not their advisories."""
    unknown = {"name": "agate", "skip_reason": "Dependency not found"}
    known = {"name": "urllib3", "version": "2.8.0", "vulns": []}
    assert "not audited" in AUDIT["judge"]([unknown])[1]
    assert AUDIT["judge"]([unknown, known]) == (0, "Vulnerabilities: none known in 1 packages, 1 unknown to it.")
