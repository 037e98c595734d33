"""What readable settings cannot tell: whether keys can be had, the store opened, the service loaded."""

from __future__ import annotations

from collections.abc import Iterator

from cdshooks import registry
from cdshooks.errors import DeclarationError
from cdshooks.key_sets import KeySetError
from cdshooks.settings import Settings
from cdshooks.trust import Verifier
from knowledge.errors import KnowledgeError


def troubles(settings: Settings) -> Iterator[str]:
    """Yield what is wrong, each in words; asks the clients' key servers and opens the store."""
    try:
        verifier = Verifier.of(settings)
    except DeclarationError as error:
        yield from error.faults
    else:
        for iss, issuer in verifier.issuers.items():
            try:
                issuer.keys.refresh()
            except KeySetError as error:
                yield f"the keys of {iss} cannot be had from {issuer.client.jku or issuer.client.jwks}: {error}"
    try:
        for service in registry.find(settings):
            yield from service.candidate_faults
    except DeclarationError as error:
        yield from error.faults
    except KnowledgeError as error:
        yield from map(str, error.faults)
