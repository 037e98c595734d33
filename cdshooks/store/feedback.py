"""What became of our cards: every word of it is kept, the last one counts; kept means on disk, across a power cut."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from time import time
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.exc import SQLAlchemyError

from cdshooks.account import Caller
from cdshooks.errors import StoreUnavailableError
from cdshooks.feedback import CardFeedback
from cdshooks.settings import Settings
from cdshooks.store.engine import StoreError, open_store
from cdshooks.store.models import Feedback
from cdshooks.store.rows import caller_columns

_CONNECTIONS = 4
_PATIENCE_SECONDS = 2
_LONGEST_COMMENT = 10_000


class FeedbackLog:
    """Keeps feedback; the store is opened with the first."""

    def __init__(self, url: str, *, comments: bool = False) -> None:
        self._url = url
        self._comments = comments
        self._engine: Engine | None = None
        self._opening = Lock()

    @classmethod
    def of(cls, settings: Settings) -> FeedbackLog:
        """Return the one that the settings describe."""
        return cls(settings.store, comments=settings.feedback_comments)

    def keep(self, service: str, caller: Caller | None, told: Sequence[CardFeedback]) -> None:
        """Return once all of it is on disk; raise StoreUnavailableError if it is not, with none of it kept."""
        now = int(time())
        rows = [self._row(service, caller, each, now) for each in told]
        try:
            with self._opened().begin() as connection:
                connection.execute(insert(Feedback), rows)
        except (SQLAlchemyError, StoreError) as error:
            if self._engine:
                self._engine.dispose()  # the next one connects anew
            raise StoreUnavailableError from error

    def close(self) -> None:
        """Let go of the store."""
        if self._engine:
            self._engine.dispose()

    def _opened(self) -> Engine:
        if self._engine:
            return self._engine
        if not self._opening.acquire(timeout=_PATIENCE_SECONDS):
            raise StoreUnavailableError
        try:
            self._engine = self._engine or open_store(self._url, connections=_CONNECTIONS, durable=True)
        finally:
            self._opening.release()
        return self._engine

    def _row(self, service: str, caller: Caller | None, told: CardFeedback, now: int) -> dict[str, Any]:
        comment = told.comment.replace("\0", "")[:_LONGEST_COMMENT] if self._comments and told.comment else None
        return {
            "received_at": now,
            "service": service,
            **caller_columns(caller),
            "card": told.card,
            "outcome": str(told.outcome),
            "outcome_at": told.at,
            "accepted_suggestions": list(told.accepted_suggestions),
            "reason_code": told.reason_code,
            "reason_system": told.reason_system,
            "comment": comment,
        }
