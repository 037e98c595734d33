"""create_app(settings): the Flask app and its routes.

Hooks are answered before Flask where their path is spelled as usual: at a small request, routing and wrapping it in
Flask costs as much as reading it, deciding on it and answering it (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from cdshooks import discovery, hooks, log, metrics, registry
from cdshooks.cors import with_cors
from cdshooks.endpoint import HEALTH, JSON, Answer, Endpoint, refuse, send
from cdshooks.errors import (
    FeedbackNotOfferedError,
    InvalidRequestError,
    Issue,
    IssueType,
    MethodNotAllowedError,
    NotFoundError,
    UnknownServiceError,
)
from cdshooks.feedback_endpoint import FeedbackEndpoint
from cdshooks.limits import with_limits
from cdshooks.readiness import Finding, Readiness
from cdshooks.registry import Service
from cdshooks.request import OfferedHook
from cdshooks.settings import Settings, SettingsError
from cdshooks.telemetry import with_telemetry
from cdshooks.trial import Trial
from cdshooks.web.about import with_about
from cdshooks.web.demo.authorization import with_authorization
from cdshooks.web.demo.fhir_server import with_demo_fhir
from cdshooks.web.pages import with_pages
from cdshooks.web.report import with_report
from cdshooks.web.smart import registrations

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from cdshooks.store.records import Records

_HEALTHY = b'{"status":"ok"}'


def create_app(
    settings: Settings, services: Sequence[Service] | None = None, *, records: Records | None = None
) -> Flask:
    """Return the app that serves these services, by default those of services/; raise if one is declared wrongly.

    Without records nothing is remembered, and no feedback is taken. A sandbox says so in discovery; settings that
    production does not allow raise SettingsError.
    """
    if faults := settings.faults():
        raise SettingsError(faults)
    offered = registry.find(settings) if services is None else tuple(services)
    known = hooks.find()
    registry.check(offered, known)
    compiled = {name: OfferedHook.of(hook) for name, hook in known.items()}
    limit, ledger = settings.max_body_bytes, records.ledger if records else None
    candidates = {service.id: service.candidate for service in offered if service.candidate}
    trial = Trial(candidates, ledger) if candidates else None
    endpoints = {
        service.id: Endpoint(service, {name: compiled[name] for name in service.hooks}, limit, ledger, trial)
        for service in offered
    }
    for service in offered:
        metrics.serving(service.id, service.release)
    feedback = {id_: FeedbackEndpoint(id_, records.feedback, limit) for id_ in endpoints} if records else {}
    app = Flask("cdshooks", static_folder=None)
    notice = discovery.SANDBOX_NOTICE if settings.sandbox else ""
    _add_routes(app, endpoints, feedback, discovery.document(offered, known, notice=notice))
    readiness = Readiness()
    readiness.add("log", lambda: Finding(not log.Sink.broken), needed=False)
    if records:
        readiness.add("ledger", _ledger, needed=False)
    if settings.candidate:
        usable = Finding(not any(service.candidate_faults for service in offered))
        readiness.add("candidate", lambda: usable, needed=False)
    application = _hooks_first(app.wsgi_app, endpoints)
    if settings.require_jwt or settings.require_jwt_for_discovery:
        from cdshooks.gate import with_trust  # noqa: PLC0415 - what it needs weighs as much as all the rest

        application = with_trust(application, settings, readiness)
    told = {service.id: service.about for service in offered if service.about}
    application = with_pages(with_about(application, settings, told), settings, offered, endpoints)
    application = with_report(application, settings, told)
    application = with_limits(application, settings)
    if settings.sandbox or settings.demo_page:
        application = with_demo_fhir(application, settings.public_base_url, settings.demo_fhir_token)
        application = with_authorization(
            application, settings.public_base_url, registrations(settings), settings.demo_fhir_token
        )
    application = with_cors(_never_raising(application), settings.cors_origins)
    application = with_telemetry(application, settings, readiness)
    app.wsgi_app = application  # type: ignore[assignment,method-assign]
    return app


def _ledger() -> Finding:
    counts = metrics.ledger_counts()
    return Finding(not counts["down"], counts)


def _add_routes(
    app: Flask, endpoints: Mapping[str, Endpoint], feedback: Mapping[str, FeedbackEndpoint], document: bytes
) -> None:
    def health() -> Response:
        return Response(_HEALTHY, content_type=JSON)

    def discover() -> Response:
        return Response(document, content_type=JSON)

    def call(service_id: str) -> Response:
        return _response(_endpoint(endpoints, service_id).answer(request.environ))

    def take_feedback(service_id: str) -> Response:
        _endpoint(endpoints, service_id)
        if service_id not in feedback:
            raise FeedbackNotOfferedError(_no_feedback())
        return _response(feedback[service_id].answer(request.environ))

    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect would break a browser's preflight
    _route(app, "GET", HEALTH, health)
    _route(app, "GET", "/cds-services", discover)
    # A client that knows our base URL with a slash at its end writes two.
    for path in ("/cds-services/<service_id>", "/cds-services//<service_id>"):
        _route(app, "POST", path, call)
        _route(app, "POST", f"{path}/feedback", take_feedback)
    app.register_error_handler(Exception, _refuse)


def _route(app: Flask, method: str, path: str, view: Callable[..., Response]) -> None:
    app.add_url_rule(path, path, view, methods=[method], provide_automatic_options=False)


def _hooks_first(app: WSGIApplication, endpoints: Mapping[str, Endpoint]) -> WSGIApplication:
    """Return the app with hooks answered before it."""
    by_path = {f"/cds-services/{id_}": endpoint for id_, endpoint in endpoints.items()}

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        endpoint = by_path.get(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        if endpoint is None:
            return app(environ, start_response)
        return send(endpoint.answer(environ), start_response)

    return application


def _never_raising(app: WSGIApplication) -> WSGIApplication:
    """Return the app with every error answered: the server would log its text, which may quote a record."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Exception as error:  # noqa: BLE001 - the client gets an OperationOutcome, the log our own words
            return send(refuse(error), start_response)

    return application


def _endpoint(endpoints: Mapping[str, Endpoint], service_id: str) -> Endpoint:
    if service_id in endpoints:
        return endpoints[service_id]
    raise UnknownServiceError(
        Issue(
            what="There is no CDS service of this id",
            code=IssueType.NOT_FOUND,
            expected=" or ".join(endpoints),
            fix="Take the id from GET /cds-services",
        )
    )


def _response(answer: Answer) -> Response:
    return Response(answer.body, status=answer.status, headers=answer.headers, content_type=JSON)


def _refuse(error: Exception) -> Response:
    """Answer any error with its OperationOutcome, those of the HTTP layer in our own words."""
    match error:
        case MethodNotAllowed():
            answer = _response(refuse(MethodNotAllowedError(_wrong_method())))
            answer.headers["Allow"] = ", ".join(sorted({*(error.valid_methods or ()), "OPTIONS"}))
            return answer
        case HTTPException(code=HTTPStatus.NOT_FOUND):
            return _response(refuse(NotFoundError(_nothing_here())))
        case HTTPException():
            return _response(refuse(InvalidRequestError(Issue(what="The HTTP request cannot be read"))))
        case _:
            return _response(refuse(error))


def _no_feedback() -> Issue:
    return Issue(
        what="This service does not take feedback",
        code=IssueType.NOT_SUPPORTED,
        fix="Send no feedback to it; the standard leaves this endpoint optional",
    )


def _wrong_method() -> Issue:
    return Issue(
        what="This path does not take this HTTP method",
        code=IssueType.NOT_SUPPORTED,
        expected="GET for discovery, POST for a hook",
    )


def _nothing_here() -> Issue:
    return Issue(what="There is nothing at this path", code=IssueType.NOT_FOUND, fix="Start at GET /cds-services")
