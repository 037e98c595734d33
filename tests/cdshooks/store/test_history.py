"""Earlier cards, in SQLite and PostgreSQL: known again by their fingerprints, for the client that got them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from cdshooks.account import Account, Caller, Decided, Issued, Speaker, Why, Withheld
from cdshooks.feedback import CardFeedback, Outcome
from cdshooks.settings import Settings
from cdshooks.store.engine import open_store
from cdshooks.store.feedback import FeedbackLog
from cdshooks.store.history import _WAIT_SECONDS, History
from cdshooks.store.ledger import Ledger
from cdshooks.store.retention import purge
from tests.cdshooks.store.conftest import newer

SECRET = "a-secret-that-is-long-enough-for-all"  # noqa: S105 - of a test
CALLER = Caller("https://ehr.example.org", "north")
PATIENCE = 60.0  # of a busy machine
ANSWER = Account(
    at=time.time(),
    service="s",
    hook="order-select",
    hook_instance="",
    status=200,
    milliseconds=1,
    patient_id="p",
    user_id="u",
    encounter_id=None,
    caller=CALLER,
    issued=(Issued("c1", "critical", ()),),
)


@pytest.fixture
def history(url: str) -> Iterator[History]:
    """Return the history of a store."""
    opened = History(url, SECRET, wait_seconds=PATIENCE)
    yield opened
    opened.close()


def told(url: str, history: History, **changed: object) -> str:
    """Write an answer with one card; return the card's fingerprint."""
    mark = history.fingerprint(CALLER, b"the same facts")
    decided = Decided(
        release="r", speakers=(Speaker("a", "t", mark),), withheld=(Withheld("b", "t", None, Why.SILENT),)
    )
    ledger = Ledger(url)
    ledger.remember(replace(ANSWER, decided=decided, **changed))
    ledger.close()
    return mark


def known(
    history: History, mark: str, *, repeated: bool = False, days: int = 0, caller: Caller | None = CALLER
) -> object:
    """Return why a card is left out, None if it is shown."""
    return history.known([mark], caller, repeated=repeated, overridden_days=days).get(mark)


def test_a_card_of_order_select_is_known_for_a_day(url: str, history: History) -> None:
    """Not one of another hook, nor of yesterday's session, nor one of other facts or of another client."""
    mark = told(url, history, hook="order-sign")
    assert known(history, mark, repeated=True) is None
    told(url, history, at=time.time() - 90_000)
    assert known(history, mark, repeated=True) is None
    told(url, history)
    assert known(history, mark, repeated=True) is Why.REPEATED
    assert known(history, mark) is None
    assert history.fingerprint(CALLER, b"other facts") != mark
    assert history.fingerprint(Caller("https://ehr.example.org", "south"), b"the same facts") != mark


def test_a_card_that_came_late_may_not_have_been_seen(url: str, history: History) -> None:
    """The client no longer waited, perhaps: at order-sign it is shown."""
    mark = told(url, history, milliseconds=501.0)
    assert known(history, mark, repeated=True) is None
    told(url, history, milliseconds=499.0)
    assert known(history, mark, repeated=True) is Why.REPEATED


def test_with_all_that_is_waited_for_an_answer_is_in_time() -> None:
    """Fetching, and then earlier cards: not more than the 500 ms of the standard."""
    assert Settings().fetch_milliseconds / 1000 + _WAIT_SECONDS <= 0.5


def test_the_last_word_on_a_card_counts_of_the_client_that_got_it(url: str, history: History) -> None:
    """Overridden within the days; another client's word, an older one or a later acceptance do not leave it out."""
    mark = told(url, history)
    feedback = FeedbackLog(url)
    overridden = CardFeedback(card="c1", outcome=Outcome.OVERRIDDEN, at=100.0)
    feedback.keep("s", Caller("https://another.example.org"), [overridden])
    assert known(history, mark, days=1) is None
    feedback.keep("s", CALLER, [overridden])
    assert known(history, mark, days=1) is Why.OVERRIDDEN
    feedback.keep("s", CALLER, [replace(overridden, outcome=Outcome.ACCEPTED, at=99.0)])
    assert known(history, mark, days=1) is Why.OVERRIDDEN
    feedback.keep("s", CALLER, [replace(overridden, outcome=Outcome.ACCEPTED, at=101.0)])
    assert known(history, mark, days=1) is None
    feedback.close()


def test_what_was_left_out_goes_with_its_answer(url: str, history: History) -> None:
    """The purge takes it along, and the card is not known any more."""
    mark = told(url, history)
    store = open_store(url)
    assert purge(store, before=int(time.time()) + 60).answers == 1
    with store.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM withheld").scalar() == 0
    store.dispose()
    assert known(history, mark, repeated=True) is None


def test_a_store_that_does_not_answer_is_left_alone_for_a_while() -> None:
    """Nothing is known then, at once: a card is shown rather than waited for."""
    away = History("postgresql://nobody@127.0.0.1:1/nowhere", SECRET, wait_seconds=PATIENCE)
    assert known(away, "x", repeated=True) is None
    assert known(away, "x", repeated=True) is None
    away.close()


def test_whatever_goes_wrong_every_card_is_shown(url: str) -> None:
    """A store of a newer version, while replicas are exchanged; a process that is about to end."""
    newer(url)
    ahead = History(url, SECRET, wait_seconds=PATIENCE)
    assert known(ahead, "a", repeated=True) is None
    ahead.close()
    ended = History(url, SECRET, wait_seconds=PATIENCE)
    ended.close()
    assert known(ended, "a", repeated=True) is None
