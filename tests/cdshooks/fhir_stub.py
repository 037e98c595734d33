"""A FHIR server for tests that answers what it is told to, the wrong way too, and notes what it was asked."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FHIR_JSON = "application/fhir+json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, with what goes wrong on its way."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = FHIR_JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0  # seconds before the answer
    drop: bool = False  # close the connection in place of an answer
    drip: float = 0  # seconds between two bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    connection: tuple[str, int]


Respond = Callable[[Asked], Answer]


@dataclass(slots=True)
class Stub:
    """A running server: what it answers can be changed, what it was asked can be read."""

    port: int
    respond: Respond
    scheme: str = "http"
    host: str = "127.0.0.1"
    asked: list[Asked] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Its base URL."""
        return f"{self.scheme}://{self.host}:{self.port}/fhir"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in no order."""
        return sorted(asked.path for asked in self.asked)


def resource(content: object, **more: Any) -> Answer:  # noqa: ANN401 - members of an answer
    """Return the answer that brings a resource, or any JSON."""
    return Answer(body=json.dumps(content).encode(), **more)


def bundle(*resources: object, next_: str | None = None, total: int | None = None) -> Answer:
    """Return the answer that brings a page of a search."""
    content: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        content["total"] = total
    if next_ is not None:
        content["link"] = [{"relation": "next", "url": next_}]
    content["entry"] = [{"resource": each} for each in resources]
    return resource(content)


def outcome(text: str, **more: Any) -> Answer:  # noqa: ANN401 - members of an answer
    """Return the answer that brings an OperationOutcome."""
    issue = {"severity": "error", "code": "exception", "diagnostics": text}
    return resource({"resourceType": "OperationOutcome", "issue": [issue]}, **more)


def zipped(size: int) -> Answer:
    """Return a small body that grows to ``size`` bytes of JSON when it is unpacked."""
    return Answer(body=gzip.compress(b'{"a": "' + b" " * size + b'"}'), headers={"Content-Encoding": "gzip"})


def in_chunks(answer: Answer, size: int = 1000) -> Answer:
    """Return the same answer, its body sent in chunks."""
    parts = [answer.body[start : start + size] for start in range(0, len(answer.body), size)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
    headers: dict[str, Any] = {**answer.headers, "Transfer-Encoding": "chunked", "Content-Length": None}
    return replace(answer, body=body, headers=headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that hang up are what is tested."""


class _Server6(_Server):
    address_family = socket.AF_INET6


@contextmanager
def serving(respond: Respond, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Stub]:
    """Run a server with an answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            """Answer."""
            _answer(self, stub)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = (_Server6 if ":" in host else _Server)((host, 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    named = f"[{host}]" if ":" in host else host
    stub = Stub(server.server_address[1], respond, "https" if tls else "http", named)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, stub: Stub) -> None:
    url = urlsplit(handler.path)
    asked = Asked(
        path=url.path, query=parse_qs(url.query), headers=dict(handler.headers), connection=handler.client_address[:2]
    )
    stub.asked.append(asked)
    answer = stub.respond(asked)
    time.sleep(answer.wait)
    if answer.drop:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
        return
    handler.send_response(answer.status)
    sent = {"Content-Length": str(len(answer.body)), "Content-Type": answer.content_type, **answer.headers}
    for name, value in sent.items():
        if value is not None:
            handler.send_header(name, value)
    handler.end_headers()
    if not answer.drip:
        handler.wfile.write(answer.body)
        return
    for byte in answer.body:
        handler.wfile.write(bytes([byte]))
        time.sleep(answer.drip)
