"""Who may be talked to: ``fhirServer`` and every ``next`` link come from outside and are held to this guard.

A URL that is called is built from a base that was admitted, never taken over: parsers disagree on what is odd. An
address is checked when it is connected to (``connections.py``), so that a name cannot change its meaning in between.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import unquote

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from cdshooks.errors import DeclarationError, FetchError, Why

_PORTS = {"http": 80, "https": 443}
_ABSOLUTE = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:|^//")
_LONGEST = 4096  # characters of a URL
_METADATA = frozenset({ip_address("fd00:ec2::254"), ip_address("fd20:ce::254")})  # clouds' own, in a private range
_NAT64 = ip_network("64:ff9b::/96")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class FhirBase:
    """The base URL of a FHIR server that was admitted."""

    scheme: str
    host: str
    port: int
    path: str  # without a slash at its end

    @classmethod
    def of(cls, text: str) -> FhirBase:
        """Read a base URL; raise FetchError if it is none."""
        url = _parsed(text)
        if url.query is not None:
            raise FetchError(Why.NO_URL)
        return cls(*_origin(url), (url.path or "").rstrip("/"))

    @property
    def url(self) -> str:
        """The base URL as it is called."""
        return f"{self.scheme}://{self.host}:{self.port}{self.path}"

    def query(self, query: str) -> str:
        """Return the URL of a query that was built here."""
        return f"{self.url}/{query}"

    def page(self, link: str) -> str:
        """Return the URL of a page; raise FetchError unless it is of the same origin, below the same base."""
        url = _parsed(self._absolute(link))
        path = url.path or ""
        if _origin(url) != (self.scheme, self.host, self.port) or not (path == self.path or self._below(path)):
            raise FetchError(Why.OTHER_ADDRESS)
        return f"{self.scheme}://{self.host}:{self.port}{path}" + (f"?{url.query}" if url.query else "")

    def relative(self, reference: str) -> str:
        """Return ``Type/id`` of a reference to this server; raise FetchError if it is to another."""
        return self.page(reference).removeprefix(self.url).removeprefix("/")

    def _absolute(self, link: str) -> str:
        if _ABSOLUTE.match(link):
            return link
        if link.startswith("/"):
            return f"{self.scheme}://{self.host}:{self.port}{link}"
        return f"{self.url}{link}" if link.startswith("?") else f"{self.url}/{link}"

    def _below(self, path: str) -> bool:
        segments = unquote(path).replace("\\", "/").split("/")
        return path.startswith(f"{self.path}/") and not {".", ".."} & set(segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Which FHIR servers, and which addresses, may be talked to."""

    servers: frozenset[FhirBase] | None  # None: every one
    networks: Sequence[Network] = ()  # networks that are no public ones and are admitted all the same
    plain_http: bool = False
    private: bool = False  # loopback and private networks

    @classmethod
    def of(cls, *, servers: Sequence[str], networks: Sequence[str], sandbox: bool) -> Guard:
        """Return the guard that the settings describe; in a sandbox, an empty list of servers admits every one."""
        admitted = frozenset(map(_listed, servers))
        return cls(
            servers=None if sandbox and not admitted else admitted,
            networks=tuple(ip_network(network) for network in networks),
            plain_http=sandbox,
            private=sandbox,
        )

    def server(self, text: str) -> FhirBase:
        """Return the base of a request's ``fhirServer``; raise FetchError if it may not be talked to."""
        base = FhirBase.of(text)
        if self.servers is not None and base not in self.servers:
            raise FetchError(Why.NOT_LISTED)
        if base.scheme != "https" and not self.plain_http:
            raise FetchError(Why.NOT_HTTPS)
        return base

    def admits(self, text: str) -> bool:
        """Return whether an address may be connected to."""
        address = _meant(ip_address(text))
        if any(address in network for network in self.networks if network.version == address.version):
            return True
        if address in _METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        if self.private and (address.is_loopback or (address.is_private and not address.is_reserved)):
            return True
        return address.is_global


def _listed(server: str) -> FhirBase:
    try:
        return FhirBase.of(server)
    except FetchError:
        raise DeclarationError((f"ROS1_CDS_FHIR_SERVERS: {server!r} is no base URL of a FHIR server",)) from None


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address


def _parsed(text: str) -> Url:
    try:
        url = parse_url(text) if len(text) <= _LONGEST else None
    except LocationParseError:
        url = None
    if url is None or url.scheme not in _PORTS or not url.host or url.auth is not None or "\\" in text:
        raise FetchError(Why.NO_URL)
    return url


def _origin(url: Url) -> tuple[str, str, int]:
    scheme = url.scheme or ""
    return scheme, (url.host or "").lower(), url.port or _PORTS[scheme]
