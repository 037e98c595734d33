"""The endpoint of one CDS service, from the bytes of a request to those of its answer; every error is answered here.

Answers are ``application/json``, errors too: the standard has all data exchanged as JSON and names this media type; an
OperationOutcome inside a CDS Hooks exchange is a body like any other, not the answer of a FHIR server.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from time import perf_counter, time
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import msgspec

from cdshooks import account, log, metrics, tracing, trial
from cdshooks.errors import (
    BodyTooLargeError,
    HookError,
    InternalError,
    InvalidRequestError,
    InvalidResponseError,
    Issue,
    IssueType,
    NotFoundError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
)
from cdshooks.registry import Service
from cdshooks.request import HookRequest, OfferedHook, read
from cdshooks.response import bare, render
from cdshooks.trial import Trial

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIEnvironment

JSON = "application/json"
HEALTH = "/healthz"

HOOK = "cdshooks.hook"
"""Where a request's environment holds its hook, once that is known: for those who count."""

REQUEST_ID = "cdshooks.request_id"
"""Where it holds the id that the request has in log and ledger."""

_SERVER_ERROR = 500
_LITTLE = 1_048_576  # bytes by which a body may be too large and is still read to its end before it is refused
_PART = 65_536  # of which so many are read at a time

OURSELVES = {"cdshooks.warm_up": True}
"""What the warm-up adds to a request's environment; no HTTP header can, as those get names that start with HTTP_."""

CALLER = "cdshooks.caller"
"""Where the gate writes into a request's environment who calls, an ``account.Caller``."""


class Answer(NamedTuple):
    """An HTTP status, a JSON body, and headers beside those that every answer has."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    slug: str = ""  # of an error


class Endpoint:
    """Answers the hooks of one service."""

    def __init__(
        self,
        service: Service,
        offered: Mapping[str, OfferedHook],
        max_body_bytes: int,
        ledger: account.Remembers | None = None,
        trial: Trial | None = None,
    ) -> None:
        self._service = service
        self._offered = offered
        self._limit = max_body_bytes
        self._ledger = ledger
        self._trial = trial

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Answer one hook: with the cards of the service, or with what is wrong."""
        with tracing.request_span("hook", environ) as span:
            answer = self._answer(environ)
            span.set_attribute("cds.service", self._service.id)
            span.set_attribute("cds.hook", environ.get(HOOK, metrics.NONE))
            span.set_attribute("http.response.status_code", answer.status)
            if answer.slug:
                span.set_attribute("error.type", answer.slug)
        return answer

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        started = perf_counter()
        request: HookRequest | None = None
        account.noted()  # nothing of an earlier request
        trial.noted()
        try:
            require_json(environ)
            request = read(read_body(environ, self._limit), self._offered, environ.get(CALLER))
            environ[HOOK] = request.hook
            cards, body = _rendered(self._service.respond(request))
            answer = Answer(200, body)
        except Exception as error:  # noqa: BLE001 - whatever happens, the client gets an OperationOutcome
            cards, answer = (), refuse(error)
        if request:
            self._told(environ, request, answer, cards, round((perf_counter() - started) * 1000, 2))
        return answer

    def explain(self, environ: WSGIEnvironment) -> Answer:
        """Say why a request would get which cards."""
        return self._shown(self._service.explain, environ)

    def evidence(self, environ: WSGIEnvironment) -> Answer:
        """Say what a record holds, and which options follow."""
        return self._shown(self._service.evidence, environ)

    def _shown(self, tell: Callable[[bytes], bytes] | None, environ: WSGIEnvironment) -> Answer:
        """Answer a page; nothing of what it sends is kept or logged."""
        if tell is None:
            return refuse(NotFoundError(Issue(what="This service tells nothing", code=IssueType.NOT_SUPPORTED)))
        try:
            require_json(environ)
            return Answer(200, tell(read_body(environ, self._limit)))
        except Exception as error:  # noqa: BLE001 - as in answer
            return refuse(error)

    def _told(
        self,
        environ: WSGIEnvironment,
        request: HookRequest,
        answer: Answer,
        cards: Sequence[object],
        milliseconds: float,
    ) -> None:
        """Tell log, metrics and ledger of an answer; the warm-up's is none, and an error is in the log already."""
        if OURSELVES.keys() <= environ.keys():
            return
        context = request.context
        told = account.Account(
            at=time(),
            service=self._service.id,
            hook=request.hook,
            hook_instance=request.hook_instance,
            request_id=environ.get(REQUEST_ID, ""),
            status=answer.status,
            error=answer.slug or None,
            milliseconds=milliseconds,
            patient_id=context.patient_id,
            user_id=context.user_id,
            encounter_id=context.encounter_id,
            caller=environ.get(CALLER),
            decided=account.noted(),
            issued=account.issued(cards),
        )
        if not told.error:
            log.event(
                "answered",
                service=told.service,
                hook=told.hook,
                status=told.status,
                milliseconds=milliseconds,
                cards=len(cards),
            )
        for speaker, card in told.cards():
            metrics.card(speaker.rule if speaker else metrics.NONE, card.indicator)
        for withheld in told.decided.withheld if told.decided else ():
            metrics.withheld(withheld.rule, withheld.why)
        if self._ledger:
            self._ledger.remember(told)
        if self._trial and (job := trial.noted()):
            self._trial.offer(told, job)


def _rendered(cards: Sequence[object]) -> tuple[Sequence[object], bytes]:
    """Return the cards with the body that holds them; without their suggestions if these break the standard."""
    try:
        return cards, render(cards)
    except InvalidResponseError as error:
        left = bare(cards)
        body = render(left)
        log.event("suggestions-left-out", level=log.Level.ERROR, error=error.slug, cards=len(cards))
        return left, body


def read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """Return the body, read at once; raise if it is too large, before reading it where its length is told."""
    stream = environ["wsgi.input"]
    told = environ.get("CONTENT_LENGTH")
    if not told:  # sent in chunks
        content: bytes = stream.read(limit + 1)
        if len(content) > limit:
            _refuse_body("a longer one, sent in chunks", limit)
        return content
    length = int(told)  # the server lets nothing but digits pass
    if length > limit:
        if length <= limit + _LITTLE:
            _discard(stream, length)
        _refuse_body(f"{length} bytes", limit)
    body: bytes = stream.read(length)
    return body


def _discard(stream: InputStream, length: int) -> None:
    """Read what is refused, in small parts: a client that is still sending sees no answer, but a broken connection."""
    while length > 0 and (part := stream.read(min(length, _PART))):
        length -= len(part)


def _refuse_body(got: str, limit: int) -> NoReturn:
    raise BodyTooLargeError(
        Issue(
            what="The body is larger than this server takes",
            code=IssueType.TOO_LONG,
            got=got,
            expected=f"at most {limit} bytes",
            fix="Prefetch less, or raise the limit of the server",
        )
    )


def send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    """Send an answer as a WSGI application does."""
    told = [("Content-Type", JSON), ("Content-Length", str(len(answer.body))), *answer.headers]
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", told)
    return [answer.body]


def refuse(error: Exception) -> Answer:
    """Answer an error with its status and OperationOutcome; the log gets its slug, never its text."""
    known = _as_hook_error(error)
    if isinstance(known, UnauthorizedError):
        log.event("refused", status=known.status, error=known.slug, reason=known.reason, client=known.client)
    elif known.status < _SERVER_ERROR:
        log.event("refused", status=known.status, error=known.slug)
    else:
        log.event(
            "failed",
            level=log.Level.ERROR,
            status=known.status,
            error=known.slug,
            exception=type(error).__name__,
            places=_places(error),
        )
    return Answer(known.status, msgspec.json.encode(known.outcome()), known.headers, known.slug)


def _as_hook_error(error: Exception) -> HookError:
    if isinstance(error, HookError):
        return error
    if isinstance(error, RecursionError):
        return InvalidRequestError(Issue(what="A resource is nested too deeply to be read", code=IssueType.STRUCTURE))
    return InternalError(
        Issue(
            what="The service failed on this request",
            code=IssueType.EXCEPTION,
            fix="Do not take the missing cards for advice; report the time of the request",
        )
    )


def _places(error: Exception) -> tuple[str, ...]:
    """Return where the error arose, innermost last: file and line, without the text, which may quote a record."""
    return tuple(f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__))


def require_json(environ: WSGIEnvironment) -> None:
    """Raise unless the body may be JSON: any JSON media type with any parameters, or none told."""
    media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    json = media_type in ("", JSON) or (media_type.startswith("application/") and media_type.endswith("+json"))
    if json and environ.get("HTTP_CONTENT_ENCODING", "identity") == "identity":
        return
    raise UnsupportedMediaTypeError(
        Issue(
            what="The body is said to be something else than plain JSON",
            code=IssueType.NOT_SUPPORTED,
            got="a Content-Encoding" if json else "another Content-Type",
            expected="Content-Type: application/json, and no Content-Encoding",
            fix="Send the request as uncompressed JSON",
        )
    )
