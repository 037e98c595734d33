"""What is counted for Prometheus: every label has few values, all of them ours, none of a patient or a user.

Several workers count together through files in the folder that ``PROMETHEUS_MULTIPROC_DIR`` names; ``ros1-cds serve``
sets it. The library reads it when it is imported, so that it must be set before.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from time import monotonic
from typing import ParamSpec

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from cdshooks import log

__all__ = [
    "NONE",
    "PLAIN",
    "answered",
    "card",
    "compared",
    "exposed",
    "fetched",
    "forget_the_dead",
    "history_failed",
    "ledger",
    "ledger_counts",
    "serving",
    "withheld",
]

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"
NONE = "none"
"""The label of what has no hook or no known client."""

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 2.5)
"""Close to each other around the 500 ms in which CDS Hooks wants an answer."""

_TELL_SECONDS = 60.0

if os.environ.get(_FOLDER):
    Path(os.environ[_FOLDER]).mkdir(mode=0o700, exist_ok=True)  # a worker that is started anew may find it tidied away

_registry = CollectorRegistry()
_requests = Counter("ros1_cds_requests", "HTTP requests answered.", ("hook", "status", "client"), registry=_registry)
_seconds = Histogram(
    "ros1_cds_request_seconds", "Time from the request to its answer.", ("hook",), buckets=_BUCKETS, registry=_registry
)
_cards = Counter("ros1_cds_cards", "Cards given, by the rule that speaks.", ("rule", "indicator"), registry=_registry)
_withheld = Counter(
    "ros1_cds_withheld", "Rules that applied and were not shown, by why.", ("rule", "why"), registry=_registry
)
_history_failures = Counter(
    "ros1_cds_history_failures", "Times that earlier cards could not be looked up in time.", registry=_registry
)
_comparisons = Counter(
    "ros1_cds_candidate_comparisons", "Answers compared with those of a candidate.", ("outcome",), registry=_registry
)
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

_ledger_answers = Counter(
    "ros1_cds_ledger_answers", "Answers that were written to the ledger, or lost.", ("outcome",), registry=_registry
)
_ledger_waiting = Gauge(
    "ros1_cds_ledger_waiting", "Answers that wait to be written.", multiprocess_mode="livesum", registry=_registry
)
_ledger_down = Gauge(
    "ros1_cds_ledger_down",
    "Workers that could not write to the ledger when they last tried.",
    multiprocess_mode="livesum",
    registry=_registry,
)
_written, _lost = _ledger_answers.labels("written"), _ledger_answers.labels("lost")

# Looking a label up costs as much as counting; each is looked up once.
_requests_of = cache(_requests.labels)
_seconds_of = cache(_seconds.labels)
_cards_of = cache(_cards.labels)
_withheld_of = cache(_withheld.labels)
_fetches_of = cache(_fetches.labels)


_Arguments = ParamSpec("_Arguments")


class _Trouble:
    tell_at = 0.0


def _spared(count: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Return what counts, without its errors: no answer may fail because it cannot be counted."""

    @wraps(count)
    def counted(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> None:
        try:
            count(*arguments, **options)
        except Exception as error:  # noqa: BLE001 - the folder is gone, the disk is full: it is told, and that is all
            if monotonic() >= _Trouble.tell_at:
                _Trouble.tell_at = monotonic() + _TELL_SECONDS
                log.event("metrics-failed", level=log.Level.ERROR, exception=type(error).__name__)

    return counted


@_spared
def answered(hook: str, status: str, client: str, seconds: float) -> None:
    """Count one request."""
    _requests_of(hook, status, client).inc()
    _seconds_of(hook).observe(seconds)


@_spared
def card(rule: str, indicator: str) -> None:
    """Count one card."""
    _cards_of(rule, indicator).inc()


@_spared
def withheld(rule: str, why: str) -> None:
    """Count one rule that applied and was not shown."""
    _withheld_of(rule, why).inc()


@_spared
def history_failed() -> None:
    """Count one look at earlier cards that brought nothing in time."""
    _history_failures.inc()


@_spared
def compared(outcome: str) -> None:
    """Count one answer that was compared with a candidate's, ``dropped`` if there was no time for it."""
    _comparisons.labels(outcome).inc()


@_spared
def fetched(outcome: str) -> None:
    """Count one fetch: ``brought``, or the name of what went wrong."""
    _fetches_of(outcome).inc()


def serving(service: str, release: str) -> None:
    """State the release that a service answers with."""
    _release.labels(service, release).set(1)


@_spared
def ledger(*, written: int, lost: int, waiting: int, down: bool) -> None:
    """Count what was written and lost since the last call, and state how the ledger of this worker stands."""
    _written.inc(written)
    _lost.inc(lost)
    _ledger_waiting.set(waiting)
    _ledger_down.set(down)


def ledger_counts() -> dict[str, int]:
    """Return how the ledgers of all workers stand: answers ``waiting`` and ``lost``, and how many are ``down``."""
    found = {"waiting": 0.0, "lost": 0.0, "down": 0.0}
    for metric in _merged().collect():
        for sample in metric.samples:
            match sample.name, sample.labels.get("outcome"):
                case "ros1_cds_ledger_waiting", _:
                    found["waiting"] += sample.value
                case "ros1_cds_ledger_down", _:
                    found["down"] += sample.value
                case "ros1_cds_ledger_answers_total", "lost":
                    found["lost"] += sample.value
    return {name: int(value) for name, value in found.items()}


def exposed() -> bytes:
    """Return all that was counted, by every worker, in the text format of Prometheus."""
    return generate_latest(_merged())


def forget_the_dead() -> None:
    """Drop what workers that died said of how they stand; what they counted stays counted."""
    folder = os.environ.get(_FOLDER)
    for file in Path(folder).glob("gauge_live*_*.db") if folder else ():
        process = int(file.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            mark_process_dead(process)  # type: ignore[no-untyped-call]


def _merged() -> CollectorRegistry:
    if not os.environ.get(_FOLDER):
        return _registry
    merged = CollectorRegistry()
    MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
    return merged
