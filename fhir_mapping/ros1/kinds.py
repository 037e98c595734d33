"""What a text says was tested: blood or tissue of the tumour.

Blood as the normal control of a tumour is not what was searched for a fusion. Blood beside tissue may be one: which of
the two was tested is open. Plasma and circulating DNA are never a control.
"""

from __future__ import annotations

import re

from fhir_mapping.facts import Specimen
from fhir_mapping.lexicon import Lexicon

_BLOOD, _TISSUE = "blood-specimen", "tissue-specimen"
KINDS = {_BLOOD: Specimen.BLOOD, _TISSUE: Specimen.TISSUE}
_LONGEST_READ = 1000  # characters of a text in which a specimen is looked for
_PARTS = re.compile(r"[,;()]")
_EITHER = re.compile(r"\bor\b|/", re.IGNORECASE)
_DENIALS = {"negation", "result-not-tested", "result-indeterminate", "tissue-not-used"}


def kind_in(text: str, lexicon: Lexicon, *, both: Specimen | None) -> Specimen | None:
    """Return what a text says was tested; ``both``: what it means if it names circulating DNA and tissue."""
    text, knowledge = text[:_LONGEST_READ], lexicon.knowledge
    meant = knowledge.concepts_in(text)
    if _BLOOD not in meant:
        return Specimen.TISSUE if _TISSUE in meant else None
    rest = knowledge.pattern("normal-blood").sub(" ", text)
    if knowledge.concepts_in(rest) & {_TISSUE, "tissue-test"}:
        text, meant = rest, knowledge.concepts_in(rest)
    if _BLOOD not in meant:
        return Specimen.TISSUE if _TISSUE in meant else None
    if _BLOOD in knowledge.concepts_in(knowledge.pattern("whole-blood").sub(" ", text)):
        beside = knowledge.pattern(_BLOOD).sub(" ", text)  # a liquid biopsy is no biopsy
        return both if _TISSUE in knowledge.concepts_in(beside) else Specimen.BLOOD
    if "tissue-test" in meant or _has_tissue(text, lexicon):
        return both if _EITHER.search(text) else None  # "blood or tissue" may have been blood
    return Specimen.BLOOD


def _has_tissue(text: str, lexicon: Lexicon) -> bool:
    """Return True if a text names tissue other than to say that there was none, or not enough."""
    narrow = lexicon.knowledge.pattern("negation-of-next-word")  # of "non-small cell"
    told = (lexicon.knowledge.concepts_in(narrow.sub(" ", part)) for part in _PARTS.split(text))
    return any(_TISSUE in each and not each & _DENIALS for each in told)
