"""What the report asks of the ledger, in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from cdshooks.report.rows import MONDAY, WEEK, Cards, Client, Responses, Times
from cdshooks.store.engine import StoreError, open_store, reading
from cdshooks.store.models import Feedback, IssuedAnswer, IssuedCard
from cdshooks.store.outcomes import count

WEEKS = 2900
START = MONDAY + WEEKS * WEEK
EHR = Client("https://ehr.example.org", "north")


def give(store: Engine, *cards: str, at: int = START, client: Client = EHR, **changed: Any) -> None:  # noqa: ANN401
    """Give an answer with these cards."""
    with store.begin() as connection:
        id_ = f"{at}-{'-'.join(cards)}-{client.tenant}"[:32]
        usual: dict[str, Any] = {"milliseconds": 2.4, "rule": "r1"} | changed
        connection.execute(
            insert(IssuedAnswer).values(
                id=id_,
                answered_at=at,
                service="s",
                hook="order-select",
                status=200,
                milliseconds=usual["milliseconds"],
                client=client.iss,
                tenant=client.tenant,
                code="1",
                rules=[],
                undetermined=[],
                data={},
            )
        )
        rows = [
            {"answer": id_, "position": i, "uuid": card, "rule": usual["rule"], "indicator": "info", "suggestions": []}
            for i, card in enumerate(cards)
        ]
        connection.execute(insert(IssuedCard), rows)


def tell(store: Engine, card: str, outcome: str, *, after: float = 10, client: Client = EHR, **changed: Any) -> None:  # noqa: ANN401
    """Tell what became of a card."""
    with store.begin() as connection:
        told = {"reason_code": None, "reason_system": None} | changed
        connection.execute(
            insert(Feedback).values(
                received_at=START + int(after),
                service="s",
                client=client.iss,
                tenant=client.tenant,
                card=card,
                outcome=outcome,
                outcome_at=START + after,
                accepted_suggestions=[],
                **told,
            )
        )


def test_cards_are_counted_by_week_client_rule_and_end(store: Engine) -> None:
    """The first and the last second of the weeks are within them; those beside are not."""
    other = Client(None, None)
    give(store, "a", "b")
    give(store, "c", at=START + 2 * WEEK - 1, client=other, rule=None)
    give(store, "before", at=START - 1)
    give(store, "after", at=START + 2 * WEEK)
    tell(store, "a", "accepted")
    rows = count(store, first=WEEKS, last=WEEKS + 1)
    assert set(rows.cards) == {
        Cards(WEEKS, EHR, "r1", "accepted", None, None, 1),
        Cards(WEEKS, EHR, "r1", None, None, None, 1),
        Cards(WEEKS + 1, other, None, None, None, None, 1),
    }
    assert set(rows.times) == {Times(WEEKS, EHR, "r1", 2, 2), Times(WEEKS + 1, other, None, 2, 1)}
    assert rows.responses == [Responses("r1", 10, 1)]


def test_the_last_word_of_the_cards_own_client_counts(store: Engine) -> None:
    """By the client's clock, and of two at once the one that came last; what others say is not heard."""
    give(store, "a", "b", "c")
    tell(store, "a", "overridden", after=20, reason_code="trial", reason_system="s")
    tell(store, "a", "accepted", after=10)
    tell(store, "b", "overridden")
    tell(store, "b", "accepted")
    tell(store, "c", "accepted", client=Client(EHR.iss, "south"))
    found = {(each.outcome, each.reason_code): each.number for each in count(store, first=WEEKS, last=WEEKS).cards}
    assert found == {("overridden", "trial"): 1, ("accepted", None): 1, (None, None): 1}


def test_feedback_on_cards_that_are_not_there_is_counted_apart(store: Engine) -> None:
    """It changes no other figure; a clock of a client that goes wrong gives no negative time."""
    give(store, "a", at=START + 60)
    tell(store, "a", "accepted", after=5)
    tell(store, "unknown", "accepted")
    rows = count(store, first=WEEKS, last=WEEKS)
    assert ([each.number for each in rows.cards], rows.responses, rows.unknown) == ([1], [], 1)


def test_nothing_is_nothing(store: Engine) -> None:
    """An empty ledger has no rows."""
    assert count(store, first=WEEKS, last=WEEKS) == ([], [], [], 0)


@contextmanager
def _writing(store: Engine) -> Iterator[None]:
    give(store, "a")
    yield
    give(store, "b")


def test_who_reads_keeps_no_writer_waiting(store: Engine) -> None:
    """While a report is read, answers and feedback are written; the report sees one state of the store."""
    give(store, "first")
    with reading(store) as connection:
        before = connection.execute(IssuedCard.__table__.select()).all()
        with _writing(store):
            pass
        assert connection.execute(IssuedCard.__table__.select()).all() == before
    assert sum(each.number for each in count(store, first=WEEKS, last=WEEKS).cards) == 3


def test_a_store_that_is_gone_is_told(tmp_path: Path) -> None:
    """As what it is, without what the database says."""
    engine = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE card")
    with pytest.raises(StoreError, match=r"^the ledger cannot be read \(OperationalError\)$"):
        count(engine, first=WEEKS, last=WEEKS)
    engine.dispose()
