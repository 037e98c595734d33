"""PD-L1 results, shown as the record reports them; they never decide.

``percent`` is the least percentage of tumour cells that the record vouches for: the number itself, the lower end of a
range or of "at least"; none for "less than", for a combined positive score, for immune cells, or for a number without
a unit that may be a fraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import islice

from fhir_mapping.concepts import concepts_of, distinct, meanings_of, texts_of, words_of
from fhir_mapping.datatypes import Quantity
from fhir_mapping.facts import Evidence, PdL1Result
from fhir_mapping.headings import holds_score
from fhir_mapping.lexicon import PD_L1_CONCEPTS, ROS1_CONCEPTS, Lexicon
from fhir_mapping.observations import Standing, is_implication, standing_of
from fhir_mapping.references import name_of
from fhir_mapping.resources.observation import (
    Observation,
    Valued,
    quantity_words,
    reported_value,
    value_words,
    without_circumstances,
)

_NUMBER = r"[0-9]{1,3}(?:[.,][0-9]{1,3})?"
_GAP = r"\s{0,3}"  # bounded, so that a megabyte of blanks costs no more than its length
_PERCENT = re.compile(
    rf"(?P<below><=?|≤|less than|below)?{_GAP}(?P<least>{_NUMBER}){_GAP}%?"
    rf"(?:{_GAP}(?:-|\u2013|to){_GAP}{_NUMBER})?{_GAP}(?:%|percent|per cent)",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[;\n\r]+|\.(?=\s|\Z)")
_BELOW = ("<", "<=")
_LONGEST_REPORTED = 300
_MOST_NUMBERS = 20  # that are read of one text
_REACH = 60  # characters beside a number in which its score is named
_GENE_CHANGES = {"copy-number", "pd-l1-gene-change"}
_ALL = 100  # per cent
_ANSWERS = {"pd-l1-high", "pd-l1-low", "pd-l1-none", "result-positive", "result-negative", "result-indeterminate"}


def pd_l1_results(observation: Observation, lexicon: Lexicon, *, remember: bool = False) -> tuple[PdL1Result, ...]:
    """Return the PD-L1 results of an Observation; ``remember`` as for ROS1 results."""
    found = (_remembered if remember else _results)(without_circumstances(observation), lexicon)
    resource, date = name_of("Observation", observation.id), observation.date
    return tuple(
        PdL1Result(
            reported=each.reported,
            evidence=Evidence(resource=resource, date=date, reported=each.evidence.reported),
            score=each.score,
            percent=each.percent,
        )
        for each in found
    )


def _results(observation: Observation, lexicon: Lexicon) -> tuple[PdL1Result, ...]:
    return tuple(_found(observation, lexicon))


_remembered = lru_cache(maxsize=1024)(_results)


def _found(observation: Observation, lexicon: Lexicon) -> Iterator[PdL1Result]:
    knowledge = lexicon.knowledge
    if standing_of(observation, knowledge) is Standing.VOID or is_implication(observation, knowledge):
        return
    tests = list(_tests(observation, lexicon))
    for holder in tests:
        if result := _result(holder, observation, lexicon):
            yield result
    if not tests:
        yield from _narratives(observation, lexicon)


def _tests(observation: Observation, lexicon: Lexicon) -> Iterator[Valued]:
    """Yield what is coded as a PD-L1 test: components with a value, its scores among them, else the Observation."""
    scores = _is_test(observation, lexicon) and not _names_others(observation, lexicon)
    own = [each for each in observation.component if _is_told(each, lexicon, scores=scores)]
    yield from own
    is_variant = "genomic-variant" in concepts_of(observation.code, lexicon.knowledge)
    studies = any(
        "pd-l1-gene" in concepts_of(each.value_codeable_concept, lexicon.knowledge) for each in observation.component
    )
    if (_is_test(observation, lexicon) or (studies and not is_variant)) and (reported_value(observation) or not own):
        yield observation


def _names_others(observation: Observation, lexicon: Lexicon) -> bool:
    """Return True if the code names another gene, too: whose a bare result is, is not said."""
    texts = (lexicon.knowledge.pattern("pd-l1-test").sub(" ", text) for text in texts_of(observation.code))
    return any(lexicon.knowledge.concepts_in(text) & {"other-gene", *ROS1_CONCEPTS} for text in texts)


def _is_told(part: Valued, lexicon: Lexicon, *, scores: bool) -> bool:
    """Return True for a component with a value that is a PD-L1 test, or a score or the result of one (``scores``)."""
    if not reported_value(part) and not (scores and part.interpretation):
        return False
    if _is_test(part, lexicon):
        return bool(reported_value(part))
    of_method = "pd-l1-scoring-method" in concepts_of(part.code, lexicon.knowledge)
    return scores and not of_method and holds_score(part.code, lexicon.knowledge)


def _is_test(holder: Valued, lexicon: Lexicon) -> bool:
    return bool(meanings_of(holder.code, lexicon.knowledge) & PD_L1_CONCEPTS)


def _is_of_the_gene(holder: Valued, observation: Observation, lexicon: Lexicon) -> bool:
    """Return True for a change of the gene ("CD274 amplification"), which is no expression and no percentage."""
    codes = meanings_of(observation.code, lexicon.knowledge) | meanings_of(holder.code, lexicon.knowledge)
    words = frozenset().union(*map(lexicon.knowledge.concepts_in, value_words(holder)))
    amount = _amount(holder)
    percent = amount is not None and "%" in (amount.unit, amount.code)
    return bool((codes | words) & _GENE_CHANGES) and not percent and not any(map(_PERCENT.search, value_words(holder)))


def _result(holder: Valued, observation: Observation, lexicon: Lexicon) -> PdL1Result | None:
    notes = tuple(note for note in observation.notes if _PERCENT.search(note) or _score_in((note,), lexicon))
    value = _reported_amount(holder) or reported_value(holder) or _reported_interpretation(holder)
    if value and holder is not observation and not _is_test(holder, lexicon):
        value = ": ".join(filter(None, (words_of(holder.code), value)))
    reported = "; ".join(distinct((value, *notes)))
    if not reported or _is_of_the_gene(holder, observation, lexicon):
        return None
    scores = (_scoring_method(observation, lexicon), *texts_of(holder.code), *value_words(holder), *notes)
    score = _score_in(distinct(scores), lexicon)
    percent = None if _is_of_other_cells(score, lexicon) else _percent(holder, lexicon)
    if percent is None and not _states_percent(holder) and holder is observation:
        percent = percent_in("; ".join(notes), lexicon)
    return PdL1Result(reported=_shortened(reported), evidence=_evidence(reported), score=score, percent=percent)


def _evidence(reported: str) -> Evidence:
    return Evidence(resource="Observation", reported=_shortened(reported))


def _reported_interpretation(holder: Valued) -> str | None:
    return "; ".join(distinct(text for each in holder.interpretation for text in texts_of(each))) or None


def _reported_amount(holder: Valued) -> str | None:
    """Return a number without a unit with these very words; anything else is reported as it stands."""
    if value_words(holder):
        return None
    quantity = _amount(holder)
    words = quantity_words(quantity)
    return f"{words} (unit not stated)" if quantity and words and not (quantity.unit or quantity.code) else None


def _amount(holder: Valued) -> Quantity | None:
    if holder.value_integer is not None:
        return Quantity(value=Decimal(holder.value_integer))
    return holder.value_quantity


def _percent(holder: Valued, lexicon: Lexicon) -> float | None:
    """Return the percentage that the value states."""
    quantity = holder.value_range.low if holder.value_range else _amount(holder)
    if quantity is None or quantity.value is None or not quantity.value.is_finite():
        return percent_in("; ".join(value_words(holder)), lexicon)
    high = holder.value_range.high if holder.value_range else None
    units = {each for each in (quantity.unit, quantity.code, high and high.unit, high and high.code) if each}
    counts_percent = "pd-l1-percent-test" in concepts_of(holder.code, lexicon.knowledge)
    stated = "%" in units or (not units and counts_percent and quantity.value > 1)
    return _in_bounds(float(quantity.value)) if stated and quantity.comparator not in _BELOW else None


def _states_percent(holder: Valued) -> bool:
    return any(_PERCENT.search(text) for text in value_words(holder)) or _amount(holder) is not None


def percent_in(text: str, lexicon: Lexicon) -> float | None:
    """Return the percentage of tumour cells that a text states; None if none, or several without saying which."""
    found: dict[float, bool] = {}
    for each in islice(_PERCENT.finditer(text[: 10 * _LONGEST_REPORTED]), _MOST_NUMBERS):
        score = _score_beside(text, each.start(), each.end(), lexicon)
        number = None if each["below"] else _in_bounds(float(each["least"].replace(",", ".")))
        if number is not None and not _is_of_other_cells(score, lexicon):
            found[number] = found.get(number, False) or score is not None
    named = [number for number, is_named in found.items() if is_named]
    candidates = named or list(found)
    return candidates[0] if len(candidates) == 1 else None


def _in_bounds(number: float) -> float | None:
    return number if 0 <= number <= _ALL else None


def _score_beside(text: str, start: int, end: int, lexicon: Lexicon) -> str | None:
    """Return the score that a number belongs to: named before it in its clause, else right after it."""
    before = re.split(r"[;,\n]|%", text[max(0, start - _REACH) : start])[-1]
    after = re.split(r"[;,\n]", text[end : end + _REACH])[0]
    return _score_in((before,), lexicon) or _score_in((after,), lexicon)


def _scoring_method(observation: Observation, lexicon: Lexicon) -> str | None:
    parts = (
        each for each in observation.component if "pd-l1-scoring-method" in concepts_of(each.code, lexicon.knowledge)
    )
    return next((reported_value(each) for each in parts), None)


def _score_in(texts: Iterable[str], lexicon: Lexicon) -> str | None:
    pattern = lexicon.knowledge.pattern("pd-l1-scoring-method")
    return next((found.group() for text in texts if (found := pattern.search(text))), None)


def _is_of_other_cells(score: str | None, lexicon: Lexicon) -> bool:
    return "pd-l1-other-cells-score" in lexicon.knowledge.concepts_in(score)


def _narratives(observation: Observation, lexicon: Lexicon) -> Iterator[PdL1Result]:
    """Yield what free text under another code says of PD-L1, if it says a number or an answer."""
    texts = distinct(text for holder in (observation, *observation.component) for text in value_words(holder))
    for text in texts:
        for clause in _CLAUSES.split(text) if lexicon.pd_l1.within(text) else ():
            found = next(lexicon.pd_l1.spans(clause), None)
            if found is None:
                continue
            words = clause[max(0, found[0] - 40) :].strip()[:_LONGEST_REPORTED]
            means = lexicon.knowledge.concepts_in(words)
            if _PERCENT.search(words) or (means & _ANSWERS and not means & _GENE_CHANGES):
                score = _score_in((words,), lexicon)
                yield PdL1Result(
                    reported=words,
                    evidence=_evidence(words),
                    score=score,
                    percent=percent_in(words, lexicon),
                )


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_REPORTED else f"{text[:_LONGEST_REPORTED]} ..."
