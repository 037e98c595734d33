"""What readable settings cannot tell: whether the address, the keys, the store and the knowledge can be had."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import Field, fields
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.exc import ArgumentError

from cards.errors import RuleError
from cdshooks import registry
from cdshooks.errors import DeclarationError
from cdshooks.key_fetch import fetcher, read_file
from cdshooks.key_sets import KeySet, KeySetError, KeySetFault
from cdshooks.listening import ListeningError, address_of
from cdshooks.setting_values import shown, variable
from cdshooks.settings import Profile, Settings, SettingsError, TrustedClient, read_settings
from cdshooks.store.engine import StoreError, open_store
from knowledge.errors import KnowledgeError

_ITSELF = "if that is this service, which runs already, all is well"

_NOTHING: AbstractSet[str] = frozenset()

_KEYS: Mapping[str, str] = {
    KeySetFault.UNREADABLE_FILE: "a file that this user may read",
    KeySetFault.UNREACHABLE: "a key server that answers; is its name known here, and its certificate trusted"
    f" ({variable('fhir_ca_file')})?",
    KeySetFault.NO_SUCCESS: "the status 200; redirects are not followed",
    KeySetFault.FORBIDDEN_ADDRESS: f"a public address, or one within {variable('fhir_networks')}",
    KeySetFault.TOO_LARGE_OR_SLOW: "at most 256 KiB within 3 s",
    KeySetFault.NO_KEY_SET: 'a JSON Web Key Set: {"keys": [...]}',
    KeySetFault.NO_USABLE_KEY: 'a public key with kid, for signatures: kty "EC" with crv "P-384" or "P-256", or "RSA"'
    " of at least 2048 bits; no private key (d)",
}


class Trouble(NamedTuple):
    """What is wrong, in words."""

    text: str
    stops: bool = True  # the service, or a client
    passing: bool = False  # it may be as it should: the service itself may listen there


class Verdict(StrEnum):
    """What would happen in production."""

    STARTS = "Production would start."
    WITHOUT_CANDIDATE = "Production would start, without its candidate."
    OPEN = "This would not be production."
    NOT = "Production would not start, or refuse its clients."


class Examined(NamedTuple):
    """Every setting in words, by its variable, and what is wrong; ``open``: they are those of a sandbox."""

    told: Mapping[str, str]
    troubles: tuple[Trouble, ...]
    open: bool

    @property
    def verdict(self) -> Verdict:
        """What would happen."""
        wrong = [trouble for trouble in self.troubles if not trouble.passing]
        if any(trouble.stops for trouble in wrong):
            return Verdict.NOT
        if self.open:
            return Verdict.OPEN
        return Verdict.WITHOUT_CANDIDATE if wrong else Verdict.STARTS


def examined(environment: Mapping[str, str]) -> Examined:
    """Try the settings of an environment as those of production, and tell if they state another profile."""
    name = variable("profile")
    stated, read = read_settings(environment), read_settings({**environment, name: Profile.PRODUCTION})
    told = {variable(each.name): _told(each, getattr(read.settings, each.name)) for each in fields(Settings)}
    found = [Trouble(fault) for fault in read.faults]
    if stated.settings.sandbox:
        told[name] = f"{Profile.SANDBOX} (all else is told as production would have it)"
        text = f"{name} is sandbox: `serve` would be open to everybody; expected production"
        found.insert(0, Trouble(text, stops=False))
    elif "profile" in stated.unreadable:
        found += [Trouble(fault) for fault in stated.faults if fault not in read.faults]
    return Examined(told, (*found, *troubles(read.settings, read.unreadable)), open=stated.settings.sandbox)


def _told(declared: Field[Any], value: object) -> str:
    return (shown(declared, value) or "not set") + (" (default)" if value == declared.default else "")


def start(settings: Settings) -> str:
    """Return the address to listen on; raise SettingsError with all that would keep the service from starting.

    The knowledge stays loaded; nothing stays open that processes must not share.
    """
    found = [trouble for trouble in (*_inside(settings), *_store_troubles(settings)) if trouble.stops]
    try:
        address = _listening_address(settings, settings.port)
    except ListeningError as error:
        raise SettingsError((*(trouble.text for trouble in found), str(error))) from None
    if found:
        raise SettingsError(tuple(trouble.text for trouble in found))
    return address


def troubles(settings: Settings, unreadable: AbstractSet[str] = _NOTHING) -> Iterator[Trouble]:
    """Yield what is wrong; asks the clients' key servers, too, of which one that is away keeps nothing from starting.

    Settings that are ``unreadable`` have their defaults, about which nobody asks.
    """
    yield from _inside(settings, from_servers=True)
    if "store" not in unreadable:
        yield from _store_troubles(settings)
    if "host" not in unreadable:
        try:
            _listening_address(settings, 0 if "port" in unreadable else settings.port)
        except ListeningError as error:
            yield Trouble(f"{error}; {_ITSELF}" if error.in_use else str(error), passing=error.in_use)


def _listening_address(settings: Settings, port: int) -> str:
    return address_of(settings.host, port, host_setting=variable("host"), port_setting=variable("port"))


def _inside(settings: Settings, *, from_servers: bool = False) -> Iterator[Trouble]:
    if fault := _certificates_fault(settings):
        yield Trouble(fault)
        return
    yield from _key_troubles(settings, from_servers=from_servers)
    yield from _knowledge_troubles(settings)


def _certificates_fault(settings: Settings) -> str:
    if settings.fhir_ca_file:
        try:
            ssl.create_default_context(cafile=settings.fhir_ca_file)
        except OSError:  # ssl's errors are OSErrors
            return f"{variable('fhir_ca_file')} is {settings.fhir_ca_file!r}; expected a file of certificates (PEM)"
    return ""


def _key_troubles(settings: Settings, *, from_servers: bool) -> Iterator[Trouble]:
    fetch = fetcher(settings)
    for client in settings.clients:
        asked = client.jwks or (client.jku if from_servers else "")
        if not asked or (client.jwks and client.jku):  # of both, or neither, the settings have told
            continue
        try:
            _keys(client, fetch).refresh()
        except KeySetError as error:
            where = f"{variable('clients')}: the keys of {client.iss} cannot be had from {asked}"
            yield Trouble(f"{where} ({error}); expected {_KEYS[str(error)]}")


def _keys(client: TrustedClient, fetch: Callable[[str], bytes]) -> KeySet:
    return KeySet(lambda: read_file(client.jwks) if client.jwks else fetch(client.jku))


def _store_troubles(settings: Settings) -> Iterator[Trouble]:
    """Open the store where tokens need it; whatever else is kept can wait until it is back."""
    if not (settings.require_jwt or settings.require_jwt_for_discovery):
        return
    try:
        open_store(settings.store, connections=1).dispose()
    except (StoreError, ArgumentError) as error:
        yield Trouble(f"{variable('store')}: {error}")


def _knowledge_troubles(settings: Settings) -> Iterator[Trouble]:
    try:
        for service in registry.find(settings):
            yield from (Trouble(fault, stops=False) for fault in service.candidate_faults)
    except DeclarationError as error:
        yield from map(Trouble, error.faults)
    except KnowledgeError as error:
        place = f"{variable('overlay')} is {settings.overlay!r}: " if settings.overlay else ""
        yield from (Trouble(f"{place}{fault}") for fault in error.faults)
    except RuleError as error:
        yield Trouble(str(error))
