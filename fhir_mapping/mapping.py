"""All resources of one request to one ClinicalFacts, and the drafts of the session to orders.

Two steps keep this fast: a glance at each resource tells whether it matters, and only the few that do are read in full.
The order of the resources never changes the facts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

from msgspec import Raw, structs

from fhir_mapping.baseline import Planned, baseline_of
from fhir_mapping.bounds import bound
from fhir_mapping.cancers import names_disease_now
from fhir_mapping.courses import courses_of
from fhir_mapping.datatypes import Medicated, RawResource
from fhir_mapping.dates import newest_first
from fhir_mapping.decoding import refuse_duplicate_keys
from fhir_mapping.diagnosis import diagnosis_of
from fhir_mapping.drugs import Medications, ordered_by
from fhir_mapping.exposures import Used, unclear_drugs, used_by
from fhir_mapping.facts import (
    Availability,
    BaselineCheck,
    ClinicalFacts,
    Evidence,
    Interaction,
    Order,
    PdL1Result,
    Phase,
    ResistanceChange,
    Ros1Result,
    TherapyCourse,
)
from fhir_mapping.groups import members_of
from fhir_mapping.histology import histologies_of
from fhir_mapping.interactions import interactions_of, taken
from fhir_mapping.lexicon import Lexicon, lexicon_of
from fhir_mapping.listings import listed_for, listings_of
from fhir_mapping.observations import Standing, standing_of
from fhir_mapping.orders import Session, read_orders
from fhir_mapping.panels import open_panels
from fhir_mapping.parts import RecordPart, by_id
from fhir_mapping.pd_l1 import pd_l1_results
from fhir_mapping.person import person_of
from fhir_mapping.progression import progressions_of
from fhir_mapping.record import Found, Record
from fhir_mapping.references import bare_id, name_of
from fhir_mapping.relevance import Topic
from fhir_mapping.reports import names_of
from fhir_mapping.resources.medication_statement import MedicationStatement
from fhir_mapping.resources.observation import Observation, value_words
from fhir_mapping.ros1.diagnoses import named_in_diagnoses
from fhir_mapping.ros1.laboratory import what_was_tested
from fhir_mapping.ros1.resistance import resistance_changes
from fhir_mapping.ros1.results import ros1_results
from fhir_mapping.ros1.same import each_once
from fhir_mapping.ros1.status import ros1_of
from fhir_mapping.smoking import smoking_of
from fhir_mapping.spread import spread_of
from fhir_mapping.therapies import Treated, is_current, treated_by
from knowledge.lookup import Knowledge

__all__ = ["Planned", "RawResource", "RecordPart", "facts_from", "orders_from"]

_CLAUSES = re.compile(r"[.;\n\r]")
_LONGEST_CLAUSE = 600  # characters
_DENIALS = {"negation", "result-negative", "result-pending", "result-not-tested", "hedge", "general-statement"}


def facts_from(
    record: Sequence[RecordPart],
    *,
    patient_id: str,
    knowledge: Knowledge,
    session: Collection[str] = (),
    planned: Planned | None = None,
) -> ClinicalFacts:
    """Return all that the record tells of the patient.

    ``session`` names the drafts of this session ("MedicationRequest/1"): wherever they stand, they are no therapy.
    ``planned`` tells the day of the decision, what is dated later was not given yet; and the ROS1 inhibitors that are
    ordered: only if there are any, baseline and interactions are read.
    Raises DuplicateKeyError if a resource that matters holds a key twice.
    """
    lexicon = lexicon_of(knowledge)
    read = Record(patient_id=bare_id(patient_id), lexicon=lexicon)
    for part in record:
        read.take(part)
    bound(read)
    read.observations.extend(list(members_of(read, record)))
    read.listings.update(listings_of(read))
    medications = Medications([lambda: read.medications])
    treated = list(_treated(read, medications, knowledge, session))
    used = list(_used(read, medications, knowledge, planned.as_of if planned else None))
    exposures = [each for every in treated for each in every.exposures]
    exposures += [each for every in used for each in every.exposures]
    therapies = courses_of(exposures)
    transformations = _transformations(read.about(Topic.TRANSFORMATION), lexicon)
    histologies = histologies_of(read.about(Topic.HISTOLOGY), read.diagnosed, knowledge, conditions=read.condition_ids)
    intents = [each.intent for each in treated if each.intent]
    unresolved = [*(each.unresolved for each in treated), *(each.unresolved for each in used)]
    return ClinicalFacts(
        ros1=ros1_of(_ros1_results(read), knowledge),
        open_panels=open_panels([*_panels(read), *read.panels], knowledge),
        resistance_changes=newest_first(_resistance_changes(read), lambda each: each.evidence.date),
        pd_l1=newest_first(_pd_l1_results(read), lambda each: each.evidence.date),
        diagnosis=diagnosis_of(read.diagnosed, transformations, histologies),
        spread=spread_of(read.about(Topic.STAGE), read.diagnosed, intents, knowledge, conditions=read.condition_ids),
        smoking=smoking_of(read.about(Topic.SMOKING), knowledge),
        therapies=therapies,
        unclear_therapies=tuple(sorted(read.unclear, key=repr)),
        progressions=progressions_of(read.about(Topic.PROGRESSION), read.diagnosed, knowledge),
        person=person_of(read.patients, read.encounters, knowledge),
        supplies=tuple(read.supplies),
        unread=tuple(sorted(read.unread, key=repr)),
        other_patient=tuple(sorted(read.other_patient)),
        baseline=_baseline(read, planned, record, therapies) if planned and planned.drugs else (),
        interactions=_interactions(read, planned, medications, knowledge, session) if planned and planned.drugs else (),
        unresolved=tuple(chain.from_iterable(unresolved)),
    )


def orders_from(
    draft_orders: bytes | Raw,
    *,
    selections: Sequence[str] | None,
    patient_id: str,
    knowledge: Knowledge,
    record: Sequence[RecordPart] = (),
) -> tuple[Order, ...]:
    """Return the draft orders of the session.

    ``selections`` None: all are selected; none of them matches a draft: all are selected; empty: none is.
    ``record`` helps to resolve references. Raises DuplicateKeyError if a draft holds a key twice.
    """
    conditions: dict[str, RawResource] = {}

    def recorded_conditions() -> dict[str, RawResource]:
        if not conditions:
            conditions.update(by_id(record, "Condition"))
        return conditions

    session = Session(
        bare_id(patient_id), knowledge, Medications(), recorded_conditions, lambda: by_id(record, "MedicationRequest")
    )
    return read_orders(draft_orders, selections, session, [lambda: by_id(record, "Medication")])


def _ros1_results(read: Record) -> tuple[Ros1Result, ...]:
    """Return every ROS1 result once; a report or a group whose results cannot be read is a result without a value."""
    about_ros1 = [each for each in read.observations if Topic.ROS1 in each.topics]
    results = [result for each in about_ros1 for result in _of_found(each, read)]
    told = {result.evidence.resource for result in results}
    links: dict[str, frozenset[str]] = {}
    for each in about_ros1:
        whole = each.observation
        name, named = each.name or name_of("Observation", whole.id), names_of((*whole.has_member, *whole.derived_from))
        if each.is_report:
            links[name] = links.get(name, frozenset()) | named
        if (each.is_report or whole.has_member or whole.derived_from) and not told & (named | {name}):
            alone = structs.replace(whole, has_member=(), derived_from=())
            results.extend(_of_found(each._replace(observation=alone), read))
    results.extend(named_in_diagnoses(read.diagnosed, read.lexicon))
    return each_once(results, links)


def _panels(read: Record) -> Iterator[tuple[str, Observation]]:
    """Yield the Observations that are molecular panels, each with its name."""
    for each in read.about(Topic.PANEL):
        yield name_of("Observation", each.id), each


def _of_found(found: Found, read: Record) -> tuple[Ros1Result, ...]:
    tested = what_was_tested(found.observation, read.specimens, read.lexicon, listed_for(found, read))
    return ros1_results(found.observation, tested, read.lexicon, remember=found.short, name=found.name)


def _resistance_changes(read: Record) -> Iterator[ResistanceChange]:
    for each in read.observations:
        if Topic.ROS1 in each.topics:
            yield from resistance_changes(each.observation, read.specimens, read.lexicon, remember=each.short)


def _pd_l1_results(read: Record) -> Iterator[PdL1Result]:
    for each in read.observations:
        if Topic.PD_L1 in each.topics:
            yield from pd_l1_results(each.observation, read.lexicon, remember=each.short)


def _used(read: Record, medications: Medications, knowledge: Knowledge, as_of: date | None) -> Iterator[Used]:
    """Yield what the records of drugs taken, given or handed over tell on a day."""
    for resource, raw, problems in read.uses:
        used = used_by(resource, medications, knowledge, as_of)
        if used.exposures or used.unread:
            refuse_duplicate_keys(raw.content, raw.path)
            read.tell(name_of(type(resource).__name__, resource.id), problems, raw)
            read.unread.update(used.unread)
            read.unclear.update(used.unclear)
            yield used


def _treated(
    read: Record, medications: Medications, knowledge: Knowledge, session: Collection[str]
) -> Iterator[Treated]:
    """Yield what each MedicationRequest on file tells, if it tells anything."""
    cancers = {each.id: each.disease.named for each in read.diagnosed if each.id}
    drafts = set(session)
    for request, resource, problems in read.requests:
        name = name_of("MedicationRequest", request.id)
        treated = Treated() if name in drafts else treated_by(request, medications, cancers, knowledge)
        if treated.matters:
            refuse_duplicate_keys(resource.content, resource.path)
            read.tell(name, problems, resource)
            read.unread.update(treated.unread)
            if treated.unread and not treated.exposures:
                read.unclear.update(unclear_drugs(request, medications, knowledge))
            yield treated


def _baseline(
    read: Record, planned: Planned, record: Sequence[RecordPart], therapies: Sequence[TherapyCourse]
) -> tuple[BaselineCheck, ...]:
    """Return how the checks stand before the first dose; a drug that is being taken has had it."""
    running = {course.drug for course in therapies if course.phase is Phase.CURRENT}
    first = replace(planned, drugs=tuple(drug for drug in planned.drugs if drug not in running))
    beside = Record(patient_id=read.patient_id, lexicon=read.lexicon)
    beside.take(planned.measurements)
    supplies = (*read.supplies, *beside.supplies)
    whole = {supply.part for supply in supplies if supply.availability is Availability.COMPLETE}
    return baseline_of(first, record, whole, patient_id=read.patient_id, knowledge=read.lexicon.knowledge)


def _interactions(
    read: Record, planned: Planned, medications: Medications, knowledge: Knowledge, session: Collection[str]
) -> tuple[Interaction, ...]:
    """Return the interactions of the ordered ROS1 inhibitors with what is taken now, or ordered beside them."""
    current = list(planned.beside)
    for name, medicated, day in _current(read, frozenset(session)):
        ordered = ordered_by(medicated, medications)
        current.append(taken(ordered.concepts, name, day, ordered.display))
    return interactions_of(planned.drugs, current, knowledge)


def _current(read: Record, drafts: frozenset[str]) -> Iterator[tuple[str, Medicated, str | None]]:
    """Yield the orders and statements on file of drugs that are being taken, each with its name and date."""
    for request, _, _ in read.requests:
        name = name_of("MedicationRequest", request.id)
        if name not in drafts and is_current(request):
            yield name, request, request.date
    for use, _, _ in read.uses:
        if isinstance(use, MedicationStatement) and use.status == "active":
            yield name_of("MedicationStatement", use.id), use, use.start or use.asserted


def _transformations(observations: Sequence[Observation], lexicon: Lexicon) -> Iterator[Evidence]:
    """Yield the observations that state a transformation to small cell cancer, without a doubt or a denial."""
    for observation in observations:
        valid = standing_of(observation, lexicon.knowledge) in (Standing.VALID, Standing.NOT_STATED)
        clauses = (clause for text in value_words(observation) for clause in _CLAUSES.split(text)) if valid else ()
        for clause in filter(lexicon.transformation.within, clauses):
            words = clause.strip()[:_LONGEST_CLAUSE]
            if _affirms(words, lexicon):
                resource = name_of("Observation", observation.id)
                yield Evidence(resource=resource, date=observation.date, reported=words)


def _affirms(words: str, lexicon: Lexicon) -> bool:
    denied = lexicon.knowledge.concepts_in(words) & _DENIALS  # also what is said of patients in general
    return not denied and names_disease_now(words, lexicon.knowledge)
