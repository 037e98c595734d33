"""A candidate release beside the current one: after the answer, in a thread of its own, it decides on the same request.

Whatever the candidate does, the answer has been given: it can neither change nor fail nor wait for it. Requests wait in
a short queue, as they hold patient data; what does not fit is counted and not compared.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, Full, Queue
from typing import NamedTuple

from cdshooks import log, metrics
from cdshooks.account import Account, Compared, Comparison, Remembers, Said

_WAITING = 4
"""Each holds its request, which may be as large as the server takes: few, and what does not fit is counted."""

Job = Callable[[], tuple[Said, Said]]
"""Decides with the candidate; returns what the current release said, and what the candidate says."""


class _Noted(threading.local):
    job: Job | None = None


_noted = _Noted()


def note(job: Job) -> None:
    """Keep what is to be compared once this thread's request is answered."""
    _noted.job = job


def noted() -> Job | None:
    """Take what was noted since the last call."""
    job, _noted.job = _noted.job, None
    return job


class _Waiting(NamedTuple):
    account: Account
    job: Job


class Trial:
    """Compares, one request at a time; one for each process. It ends with the process: what waits is not compared."""

    def __init__(self, candidates: dict[str, str], ledger: Remembers | None) -> None:
        """Start the thread; ``candidates`` are the candidate releases of the services, by their ids."""
        self._candidates = candidates
        self._ledger = ledger
        self._queue: Queue[_Waiting] = Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="trial", daemon=True)
        self._thread.start()

    def offer(self, account: Account, job: Job) -> None:
        """Take a request that was answered; it never waits and never raises."""
        try:
            self._queue.put_nowait(_Waiting(account, job))
        except Full:
            metrics.compared("dropped")

    def settle(self) -> None:
        """Wait until everything that was taken is compared."""
        self._queue.join()

    def _run(self) -> None:
        while True:
            try:
                waiting = self._queue.get(timeout=1.0)
            except Empty:
                if not threading.main_thread().is_alive():
                    return
                continue
            try:
                self._compare(*waiting)
            except Exception as error:  # noqa: BLE001 - the thread must not end, whatever happens
                log.event("candidate-failed", level=log.Level.ERROR, exception=type(error).__name__)
            finally:
                del waiting  # nothing of a patient stays while nothing is to do
                self._queue.task_done()

    def _compare(self, account: Account, job: Job) -> None:
        current, other = Said(), None
        try:
            current, other = job()
        except Exception as error:  # noqa: BLE001 - a candidate may do anything; that is what it is tried for
            log.event("candidate-failed", level=log.Level.ERROR, exception=type(error).__name__)
        outcome = Compared.FAILED if other is None else Compared.SAME if other == current else Compared.DIFFERS
        metrics.compared(outcome)
        if self._ledger:
            self._ledger.remember(
                Comparison(
                    at=account.at,
                    service=account.service,
                    hook=account.hook,
                    request_id=account.request_id,
                    caller=account.caller,
                    release=account.decided.release if account.decided else "",
                    candidate=self._candidates.get(account.service, ""),
                    outcome=outcome,
                    current=current,
                    other=other or Said(),
                )
            )
