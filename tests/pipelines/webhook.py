"""A webhook on loopback that keeps what it is told, and can be as slow, busy or strange as a real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "services/T0/B0/geheim-token"


@dataclass
class Webhook:
    """A running webhook: its address, the documents that it was told, and how it answers the next ones."""

    address: str = ""
    told: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    silence: threading.Event = field(default_factory=threading.Event)

    def events(self) -> list[str]:
        return [document["event"] for document in self.told]


@contextmanager
def webhook_server(*, silent: bool = False) -> Iterator[Webhook]:
    """Serve a webhook; a silent one takes every request and answers none. `answers` are given before all 200s."""
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            webhook.told.append(document)
            if silent:
                webhook.silence.wait(60)
                return
            self.send_response(webhook.answers.pop(0) if webhook.answers else 200)
            self.send_header("Location", webhook.address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    webhook.address = f"http://127.0.0.1:{server.server_address[1]}/{SECRET}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield webhook
    finally:
        webhook.silence.set()
        server.shutdown()
        server.server_close()
