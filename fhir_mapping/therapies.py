"""MedicationRequests on file to the drugs that a patient has or had, and to what the treatment aims at.

Active requests are current; on hold, completed and stopped ones are prior. Drafts, cancelled and erroneous requests,
proposals, plans, options and requests not to give a drug are no therapy, nor are the drafts of this very session.
A status that is missing or unknown does not make a therapy either: it is said that it could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fhir_mapping.cancers import Cancer, Named, cancer_in
from fhir_mapping.concepts import meanings_of
from fhir_mapping.datatypes import CodeableConcept, Reference
from fhir_mapping.drugs import Medications, drugs_given, ordered_by
from fhir_mapping.facts import Evidence, Extent, Phase, Therapy, Unread
from fhir_mapping.references import Target, name_of, target_of
from fhir_mapping.resources.medication_request import MedicationRequest
from fhir_mapping.spread import Intent
from knowledge.lookup import Knowledge

_PHASES = {
    "active": Phase.CURRENT,
    "on-hold": Phase.PRIOR,
    "completed": Phase.PRIOR,
    "stopped": Phase.PRIOR,
}
_NO_THERAPY = {"draft", "cancelled", "entered-in-error"}
_NO_ORDER = {"proposal", "plan", "option"}
_INTENTS = {"intent-curative": Extent.CURATIVE_INTENT, "intent-palliative": Extent.METASTATIC}


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """What one MedicationRequest tells."""

    therapies: tuple[Therapy, ...] = ()
    intent: Intent | None = None
    unread: tuple[Unread, ...] = ()

    @property
    def matters(self) -> bool:
        """True if it tells anything."""
        return bool(self.therapies or self.intent or self.unread)


_NOTHING = Treated()


def treated_by(
    request: MedicationRequest, medications: Medications, cancers: Mapping[str, Named], knowledge: Knowledge
) -> Treated:
    """Return the therapies and the intent that a MedicationRequest on file tells of.

    ``cancers`` are the cancers on file by the id of their Condition: a treatment of another one says nothing of ours.
    """
    if request.status in _NO_THERAPY or request.intent in _NO_ORDER or request.do_not_perform:
        return _NOTHING
    ordered = ordered_by(request, medications)
    drugs = drugs_given(ordered.concepts, knowledge)
    if not drugs and not request.extension:
        return _NOTHING
    name = name_of("MedicationRequest", request.id)
    phase = _PHASES.get(request.status or "")
    if phase is None:
        problem = f"status {request.status or 'missing'}: it is not known whether the drug was given"
        return Treated(unread=(Unread(resource=name, problem=problem),) if drugs else ())
    evidence = Evidence(resource=name, date=request.date, reported=ordered.display)
    therapies = tuple(
        Therapy(drug=each.drug, drug_class=each.drug_class, phase=phase, evidence=evidence) for each in drugs
    )
    reasons = [cancer_in(each, knowledge) for each in request.reason_code]
    reasons += [cancers[target.id] for target in _targets(request.reason_reference) if target.id in cancers]
    aim = None if _are_of_another_cancer(reasons) else intent_of(request, knowledge)
    return Treated(therapies=therapies, intent=Intent(extent=aim, evidence=evidence) if aim else None)


def is_current(request: MedicationRequest) -> bool:
    """Return True if what the request orders is being taken."""
    return request.status == "active" and request.intent not in _NO_ORDER and not request.do_not_perform


def intent_of(request: MedicationRequest, knowledge: Knowledge) -> Extent | None:
    """Return the intent that a request states: curative, or palliative (as metastatic)."""
    if not request.extension:
        return None
    found = set(_intents(request.extension_concepts, knowledge))
    return found.pop() if len(found) == 1 else None


def _intents(concepts: Iterable[CodeableConcept], knowledge: Knowledge) -> Iterator[Extent]:
    for concept in concepts:
        meant = meanings_of(concept, knowledge)
        yield from (extent for id_, extent in _INTENTS.items() if id_ in meant)


def _targets(references: Iterable[Reference]) -> Iterator[Target]:
    yield from filter(None, (target_of(each.reference) for each in references))


def _are_of_another_cancer(named: Sequence[Named]) -> bool:
    return any(each.cancer is Cancer.OTHER for each in named) and not any(each.is_lung for each in named)
