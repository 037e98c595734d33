"""ROS1 fusions that a diagnosis names ("NSCLC, ROS1 positive"): no result, but no reason for silence either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fhir_mapping.cancers import Cancer, names_disease_now
from fhir_mapping.diagnosis import Diagnosed
from fhir_mapping.facts import Ros1Finding, Ros1Result
from fhir_mapping.lexicon import Lexicon
from fhir_mapping.ros1.clauses import Naming
from fhir_mapping.ros1.statement import Note, settled
from fhir_mapping.ros1.text import read

_LONGEST_NAME = 500  # characters of a diagnosis that are read


def named_in_diagnoses(diagnosed: Iterable[Diagnosed], lexicon: Lexicon) -> Iterator[Ros1Result]:
    """Yield the fusions that current diagnoses affirm, as indeterminate: only a test confirms one, or denies it."""
    for each in diagnosed:
        words = (each.disease.reported or "")[:_LONGEST_NAME]
        ours = each.disease.current and each.disease.named.cancer is not Cancer.OTHER
        if ours and lexicon.ros1.within(words) and names_disease_now(words, lexicon.knowledge):
            said = settled(read(words, lexicon, implied=False, naming=Naming.WITH_DISEASE))
            if said.finding is Ros1Finding.POSITIVE:
                yield Ros1Result(
                    finding=Ros1Finding.INDETERMINATE,
                    evidence=each.evidence,
                    partner=said.partner,
                    notes=(Note.NAMED_IN_DIAGNOSIS,),
                )
