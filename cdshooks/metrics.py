"""What is counted for Prometheus: every label has few values, all of them ours, none of a patient or a user.

Several workers count together through files in the folder that ``PROMETHEUS_MULTIPROC_DIR`` names; ``ros1-cds serve``
sets it. The library reads it when it is imported, so that it must be set before.
"""

from __future__ import annotations

import os
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = ["NONE", "PLAIN", "answered", "card", "exposed", "fetched", "serving"]

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"
NONE = "none"
"""The label of what has no hook or no known client."""

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 2.5)
"""Close to each other around the 500 ms in which CDS Hooks wants an answer."""

_registry = CollectorRegistry()
_requests = Counter("ros1_cds_requests", "HTTP requests answered.", ("hook", "status", "client"), registry=_registry)
_seconds = Histogram(
    "ros1_cds_request_seconds", "Time from the request to its answer.", ("hook",), buckets=_BUCKETS, registry=_registry
)
_cards = Counter("ros1_cds_cards", "Cards given, by the rule that speaks.", ("rule", "indicator"), registry=_registry)
_fetches = Counter(
    "ros1_cds_fetches", "Prefetch keys and resources fetched from FHIR servers.", ("outcome",), registry=_registry
)
_release = Gauge(
    "ros1_cds_release_info",
    "The release that a service answers with, in its label.",
    ("service", "release"),
    multiprocess_mode="max",
    registry=_registry,
)

# Looking a label up costs as much as counting; each is looked up once.
_requests_of = cache(_requests.labels)
_seconds_of = cache(_seconds.labels)
_cards_of = cache(_cards.labels)
_fetches_of = cache(_fetches.labels)


def answered(hook: str, status: str, client: str, seconds: float) -> None:
    """Count one request."""
    _requests_of(hook, status, client).inc()
    _seconds_of(hook).observe(seconds)


def card(rule: str, indicator: str) -> None:
    """Count one card."""
    _cards_of(rule, indicator).inc()


def fetched(outcome: str) -> None:
    """Count one fetch: ``brought``, or the name of what went wrong."""
    _fetches_of(outcome).inc()


def serving(service: str, release: str) -> None:
    """State the release that a service answers with."""
    _release.labels(service, release).set(1)


def exposed() -> bytes:
    """Return all that was counted, by every worker, in the text format of Prometheus."""
    if not os.environ.get(_FOLDER):
        return generate_latest(_registry)
    merged = CollectorRegistry()
    MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
    return generate_latest(merged)
