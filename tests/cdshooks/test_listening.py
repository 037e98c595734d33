"""Where the service listens: real sockets, and what is said when nobody can listen there."""

from __future__ import annotations

import socket

import pytest

from cdshooks.listening import ListeningError, address_of
from cdshooks.settings import Settings
from tests.cdshooks.conftest import free_port

NAMES = {"host_setting": "HOST", "port_setting": "PORT"}


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("0.0.0.0", "0.0.0.0")],  # noqa: S104
)
def test_a_host_has_an_address(host: str, address: str) -> None:
    """A name becomes an address, IPv4 before IPv6, and nothing keeps the port afterwards."""
    port = free_port()
    assert [address_of(host, port, **NAMES) for _ in range(2)] == [address] * 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])  # noqa: S104
def test_a_port_is_not_shared(host: str) -> None:
    """Not even with a server that would share it, as granian's workers do; a connection that is closing is none."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            ListeningError, match=f"PORT is {port}, and another process listens on .*: end that"
        ) as told:
            address_of(host, port, **NAMES)
        assert told.value.in_use
        client = socket.create_connection(("127.0.0.1", port))
        served, _ = other.accept()
        served.close()  # the server closes first: its side lingers in TIME_WAIT
        client.close()
    assert address_of("127.0.0.1", port, **NAMES) == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("nope.invalid", "which leads nowhere"),
        ("a" * 70, "which leads nowhere"),
        ("192.0.2.1", "on which this machine cannot listen"),
    ],
)
def test_a_host_elsewhere_is_told(host: str, reason: str) -> None:
    """What stands there, why it cannot be, and what is expected."""
    with pytest.raises(ListeningError, match=f"HOST is '{host}', {reason} .*; expected an address of this") as told:
        address_of(host, free_port(), **NAMES)
    assert not told.value.in_use


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    """In the base URL that is made of host and port."""
    assert Settings.for_sandbox(host="::1").public_base_url == "http://[::1]:8080"
    assert Settings.for_sandbox(host="::1").rule_pages == ""
