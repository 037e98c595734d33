"""What we said: every answer, written behind the answers, so that keeping it never delays or fails one.

Accounts wait in a bounded queue for a thread of this process that writes them in batches. While the store cannot be
had they wait; when the queue is full, or the process ends before the store is back, what is lost is counted and logged.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic, time
from typing import Any, NamedTuple

from sqlalchemy import Engine, insert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from cdshooks import log, metrics
from cdshooks.account import Account, Comparison
from cdshooks.setting_values import variable
from cdshooks.settings import Settings
from cdshooks.store.engine import StoreError, open_store
from cdshooks.store.models import Base, IssuedAnswer, IssuedCard, ReleaseComparison, WithheldCard
from cdshooks.store.retention import purge_some
from cdshooks.store.rows import Hasher, answer_row, card_rows, comparison_row, new_id, withheld_rows

_BATCH = 500
_TICK_SECONDS = 0.25
_GATHER_SECONDS = 0.25
"""So long the first of a batch waits for others: a transaction costs as much as a decision, however few are in it."""

_RETRY_SECONDS = 1.0
_DRAIN_SECONDS = 5.0
"""So long a process that ends goes on writing; the server grants its workers ten seconds."""

_PURGE_SECONDS = 6 * 3600.0
_PURGE_PAUSE_SECONDS = 1.0
_TELL_SECONDS = 60.0
_DAY = 86400


class Waiting(NamedTuple):
    """An account or a comparison with the id of its row: a second try is known as one."""

    id: str
    account: Account | Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStatus:
    """How the ledger of this process stands."""

    written: int
    waiting: int
    lost: int
    store_down: bool


class Ledger:
    """Takes accounts and keeps them; one for each process."""

    def __init__(self, url: str, *, secret: str = "", size: int = 10_000, days: int = 0) -> None:
        """Start the thread that writes; nothing is opened before it does. ``days`` 0: nothing is ever purged."""
        self._url = url
        self._hasher = Hasher(secret)
        self._size = size
        self._days = days
        self._queue: SimpleQueue[Account | Comparison] = SimpleQueue()
        self._engine: Engine | None = None
        self._written = 0
        self._writing = 0
        self._overflowed = 0
        self._failed = 0
        self._told = 0
        self._tell_at = 0.0
        self._down = False
        self._shown = self.status()
        self._purge_at = monotonic() + _RETRY_SECONDS
        self._ending = threading.Event()
        self._counting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ledger")
        self._thread.start()

    @classmethod
    def of(cls, settings: Settings) -> Ledger:
        """Return the ledger that the settings describe."""
        return cls(
            settings.store,
            secret=settings.ledger_secret,
            size=settings.ledger_queue,
            days=settings.ledger_days,
        )

    def remember(self, account: Account | Comparison) -> None:
        """Take an account or a comparison over; it never waits and never raises."""
        if self._queue.qsize() < self._size:
            self._queue.put(account)
        else:
            with self._counting:
                self._overflowed += 1

    def status(self) -> LedgerStatus:
        """Return how it stands."""
        return LedgerStatus(
            written=self._written,
            waiting=self._queue.qsize() + self._writing,
            lost=self._overflowed + self._failed,
            store_down=self._down,
        )

    def close(self) -> None:
        """Write what waits, within bounds, and end."""
        self._ending.set()
        self._thread.join()

    @property
    def _over(self) -> bool:
        """Whether the process ends: the interpreter waits for this thread then, and nothing more comes."""
        return self._ending.is_set() or not threading.main_thread().is_alive()

    def _run(self) -> None:
        while batch := self._next():
            self._keep(batch)
        if self._engine:
            self._engine.dispose()

    def _next(self) -> list[Waiting]:
        """Wait for accounts; return none only when the process ends and the queue is empty."""
        while True:
            self._tell()
            try:
                found = [self._queue.get(timeout=_TICK_SECONDS)]
            except Empty:
                if self._over:
                    return []
                self._purge()
                continue
            self._writing = 1
            if not self._over and self._queue.qsize() < _BATCH:
                self._ending.wait(_GATHER_SECONDS)
            while len(found) < _BATCH:
                try:
                    found.append(self._queue.get_nowait())
                except Empty:
                    break
            self._writing = len(found)
            return [Waiting(new_id(), account) for account in found]

    def _keep(self, batch: list[Waiting]) -> None:
        """Write a batch; try again while the store is down, but not for long when the process ends."""
        give_up: float | None = None
        while not self._try(batch):
            if self._over:
                give_up = give_up or monotonic() + _DRAIN_SECONDS
                if monotonic() >= give_up:
                    self._failed += self._writing + self._abandoned()
                    break
            self._tell()
            self._ending.wait(_TICK_SECONDS if self._over else _RETRY_SECONDS)
        self._writing = 0
        self._tell()

    def _abandoned(self) -> int:
        """Empty the queue; return how many accounts were in it."""
        count = 0
        while True:
            try:
                self._queue.get_nowait()
            except Empty:
                return count
            count += 1

    def _try(self, batch: list[Waiting]) -> bool:
        """Write a batch; return False if the store is down, so that another try may do better."""
        try:
            self._write(batch)
            self._written += len(batch)
        except Exception as error:  # noqa: BLE001 - the thread must not end, whatever happens
            return self._fails(error) if _is_down(error) else self._each(batch)
        self._recovers()
        return True

    def _each(self, batch: list[Waiting]) -> bool:
        """Write one by one, so that one that cannot be written costs no other."""
        for position, waiting in enumerate(batch):
            try:
                self._write([waiting])
                self._written += 1
            except IntegrityError:
                self._written += 1  # an earlier try did write it, only the answer of the store was lost
            except Exception as error:  # noqa: BLE001 - as above
                if _is_down(error):
                    del batch[:position]
                    self._writing = len(batch)
                    return self._fails(error)
                self._failed += 1
                log.event("ledger-refused", level=log.Level.ERROR, exception=type(error).__name__)
        self._recovers()
        return True

    def _write(self, batch: Sequence[Waiting]) -> None:
        accounts = [(id_, each) for id_, each in batch if isinstance(each, Account)]
        rows: dict[type[Base], list[dict[str, Any]]] = {
            IssuedAnswer: [answer_row(id_, each, self._hasher) for id_, each in accounts],
            IssuedCard: [row for id_, each in accounts for row in card_rows(id_, each)],
            WithheldCard: [row for id_, each in accounts for row in withheld_rows(id_, each)],
            ReleaseComparison: [comparison_row(id_, each) for id_, each in batch if isinstance(each, Comparison)],
        }
        if self._engine is None:
            self._engine = open_store(self._url, connections=1)
        with self._engine.begin() as connection:
            for table, new in rows.items():
                if new:
                    connection.execute(insert(table), new)

    def _purge(self) -> None:
        """Forget a little of what is past its time, when there is nothing else to do."""
        if not self._days or self._engine is None or monotonic() < self._purge_at:
            return
        try:
            more = purge_some(self._engine, before=int(time()) - self._days * _DAY)
        except SQLAlchemyError:
            more = 0  # the next write tells, if the store is down
        self._purge_at = monotonic() + (_PURGE_PAUSE_SECONDS if more else _PURGE_SECONDS)

    def _fails(self, error: Exception) -> bool:
        """Note that the store is down; it is opened anew with the next try."""
        if not self._down:
            log.event("ledger-down", level=log.Level.ERROR, setting=variable("store"), exception=type(error).__name__)
        self._down = True
        if self._engine:
            self._engine.dispose()
            self._engine = None
        return False

    def _recovers(self) -> None:
        if self._down:
            log.event("ledger-up", waiting=self._queue.qsize())
        self._down = False

    def _tell(self) -> None:
        """Show the metrics how it stands; log what was lost, at most once a minute, and at the end at once."""
        now, before = self.status(), self._shown
        if now != before:
            metrics.ledger(
                written=now.written - before.written,
                lost=now.lost - before.lost,
                waiting=now.waiting,
                down=now.store_down,
            )
            self._shown = now
        lost = self._overflowed + self._failed
        if lost > self._told and (monotonic() >= self._tell_at or self._over):
            log.event("ledger-lost", level=log.Level.ERROR, lost=lost - self._told, waiting=self._queue.qsize())
            self._told, self._tell_at = lost, monotonic() + _TELL_SECONDS


def _is_down(error: Exception) -> bool:
    """Tell whether the store failed, and not one of the rows."""
    return isinstance(error, (DBAPIError, NoConnectionError, StoreError)) and not isinstance(
        error, (DataError, IntegrityError)
    )
