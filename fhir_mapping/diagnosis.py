"""Conditions to the lung cancer and the other cancers that a patient has now.

A Condition counts if it is neither over (resolved, inactive, in remission) nor in doubt or denied (refuted, entered in
error, differential, provisional, unconfirmed); one without any status counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fhir_mapping.cancers import Cancer, Named, cancer_in, histology_in, names_disease_now, without_asides
from fhir_mapping.concepts import code_concepts, concepts_of, texts_of, words_of
from fhir_mapping.datatypes import CodeableConcept
from fhir_mapping.dates import newest_first, partial_date
from fhir_mapping.facts import Diagnosis, Evidence, LungCancer, NotCurrent
from fhir_mapping.references import name_of
from fhir_mapping.resources.condition import Condition, without_circumstances
from fhir_mapping.stages import Stage, extent_meanings, stage_in, stage_of_code
from knowledge.lookup import Knowledge

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_LONGEST_NAME = 500  # characters of a diagnosis that are read
_OVER = {"clinical-status-inactive"}
_DENIED = "verification-not-present"
_IN_DOUBT = {_DENIED, "verification-uncertain"}
_TELLING = {"cns-metastasis", "metastasis", "m1", "ros1-gene"}
_BRAIN = "cns-metastasis"
_PROGRESSION = "cancer-progression"
_LUNG_CANCERS = (
    (Cancer.SMALL_CELL, LungCancer.SMALL_CELL),
    (Cancer.NSCLC, LungCancer.NSCLC),
    (Cancer.LUNG, LungCancer.UNSPECIFIED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disease:
    """What the words and codes of one Condition mean, whoever has it and since when."""

    current: bool
    named: Named
    concepts: frozenset[str]  # ids of the value sets that its code belongs to
    stages: tuple[tuple[Stage, str | None], ...]  # of Condition.stage, each as the record words it
    coded_stage: Stage | None  # that its code holds
    extents: frozenset[str]  # what its words say of the extent
    reported: str | None
    status: str | None  # why it does not count, as the record words it
    ended: str | None  # when it ended, if that alone is why
    denied: bool  # it was never there

    @property
    def matters(self) -> bool:
        """True if it is a cancer, a metastasis, a progression, or names ROS1."""
        return self.named.cancer is not None or bool(self.concepts & _TELLING) or self.progression is not None

    @property
    def progression(self) -> str | None:
        """The words that say that the cancer got worse, if they do."""
        return self.reported if _PROGRESSION in self.concepts and self.current else None


class Diagnosed(NamedTuple):
    """A disease of this patient."""

    id: str | None
    disease: Disease
    evidence: Evidence


def diagnosed_by(condition: Condition, knowledge: Knowledge, *, remember: bool = False) -> Diagnosed:
    """Return the disease that a Condition states; ``remember`` what its words mean, as they come again."""
    disease = (_remembered if remember else _disease)(without_circumstances(condition), knowledge)
    resource = name_of("Condition", condition.id)
    evidence = Evidence(resource=resource, date=condition.date, reported=disease.reported)
    return Diagnosed(id=condition.id, disease=disease, evidence=evidence)


def diagnosis_of(
    diagnosed: Sequence[Diagnosed], transformations: Iterable[Evidence], histologies: Iterable[Evidence] = ()
) -> Diagnosis:
    """Return the diagnosis; a small cell cancer, also by transformation, outweighs the others.

    ``histologies`` tell that a lung cancer whose name says nothing of its kind is a non-squamous non-small cell one.
    """
    found: dict[Cancer | None, list[Evidence]] = {Cancer.SMALL_CELL: [*transformations]}
    squamous = False
    for each in diagnosed:
        if each.disease.current:
            found.setdefault(each.disease.named.cancer, []).append(each.evidence)
            squamous |= each.disease.named.squamous
    cancer, lung_cancer = next((pair for pair in _LUNG_CANCERS if found.get(pair[0])), (None, LungCancer.NONE))
    told = _newest_first(histologies) if lung_cancer is LungCancer.UNSPECIFIED else ()
    return Diagnosis(
        lung_cancer=LungCancer.NSCLC if told else lung_cancer,
        evidence=(*_newest_first(found[cancer]), *told) if cancer else (),
        squamous=lung_cancer is LungCancer.NSCLC and squamous,
        other_cancers=_newest_first(found.get(Cancer.OTHER, ())),
        not_current=newest_first(_not_current(diagnosed), lambda each: each.evidence.date),
    )


def _not_current(diagnosed: Iterable[Diagnosed]) -> Iterator[NotCurrent]:
    """Yield the lung cancers that are over or in doubt: beside a metastasis they may be there again."""
    for each in diagnosed:
        disease = each.disease
        ours = disease.named.is_lung and disease.named.cancer is not Cancer.SMALL_CELL
        if ours and not disease.current and not disease.denied:
            yield NotCurrent(evidence=each.evidence, status=disease.status, ended=disease.ended)


def _disease(condition: Condition, knowledge: Knowledge) -> Disease:
    concepts = (condition.code, *(each.summary for each in condition.stage))
    words = " ".join(text for concept in concepts for text in texts_of(concept))[:_LONGEST_NAME]
    stages = ((stage_in(each.summary, None, knowledge), words_of(each.summary)) for each in condition.stage)
    over = bool(_meanings(condition.clinical_status, _CLINICAL, knowledge) & _OVER)
    verification = _meanings(condition.verification_status, _VERIFICATION, knowledge)
    in_doubt = bool(verification & _IN_DOUBT)
    ended = condition.abatement_date_time if condition.clinical_status is None else None
    return Disease(
        current=not (over or in_doubt or ended is not None),
        status=words_of(condition.clinical_status if over else condition.verification_status if in_doubt else None),
        ended=partial_date(ended),
        denied=_DENIED in verification,
        named=_named(condition, knowledge),
        concepts=_concepts(condition, knowledge),
        stages=tuple((stage, stated) for stage, stated in stages if stage),
        coded_stage=stage_of_code(concepts_of(condition.code, knowledge)),
        extents=extent_meanings(without_asides(words, knowledge), knowledge),
        reported=words_of(condition.code),
    )


_remembered = lru_cache(maxsize=1024)(_disease)


def _named(condition: Condition, knowledge: Knowledge) -> Named:
    """Return the cancer that a Condition names; its histology tells the kind of a lung cancer, two kinds tell none."""
    named = cancer_in(condition.code, knowledge)
    kinds = tuple(_histologies(condition, knowledge)) if named.cancer is Cancer.LUNG else ()
    return kinds[0] if len({each.cancer for each in kinds}) == 1 else named


def _histologies(condition: Condition, knowledge: Knowledge) -> Iterator[Named]:
    told = (histology_in(concept, knowledge) for concept in condition.extension_concepts)
    return (each for each in told if each.cancer is not Cancer.LUNG)


def _concepts(condition: Condition, knowledge: Knowledge) -> frozenset[str]:
    """Return what the code means, by its words only if no code is known and they do not deny it.

    Beside the code of a lung cancer the words tell of a brain metastasis, too.
    """
    codes = concepts_of(condition.code, knowledge)
    texts = (without_asides(text[:_LONGEST_NAME], knowledge) for text in texts_of(condition.code))
    told = frozenset().union(*(knowledge.concepts_in(each) for each in texts if names_disease_now(each, knowledge)))
    if not codes:
        return told
    return codes | (told & {_BRAIN} if cancer_in(condition.code, knowledge).is_lung else frozenset())


def _newest_first(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return newest_first(evidence, lambda each: each.date)


def _meanings(status: CodeableConcept | None, system: str, knowledge: Knowledge) -> frozenset[str]:
    """Return what a status means; older releases send it as a bare code or under another system."""
    if status is None:
        return frozenset()
    codes = (status.text, *(each.code for each in status.coding))
    return frozenset().union(*(code_concepts(system, code, knowledge) for code in codes))
