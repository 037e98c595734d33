"""The SMART app: what its two pages are told, and what these may talk to.

All of it runs in the browser: the token never comes here, and nothing is kept. Only who is listed may launch it, and
the policy of its pages names the same servers, so that a launch from elsewhere reaches nothing. docs/smart-app.md
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdshooks.fhir_guard import FhirBase
from cdshooks.registry import Service
from cdshooks.settings import Settings

LAUNCH = "/smart/launch"
CALLBACK = "/smart/callback"
CONFIG = "/smart/config.json"
EVIDENCE = "/smart/evidence.json"

_SANDBOX_CLIENT = "ros1-cds"
"""The id under which any server of invented patients may know the app."""
_ANY = "http: https:"
_REFERRED = frozenset({"Medication"})  # what the resources asked for may refer to


def callback_url(settings: Settings) -> str:
    """Return the only URL to which an authorization server may send the code."""
    return f"{settings.public_base_url}{CALLBACK}"


def registrations(settings: Settings) -> Mapping[str, str]:
    """Return the registrations that the sandbox's own authorization server knows: client id, redirect URI."""
    return {_SANDBOX_CLIENT: callback_url(settings)}


def config(settings: Settings, service: Service) -> Mapping[str, Any]:
    """Return what the pages must know; nothing of it is a secret."""
    types = {template.partition("?")[0].partition("/")[0] for template in service.prefetch.values()}
    return {
        "redirectUri": callback_url(settings),
        "servers": [{"iss": FhirBase.of(each.iss).url, "clientId": each.client_id} for each in settings.smart_servers],
        "anyServer": _SANDBOX_CLIENT if _open(settings) else None,
        "demoServer": f"{settings.public_base_url}/fhir" if settings.sandbox or settings.demo_page else None,
        "resourceTypes": sorted(types | _REFERRED),
        "prefetch": service.prefetch,
    }


def connects(settings: Settings) -> str:
    """Return the sources that the pages may talk to, and whose windows may show them: EHRs open apps in panels."""
    return f"'self' {_ANY}" if _open(settings) else " ".join(("'self'", *_origins(settings)))


def _open(settings: Settings) -> bool:
    return settings.sandbox and not settings.smart_servers


def _origins(settings: Settings) -> Iterator[str]:
    """Yield the origins of every listed server, each once."""
    urls = (url for each in settings.smart_servers for url in (each.iss, *each.origins))
    bases = (FhirBase.of(url) for url in urls)
    yield from dict.fromkeys(f"{base.scheme}://{base.host}:{base.port}" for base in bases)
