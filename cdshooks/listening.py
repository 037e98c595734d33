"""Where the service listens: a host's name becomes an address of this machine, and a port that is taken is found out.

The server's workers share a port (SO_REUSEPORT), and would share it with another server, too, without a word.
"""

from __future__ import annotations

import errno
import socket

_EXPECTED = "expected an address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0 (all), or a host name that has one"


class ListeningError(Exception):
    """Nobody can listen there; the message says what to do. ``in_use``: another process does."""

    def __init__(self, message: str, *, in_use: bool = False) -> None:
        super().__init__(message)
        self.in_use = in_use


def url_host(host: str) -> str:
    """Return a host as a URL has it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def address_of(host: str, port: int, *, host_setting: str, port_setting: str) -> str:
    """Return the first address of the host that can be listened on; raise ListeningError if there is none.

    The port is taken for a moment and let go: what is still closing does not count, as for the server itself.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such name can be"
        message = f"{host_setting} is {host!r}, which leads nowhere ({reason}); {_EXPECTED}"
        raise ListeningError(message) from None
    reasons = {}
    for family, _, _, _, place in sorted(found, key=lambda each: each[0] != socket.AF_INET):
        address = str(place[0])
        try:
            _try(family, place)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise _in_use(address, port, port_setting) from None
            if error.errno == errno.EACCES:
                message = f"{port_setting} is {port}, on which this user may not listen; expected a port from 1024 on"
                raise ListeningError(message) from None
            reasons[address] = error.strerror
        else:
            return address
    told = "; ".join(f"{address}: {reason}" for address, reason in reasons.items())
    message = f"{host_setting} is {host!r}, on which this machine cannot listen ({told}); {_EXPECTED}"
    raise ListeningError(message)


def _try(family: int, place: tuple[object, ...]) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind(place)


def _in_use(address: str, port: int, setting: str) -> ListeningError:
    return ListeningError(
        f"{setting} is {port}, and another process listens on {url_host(address)}:{port} already;"
        f" expected a port that is free: end that process, or set another port",
        in_use=True,
    )
