"""How many requests are worked on and may wait; others are told at once to come again. Health is always answered."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Semaphore
from typing import TYPE_CHECKING

from cdshooks.endpoint import HEALTH, OURSELVES, refuse, send
from cdshooks.errors import OverloadedError
from cdshooks.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SPARE_THREADS = 4
"""Threads beside those that work and wait: they refuse, and answer to health checks."""


def threads(settings: Settings) -> int:
    """Return how many threads a worker needs."""
    return settings.threads + settings.queue + SPARE_THREADS


def with_limits(app: WSGIApplication, settings: Settings) -> WSGIApplication:
    """Return the app that works on no more requests at a time than the settings say."""
    working = Semaphore(settings.threads)
    waiting = Semaphore(settings.queue)
    patience = settings.queue_milliseconds / 1000

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == HEALTH or OURSELVES.keys() <= environ.keys():
            return app(environ, start_response)
        if not (working.acquire(blocking=False) or _waited(working, waiting, patience)):
            return send(refuse(OverloadedError()), start_response)
        try:
            return app(environ, start_response)
        finally:
            working.release()

    return application


def _waited(working: Semaphore, waiting: Semaphore, patience: float) -> bool:
    """Wait for a place; return False if none becomes free in time, or too many wait already."""
    if not waiting.acquire(blocking=False):
        return False
    try:
        return working.acquire(timeout=patience)
    finally:
        waiting.release()
