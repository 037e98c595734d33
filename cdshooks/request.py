"""Bytes -> HookRequest, or exactly what is wrong with them (2.0.1, "Calling a CDS Service").

The usual request is decoded once, typed, with every resource left as bytes. A request of another shape (a single
resource under a prefetch key, null members, a wrong type) is read again member by member: that either succeeds or
names every fault. Duplicate keys are refused in the envelope, the context, the draft orders at any depth, and among
the prefetch keys; inside prefetched resources they are left to whoever reads those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from cdshooks.account import Caller
from cdshooks.context import Hook, HookContext, bare_id
from cdshooks.errors import HookError, HookNotOfferedError, InvalidRequestError, Issue, IssueType
from cdshooks.jsontext import Name, NameCounter, checked, malformed, members, value
from cdshooks.options import NOTHING_SET, ClientOptions, read_options
from cdshooks.prefetch import Bundle, PrefetchResult, PrefetchState, read_bundle, read_value
from cdshooks.schema import Schema, load
from cdshooks.smart import FhirAuthorization

_ENVELOPE = load("request")
_NULL = b"null"


class HookRequest(Struct, frozen=True, kw_only=True):
    """One call of a service; ``context`` has the type of its hook."""

    hook: str
    hook_instance: str
    context: HookContext
    fhir_server: str | None = None
    fhir_authorization: FhirAuthorization = FhirAuthorization()
    prefetch: Mapping[str, PrefetchResult] = {}
    options: ClientOptions = NOTHING_SET
    caller: Caller | None = None

    def prefetched(self, key: str) -> PrefetchResult:
        """Return how a prefetch key came, absent if it did not."""
        return self.prefetch.get(key) or PrefetchResult(key=key, state=PrefetchState.ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedHook:
    """A hook that a service is listed for, with its context's schema compiled."""

    hook: Hook
    schema: Schema

    @classmethod
    def of(cls, hook: Hook) -> OfferedHook:
        """Compile the hook's schema."""
        return cls(hook=hook, schema=Schema(hook.schema))


_Members = Annotated[dict[Name, Raw], Meta(min_length=1)]


class _Usual(Struct, gc=False, rename="camel"):
    """The usual request. An empty member takes the other path: read here, a second one of its name would go unseen."""

    hook: Name
    hook_instance: Name
    context: _Members
    fhir_server: Name = Name()
    fhir_authorization: _Members = {}  # msgspec gives each instance its own
    prefetch: Annotated[dict[Name, Bundle | None], Meta(min_length=1)] = {}
    extension: _Members = {}


msgspec.json.Decoder(_Usual)
"""Made here, once, for what msgspec keeps with the type: threads that made it together would end the process."""


@dataclass(slots=True, kw_only=True)
class _Parts:
    """A request taken apart: the envelope as values, the context undecoded, the prefetch read, the faults so far."""

    envelope: dict[str, Any]
    context: dict[str, Raw]
    prefetch: dict[str, PrefetchResult]
    options: ClientOptions = NOTHING_SET
    issues: list[Issue] = field(default_factory=list)


def read(body: bytes, offered: Mapping[str, OfferedHook], caller: Caller | None = None) -> HookRequest:
    """Return the request of a caller; raise InvalidRequestError with every fault, or HookNotOfferedError."""
    body = checked(body)
    parts = _usual(body) or _unusual(body)
    hook = _offered(parts, offered)
    values = _context_values(parts, hook)
    envelope = parts.envelope
    faults = [*_ENVELOPE.faults(envelope)]
    if hook and isinstance(envelope.get("context"), dict):
        faults += hook.schema.faults(values, "context")
    faults += _other_patient(envelope, values)
    if faults or parts.issues:
        told = {issue.where for issue in parts.issues}
        raise InvalidRequestError(*parts.issues, *(fault for fault in faults if told.isdisjoint(_above(fault.where))))
    if hook is None:
        raise HookNotOfferedError(_not_offered(envelope["hook"], offered))
    return HookRequest(
        hook=envelope["hook"],
        hook_instance=envelope["hookInstance"],
        fhir_server=envelope.get("fhirServer"),
        fhir_authorization=_authorization(envelope.get("fhirAuthorization")),
        context=_context(hook.hook, values, parts.context),
        prefetch=parts.prefetch,
        options=parts.options,
        caller=caller,
    )


def _usual(body: bytes) -> _Parts | None:
    """Take the usual request apart; None if it has another shape."""
    names = NameCounter()
    try:
        usual = msgspec.json.decode(body, type=_Usual, dec_hook=names)
    except (msgspec.ValidationError, RecursionError):
        return None
    except msgspec.DecodeError as error:
        raise malformed(error) from None
    authorization, extension = usual.fhir_authorization, usual.extension
    kept = 2 + len(usual.context) + len(usual.prefetch) + len(authorization) + len(extension)
    if names.seen != kept + bool(usual.fhir_server):
        return None
    if any(bundle is not None and bundle.resource_type != "Bundle" for bundle in usual.prefetch.values()):
        return None
    envelope: dict[str, Any] = {"hook": str(usual.hook), "hookInstance": str(usual.hook_instance), "context": {}}
    if usual.fhir_server:
        envelope["fhirServer"] = str(usual.fhir_server)
    if authorization:
        envelope["fhirAuthorization"] = {
            str(key): value(text, f"fhirAuthorization.{key}")
            for key, text in authorization.items()
            if bytes(memoryview(text)[:4]) != _NULL
        }
    prefetch = {
        str(key): PrefetchResult(key=key, state=PrefetchState.EMPTY)
        if bundle is None
        else read_bundle(key, bundle, path=f"prefetch.{key}")
        for key, bundle in usual.prefetch.items()
    }
    return _Parts(
        envelope=envelope,
        context={str(name): text for name, text in usual.context.items()},
        prefetch=prefetch,
        options=read_options({str(name): text for name, text in extension.items()}) if extension else NOTHING_SET,
    )


def _unusual(body: bytes) -> _Parts:
    """Take a request of another shape apart, member by member; null counts as absent."""
    sent = {name: text for name, text in members(body, "").items() if bytes(memoryview(text)[:4]) != _NULL}
    parts = _Parts(envelope={}, context={}, prefetch={})
    for name in ("hook", "hookInstance", "fhirServer"):
        if name in sent:
            _keep(parts, name, sent[name])
    for name in ("context", "prefetch", "fhirAuthorization", "extension"):
        if name not in sent:
            continue
        inner = _inner(parts, name, sent[name])
        if inner is None:
            continue
        parts.envelope[name] = {}
        if name == "context":
            parts.context = inner
        elif name == "prefetch":
            parts.prefetch = {key: read_value(key, text, path=f"prefetch.{key}") for key, text in inner.items()}
        elif name == "fhirAuthorization":
            _keep(parts, name, sent[name])
            kept = parts.envelope[name]
            parts.envelope[name] = {key: content for key, content in kept.items() if content is not None}
        else:
            parts.options = read_options(inner)
    return parts


def _keep(parts: _Parts, name: str, text: Raw) -> None:
    try:
        parts.envelope[name] = value(text, name)
    except HookError as error:
        parts.issues += error.issues


def _inner(parts: _Parts, name: str, text: Raw) -> dict[str, Raw] | None:
    """Return the members of a member; None if it is no object or holds a key twice."""
    if bytes(memoryview(text)[:1]) != b"{":
        _keep(parts, name, text)  # the schema says what it is
        return None
    try:
        return members(text, name)
    except HookError as error:
        parts.issues += error.issues
        parts.envelope[name] = {}
        return None


def _offered(parts: _Parts, offered: Mapping[str, OfferedHook]) -> OfferedHook | None:
    hook = parts.envelope.get("hook")
    return offered.get(hook) if isinstance(hook, str) else None


def _context_values(parts: _Parts, hook: OfferedHook | None) -> dict[str, Any]:
    """Return the values of the fields that the hook knows; null counts as absent, so does "" where optional."""
    values: dict[str, Any] = {}
    if hook is None:
        return values
    for row in hook.hook.fields:
        text = parts.context.get(row.name)
        if text is None:
            continue
        try:
            content = value(text, f"context.{row.name}")
        except HookError as error:
            parts.issues += error.issues
            continue
        if content is not None and (row.required or content != ""):
            values[row.name] = content
    return values


def _context(hook: Hook, values: dict[str, Any], texts: dict[str, Raw]) -> HookContext:
    rows = (row for row in hook.fields if row.name in values)
    return hook.context(
        **{row.attribute: texts[row.name] if row.undecoded else row.read(values[row.name]) for row in rows}
    )


def _authorization(sent: Mapping[str, str] | None) -> FhirAuthorization:
    sent = sent or {}
    return FhirAuthorization(access_token=sent.get("access_token", ""), scope=sent.get("scope", ""))


def _above(where: str | None) -> set[str]:
    """Return the path and its parent: a fault there has been told already."""
    return {where, where.rpartition(".")[0]} if where else set()


def _other_patient(envelope: dict[str, Any], values: dict[str, Any]) -> list[Issue]:
    """Return an issue if the access token is limited to another patient than the one in context."""
    authorization = envelope.get("fhirAuthorization")
    limited_to = authorization.get("patient") if isinstance(authorization, dict) else None
    patient = values.get("patientId")
    if not isinstance(limited_to, str) or not limited_to or not isinstance(patient, str):
        return []
    if bare_id(limited_to) == bare_id(patient):
        return []
    return [
        Issue(
            what="The access token is limited to another patient than the one in context",
            code=IssueType.BUSINESS_RULE,
            where="fhirAuthorization.patient",
            expected="the id in context.patientId",
            fix="Send a token for the patient in context",
        )
    ]


def _not_offered(hook: str, offered: Mapping[str, OfferedHook]) -> Issue:
    return Issue(
        what="The service is not listed for this hook",
        code=IssueType.NOT_SUPPORTED,
        where="hook",
        got=repr(hook[:40]),
        expected=" or ".join(sorted(offered)),
        fix="Call the service for a hook that GET /cds-services lists for it",
    )
