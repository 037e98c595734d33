"""What the CDS Client prefetched: each key is satisfied, empty, failed, incomplete or absent (2.0.1, "Prefetch").

Resources stay undecoded bytes here. ``problem`` says in words why a key is failed or incomplete; it may quote the EHR
(the text of an OperationOutcome), so whoever shows it escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec
from msgspec import Raw, Struct

from cdshooks.errors import HookError
from cdshooks.jsontext import members, not_an_object

_NO_RESOURCE = Raw(b"")

_QUOTED = 200
"""An OperationOutcome is quoted up to this many characters."""


_MOST_UNREADABLE = 100
"""After so many entries that cannot be read the rest is not tried."""

_MOST_TOLD = 5
"""So many problems of one key are told."""


class PrefetchState(StrEnum):
    """How a prefetch key came."""

    SATISFIED = "satisfied"  # with resources, all of them
    EMPTY = "empty"  # the client looked and there is nothing: null, or a Bundle without entries
    FAILED = "failed"  # the client's query failed, or what it sent is no FHIR resource
    INCOMPLETE = "incomplete"  # some resources: more pages exist, a part of the search failed, an entry is unreadable
    ABSENT = "absent"  # the key was not sent, and could not be fetched


class PrefetchedResource(Struct, frozen=True, gc=False):
    """One resource as sent; ``path`` is its place in the request."""

    content: Raw
    bundle: str
    position: int | None = None

    @property
    def path(self) -> str:
        """Return the place such as ``prefetch.observations.entry[3].resource``."""
        return self.bundle if self.position is None else f"{self.bundle}.entry[{self.position}].resource"


class Page(Struct, frozen=True, gc=False):
    """How one Bundle of a search belongs to the others."""

    next: str | None  # the URL of the next page, "" if the link names none
    total: int | None
    matches: int
    failed: bool
    problems: tuple[str, ...]  # of its entries


class PrefetchResult(Struct, frozen=True, kw_only=True):
    """One prefetch key as it came, or was fetched; ``unfetched`` says in our own words why fetching brought nothing."""

    key: str
    state: PrefetchState
    resources: tuple[PrefetchedResource, ...] = ()
    problem: str | None = None
    unfetched: str | None = None
    refused: bool = False  # the server does not have such resources, or shows them to nobody: nothing more will come
    page: Page | None = None


class Search(Struct, gc=False):
    """``Bundle.entry.search``: how the entry comes into the Bundle."""

    mode: str | None = None


class Entry(Struct, gc=False):
    """``Bundle.entry``, with the resource undecoded."""

    resource: Raw = _NO_RESOURCE
    search: Search | None = None


class BundleLink(Struct, gc=False):
    """``Bundle.link``; ``next`` means that there are more pages."""

    relation: str | None = None
    url: str | None = None


class Bundle(Struct, gc=False, rename="camel"):
    """What is read of a prefetched Bundle; of any other resource only its type."""

    resource_type: str
    total: int | None = None
    link: tuple[BundleLink, ...] = ()
    entry: tuple[Entry, ...] = ()


class _OutcomeText(Struct, gc=False):
    text: str | None = None


class _OutcomeIssue(Struct, gc=False):
    severity: str | None = None
    code: str | None = None
    details: _OutcomeText | None = None
    diagnostics: str | None = None


class _Outcome(Struct, gc=False):
    issue: tuple[_OutcomeIssue, ...] = ()


_decode_bundle: Callable[[Raw], Bundle] = msgspec.json.Decoder(Bundle).decode
_decode_entry: Callable[[Raw], Entry] = msgspec.json.Decoder(Entry).decode
_decode_array: Callable[[Raw], list[Raw]] = msgspec.json.Decoder(list[Raw]).decode
_decode_outcome: Callable[[Raw], _Outcome] = msgspec.json.Decoder(_Outcome).decode
_decode_text: Callable[[Raw], str] = msgspec.json.Decoder(str).decode

_REFUSALS = frozenset({"not-supported", "not-found", "forbidden", "security"})
"""Issue codes of a server that does not have what is asked for, or shows it to nobody (FHIR R4, IssueType)."""

REFUSING = ("403", "404", "405", "410", "501")
"""HTTP statuses that say the same."""

_START = 64  # bytes of a resource that tell its type, as every known server writes resourceType first
_UNREADABLE = (msgspec.MsgspecError, RecursionError)


def read_bundle(
    key: str, bundle: Bundle, *, path: str, problems: tuple[str, ...] = (), nested: bool = False
) -> PrefetchResult:
    """Return what a Bundle brings, and what the Bundles in it bring; ``problems`` were met before."""
    found: list[PrefetchedResource] = []
    failures: list[str] = []
    inner_problems: list[str] = []
    matches = 0
    for position, entry in enumerate(bundle.entry):
        resource, search = entry.resource, entry.search
        mode = search and search.mode
        start = bytes(resource)[:_START]
        if mode == "outcome" or (mode is None and b"OperationOutcome" in start):
            failures += _errors(resource)
            continue
        matches += mode != "include"
        if resource is _NO_RESOURCE:
            failures.append(f"entry {position} holds no resource")
            if len(failures) > _MOST_UNREADABLE:
                failures.insert(0, "too many entries hold no resource, so that the rest was not read")
                break
        elif b'"Bundle"' in start and not nested and (inner := _bundle_in(resource)):
            brought = read_bundle(key, inner, path=f"{path}.entry[{position}].resource", nested=True)
            found += brought.resources
            inner_problems += [brought.problem] if brought.problem else []
        else:
            found.append(PrefetchedResource(resource, path, position))
    page = Page(
        next=next((link.url or "" for link in bundle.link if link.relation == "next"), None) if bundle.link else None,
        total=bundle.total,
        matches=matches,
        failed=bool(failures or inner_problems),
        problems=(*problems, *failures, *inner_problems),
    )
    return _of_pages(key, tuple(found), (page,), "more pages were not sent")


def joined(key: str, results: Sequence[PrefetchResult], *, unsent: str) -> PrefetchResult:
    """Return the pages of one search as one result; ``unsent`` says why there are no more of them."""
    resources = tuple(resource for result in results for resource in result.resources)
    return _of_pages(key, resources, [result.page for result in results if result.page], unsent)


def _of_pages(
    key: str, resources: tuple[PrefetchedResource, ...], pages: Sequence[Page], unsent: str
) -> PrefetchResult:
    first, last = pages[0], pages[-1]
    told = [problem for page in pages for problem in page.problems]
    if last.next is not None:
        told.append(unsent)
    matches = sum([page.matches for page in pages])
    if first.total is not None and first.total > matches:
        told.append(f"the search found {first.total}, but {matches} were sent")
    if not resources and any(page.failed for page in pages):
        state = PrefetchState.FAILED
    elif told:
        state = PrefetchState.INCOMPLETE
    else:
        state = PrefetchState.SATISFIED if resources else PrefetchState.EMPTY
    problem = "; ".join(told[:_MOST_TOLD]) or None
    return PrefetchResult(key=key, state=state, resources=resources, problem=problem, page=last)


def read_value(key: str, value: Raw, *, path: str) -> PrefetchResult:
    """Return what any value brings: null, a Bundle, a resource, an OperationOutcome, the wrapper of CDS Hooks 0.x."""
    if bytes(memoryview(value)[:4]) == b"null":
        return PrefetchResult(key=key, state=PrefetchState.EMPTY)
    try:
        content = members(value, path)
    except HookError:
        return _failed(key, f"not a FHIR resource but {not_an_object(value, path).got}")
    if "resourceType" not in content:
        return _read_wrapper(key, content, path=path)
    return _read_resource(key, value, content, path=path)


def _read_resource(key: str, value: Raw, content: dict[str, Raw], *, path: str) -> PrefetchResult:
    match _text(content["resourceType"]):
        case "Bundle":
            return _read_odd_bundle(key, value, content, path=path)
        case "OperationOutcome":
            said = " / ".join(_errors(value)) or "the EHR sent a message in place of data"
            return _failed(key, said, refused=_refuses(value))
        case "":
            return _failed(key, "not a FHIR resource: its resourceType is not a text")
    return PrefetchResult(key=key, state=PrefetchState.SATISFIED, resources=(PrefetchedResource(value, path),))


def outcome_said(body: bytes) -> str | None:
    """Return what an OperationOutcome says went wrong, shortened; None if the body is none."""
    return "; ".join(_errors(Raw(body))) or None if b'"OperationOutcome"' in body else None


def _bundle_in(resource: Raw) -> Bundle | None:
    """Return the Bundle that an entry holds, as the answer to a batch does; None if it holds another resource."""
    try:
        bundle = _decode_bundle(resource)
    except _UNREADABLE:
        return None
    return bundle if bundle.resource_type == "Bundle" else None


def _errors(outcome: Raw) -> list[str]:
    """Return what an OperationOutcome says went wrong; nothing if it only informs or warns."""
    try:
        issues = _decode_outcome(outcome).issue
    except _UNREADABLE:
        return ["the EHR's query failed with a reason that cannot be read"]
    errors = [issue for issue in issues if issue.severity not in ("information", "warning")]
    if issues and not errors:
        return []
    words = [(issue.details and issue.details.text) or issue.diagnostics or issue.code or "" for issue in errors]
    text = " / ".join(word for word in words if word) or "it gave no reason"
    return [f"the EHR's query failed: {text if len(text) <= _QUOTED else f'{text[:_QUOTED]}...'}"]


def _read_wrapper(key: str, content: dict[str, Raw], *, path: str) -> PrefetchResult:
    """Read ``{"response": {"status": "200 OK"}, "resource": {...}}``, which clients of CDS Hooks 0.x still send."""
    if "response" not in content:
        return _failed(key, "not a FHIR resource: an object without resourceType")
    try:
        sent = members(content["response"], path).get("status", Raw(b'""'))
        status = _text(sent) or bytes(sent).decode()  # some send a number
    except HookError:
        status = ""
    if not status.startswith("2"):
        said = f"the EHR's query failed: HTTP status {status[:40] or 'unknown'}"
        return _failed(key, said, refused=status.startswith(REFUSING))
    if "resource" not in content:
        return PrefetchResult(key=key, state=PrefetchState.EMPTY)
    return read_value(key, content["resource"], path=f"{path}.resource")


def _read_odd_bundle(key: str, value: Raw, content: dict[str, Raw], *, path: str) -> PrefetchResult:
    """Read a Bundle at once, or entry by entry if a part of it has another shape than FHIR's."""
    try:
        return read_bundle(key, _decode_bundle(value), path=path)
    except _UNREADABLE:
        pass
    try:
        entries = _decode_array(content.get("entry", Raw(b"[]")))
    except _UNREADABLE:
        return _failed(key, "not a readable Bundle: its entry is not an array")
    read: list[Entry] = []
    problems: list[str] = []
    for position, entry in enumerate(entries):
        try:
            read.append(_decode_entry(entry))
        except _UNREADABLE:
            read.append(Entry())
            problems.append(f"entry {position} cannot be read")
            if len(problems) > _MOST_UNREADABLE:
                problems.insert(0, "too many entries cannot be read, so that the rest was not read")
                break
    if not problems:
        problems.append("its link or total cannot be read, so pages may be missing")
    return read_bundle(key, Bundle(resource_type="Bundle", entry=tuple(read)), path=path, problems=tuple(problems))


def _refuses(outcome: Raw) -> bool:
    """Tell whether an OperationOutcome says that there are no such resources, or none for anybody."""
    try:
        issues = _decode_outcome(outcome).issue
    except _UNREADABLE:
        return False
    errors = [issue.code for issue in issues if issue.severity not in ("information", "warning")]
    return bool(errors) and _REFUSALS.issuperset(filter(None, errors)) and None not in errors


def _failed(key: str, problem: str, *, refused: bool = False) -> PrefetchResult:
    return PrefetchResult(key=key, state=PrefetchState.FAILED, problem=problem, refused=refused)


def _text(value: Raw) -> str:
    try:
        return _decode_text(value)
    except _UNREADABLE:
        return ""
