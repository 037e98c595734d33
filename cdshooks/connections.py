"""One process-wide HTTP session whose connections go to admitted addresses only and never outlast a deadline.

``requests`` and ``urllib3`` do the HTTP. Two things are our own, as neither offers them: a name is resolved once, its
addresses are checked, and the connection goes to the address that was checked; and each wait of a socket is cut to
what is left of the call, as their time-outs start anew with every byte that trickles in.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from cdshooks.errors import FetchError, Why

_MOST_ADDRESSES = 4
_MOST_SERVERS = 16  # to which connections are kept


class Call(NamedTuple):
    """What holds for the call that this thread makes."""

    deadline: float
    admits: Callable[[str], bool]


_call: ContextVar[Call] = ContextVar("call")


@contextmanager
def calling(deadline: float, admits: Callable[[str], bool]) -> Iterator[None]:
    """Hold what this thread connects to and waits for to a deadline and to admitted addresses."""
    token = _call.set(Call(deadline, admits))
    try:
        yield
    finally:
        _call.reset(token)


def left() -> float:
    """Return the seconds that are left of this thread's call; raise TimeoutError if there are none."""
    seconds = _call.get().deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def session(connections: int, ca_file: str = "") -> requests.Session:
    """Return the session: no cookies, no proxies, no credentials from the environment, TLS always checked."""
    logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)  # its lines hold URLs, and these ids of patients
    made = requests.Session()
    made.trust_env = False
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(connections, ca_file or DEFAULT_CA_BUNDLE_PATH)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


class _TimedSocket(socket.socket):
    """A socket that waits no longer than its call may."""

    def recv_into(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - passed on as they are
        self.settimeout(left())
        return super().recv_into(*arguments, **options)

    def sendall(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as they are
        self.settimeout(left())
        super().sendall(*arguments, **options)


class _TimedTlsSocket(ssl.SSLSocket):
    """The same with TLS."""

    def recv_into(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - passed on as they are
        self.settimeout(left())
        return super().recv_into(*arguments, **options)

    def sendall(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as they are
        self.settimeout(left())
        super().sendall(*arguments, **options)


def _connected(connection: HTTPConnection) -> socket.socket:
    """Return a socket to the first admitted address that answers; raise FetchError if none is admitted."""
    name = connection._dns_host  # noqa: SLF001 - urllib3's own connect reads it too
    try:
        found = socket.getaddrinfo(name, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(name, connection, socket.gaierror(str(error))) from error
    places = [(family, place) for family, *_, place in found if _call.get().admits(str(place[0]))][:_MOST_ADDRESSES]
    if not places:
        raise FetchError(Why.FORBIDDEN_ADDRESS)
    for tried, (family, place) in enumerate(places):
        made = _TimedSocket(family, socket.SOCK_STREAM)
        try:
            made.settimeout(left() / (len(places) - tried))
            made.connect(place)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            made.close()
        else:
            return made
    raise NewConnectionError(connection, "no address answers")


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Connects in our way; certificates to check with are read once: for each connection it would take 20 ms."""

    def __init__(self, connections: int, ca_file: str) -> None:
        self._tls = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        self._tls.load_verify_locations(ca_file)
        self._tls.sslsocket_class = _TimedTlsSocket
        super().__init__(pool_connections=_MOST_SERVERS, pool_maxsize=connections)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().init_poolmanager(*arguments, **options, ssl_context=self._tls)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def cert_verify(self, conn: Any, *_: object, **__: object) -> None:  # noqa: ANN401 - a pool of either kind
        """Have certificates checked with what was read; ``requests`` would read the file again."""
        conn.cert_reqs = "CERT_REQUIRED"
