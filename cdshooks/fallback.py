"""What prefetch did not bring, fetched from the client's FHIR server: side by side, inside one time budget.

Fetched are keys that were not sent, pages that a Bundle says exist, and references that nothing resolves. A key that is
null, empty or failed is not asked for again. What could not be had is said, with the reason, never left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import BoundedSemaphore
from time import monotonic
from typing import Any

import msgspec

from cdshooks import log, metrics, tracing
from cdshooks.account import DataSource
from cdshooks.context import token_values
from cdshooks.errors import FetchError, Why
from cdshooks.fhir_client import Exchange, FhirClient, Room
from cdshooks.fhir_guard import Guard
from cdshooks.fhir_search import Job, Reader, said
from cdshooks.prefetch import PrefetchedResource, PrefetchResult, PrefetchState, joined
from cdshooks.request import HookRequest
from cdshooks.settings import Settings, WhenUnfetched
from cdshooks.smart import Cover
from cdshooks.templates import filled

_MOST_REFERENCES = 20
_GRACE = 0.02  # seconds after the deadline in which reads that ran out of time say so themselves
_HEADERS = {"Accept": "application/fhir+json, application/json", "Accept-Encoding": "gzip", "User-Agent": "ros1-cds"}


class Fallback:
    """Fetches for one service: holds the connections, the threads, and how many requests may wait at a time."""

    def __init__(
        self, settings: Settings, templates: Mapping[str, str], *, only_beside: frozenset[str] = frozenset()
    ) -> None:
        """Take the keys from the service's templates; some are not worth a fetch of their own: only beside others."""
        waiting = min(
            settings.fetch_waiting, max(1, settings.threads - 1)
        )  # one thread is left for those that need none
        threads = waiting * (len(templates) + 1)
        sandbox = settings.sandbox
        self.templates = templates
        self.only_beside = only_beside
        self.budget = settings.fetch_milliseconds / 1000
        self.room = settings.max_body_bytes
        self.failure = PrefetchState.FAILED if settings.when_unfetched is WhenUnfetched.CARD else PrefetchState.ABSENT
        self.guard = Guard.of(servers=settings.fhir_servers, networks=settings.fhir_networks, sandbox=sandbox)
        self.client = FhirClient(self.guard, connections=threads, ca_file=settings.fhir_ca_file)
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="fetch")
        self.waiting = BoundedSemaphore(waiting)

    def of(self, request: HookRequest) -> Fetches:
        """Return what can be fetched for a request; nothing is, until it is asked for."""
        return Fetches(self, request)


class Fetches:
    """The prefetch of one request as it came, and completed once ``fetch`` was called."""

    def __init__(self, fallback: Fallback, request: HookRequest) -> None:
        self._fallback = fallback
        self._request = request
        self._fetched: dict[str, PrefetchResult] = {}
        self._asked: set[str] = set()
        self._reasons: dict[str, str] = {}  # why a job brought nothing, by its name
        self._deadline: float | None = None
        self._closed = False
        self._room = Room(fallback.room)

    def result(self, key: str) -> PrefetchResult:
        """Return how a key came, or was fetched."""
        return self._fetched.get(key) or self._request.prefetched(key)

    def close(self) -> None:
        """Fetch nothing more: what there is must do."""
        self._closed = True

    def sources(self) -> dict[str, str]:
        """Return where the data of each key came from."""
        return {key: self._source(key) for key in self._fallback.templates}

    def _source(self, key: str) -> DataSource:
        fetched = self._fetched.get(key)
        if fetched is None or fetched.state is PrefetchState.ABSENT:
            return _SENT[self._request.prefetched(key).state] if key not in self._reasons else DataSource.FAILED
        if key in self._reasons and self._request.prefetched(key).state is not PrefetchState.ABSENT:
            return DataSource.SENT  # more pages were not to be had: what there is was sent
        return DataSource.FAILED if fetched.state is PrefetchState.FAILED else DataSource.FETCHED

    @property
    def referred(self) -> tuple[PrefetchedResource, ...]:
        """The resources that were read by reference."""
        read = (self._fetched.get(name) for name in self._asked if name not in self._fallback.templates)
        return tuple(resource for result in read if result for resource in result.resources)

    def fetch(self, references: Sequence[str] = (), *, type_: str = "", leave: frozenset[str] = frozenset()) -> bool:
        """Fetch what is missing and the resources of one type that are referred to; return whether anything was tried.

        ``leave`` names keys that this decision does not read. Each is tried once. All calls for a request share its
        time budget, which starts with the first.
        """
        if self._closed:
            return False
        if not self._request.fhir_server:
            return self._gives_up(leave)
        referred = [job for job in _referred(references, type_) if job.name not in self._asked]
        jobs = [*self._missing(leave), *referred]
        if not jobs:
            return False
        self._asked |= {job.name for job in jobs}
        started = monotonic()
        self._deadline = self._deadline or started + self._fallback.budget
        with tracing.span("fetches", **{"cds.fetches": len(jobs)}):
            self._fetched |= self._results(jobs, self._deadline)
        for job in jobs:
            metrics.fetched(self._reasons.get(job.name, "brought"))
        log.event(
            "fetched",
            milliseconds=round((monotonic() - started) * 1000, 2),
            data={job.name: str(self._fetched[job.name].state) for job in jobs if job.name in self._fallback.templates},
            reasons={self._named(job): self._reasons[job.name] for job in jobs if job.name in self._reasons},
        )
        return True

    def _gives_up(self, leave: frozenset[str]) -> bool:
        """Count what was not sent as failed where the settings ask for a card; return whether anything did.

        Without a FHIR server nothing can be fetched: a client that shows an error as "all clear" would hear nothing.
        """
        if self._fallback.failure is not PrefetchState.FAILED:
            return False
        unsent = [job for job in self._missing(leave) if not job.sent and job.name not in self._fallback.only_beside]
        self._asked |= {job.name for job in unsent}
        self._fetched |= {job.name: self._unfetched(job, FetchError(Why.NO_SERVER), "not sent") for job in unsent}
        return bool(unsent)

    def _missing(self, leave: frozenset[str]) -> list[Job]:
        """Return the keys that were not sent and can be asked for, and those of which only the first pages were.

        Nobody waits for what is welcome only beside other keys.
        """
        missing = {
            key: sent
            for key in self._fallback.templates
            if key not in leave and key not in self._asked and _lacks(sent := self._request.prefetched(key))
        }
        only_beside = self._fallback.only_beside
        if all(key in only_beside and sent.state is PrefetchState.ABSENT for key, sent in missing.items()):
            return []
        values = token_values(self._request.context)
        jobs = []
        for key, sent in missing.items():
            template = self._fallback.templates[key]
            if sent.state is not PrefetchState.ABSENT:
                jobs.append(Job(name=key, query=None, scope=template, sent=sent))
            elif (query := filled(template, values)) is not None or key not in only_beside:
                jobs.append(Job(name=key, query=query, scope=template))
        return jobs

    def _results(self, jobs: Sequence[Job], deadline: float) -> dict[str, PrefetchResult]:
        """Run the jobs side by side, none of them longer than until the deadline."""
        try:
            reader = self._reader(deadline)
        except FetchError as error:
            return {job.name: self._unfetched(job, error) for job in jobs}
        if not self._fallback.waiting.acquire(blocking=False):
            busy = FetchError(Why.BUSY)
            return {job.name: self._unfetched(job, busy) for job in jobs}
        try:
            work = tracing.carried(self._traced)
            futures = {job.name: self._fallback.threads.submit(work, job, reader) for job in jobs}
            wait(futures.values(), timeout=max(0, deadline - monotonic()) + _GRACE)
        finally:
            self._fallback.waiting.release()
        late = FetchError(Why.LATE)
        return {job.name: _done(futures[job.name]) or self._unfetched(job, late) for job in jobs}

    def _reader(self, deadline: float) -> Reader:
        authorization = self._request.fhir_authorization
        if not authorization.usable:
            raise FetchError(Why.TOKEN_UNUSABLE)
        base = self._fallback.guard.server(self._request.fhir_server or "")
        token = authorization.access_token
        headers = {**_HEADERS, "Authorization": f"Bearer {token}"} if token else _HEADERS
        exchange = Exchange(deadline=deadline, room=self._room, headers=headers)
        return Reader(client=self._fallback.client, base=base, exchange=exchange)

    def _traced(self, job: Job, reader: Reader) -> PrefetchResult:
        with tracing.span("fetch", **{"cds.fetch": self._named(job)}) as span:
            result = self._result(job, reader)
            span.set_attribute("cds.outcome", self._reasons.get(job.name, "brought"))
        return result

    def _result(self, job: Job, reader: Reader) -> PrefetchResult:
        """Return what one job brought, or why it brought nothing."""
        cover = self._request.fhir_authorization.covers(job.scope)
        if cover is Cover.NONE and job.name in self._fallback.only_beside:
            return PrefetchResult(key=job.name, state=PrefetchState.ABSENT)  # nobody promised it, nothing rests on it
        if cover is Cover.NONE:
            return self._unfetched(job, FetchError(Why.NOT_COVERED, re.split(r"[/?]", job.scope, maxsplit=1)[0]))
        try:
            result = reader.pages(job)
        except FetchError as error:
            return self._unfetched(job, error)
        if job.sent is None and result.state is PrefetchState.FAILED:
            return self._unfetched(job, FetchError(Why.ERROR_STATUS, quote=result.problem))
        if cover is Cover.PART and "?" in job.scope:
            return _narrowed(result)
        return result

    def _named(self, job: Job) -> str:
        """Name what a job fetches without an id."""
        return job.name if job.name in self._fallback.templates else job.scope.rstrip("/")

    def _unfetched(self, job: Job, error: FetchError, what: str = "fetching them failed") -> PrefetchResult:
        """Return the result of a job that brought nothing: what was sent, if anything was, and why there is no more."""
        self._reasons[job.name] = error.why.name.lower()
        if job.sent:
            return joined(
                job.name, [job.sent], unsent=said("more pages were not sent, and fetching them failed", error)
            )
        problem = said(what, error)
        return PrefetchResult(
            key=job.name, state=self._fallback.failure, problem=problem, unfetched=error.words, refused=error.refused
        )


def _lacks(sent: PrefetchResult) -> bool:
    """Tell whether a key was not sent, or not all of its pages."""
    return sent.state is PrefetchState.ABSENT or (sent.page is not None and sent.page.next is not None)


_SENT = {
    PrefetchState.SATISFIED: DataSource.SENT,
    PrefetchState.EMPTY: DataSource.SENT,
    PrefetchState.INCOMPLETE: DataSource.SENT,
    PrefetchState.FAILED: DataSource.FAILED,
    PrefetchState.ABSENT: DataSource.ABSENT,
}


def _referred(references: Sequence[str], type_: str) -> list[Job]:
    """Return the reads of references; each names a type, so that none can be taken for a prefetch key."""
    distinct = [each for each in dict.fromkeys(references) if "/" in each][:_MOST_REFERENCES]
    return [Job(name=reference, query=None, scope=f"{type_}/") for reference in distinct]


def _done(future: Future[PrefetchResult]) -> PrefetchResult | None:
    """Return what a job brought; None if it did not end."""
    return None if future.cancel() or not future.done() else future.result()


def _narrowed(result: PrefetchResult) -> PrefetchResult:
    """Return a result as incomplete: the token lets a part of the resources be seen only."""
    problem = "; ".join(filter(None, (result.problem, "the access token covers only a part of them")))
    state = PrefetchState.FAILED if result.state is PrefetchState.FAILED else PrefetchState.INCOMPLETE
    return _replaced(result, state=state, problem=problem)


def _replaced(result: PrefetchResult, **changes: Any) -> PrefetchResult:  # noqa: ANN401 - members of a result
    return msgspec.structs.replace(result, **changes)
