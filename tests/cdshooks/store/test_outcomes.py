"""What the report asks of the ledger, in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert

from cdshooks.account import Said
from cdshooks.report.rows import MONDAY, WEEK, Cards, Client, Comparisons, Responses, Rows, Times, Withheld
from cdshooks.store.comparisons import differences
from cdshooks.store.engine import StoreError, open_store, reading
from cdshooks.store.models import Feedback, IssuedAnswer, IssuedCard, ReleaseComparison, WithheldCard
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
        told = {"reason_code": None, "reason_system": None, "outcome_at": START + after} | changed
        connection.execute(
            insert(Feedback).values(
                received_at=START + int(after),
                service="s",
                client=client.iss,
                tenant=client.tenant,
                card=card,
                outcome=outcome,
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


def withhold(store: Engine, answer: str, *rows: tuple[str, str | None, str]) -> None:
    """Note of an answer the rules that were not shown: each with its indicator, and why."""
    with store.begin() as connection:
        for place, (rule, indicator, why) in enumerate(rows):
            told = {"rule": rule, "topic": "t", "indicator": indicator, "why": why}
            connection.execute(insert(WithheldCard).values(answer=answer, position=place, **told))


def test_what_was_not_shown_is_counted_by_rule_reason_and_indicator(store: Engine) -> None:
    """Of the answers of these weeks, with the first and the last of them."""
    for at in (START - 1, START, START + WEEK, START + 2 * WEEK):
        give(store, "a", at=at)
        withhold(store, f"{at}-a-north", ("r1", "info", "repeated"), ("r2", None, "silent"))
    give(store, "b", at=START + 5)
    withhold(store, f"{START + 5}-b-north", ("r1", "info", "max-cards"), ("r2", "warning", "silent"))
    assert set(count(store, first=WEEKS, last=WEEKS + 1).withheld) == {
        Withheld("r1", "repeated", "info", 2, START, START + WEEK),
        Withheld("r1", "max-cards", "info", 1, START + 5, START + 5),
        Withheld("r2", "silent", None, 2, START, START + WEEK),
        Withheld("r2", "silent", "warning", 1, START + 5, START + 5),
    }


OURS = Said(rules=("r1",), cards=(("r1", "info"), ("r2", "warning")))
OTHERS = Said(refused=True)


def compare(store: Engine, *, at: int = START, current: Said = OURS, other: Said = OTHERS, **changed: str) -> None:
    """Note how a candidate compares on one answer."""
    usual = {"release": "1", "candidate": "2", "outcome": "differs"} | changed
    with store.begin() as connection:
        connection.execute(
            insert(ReleaseComparison).values(
                id=uuid4().hex,
                compared_at=at,
                service="s",
                hook="order-sign",
                only_current=list(current.rules),
                only_candidate=list(other.rules),
                current_cards=[list(card) for card in current.cards],
                candidate_cards=[list(card) for card in other.cards],
                current_refused=current.refused,
                candidate_refused=other.refused,
                **usual,
            )
        )


def test_comparisons_are_counted_by_pair_outcome_and_what_both_say(store: Engine) -> None:
    """Those of these weeks, with the first and the last of them; the same lists are known as the same."""
    for at in (START - 1, START, START + 7, START + WEEK):
        compare(store, at=at)
    compare(store, other=Said())
    compare(store, candidate="3", outcome="same", current=Said(), other=Said())
    assert set(count(store, first=WEEKS, last=WEEKS).comparisons) == {
        Comparisons("1", "2", "differs", OURS, OTHERS, 2, START, START + 7),
        Comparisons("1", "2", "differs", OURS, Said(), 1, START, START),
        Comparisons("1", "3", "same", Said(), Said(), 1, START, START),
    }


def test_the_command_tells_the_same_comparisons_without_keeping_any_back(store: Engine) -> None:
    """Since a moment, and before one; the latest pair first."""
    compare(store)
    compare(store, at=START + 9, candidate="3", outcome="failed", other=Said())
    told = [(each.candidate, each.compared, each.differs, each.failed) for each in differences(store)]
    assert told == [("3", 1, 0, 1), ("2", 1, 1, 0)]
    assert [each.candidate for each in differences(store, since=START + 1)] == ["3"]
    assert [each.candidate for each in differences(store, before=START + 9)] == ["2"]


@pytest.mark.parametrize("after", [253_402_300_799 - START, -START - 2_208_988_800])
def test_a_clock_that_is_centuries_off_costs_no_report(store: Engine, after: int) -> None:
    """The year 9999, or 1900: more seconds than a database's usual whole number holds."""
    give(store, "a")
    tell(store, "a", "accepted", outcome_at=float(START + after))
    rows = count(store, first=WEEKS, last=WEEKS)
    assert [each.outcome for each in rows.cards] == ["accepted"]
    assert rows.responses == ([Responses("r1", after, 1)] if after > 0 else [])


def test_nothing_is_nothing(store: Engine) -> None:
    """An empty ledger has no rows."""
    assert count(store, first=WEEKS, last=WEEKS) == Rows([], [], [], 0, [], [])


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
