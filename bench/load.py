"""A small HTTP load generator: kept-alive connections on raw sockets, so that the client costs little."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

_HEADER_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to send what."""

    host: str
    port: int
    path: str
    body: bytes

    @property
    def request(self) -> bytes:
        """The bytes of one request."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


class _Connection:
    """One kept-alive connection with one request under way."""

    def __init__(self, target: Target) -> None:
        self.socket = socket.create_connection((target.host, target.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = target.request
        self._buffer = bytearray()
        self._sent_at = 0.0
        self.refused = False

    def send(self) -> None:
        self._buffer.clear()
        self._sent_at = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> float | None:
        """Return the seconds that the answer took once it is whole; raise if it is no success and not "too busy"."""
        data = self.socket.recv(1 << 18)
        if not data:
            message = "the server closed the connection"
            raise ConnectionError(message)
        self._buffer += data
        end = self._buffer.find(_HEADER_END)
        if end < 0 or len(self._buffer) < end + len(_HEADER_END) + self._length(end):
            return None
        self.refused = b" 503 " in self._buffer[:20]
        if not self.refused and b" 200 " not in self._buffer[:20]:
            raise RuntimeError(bytes(self._buffer[:300]).decode(errors="replace"))
        return time.perf_counter() - self._sent_at

    @property
    def body(self) -> bytes:
        """The body of the answer that came last."""
        return bytes(self._buffer).split(_HEADER_END, 1)[1]

    def _length(self, end: int) -> int:
        for line in bytes(self._buffer[:end]).lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return int(line.split(b":", 1)[1])
        message = "the answer has no content-length"
        raise RuntimeError(message)


def answer(target: Target) -> bytes:
    """Return the body of one answer."""
    connection = _Connection(target)
    connection.send()
    while connection.receive() is None:
        pass
    return connection.body


def load(target: Target, *, clients: int, seconds: float, may_refuse: bool = False) -> Sequence[float]:
    """Keep ``clients`` connections busy for about ``seconds``; return the seconds that each answered request took.

    A server that is too busy may refuse (503): such a request is not counted, but must be allowed.
    """
    connections = [_Connection(target) for _ in range(clients)]
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send()
        end = time.perf_counter() + seconds
        waiting = clients
        while waiting:
            for key, _ in selector.select(timeout=30):
                took = key.data.receive()
                if took is None:
                    continue
                if key.data.refused and not may_refuse:
                    message = "the server was too busy"
                    raise RuntimeError(message)
                if not key.data.refused:
                    times.append(took)
                if time.perf_counter() < end:
                    key.data.send()
                else:
                    waiting -= 1
                    selector.unregister(key.fileobj)
    for connection in connections:
        connection.socket.close()
    return times
