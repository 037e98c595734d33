"""What readable settings cannot tell: whether keys can be had, the store opened, the service loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cdshooks import registry
from cdshooks.errors import DeclarationError
from cdshooks.key_sets import KeySetError
from cdshooks.settings import Settings
from cdshooks.trust import Verifier
from knowledge.errors import KnowledgeError


class Trouble(NamedTuple):
    """What is wrong, in words."""

    text: str
    stops: bool = True  # the service, or a client


def troubles(settings: Settings) -> Iterator[Trouble]:
    """Yield what is wrong; asks the clients' key servers and opens the store."""
    try:
        verifier = Verifier.of(settings)
    except DeclarationError as error:
        yield from map(Trouble, error.faults)
    else:
        for iss, issuer in verifier.issuers.items():
            try:
                issuer.keys.refresh()
            except KeySetError as error:
                keys = issuer.client.jku or issuer.client.jwks
                yield Trouble(f"the keys of {iss} cannot be had from {keys}: {error}")
    try:
        for service in registry.find(settings):
            yield from (Trouble(fault, stops=False) for fault in service.candidate_faults)
    except DeclarationError as error:
        yield from map(Trouble, error.faults)
    except KnowledgeError as error:
        yield from map(Trouble, map(str, error.faults))
