"""Serving with granian until a signal ends it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from cdshooks.counters_folder import counters_folder
from cdshooks.settings import Settings

_CONNECTIONS = 1024
"""A worker holds up to this many connections. Idle ones that are kept alive count, so it must be far above the threads:
an EHR's connection pool would otherwise lock everybody else out."""

_COUNTERS = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which workers count together; it must be set before any of them imports cdshooks.metrics."""

_STOP_SECONDS = 10
"""So long a worker has to end: one that is still starting would not hear that it shall."""


def serve(settings: Settings, address_of: Callable[[Settings], str]) -> None:
    """Start the workers and wait for the end.

    ``address_of`` returns the address to listen on, or raises if no worker could start: it could only end, and be
    started again. What it loads is loaded once, as workers are forks.
    """
    with counters_folder() as folder:
        os.environ[_COUNTERS] = folder
        address = address_of(settings)
        gc.collect()
        gc.freeze()  # else each worker's own collection would copy all of it
        if settings.sandbox:
            sys.stderr.write("SANDBOX: whoever reaches this address may call; for invented patients only\n")
        sys.stderr.write(f"CDS services are listed at {settings.public_base_url}/cds-services\n")
        _serve(settings, address)


def _serve(settings: Settings, address: str) -> None:
    from cdshooks.limits import threads  # noqa: PLC0415 - imports cdshooks.metrics, see _COUNTERS

    Granian(
        "cdshooks.wsgi:application",
        address=address,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=threads(settings),
        backpressure=_CONNECTIONS,
        websockets=False,
        log_level=LogLevels.error,  # it warns of more threads than cores, which are meant: they wait, not compute
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
    ).serve()
