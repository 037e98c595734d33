"""What a worker keeps beside its answers: the ledger and the feedback."""

from __future__ import annotations

from dataclasses import dataclass

from cdshooks.settings import Settings
from cdshooks.store.feedback import FeedbackLog
from cdshooks.store.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Opened once in each worker; the store itself is opened when it is first needed."""

    ledger: Ledger
    feedback: FeedbackLog

    @classmethod
    def of(cls, settings: Settings) -> Records:
        """Return those that the settings describe."""
        return cls(ledger=Ledger.of(settings), feedback=FeedbackLog.of(settings))

    def close(self) -> None:
        """Write what waits, and let go of the store."""
        self.ledger.close()
        self.feedback.close()
