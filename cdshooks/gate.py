"""The gate before every path: with a valid token, or not at all; what is open is listed here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cdshooks.endpoint import CALLER, HEALTH, OURSELVES, refuse, send
from cdshooks.errors import HookError
from cdshooks.readiness import Finding, Readiness
from cdshooks.settings import Settings
from cdshooks.trust import Verifier, canonical

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DISCOVERY = "/cds-services"

_FEEDBACK = "/feedback"


def with_trust(app: WSGIApplication, settings: Settings, readiness: Readiness) -> WSGIApplication:
    """Return the app with callers checked; raise DeclarationError if that cannot be done."""
    verifier = Verifier.of(settings)
    readiness.add("store", lambda: Finding(verifier.seen.reachable()))
    open_paths = {HEALTH}
    if not settings.require_jwt_for_discovery:
        open_paths.add(DISCOVERY)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = canonical(environ["PATH_INFO"])
        if path in open_paths or OURSELVES.keys() <= environ.keys():
            return app(environ, start_response)
        try:
            audience = _audience(settings.public_base_url, path)
            environ[CALLER] = verifier.verify(environ.get("HTTP_AUTHORIZATION", ""), audience)
        except HookError as error:
            return send(refuse(error), start_response)
        return app(environ, start_response)

    return application


def _audience(base_url: str, path: str) -> frozenset[str]:
    """Return the URLs that a token for this path may name: for feedback that of its service too (unspecified)."""
    return frozenset({base_url + path, base_url + path.removesuffix(_FEEDBACK)})
