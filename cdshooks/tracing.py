"""Traces by OpenTelemetry, for a collector that a setting names: how long hooks, fetches and decisions take.

Attributes are words and numbers of ours: no id, no token, no URL, no rule (its id would say what a patient has), no
text of an exception. Without the setting nothing is imported, and a span costs next to nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

_TRACES = "/v1/traces"
_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
_SECONDS = 2.0
"""So long an export may take, the last one at the end of the process, too."""

_TELL_SECONDS = 60.0
_PARENT = "HTTP_TRACEPARENT"

_Result = TypeVar("_Result")


class Span(Protocol):
    """What is told of one step."""

    def set_attribute(self, key: str, value: str | int, /) -> None:
        """Add a word or a number."""


class _NoSpan:
    def set_attribute(self, key: str, value: str | int, /) -> None:
        """Tell nobody."""


class _State:
    tracer: Tracer | None = None
    provider: TracerProvider | None = None


_OFF = nullcontext(_NoSpan())


def installed() -> bool:
    """Tell whether the packages of the extra ``otel`` are there."""
    try:
        return all(find_spec(name) for name in _NEEDED)
    except (ImportError, ValueError):
        return False


def start(endpoint: str, *, version: str, lost: Callable[[], None]) -> None:
    """Send spans to a collector (OTLP over HTTP), in batches and behind the answers; ``lost`` hears when they are."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    logger = logging.getLogger("opentelemetry")
    logger.addHandler(_Lost(lost))
    logger.propagate = False  # its texts are not ours
    provider = TracerProvider(resource=Resource.create({"service.name": "ros1-cds", "service.version": version}))
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + _TRACES, timeout=_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _State.provider, _State.tracer = provider, provider.get_tracer("ros1-cds", version)


def stop() -> None:
    """Send what waits, and trace nothing more."""
    provider, _State.provider, _State.tracer = _State.provider, None, None
    if provider:
        provider.shutdown()


def span(name: str, **attributes: str | int) -> AbstractContextManager[Span]:
    """Return a context in which a step is timed, within the step that is under way."""
    if _State.tracer is None:
        return _OFF
    return _State.tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    )


def request_span(name: str, environ: Mapping[str, object]) -> AbstractContextManager[Span]:
    """Return the context of a request: part of the caller's trace, if its ``traceparent`` names one."""
    if _State.tracer is None:
        return _OFF
    from opentelemetry.trace import SpanKind  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    caller = TraceContextTextMapPropagator().extract({"traceparent": str(environ.get(_PARENT, ""))})
    return _State.tracer.start_as_current_span(
        name, context=caller, kind=SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    )


def carried(work: Callable[..., _Result]) -> Callable[..., _Result]:
    """Return work for another thread: its spans are within the step that is under way here."""
    if _State.tracer is None:
        return work
    from opentelemetry import context  # noqa: PLC0415

    here = context.get_current()

    def within(*args: object) -> _Result:
        token = context.attach(here)
        try:
            return work(*args)
        finally:
            context.detach(token)

    return within


class _Lost(logging.Handler):
    """Hears what the exporter complains of, and tells that spans are lost, at most once a minute."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = lost
        self._next = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Tell; the text is not looked at."""
        if record.levelno >= self.level and monotonic() >= self._next:
            self._next = monotonic() + _TELL_SECONDS
            self._tell()
