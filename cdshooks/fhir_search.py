"""Searches and reads of one FHIR server: all pages of an answer as one result, and why there are no more of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from msgspec import Raw

from cdshooks.errors import FetchError, HookError, Why
from cdshooks.fhir_client import Exchange, FhirClient
from cdshooks.fhir_guard import FhirBase
from cdshooks.jsontext import checked
from cdshooks.prefetch import PrefetchResult, joined, read_value

FETCHED = "fhirServer."
"""The path of what was fetched begins so."""

_MOST_PAGES = 20
_REFERENCE = re.compile(r"^([A-Z][A-Za-z]+)/([A-Za-z0-9\-._]{1,64})(?:/_history/[^/]+)?$")


class _Identity(msgspec.Struct, gc=False, rename="camel"):
    resource_type: str = ""
    id: str = ""


_identity = msgspec.json.Decoder(_Identity).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing to fetch: a query (its answer, all pages of it), or the pages after one that was sent."""

    name: str  # of a prefetch key, or a reference
    query: str | None
    scope: str  # what the token must cover
    sent: PrefetchResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads queries and their pages from one FHIR server."""

    client: FhirClient
    base: FhirBase
    exchange: Exchange

    def pages(self, job: Job) -> PrefetchResult:
        """Return all pages as one result, or those that could be had; raise FetchError if there is not even one."""
        pages = [job.sent] if job.sent else [self._first(job)]
        seen: set[str] = set()
        while (last := pages[-1].page) and last.next is not None:
            try:
                pages.append(self._page(job, last.next, seen, len(pages)))
            except FetchError as error:
                return joined(job.name, pages, unsent=said("the next page could not be fetched", error))
        return joined(job.name, pages, unsent="") if last else pages[0]

    def _page(self, job: Job, link: str, seen: set[str], count: int) -> PrefetchResult:
        """Return one more page; raise FetchError unless it is a Bundle."""
        result = self._read(job.name, self._next(link, seen, count), f"{FETCHED}{job.name}.page[{count}]")
        if result.page is None:
            raise FetchError(Why.NO_FHIR, "no Bundle", quote=result.problem)
        return result

    def _first(self, job: Job) -> PrefetchResult:
        query = job.query or self._query(job)
        result = self._read(job.name, self.base.query(query), f"{FETCHED}{job.name}")
        if "?" not in query:
            _check_identity(result, query)
        return result

    def _query(self, job: Job) -> str:
        """Return the query of a reference."""
        shape = _REFERENCE.match(self.base.relative(job.name))
        if not shape or shape.group(1) != job.scope.partition("/")[0]:
            raise FetchError(Why.NO_VALUE)
        return f"{shape.group(1)}/{quote(shape.group(2), safe='')}"

    def _next(self, link: str, seen: set[str], count: int) -> str:
        if not link:
            raise FetchError(Why.NO_URL)
        url = self.base.page(link)
        if url in seen:
            raise FetchError(Why.CIRCLE)
        if count >= _MOST_PAGES:
            raise FetchError(Why.TOO_MANY_PAGES, f"more than {_MOST_PAGES}")
        seen.add(url)
        return url

    def _read(self, key: str, url: str, path: str) -> PrefetchResult:
        body = self.client.read(url, self.exchange)
        try:
            content = msgspec.json.decode(checked(body), type=Raw)
        except HookError:
            raise FetchError(Why.NO_FHIR, "empty, or not UTF-8") from None
        except (msgspec.DecodeError, RecursionError):
            raise FetchError(Why.NO_FHIR, "no JSON, or nested too deeply") from None
        return read_value(key, content, path=path)


def _check_identity(result: PrefetchResult, query: str) -> None:
    """Raise FetchError if a read brought another resource than the one asked for."""
    for resource in result.resources:
        try:
            found = _identity(resource.content)
        except (msgspec.MsgspecError, RecursionError):
            raise FetchError(Why.NO_FHIR) from None
        if f"{found.resource_type}/{quote(found.id, safe='')}" != query:
            raise FetchError(Why.OTHER_RESOURCE)


def said(what: str, error: FetchError) -> str:
    """Return what failed and why, with the server's own words if it has any: untrusted text."""
    return f"{what}: {error.words}" + (f"; {error.quote}" if error.quote else "")
