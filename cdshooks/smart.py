"""What the access token of a request covers: SMART scopes, in their first form and in their second.

https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html : ``patient/Observation.read`` (v1),
``patient/Observation.rs?category=laboratory`` (v2). A scope that is not understood is not held against the token: the
FHIR server decides. A token that names no clinical scope at all is tried.
"""

from __future__ import annotations

import re
from enum import Enum
from urllib.parse import parse_qsl

from msgspec import Struct

_TOKEN = re.compile(r"^[A-Za-z0-9\-._~+/]+=*$")  # RFC 6750, b64token
_SCOPE = re.compile(r"^(?:patient|user|system)/([A-Za-z]+|\*)(?:\.([a-z]+|\*))?(?:\?(.*))?$")
_LONGEST = 20_000  # characters of scopes that are read


class Cover(Enum):
    """How much of a query a token covers."""

    WHOLE = "whole"
    PART = "part"  # only some of the resources, as of one category
    NONE = "none"


class FhirAuthorization(Struct, frozen=True, kw_only=True):
    """``fhirAuthorization``, as far as it is used; it is never shown nor logged."""

    access_token: str = ""
    scope: str = ""

    def __repr__(self) -> str:
        return "FhirAuthorization(...)"

    @property
    def usable(self) -> bool:
        """Whether the token can stand in a header; an empty one, which real clients send, counts as none."""
        return not self.access_token or bool(_TOKEN.match(self.access_token))

    def covers(self, query: str) -> Cover:
        """Return how much of ``Observation?category=laboratory`` or ``Medication/1`` the scopes cover."""
        shapes = [shape for scope in self.scope[:_LONGEST].split() if (shape := _SCOPE.match(scope))]
        if not shapes:
            return Cover.WHOLE
        found = {_cover(shape, query) for shape in shapes}
        return Cover.WHOLE if Cover.WHOLE in found else Cover.PART if Cover.PART in found else Cover.NONE


def _cover(scope: re.Match[str], query: str) -> Cover:
    type_, permissions, narrowing = scope.group(1), scope.group(2) or "*", scope.group(3)
    if type_ not in ("*", re.split(r"[/?]", query, maxsplit=1)[0]):
        return Cover.NONE
    if not _permits(permissions, "s" if "?" in query else "r"):
        return Cover.NONE
    return Cover.WHOLE if not narrowing or _asks_no_more(query, narrowing) else Cover.PART


def _permits(permissions: str, wanted: str) -> bool:
    """Tell whether ``read``, ``*`` or ``rs`` permits; only words that are understood can forbid."""
    if permissions == "write":
        return False
    second_form = set(permissions) <= set("cruds")
    return not second_form or wanted in permissions


def _asks_no_more(query: str, narrowing: str) -> bool:
    """Tell whether a search asks for no more than a granular scope (``category=...``) gives."""
    asked = dict(parse_qsl(query.partition("?")[2]))
    given = parse_qsl(narrowing)
    return bool(given) and all(name in asked and _code(asked[name]) == _code(value) for name, value in given)


def _code(value: str) -> str:
    return value.rpartition("|")[2]
