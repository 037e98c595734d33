"""Which cards were shown or overridden before: asked only where a client wants it, and never waited for for long.

Whatever goes wrong, nothing is found: the card is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic, time
from typing import Any

from sqlalchemy import Engine, select

from cdshooks import log, metrics
from cdshooks.account import Caller, Why
from cdshooks.feedback import Outcome
from cdshooks.setting_values import variable
from cdshooks.settings import Settings
from cdshooks.store.engine import open_store
from cdshooks.store.models import Feedback, IssuedAnswer, IssuedCard
from cdshooks.store.rows import Hasher

_WAIT_SECONDS = 0.1
"""Beside the 400 ms that fetching may take: CDS Hooks wants an answer within 500."""

_SEEN_MILLISECONDS = 500
"""An answer that took longer may have come when the client no longer waited: its cards do not count as shown."""

_REST_SECONDS = 10.0
"""So long nobody asks again after the store did not answer in time."""

_SESSION_SECONDS = 86_400
"""Between order-select and order-sign of one ordering session no more time passes."""

_DAY = 86_400
_MOST_ROWS = 1000
_THREADS = 2


class History:
    """Knows what was shown; the store is opened when it is first asked."""

    def __init__(
        self, url: str, secret: str, *, wait_seconds: float | None = None, seen_milliseconds: float | None = None
    ) -> None:
        self._url = url
        self._hash = Hasher(secret)
        self._wait = wait_seconds or _WAIT_SECONDS
        self._seen = seen_milliseconds or _SEEN_MILLISECONDS
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="history")
        self._engine: Engine | None = None
        self._opening = Lock()
        self._rest_until = 0.0

    @classmethod
    def of(cls, settings: Settings) -> History | None:
        """Return the one that the settings describe; without a secret nothing is kept of patients: there is none."""
        return cls(settings.store, settings.ledger_secret) if settings.ledger_secret else None

    def fingerprint(self, caller: Caller | None, material: bytes) -> str:
        """Return the keyed hash that stands for a card: equal only for the same client and the same material."""
        return self._hash("card", caller, material.decode("utf-8", "replace")) or ""

    def known(
        self, fingerprints: Sequence[str], caller: Caller | None, *, repeated: bool, overridden_days: int
    ) -> Mapping[str, Why]:
        """Return those that were shown at order-select of this session, or overridden in so many days, with which."""
        if not fingerprints or monotonic() < self._rest_until:
            return {}
        try:
            asked = self._threads.submit(self._found, tuple(fingerprints), caller, overridden_days, repeated=repeated)
            return self._answered(asked)
        except Exception as error:  # noqa: BLE001 - whatever happens, the card is shown
            return self._failed(error)

    def close(self) -> None:
        """Let go of the store."""
        self._threads.shutdown()
        if self._engine:
            self._engine.dispose()

    def _answered(self, asked: Future[dict[str, Why]]) -> Mapping[str, Why]:
        try:
            return asked.result(timeout=self._wait)
        finally:
            asked.cancel()

    def _failed(self, error: Exception) -> Mapping[str, Why]:
        """Tell that nothing is known, and let the store rest."""
        self._rest_until = monotonic() + _REST_SECONDS
        metrics.history_failed()
        log.event("history-down", level=log.Level.ERROR, setting=variable("store"), exception=type(error).__name__)
        return {}

    def _found(
        self, fingerprints: tuple[str, ...], caller: Caller | None, overridden_days: int, *, repeated: bool
    ) -> dict[str, Why]:
        now = time()
        found: dict[str, Why] = {}
        if overridden_days:
            found |= self._overridden(fingerprints, caller, now - overridden_days * _DAY)
        if repeated:
            found |= self._shown(fingerprints, now - _SESSION_SECONDS)
        return found

    def _shown(self, fingerprints: tuple[str, ...], since: float) -> dict[str, Why]:
        shown = (
            select(IssuedCard.fingerprint)
            .join(IssuedAnswer, IssuedAnswer.id == IssuedCard.answer)
            .where(IssuedCard.fingerprint.in_(fingerprints))
            .where(IssuedAnswer.hook == "order-select", IssuedAnswer.answered_at >= int(since))
            .where(IssuedAnswer.milliseconds <= self._seen)
            .limit(_MOST_ROWS)
        )
        return {row.fingerprint: Why.REPEATED for row in self._rows(shown)}

    def _overridden(self, fingerprints: tuple[str, ...], caller: Caller | None, since: float) -> dict[str, Why]:
        """Return those of which the last word, by the client that got the card, is that it was overridden."""
        words = (
            select(IssuedCard.fingerprint, Feedback.outcome, Feedback.received_at, Feedback.client, Feedback.tenant)
            .join(Feedback, Feedback.card == IssuedCard.uuid)
            .where(IssuedCard.fingerprint.in_(fingerprints))
            .order_by(Feedback.outcome_at.desc(), Feedback.id.desc())
            .limit(_MOST_ROWS)
        )
        client = (caller.iss, caller.tenant) if caller else (None, None)
        last: dict[str, Any] = {}
        for row in self._rows(words):
            if (row.client, row.tenant) == client:
                last.setdefault(row.fingerprint, row)
        return {
            fingerprint: Why.OVERRIDDEN
            for fingerprint, row in last.items()
            if row.outcome == Outcome.OVERRIDDEN and row.received_at >= since
        }

    def _rows(self, query: Any) -> Sequence[Any]:  # noqa: ANN401 - of SQLAlchemy
        with self._opened().connect() as connection:
            return connection.execute(query).all()

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = open_store(self._url, connections=_THREADS, writes=False)
            return self._engine
