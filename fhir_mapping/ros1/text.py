"""Reading free text: which result, if any, its words give for a ROS1 fusion."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice

from fhir_mapping.facts import Ros1Finding
from fhir_mapping.lexicon import Lexicon
from fhir_mapping.ros1.clauses import Clause, Naming, Verdict
from fhir_mapping.ros1.tokens import scanner_of

_CLAUSES = re.compile(
    r"[\n\r;•]+|(?<=\?)\s+|\.(?=\s|\Z)|,?\s{1,3}(?:but|however|whereas|while|although|though)\b", re.IGNORECASE
)
_PIECES = re.compile(r"[,.;\n\r•]|\b(?:but|however|with|and)\b", re.IGNORECASE)
_MOST_CLAUSES = 20  # that are read of one text
_LONGEST_CLAUSE = 600  # characters; a longer one is read around ROS1 only
_REACH = 300
_MOST_TO_READ = 4000  # characters of clauses about ROS1 in one text, beside the first
_OUTWEIGHED = (Ros1Finding.NEGATIVE, Ros1Finding.INDETERMINATE)
_LONGEST_REMEMBERED = 200  # characters


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says in one of its clauses, and the words that say it."""

    finding: Ros1Finding | None
    words: str
    partner: str | None = None
    other_change: bool = False


def read(text: str, lexicon: Lexicon, *, implied: bool, naming: Naming) -> tuple[Reading, ...]:
    """Return one reading for each clause that says something of ROS1.

    ``implied``: the text is the value of a ROS1 test, so that it need not name the gene.
    ``naming``: which names of a fusion are a result, because the text is the value of a test for changes.
    """
    read_once = _read_remembered if len(text) <= _LONGEST_REMEMBERED else _read_just_now
    return read_once(text, lexicon, implied=implied, naming=naming)


def _read(text: str, lexicon: Lexicon, *, implied: bool, naming: Naming) -> tuple[Reading, ...]:
    parts = [part for part in _CLAUSES.split(text) if part and not part.isspace()]
    clause = lru_cache(partial(_clause, parts, lexicon))
    ours = [number for number, part in enumerate(parts) if lexicon.ros1.within(part)]
    budget = _within_budget(parts, ours)
    readings = [_of_ros1(clause, number, last=number + 1 == len(parts), naming=naming) for number in budget]
    if len(budget) < len(ours) and all(each.finding is not Ros1Finding.POSITIVE for each in readings):
        return (Reading(Ros1Finding.INDETERMINATE, parts[ours[0]][:_LONGEST_CLAUSE].strip()),)
    if implied and not any(each.finding for each in readings):
        named = any(not clause(number).is_general for number in budget)
        clauses = map(clause, range(min(len(parts), _MOST_CLAUSES)))
        readings += [
            _reading(each, each.as_value(naming=naming))
            for each in clauses
            if not each.names_a_gene and (each.names_a_structure or not named)
        ]
    if readings and all(each.finding in _OUTWEIGHED for each in readings):
        readings += _by_another_method(parts, budget, lexicon)
        if implied and any(map(_is_plainly_positive, map(clause, range(min(len(parts), _MOST_CLAUSES))))):
            readings = [_taken_back(each, Ros1Finding.NEGATIVE) for each in readings]
    if any(clause(number + 1).takes_back for number in budget if number + 1 < len(parts)):
        readings = [_taken_back(each, Ros1Finding.POSITIVE) for each in readings]
    negative = any(each.finding is Ros1Finding.NEGATIVE for each in readings)
    if negative and lexicon.atypical_signal.may_be_within(text.lower()) and _is_atypical(text, lexicon):
        readings = [_taken_back(each, Ros1Finding.NEGATIVE) for each in readings]
    return tuple(each for each in readings if each.finding or each.other_change)


def _by_another_method(parts: Sequence[str], ours: Sequence[int], lexicon: Lexicon) -> list[Reading]:
    """Return what is positive beside a result of ROS1 that is not: "ROS1 IHC negative, FISH positive"."""
    around = dict.fromkeys(part for number in ours for part in parts[max(0, number - 1) : number + 2])
    pieces = [piece.strip() for part in around for piece in part.split(",") if len(piece) <= _REACH][:_MOST_CLAUSES]
    clauses = (Clause(piece, scanner_of(lexicon.knowledge)) for piece in dict.fromkeys(pieces))
    found = (each for each in clauses if each.says_a_result_by_a_method)
    read_so = [_reading(each, each.as_value(naming=Naming.NOTHING)) for each in found]
    return [each for each in read_so if each.finding is Ros1Finding.POSITIVE]


def _is_plainly_positive(clause: Clause) -> bool:
    """Return True for "Positive." before "ROS1 IHC negative": the value of one test says both."""
    return clause.says_only_a_result and clause.as_value(naming=Naming.NOTHING).finding is Ros1Finding.POSITIVE


def _is_atypical(text: str, lexicon: Lexicon) -> bool:
    """Return True for "but atypical 3' signals", which no negative result covers."""
    negation = lexicon.knowledge.pattern("negation")
    before = (text[max(0, start - _REACH) : start] for start, _ in lexicon.atypical_signal.spans(text))
    return any(not negation.search(_PIECES.split(each)[-1]) for each in islice(before, _MOST_CLAUSES))


def _taken_back(reading: Reading, finding: Ros1Finding) -> Reading:
    return replace(reading, finding=Ros1Finding.INDETERMINATE) if reading.finding is finding else reading


def _within_budget(parts: Sequence[str], ours: Sequence[int]) -> list[int]:
    """Return the clauses about ROS1 that are read; the first is in any case."""
    kept, length = ours[:1], 0
    for number in ours[1:_MOST_CLAUSES]:
        length += min(len(parts[number]), _LONGEST_CLAUSE)
        if length > _MOST_TO_READ:
            break
        kept = [*kept, number]
    return list(kept)


_read_remembered = lru_cache(maxsize=4096)(_read)  # most values are one of a few words
_read_just_now = lru_cache(maxsize=4)(_read)  # a long text is asked for several things in a row


def _of_ros1(clause: Callable[[int], Clause], number: int, *, last: bool, naming: Naming) -> Reading:
    """Read a clause; if it names ROS1 and no result, the next line may hold just that."""
    verdict = clause(number).about_ros1(naming=naming)
    if not verdict.finding and not verdict.other_change and not last:
        following = clause(number + 1)
        if following.says_only_a_result:
            return _reading(following, following.as_value(naming=Naming.NOTHING))
    return _reading(clause(number), verdict)


def _reading(clause: Clause, verdict: Verdict) -> Reading:
    return Reading(verdict.finding, clause.text.strip(), verdict.partner, verdict.other_change)


def _clause(parts: Sequence[str], lexicon: Lexicon, number: int) -> Clause:
    return Clause(_clipped(parts[number], lexicon), scanner_of(lexicon.knowledge))


def _clipped(clause: str, lexicon: Lexicon) -> str:
    if len(clause) <= _LONGEST_CLAUSE:
        return clause
    start, end = next(lexicon.ros1.spans(clause), (0, 0))
    return clause[max(0, start - _REACH) : end + _REACH]
