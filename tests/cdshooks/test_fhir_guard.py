"""Who may be talked to: servers by their base URL, addresses when they are connected to."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import trustme
from hypothesis import given
from hypothesis import strategies as st

from cdshooks import hooks
from cdshooks.errors import DeclarationError, FetchError, Why
from cdshooks.fallback import Fallback
from cdshooks.fhir_guard import FhirBase, Guard
from cdshooks.prefetch import PrefetchResult, PrefetchState
from cdshooks.request import OfferedHook, read
from cdshooks.settings import Profile, Settings
from tests.cdshooks.bodies import encoded
from tests.cdshooks.fhir_stub import bundle, serving

BASE = "https://ehr.example.org/fhir"
OFFERED = {name: OfferedHook.of(hook) for name, hook in hooks.find().items()}
TEMPLATES = {"observations": "Observation?patient={{context.patientId}}"}


def guard(*servers: str, sandbox: bool = False, networks: Sequence[str] = ()) -> Guard:
    """Return a guard."""
    return Guard.of(servers=servers, networks=networks, sandbox=sandbox)


def refusal(guard_: Guard, url: str) -> Why | None:
    """Return why a server is refused."""
    try:
        guard_.server(url)
    except FetchError as error:
        return error.why
    return None


@pytest.mark.requirement("F7")
@pytest.mark.parametrize(
    "url", [BASE, f"{BASE}/", "https://EHR.example.org:443/fhir", "HTTPS://ehr.example.org/./fhir"]
)
def test_a_listed_server_is_admitted_however_it_is_written(url: str) -> None:
    """Case of the host, the usual port and a slash at the end make no other server."""
    assert guard(BASE).server(url).url == "https://ehr.example.org:443/fhir"


@pytest.mark.requirement("F7")
@pytest.mark.parametrize(
    "url",
    [
        "https://ehr.example.org",
        "https://ehr.example.org/fhir2",
        "https://ehr.example.org/fhir/tenant",
        "https://ehr.example.org:8443/fhir",
        "http://ehr.example.org/fhir",
        "https://ehr.example.org.evil.example.com/fhir",
        "https://evil.example.com/fhir",
        "https://ehr.example.org@evil.example.com/fhir",
        "https://evil.example.com\\@ehr.example.org/fhir",
        "https://ehr.example.org/fhir?x=1",
        "ftp://ehr.example.org/fhir",
        "https:///fhir",
        "https://ehr.example.org:99999/fhir",
        "https://[::1/fhir",
        "no URL",
    ],
)
def test_any_other_server_is_refused(url: str) -> None:
    """In production only what is listed is called, whatever an address is dressed up as."""
    assert refusal(guard(BASE), url) is not None


@pytest.mark.requirement("F7")
def test_production_without_a_list_calls_nobody_and_never_without_tls() -> None:
    """Closed by default; a listed http server is not called either."""
    assert refusal(guard(), BASE) is Why.NOT_LISTED
    assert refusal(guard("http://ehr.example.org/fhir"), "http://ehr.example.org/fhir") is Why.NOT_HTTPS


def test_a_sandbox_calls_every_server_unless_it_lists_some() -> None:
    """Open is the default there, and a list closes it."""
    assert refusal(guard(sandbox=True), "http://launch.example.org/v/r4/fhir") is None
    assert refusal(guard(BASE, sandbox=True), "http://launch.example.org/v/r4/fhir") is Why.NOT_LISTED


def test_a_list_with_something_else_than_base_urls_ends_the_start() -> None:
    """A wrong entry is told, not left out."""
    with pytest.raises(DeclarationError, match="ROS1_CDS_FHIR_SERVERS"):
        guard("https://user:word@ehr.example.org/fhir")


PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14", "64:ff9b::93.184.215.14"]
PRIVATE = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "fd12:3456::1"]
NEVER = [
    "0.0.0.0",  # noqa: S104 - it is refused
    "::",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
]


@pytest.mark.requirement("F7")
@pytest.mark.parametrize("address", [*PUBLIC, *PRIVATE, *NEVER])
def test_addresses_that_are_no_public_ones_are_refused(address: str) -> None:
    """In production only public addresses are called; in a sandbox loopback and private ones too; metadata never."""
    assert guard(BASE).admits(address) is (address in PUBLIC)
    assert guard(sandbox=True).admits(address) is (address in PUBLIC + PRIVATE)


def test_a_network_of_the_hospital_can_be_admitted() -> None:
    """FHIR servers mostly stand in private networks: the setting names these, and no other is opened."""
    inside = guard(BASE, networks=["10.20.0.0/16", "fd12:3456::/32"])

    assert inside.admits("10.20.0.5")
    assert inside.admits("::ffff:10.20.0.5")
    assert inside.admits("fd12:3456::1")
    assert not inside.admits("10.21.0.5")
    assert not inside.admits("127.0.0.1")


def test_a_url_is_built_from_the_base_that_was_admitted() -> None:
    """A page's path and query are taken over, its origin never."""
    base = FhirBase.of(BASE)

    assert (
        base.page("https://ehr.example.org/fhir?_getpages=a%7Cb") == "https://ehr.example.org:443/fhir?_getpages=a%7Cb"
    )
    assert base.relative(f"{BASE}/Medication/1") == "Medication/1"


@given(
    link=st.text(max_size=60)
    | st.from_regex(r"(https?:)?//ehr\.example\.org[^ ]{0,3}(/fhir)?[^ ]{0,20}", fullmatch=True)
)
def test_no_link_leads_out_of_the_base(link: str) -> None:
    """Whatever a link says: a URL below the base, or an error."""
    base = FhirBase.of(BASE)
    try:
        url = base.page(link)
    except FetchError:
        return
    assert url.startswith((f"{base.url}/", f"{base.url}?")) or url == base.url
    parts = urlsplit(url)
    assert (parts.hostname, parts.port, parts.username) == ("ehr.example.org", 443, None)
    assert (requests.Request("GET", url).prepare().url or "").startswith(base.url)


def fetched(url: str, **settings: Any) -> PrefetchResult:  # noqa: ANN401 - values of settings
    """Return what a fetch from a server brings."""
    data = Fallback(Settings(**{"fetch_milliseconds": 5000, **settings}), TEMPLATES).of(
        read(encoded(fhirServer=url), OFFERED)
    )
    data.fetch()
    return data.result("observations")


@pytest.mark.requirement("F7")
def test_a_name_that_leads_to_loopback_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address counts, not the name; and it is looked up once, so that a second answer cannot differ."""
    answers = {"inner.example.org": ["127.0.0.1"] * 3, "rebinding.example.org": ["93.184.215.14", *["127.0.0.1"] * 3]}

    def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[host].pop(0), port))]

    def connect(_: object, place: Any) -> None:  # noqa: ANN401 - an address of any family
        connected.append(place)
        raise ConnectionRefusedError

    connected: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)

    inner = fetched("https://inner.example.org/fhir", fhir_servers=("https://inner.example.org/fhir",))
    assert Why.FORBIDDEN_ADDRESS in (inner.unfetched or "")
    assert connected == []

    fetched("https://rebinding.example.org/fhir", fhir_servers=("https://rebinding.example.org/fhir",))
    assert [place[0] for place in connected] == ["93.184.215.14"]


@pytest.mark.requirement("F7")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_loopback_is_called_in_a_sandbox_only(host: str) -> None:
    """The same server, listed in both profiles: production does not connect."""
    with serving(lambda _: bundle(), host=host) as server:
        assert fetched(server.base, profile=Profile.SANDBOX).state is PrefetchState.EMPTY
        secure = server.base.replace("http:", "https:")
        assert Why.FORBIDDEN_ADDRESS in (fetched(secure, fhir_servers=(secure,)).unfetched or "")
        assert len(server.asked) == 1


@pytest.fixture
def authority() -> Iterator[tuple[ssl.SSLContext, Path]]:
    """Return the TLS of a server named localhost, and the file of the authority that vouches for it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with authority.cert_pem.tempfile() as path:
        yield context, Path(path)


@pytest.mark.requirement("F7")
def test_tls_is_checked_by_name_against_the_authority(authority: tuple[ssl.SSLContext, Path]) -> None:
    """The connection goes to the checked address, the certificate must be that of the name."""
    context, file = authority
    with serving(lambda _: bundle(), tls=context) as server:
        url, other = (f"https://{host}:{server.port}/fhir" for host in ("localhost", "127.0.0.1"))
        production = {"fhir_servers": (url, other), "fhir_networks": ("127.0.0.0/8",)}

        assert fetched(url, **production, fhir_ca_file=str(file)).state is PrefetchState.EMPTY
        assert Why.NO_TLS in (fetched(other, **production, fhir_ca_file=str(file)).unfetched or "")
        assert Why.NO_TLS in (fetched(url, **production).unfetched or "")


def test_a_stalled_tls_handshake_ends_with_the_time() -> None:
    """A server that accepts and says nothing holds nobody longer than the time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/fhir"
        result = fetched(url, profile=Profile.SANDBOX, fetch_milliseconds=200)

    assert Why.LATE in (result.unfetched or "")
