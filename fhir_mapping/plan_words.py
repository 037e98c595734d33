"""The drugs that the free words of a plan order, without those that they stop, hold, forbid or only talk of.

In doubt a drug is ordered: only a name whose neighbours clearly say otherwise is left out, each mention for itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

from fhir_mapping.datatypes import CodeableConcept
from knowledge.lookup import Knowledge
from knowledge.words import Hit

_AROUND = 80  # characters before and after a name that are read
_MOST_NAMES = 20  # of drugs in a text; of more every one is ordered
_CUT = "x"  # stands for what is before those
_LONGEST_TEXT = 1000  # characters of words; in longer ones every drug is ordered
_BEGINNING = r"(?:\A[^A-Za-z0-9]{0,5}|[.,;:(/\n]\s{0,3})"  # of what is said: not in "do not hold", nor in "on-hold"
_ARTICLE = r"\s+(?:(?:the|this|all|any|next|dose|doses|of)\s+){0,5}\Z"  # between a word and the name
_OF = r"\s+(?:for|on|about|regarding|before|prior to|to)\s+(?:the\s+)?\Z"
_A_DOSE = re.compile(r"\A[\s,(]*[0-9]")
_IN_OTHER_WORDS = re.compile(r"\A\s*\(\s*\Z")


def as_ordered(concept: CodeableConcept, knowledge: Knowledge) -> CodeableConcept:
    """Return words of a plan without the drugs that they do not order; what has a code stays as it is."""
    text = concept.text
    if concept.coding or not text or len(text) > _LONGEST_TEXT:
        return concept
    return CodeableConcept(text=_without_others(text, knowledge))


def _without_others(text: str, knowledge: Knowledge) -> str:
    """Return a text with blanks in place of the names of drugs that it does not order."""
    hits = knowledge.drug_names_in(text)
    if len(hits) > _MOST_NAMES:
        return text
    left = text
    before: Hit | None = None  # the last one that is not ordered
    for hit in hits:
        repeated = before is not None and before.id == hit.id and _IN_OTHER_WORDS.search(text[before.end : hit.start])
        if repeated or _is_not_ordered(text, hit, hits, knowledge):
            left = left[: hit.start] + " " * (hit.end - hit.start) + left[hit.end :]
            before = hit
        else:
            before = None
    return left


def _is_not_ordered(text: str, hit: Hit, hits: tuple[Hit, ...], knowledge: Knowledge) -> bool:
    stop, switch, about, alone = _patterns(knowledge)
    cut = hit.start - _AROUND
    before, after = _CUT + text[cut : hit.start] if cut > 0 else text[: hit.start], text[hit.end :]
    if stop.search(before):
        return True
    if switch.search(before):
        return any(other.start > hit.end and other.id != hit.id for other in hits)
    return bool((len(after) <= _AROUND and alone.search(after)) or (about.search(before) and not _A_DOSE.search(after)))


@lru_cache(maxsize=8)
def _patterns(knowledge: Knowledge) -> tuple[re.Pattern[str], ...]:
    stop, switch, about = (knowledge.pattern(each).pattern for each in ("plan-stop", "plan-switch", "plan-about"))
    return (
        re.compile(_BEGINNING + stop + _ARTICLE),
        re.compile(_BEGINNING + switch + _ARTICLE),
        re.compile(about + _OF),
        re.compile(rf"\A[\s:-]{{1,3}}{about}(?:[\s,/&+-]{{1,3}}(?:and\s)?{about}){{0,3}}[\s.]{{0,3}}\Z"),
    )
