"""All ROS1 results to one status.

A later result outweighs an earlier one only by a method of the same rank. Across methods the rank decides
(RNA sequencing, then DNA sequencing and RT-PCR, then FISH, then immunohistochemistry), whatever the dates, and with
care for the positive, because a fusion that is overlooked costs more than a question that is asked:

* A positive result outweighs a negative one of lower rank.
* A negative result outweighs a positive one of a screening method, and a positive one of any lower rank if it is of the
  highest rank there is; but not if the positive one is certainly the later of the two.
* A later negative outweighs a positive of the same rank only if both name their method; a later positive outweighs a
  negative in any case of equal rank.
* What neither outweighs the other is conflicting, never negative: FISH positive and DNA sequencing negative, one of
  them without a method, the same rank on the same day or without a date.

Results that are pending or indeterminate never cancel one that is decided. A negative result of blood is indeterminate
before it comes here, so that it cancels nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fhir_mapping.dates import earliest, is_after, latest, newest_first
from fhir_mapping.facts import Ros1, Ros1Finding, Ros1Result, Ros1Status
from knowledge.lookup import Knowledge

_Winner = Literal["positive", "negative", "neither"]
_NO_METHOD = 0  # below every rank; never compared with one


@dataclass(slots=True)
class _Side:
    """The positive or the negative results of one rank that no other of the rank outweighs."""

    results: list[Ros1Result] = field(default_factory=list)


def ros1_of(results: Iterable[Ros1Result], knowledge: Knowledge) -> Ros1:
    """Return the status with the results that it rests on; the order in which they came does not matter."""
    ordered = newest_first(results, lambda result: result.evidence.date)
    if not ordered:
        return Ros1()
    pending = _under_way(ordered)
    status, deciding = _decide(ordered, pending, knowledge)
    weighty = sorted(deciding, key=lambda result: -_rank(result, knowledge))
    return Ros1(status=status, deciding=tuple(weighty), results=ordered, pending=pending)


def _decide(
    results: Sequence[Ros1Result], pending: Sequence[Ros1Result], knowledge: Knowledge
) -> tuple[Ros1Status, Sequence[Ros1Result]]:
    positives = [result for result in results if result.finding is Ros1Finding.POSITIVE]
    negatives = [result for result in results if result.finding is Ros1Finding.NEGATIVE]
    if positives and negatives:
        weighed = _weighed(_by_rank(positives, knowledge), _by_rank(negatives, knowledge), knowledge)
        return weighed or _undecided(results, pending)
    if positives:
        return _positive(positives, knowledge)
    return (Ros1Status.NEGATIVE, negatives) if negatives else _undecided(results, pending)


def _weighed(
    positive: dict[int, _Side], negative: dict[int, _Side], knowledge: Knowledge
) -> tuple[Ros1Status, Sequence[Ros1Result]] | None:
    """Return what positive and negative results say together, by their ranks and dates; None if none is left."""
    for rank in positive.keys() & negative.keys():
        _drop_outweighed(positive[rank], negative[rank], named=rank != _NO_METHOD)
    positive = {rank: side for rank, side in positive.items() if side.results}
    negative = {rank: side for rank, side in negative.items() if side.results}
    match _winner(positive, negative, knowledge):
        case "positive":
            return _positive([result for side in positive.values() for result in side.results], knowledge)
        case "negative":
            return Ros1Status.NEGATIVE, [result for side in negative.values() for result in side.results]
        case "neither" if positive:
            sides = (*positive.values(), *negative.values())
            return Ros1Status.CONFLICTING, [result for side in sides for result in side.results]
    return None


def _undecided(results: Sequence[Ros1Result], pending: Sequence[Ros1Result]) -> tuple[Ros1Status, Sequence[Ros1Result]]:
    if pending:
        return Ros1Status.PENDING, pending
    said_nothing = [each for each in results if each.finding is Ros1Finding.INDETERMINATE]
    return (Ros1Status.INDETERMINATE, said_nothing) if said_nothing else (Ros1Status.NOT_FOUND, ())


def _under_way(results: Sequence[Ros1Result]) -> tuple[Ros1Result, ...]:
    """Return the tests that are pending and that no result by their method has answered."""
    came = [each for each in results if each.method and each.finding is not Ros1Finding.PENDING]
    decided: dict[str | None, str] = {}
    said_nothing: dict[str | None, str] = {}
    for each in came:
        newest, key = (said_nothing, earliest) if each.finding is Ros1Finding.INDETERMINATE else (decided, latest)
        newest[each.method] = max(newest.get(each.method, ""), key(each.evidence.date))
    return tuple(
        each
        for each in results
        if each.finding is Ros1Finding.PENDING
        and latest(each.evidence.date) >= said_nothing.get(each.method, "")
        and (each.method not in decided or earliest(each.evidence.date) > decided[each.method])
    )


def _by_rank(results: Iterable[Ros1Result], knowledge: Knowledge) -> dict[int, _Side]:
    sides: dict[int, _Side] = defaultdict(_Side)
    for result in results:
        sides[_rank(result, knowledge)].results.append(result)
    return dict(sides)


def _rank(result: Ros1Result, knowledge: Knowledge) -> int:
    method = knowledge.methods.get(result.method or "")
    return method.rank if method else _NO_METHOD


def _confirms(result: Ros1Result, knowledge: Knowledge) -> bool:
    """Return True unless the method only screens; a method that is not stated counts as confirming."""
    method = knowledge.methods.get(result.method or "")
    return method is None or method.confirms


def _drop_outweighed(positive: _Side, negative: _Side, *, named: bool) -> None:
    """Within one rank keep what no certainly later result contradicts."""
    newest_positive = max(earliest(result.evidence.date) for result in positive.results)
    newest_negative = max(earliest(result.evidence.date) for result in negative.results)
    if named:
        positive.results = [each for each in positive.results if latest(each.evidence.date) >= newest_negative]
    negative.results = [each for each in negative.results if latest(each.evidence.date) >= newest_positive]


def _winner(positive: dict[int, _Side], negative: dict[int, _Side], knowledge: Knowledge) -> _Winner:
    if not positive or not negative:
        return "positive" if positive else "negative" if negative else "neither"
    duels = {
        (p, n): _duel(p, n, positive[p], negative[n], knowledge) for p in positive for n in negative
    }  # a handful of ranks on either side, however many results
    if all(any(duels[p, n] == "positive" for p in positive) for n in negative):
        return "positive"
    if all(any(duels[p, n] == "negative" for n in negative) for p in positive):
        return "negative"
    return "neither"


def _duel(p: int, n: int, positive: _Side, negative: _Side, knowledge: Knowledge) -> _Winner:
    """Return which of a positive and a negative side of different ranks outweighs the other."""
    if p == n or _NO_METHOD in (p, n):
        return "neither"
    if p > n:
        return "positive"
    screening = not any(_confirms(result, knowledge) for result in positive.results)
    top = n >= max(method.rank for method in knowledge.methods.values())
    later = any(
        all(is_after(each.evidence.date, other.evidence.date) for other in negative.results)
        for each in positive.results
    )
    return "negative" if (screening or top) and not later else "neither"


def _positive(results: list[Ros1Result], knowledge: Knowledge) -> tuple[Ros1Status, list[Ros1Result]]:
    confirmed = [result for result in results if _confirms(result, knowledge)]
    return (Ros1Status.CONFIRMED, confirmed) if confirmed else (Ros1Status.IHC_ONLY, results)
