"""Which tokens were used: each counts once, in whichever process, before or after a restart."""

from __future__ import annotations

from hashlib import sha256
from threading import Lock

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from cdshooks.store.engine import StoreError
from cdshooks.store.models import SeenToken

_PURGE_SECONDS = 60


class SeenTokens:
    """Remembers tokens until they expire."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._purge_at = 0.0
        self._purging = Lock()

    def first(self, iss: str, jti: str, *, expires: float, now: float) -> bool:
        """Keep the token and return whether it was new; raise StoreError if that cannot be told."""
        digest = sha256(f"{len(iss)}:{iss}{jti}".encode()).digest()
        try:
            self._purge(now)
            with self._engine.begin() as connection:
                connection.execute(insert(SeenToken).values(digest=digest, expires=int(expires) + 1))
        except IntegrityError:
            return False
        except SQLAlchemyError as error:
            message = f"a token cannot be kept ({type(error).__name__})"
            raise StoreError(message) from None
        return True

    def reachable(self) -> bool:
        """Tell whether a token could be kept now; without that none is believed.

        A database that was lost and made anew, a standby that only reads, or a user who may not write does answer:
        hence a statement that writes, and finds nothing to write.
        """
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(SeenToken).where(SeenToken.expires < 0))
        except SQLAlchemyError:
            return False
        return True

    def _purge(self, now: float) -> None:
        """Forget what has expired, at most once a minute."""
        with self._purging:
            if now < self._purge_at:
                return
            self._purge_at = now + _PURGE_SECONDS
        with self._engine.begin() as connection:
            connection.execute(delete(SeenToken).where(SeenToken.expires < int(now)))
