"""An HTTP survey service on loopback that pages in every common way, and fails in every common way."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ANSWERS = [
    {
        "id": number,
        "who": {"id": f"c{number}", "segment": None},
        "at": f"2024-01-{number:02}T10:00:00Z",
        "score": number,
        "answers": [{"q": "nps", "v": number}, {"q": "csat", "v": 5}],
    }
    for number in range(1, 8)
]
TOKEN = "geheim/über+x y"


class Service:
    """Where it listens, what was asked of it, and how often it is still to say 429."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.busy: Counter[str] = Counter()


@contextmanager
def survey_service() -> Iterator[Service]:
    """A service that runs within the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.service = service = Service(server.server_port)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield service
    server.shutdown()
    thread.join()
    server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        """Keep the terminal quiet."""

    def do_GET(self) -> None:
        service: Service = self.server.service  # type: ignore[attr-defined]
        service.asked.append(self.path)
        service.headers.append(dict(self.headers))
        parts = urlsplit(self.path)
        name = parts.path.strip("/")
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        if service.busy[name] > 0:
            service.busy[name] -= 1
            self._answer(429, {}, {"Retry-After": "1"})
            return
        self._answer(*getattr(self, f"_{name}", self._nothing)(query, service))

    def _answer(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for header, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _nothing(self, _query: dict[str, str], _service: Service) -> Any:
        return 404, {"error": TOKEN}

    def _list(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, ANSWERS

    def _json_link(self, query: dict[str, str], service: Service) -> Any:
        start = int(query.get("start", 0))
        end = "" if query.get("end") == "blank" else None
        link = f"{service.url}/json_link?start={start + 3}&end={query.get('end', '')}" if start < 6 else end
        return 200, {"result": {"items": ANSWERS[start : start + 3]}, "links": {"next": link}}

    def _relative(self, query: dict[str, str], _service: Service) -> Any:
        start = int(query.get("start", 0))
        return 200, {"data": ANSWERS[start : start + 3], "next": f"/relative?start={start + 3}" if start < 6 else None}

    def _header_link(self, query: dict[str, str], service: Service) -> Any:
        start = int(query.get("start", 0))
        link = {"Link": f'<{service.url}/header_link?start={start + 3}>; rel="next"'} if start < 6 else {}
        return 200, ANSWERS[start : start + 3], link

    def _offset(self, query: dict[str, str], _service: Service) -> Any:
        start, size = int(query["offset"]), min(int(query["limit"]), int(query.get("at_most", 100)))
        if "strict" in query and start >= len(ANSWERS):
            return 400, {}
        return 200, {"data": ANSWERS[start : start + size], "total": len(ANSWERS) + int(query.get("more", 0))}

    def _page(self, query: dict[str, str], _service: Service) -> Any:
        start = (int(query["p"]) - 1) * int(query["size"])
        return 200, {"data": ANSWERS[start : start + int(query["size"])] or None, "total": len(ANSWERS)}

    def _cursor(self, query: dict[str, str], _service: Service) -> Any:
        start = int(query.get("after", "x0")[1:])
        document = {"data": ANSWERS[start : start + 3], "meta": {"after": f"x{start + 3}" if start < 6 else None}}
        return 200, document

    def _loop(self, query: dict[str, str], service: Service) -> Any:
        """Pages that lead in a circle."""
        turn = int(query.get("n", 0))
        return 200, {"data": [{"id": turn}], "next": f"{service.url}/loop?n={(turn + 1) % 3}"}

    def _deaf(self, _query: dict[str, str], _service: Service) -> Any:
        """The first page, whatever page is asked."""
        return 200, {"data": ANSWERS[:3]}

    def _endless(self, query: dict[str, str], _service: Service) -> Any:
        return 200, {"data": [{"id": query["p"]}]}

    def _elsewhere(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, {"data": [{"id": 1}], "next": "http://127.0.0.2:9/steal"}

    def _odd_link(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, {"data": [{"id": 1}], "next": {"person": "Ada"}}

    def _moved(self, _query: dict[str, str], service: Service) -> Any:
        return 302, {}, {"Location": f"{service.url}/list"}

    def _broken(self, query: dict[str, str], service: Service) -> Any:
        """A second page that is cut off, as a proxy's error page may be."""
        if "start" in query:
            return 200, b'{"data": [{"id": 1, "who": "Ada'
        return 200, {"data": ANSWERS[:3], "next": f"{service.url}/broken?start=3"}

    def _nan(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, b'[{"id": NaN}]'

    def _deep(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, b"[" + b'{"a":' * 2_000 + b"1" + b"}" * 2_000 + b"]"

    def _deeper(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, b"[" * 100_000

    def _error(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, {"error": "no such survey", "code": 7}

    def _texts(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, ["a", "b"]

    def _bearer(self, _query: dict[str, str], _service: Service) -> Any:
        is_known = self.headers["Authorization"] == "Bearer geheim"
        return (200, ANSWERS) if is_known else (401, {"token": self.headers["Authorization"]})

    def _basic(self, _query: dict[str, str], _service: Service) -> Any:
        return (200, ANSWERS) if self.headers["Authorization"] == "Basic YTpnZWhlaW0=" else (403, {})

    def _key(self, query: dict[str, str], _service: Service) -> Any:
        return (200, ANSWERS) if "geheim" in (self.headers["X-Key"], query.get("key")) else (401, {})

    def _down(self, _query: dict[str, str], _service: Service) -> Any:
        return 503, {}

    def _odd(self, _query: dict[str, str], _service: Service) -> Any:
        rows = b"""[{"id": 12345678901234567890, "n": 0.1000, "big": 1e3, "b": true, "e": {}, "l": [1, 2.5, "x"],
                    "s": "a\\ud800b", "nul": "x\\u0000y"}, {"id": "007", "late": "yes"}]"""
        return 200, rows

    def _collision(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, [{"a.b": 1, "a": {"b": 2}}]

    def _none(self, _query: dict[str, str], _service: Service) -> Any:
        return 200, {"data": []}
