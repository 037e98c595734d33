"""Observations of the histology: what a pathologist found, where the diagnosis names a lung cancer of unknown kind.

They can only tell that it is a non-small cell one that is not squamous. What says squamous or small cell may be of
another tumour, and would silence a card: it leaves the kind open, and so does whatever is read in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from fhir_mapping.cancers import Cancer, Named, cancer_in, histology_in
from fhir_mapping.concepts import concepts_of, texts_of
from fhir_mapping.datatypes import CodeableConcept
from fhir_mapping.dates import newest_first
from fhir_mapping.diagnosis import Diagnosed
from fhir_mapping.facts import Evidence
from fhir_mapping.observations import Standing, is_about, standing_of
from fhir_mapping.references import name_of
from fhir_mapping.resources.observation import Observation, reported_value
from knowledge.lookup import Knowledge

_SENTENCES = re.compile(r"[;.\n\r]")
_LONGEST_REPORT = 2000  # characters of a report that are read
_LONGEST_SENTENCE = 500  # characters; of a longer one only a part would be read
_MOST_SENTENCES = 30  # of one Observation that are read
_MOST_OBSERVATIONS = 20  # the newest
_LONGEST_REPORTED = 300
_KNOWN = (Cancer.NSCLC, Cancer.SMALL_CELL)


def histologies_of(
    observations: Sequence[Observation],
    diagnosed: Sequence[Diagnosed],
    knowledge: Knowledge,
    *,
    conditions: AbstractSet[str] = frozenset(),
) -> tuple[Evidence, ...]:
    """Return the Observations by which a lung cancer is a non-squamous non-small cell one; none if they leave it open.

    ``conditions`` are the ids of all Conditions on file: an Observation about one that is no lung cancer is not ours.
    """
    if not observations:
        return ()
    current = [each for each in diagnosed if each.disease.current]
    lung = {each.id for each in current if each.disease.named.is_lung and each.id}
    alone = not any(each.disease.named.cancer is Cancer.OTHER for each in current)
    found: list[tuple[Named, Observation]] = []
    for each in newest_first(observations, lambda each: each.date)[:_MOST_OBSERVATIONS]:
        valid = standing_of(each, knowledge) in (Standing.VALID, Standing.NOT_STATED)
        if valid and not is_about(each, conditions - lung):
            ours = alone or is_about(each, lung) or _names_lung(each, knowledge)
            found.extend((kind, each) for kind in _kinds(each, knowledge) if ours)
    if any(kind.cancer is Cancer.SMALL_CELL for kind, _ in found):
        return ()
    telling = {name_of("Observation", each.id): each for kind, each in found if not kind.squamous}
    return tuple(
        Evidence(resource=name, date=each.date, reported=_shortened(reported_value(each)))
        for name, each in telling.items()
    )


def _kinds(observation: Observation, knowledge: Knowledge) -> Iterator[Named]:
    """Yield the lung cancers that an Observation makes certain, by its code, else sentence by sentence."""
    value = observation.value_codeable_concept
    coded = histology_in(value, knowledge) if concepts_of(value, knowledge) else None
    if coded and coded.cancer in _KNOWN:
        yield coded
        return
    texts = (*texts_of(value), observation.value_string or "")
    sentences = (sentence for text in texts for sentence in _sentences(text))
    whole = (sentence for sentence in sentences if sentence.strip() and len(sentence) <= _LONGEST_SENTENCE)
    for sentence in islice(whole, _MOST_SENTENCES):
        kind = histology_in(CodeableConcept(text=sentence), knowledge)
        if kind.cancer in _KNOWN:
            yield kind


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text; the last one of a longer text is cut, and may lack what it says of its words."""
    sentences = _SENTENCES.split(text[:_LONGEST_REPORT])
    return sentences if len(text) <= _LONGEST_REPORT else sentences[:-1]


def _names_lung(observation: Observation, knowledge: Knowledge) -> bool:
    """Tell whether the value names a lung cancer, or the body site is the lung."""
    value = observation.value_codeable_concept or CodeableConcept(
        text=(observation.value_string or "")[:_LONGEST_REPORT]
    )
    if cancer_in(value, knowledge).is_lung:
        return True
    site = knowledge.pattern("lung-site")
    return any(site.search(text) for text in texts_of(observation.body_site))


def _shortened(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST_REPORTED else f"{text[:_LONGEST_REPORTED]} ..."
