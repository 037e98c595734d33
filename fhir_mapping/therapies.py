"""MedicationRequests on file to the drugs that a patient has or had, and to what the treatment aims at.

Active requests run, at most until the day that they state; on hold, completed and stopped ones are over. Drafts,
cancelled and erroneous requests, proposals, plans, options and requests not to give a drug are no therapy, nor are the
drafts of this very session. A status that is missing or unknown does not make a therapy either: it is said that it
could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fhir_mapping.cancers import Cancer, Named, cancer_in
from fhir_mapping.concepts import meanings_of
from fhir_mapping.datatypes import CodeableConcept, Reference
from fhir_mapping.drugs import Medications, drugs_given, ordered_by, without_known_parts
from fhir_mapping.exposures import Exposure, Told, Use, exposures_to, not_in_record, notes_of, stop_reason_in
from fhir_mapping.facts import Evidence, Extent, Unread
from fhir_mapping.references import Target, name_of, target_of
from fhir_mapping.resources.medication_request import MedicationRequest
from fhir_mapping.spread import Intent
from knowledge.lookup import Knowledge

_USES = {
    "active": Use.RUNNING,
    "on-hold": Use.ENDED,
    "completed": Use.ENDED,
    "stopped": Use.ENDED,
}
_NO_THERAPY = {"draft", "cancelled", "entered-in-error"}
_NO_ORDER = {"proposal", "plan", "option"}
_INTENTS = {"intent-curative": Extent.CURATIVE_INTENT, "intent-palliative": Extent.METASTATIC}


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """What one MedicationRequest tells."""

    exposures: tuple[Exposure, ...] = ()
    intent: Intent | None = None
    unread: tuple[Unread, ...] = ()
    unresolved: tuple[str, ...] = ()  # references to the drug that lead to nothing

    @property
    def matters(self) -> bool:
        """True if it tells anything."""
        return bool(self.exposures or self.intent or self.unread)


_NOTHING = Treated()


def treated_by(
    request: MedicationRequest, medications: Medications, cancers: Mapping[str, Named], knowledge: Knowledge
) -> Treated:
    """Return the exposures and the intent that a MedicationRequest on file tells of.

    ``cancers`` are the cancers on file by the id of their Condition: a treatment of another one says nothing of ours.
    """
    if request.status in _NO_THERAPY or request.intent in _NO_ORDER or request.do_not_perform:
        return _NOTHING
    ordered = without_known_parts(ordered_by(request, medications), knowledge)
    drugs = drugs_given(ordered.concepts, knowledge)
    if not (drugs or request.extension or ordered.unresolved):
        return _NOTHING
    name = name_of("MedicationRequest", request.id)
    told = _told(request, knowledge)
    if told is None:
        problem = f"status {request.status or 'missing'}: it is not known whether the drug was given"
        return Treated(unread=(Unread(resource=name, problem=problem),) if drugs or ordered.unresolved else ())
    evidence = Evidence(resource=name, date=request.date, reported=ordered.display)
    reasons = [cancer_in(each, knowledge) for each in request.reason_code]
    reasons += [cancers[target.id] for target in _targets(request.reason_reference) if target.id in cancers]
    aim = None if _are_of_another_cancer(reasons) else intent_of(request, knowledge)
    exposures = exposures_to(drugs, told, name, ordered.display)
    intent = Intent(extent=aim, evidence=evidence) if aim else None
    if drugs:
        return Treated(exposures=exposures, intent=intent)
    return Treated(intent=intent, unread=not_in_record(name, ordered), unresolved=ordered.unresolved)


def _told(request: MedicationRequest, knowledge: Knowledge) -> Told | None:
    """Return what a request tells of its drugs: what was completed was given, the others were ordered."""
    use = _USES.get(request.status or "")
    if use is None:
        return None
    running, stopped = use is Use.RUNNING, request.status == "stopped"
    completed = request.status == "completed"
    reasons = (request.status_reason,) if request.status_reason else ()
    return Told(
        use=use,
        proven=completed,
        date=request.date,
        start=request.date,
        until=request.until if running or completed else None,
        stop_reason=None if running else stop_reason_in(reasons, notes_of(request), knowledge, stopped=stopped),
    )


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
