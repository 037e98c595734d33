"""The record of one patient as it came: its parts, and the resources in them that matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from msgspec import Raw
from msgspec.json import encode
from msgspec.structs import replace

from fhir_mapping.datatypes import ABSENT, FoundResource, Medicated, RawResource, Reference
from fhir_mapping.decoding import UNREADABLE, decode, decoder, refuse_duplicate_keys
from fhir_mapping.diagnosis import Diagnosed, diagnosed_by
from fhir_mapping.facts import Availability, Part, Recognition, Supply, Unread
from fhir_mapping.lexicon import Lexicon
from fhir_mapping.observations import Standing, standing_of
from fhir_mapping.parts import Identified, RecordPart, outcome_of, supply_of
from fhir_mapping.references import is_other_patient, name_of
from fhir_mapping.relevance import Topic, Topics, relevance_of
from fhir_mapping.reports import Listing, conclusion_of, listing_of, specimens_in, within
from fhir_mapping.resources.condition import Condition
from fhir_mapping.resources.diagnostic_report import DiagnosticReport, DiagnosticReportHead
from fhir_mapping.resources.encounter import Encounter
from fhir_mapping.resources.medication_administration import MedicationAdministration
from fhir_mapping.resources.medication_dispense import MedicationDispense
from fhir_mapping.resources.medication_request import MedicationRequest
from fhir_mapping.resources.medication_statement import MedicationStatement
from fhir_mapping.resources.observation import Observation, ObservationHead
from fhir_mapping.resources.patient import Patient
from fhir_mapping.resources.specimen import Specimen
from fhir_mapping.ros1.laboratory import words_of_specimen

R = TypeVar("R", Observation, Condition, Medicated, Encounter, DiagnosticReport)

_MOST_PROBLEMS = 3  # of one resource that are told
_LONGEST_REMEMBERED = 16_384  # bytes of a resource


class Found(NamedTuple):
    """An Observation that matters, what it is about, and the bytes that it came as."""

    observation: Observation
    topics: Topics
    resource: RawResource
    name: str | None = None  # of what holds it, if it is no resource of its own
    is_report: bool = False  # the conclusion of one: its members are the report's results
    within: Listing | None = None  # what holds it, says of it

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(bytes(self.resource.content))

    @property
    def short(self) -> bool:
        """True if it is short enough for its words to be remembered."""
        return _is_short(self.resource)


@dataclass(slots=True)
class Record:
    """The resources that matter, by type, and what was wrong with the others."""

    patient_id: str
    lexicon: Lexicon
    observations: list[Found] = field(default_factory=list)
    conditions: list[tuple[Condition, RawResource, tuple[str, ...]]] = field(default_factory=list)
    diagnosed: list[Diagnosed] = field(default_factory=list)
    condition_ids: set[str] = field(default_factory=set)  # of all, also of those that do not matter
    requests: list[tuple[MedicationRequest, RawResource, tuple[str, ...]]] = field(default_factory=list)
    uses: list[tuple[Medicated, RawResource, tuple[str, ...]]] = field(default_factory=list)
    panels: list[tuple[str, Observation]] = field(default_factory=list)  # reports of molecular panels, by their names
    patients: list[Patient] = field(default_factory=list)
    encounters: list[Encounter] = field(default_factory=list)
    medications: dict[str, RawResource] = field(default_factory=dict)
    specimens: dict[str, tuple[str, ...]] = field(default_factory=dict)
    holders: list[RawResource] = field(default_factory=list)  # that may list others
    listings: dict[str, tuple[Listing, ...]] = field(default_factory=dict)  # what lists a result, by its name
    supplies: list[Supply] = field(default_factory=list)
    unread: set[Unread] = field(default_factory=set)
    unclear: set[Recognition] = field(default_factory=set)  # drugs of which it is not told whether they were given
    lacking: dict[Part, set[str]] = field(default_factory=dict)  # what was to add to a part, and did not come whole
    other_patient: set[str] = field(default_factory=set)

    def take(self, part: RecordPart) -> None:
        """Take what matters out of a part of the record."""
        read_head, topics_of = decoder(ObservationHead).decode, relevance_of(self.lexicon).topics
        problems: list[str] = []
        for resource in part.resources:
            try:
                head = read_head(resource.content)
            except UNREADABLE:
                head = self._head(resource, problems)
                self.holders.append(resource)
            if head.has_member is not ABSENT or head.result is not ABSENT:
                self.holders.append(resource)
            if head.resource_type == "Observation":
                if topics := topics_of(head):
                    self._take_observation(resource, topics)
                if head.contained and any(_NAMED in bytes(each) for each in head.contained):
                    self._take_containing(resource)
            elif head.resource_type in _OTHERS:
                self._take_other(head.resource_type, resource, problems)
            elif head.resource_type == part.extra == "Encounter":  # that in context, not any other one
                self._take_encounter(resource)
            elif head.resource_type == "Bundle" or not head.resource_type:
                self._take_odd(head, resource, problems)
        self._note(supply_of(part, problems), part)

    def _note(self, supply: Supply, part: RecordPart) -> None:
        """Note how a part arrived; of what only adds to one that it failed, not that it was not sent.

        Records of drugs that should have come and did not may hold what nothing else tells: then the medications are
        not whole. An EHR that has no such records, or gives them to nobody, has none that will come.
        """
        if part.extra is None:
            self.supplies.append(supply)
        elif supply.availability in (Availability.FAILED, Availability.INCOMPLETE):
            problem = supply.problem or str(supply.availability)
            self.unread.add(Unread(resource=part.extra, problem=problem))
            if supply.part is Part.MEDICATIONS and not part.refused:
                self.lacking.setdefault(supply.part, set()).add(part.extra)

    def _take_odd(self, head: ObservationHead, resource: RawResource, problems: list[str]) -> None:
        if head.resource_type:
            self._passed_over(resource, "a Bundle inside a Bundle", problems)
        elif head.code is not ABSENT:
            self._passed_over(resource, "a resource without resourceType", problems)

    def _passed_over(self, resource: RawResource, problem: str, problems: list[str]) -> None:
        """Note a resource that may matter and cannot be read: its part of the record is not complete."""
        problems.append(problem)
        self.unread.add(Unread(resource=resource.path, problem=problem))

    def _head(self, resource: RawResource, problems: list[str]) -> ObservationHead:
        head = decode(resource.content, ObservationHead)
        if head.value is None:
            self._passed_over(resource, "an entry that is no resource that can be read", problems)
        return head.value or ObservationHead()

    def _take_other(self, type_: str, resource: RawResource, problems: list[str]) -> None:
        match type_:
            case "Condition":
                self._take_condition(resource)
            case "MedicationRequest":
                self._take_request(resource)
            case "DiagnosticReport":
                self._take_report(resource)
            case "MedicationStatement" | "MedicationAdministration" | "MedicationDispense":
                self._take_use(type_, resource)
            case "Patient":
                self._take_patient(resource)
            case "OperationOutcome":
                problems.extend(outcome_of(resource))
            case "Specimen":
                specimen = decode(resource.content, Specimen).value
                if specimen and specimen.id:
                    self.specimens[specimen.id] = words_of_specimen(specimen, self.lexicon)
            case _:
                medication = decode(resource.content, Identified).value
                if medication and medication.id:
                    self.medications[medication.id] = resource

    def _take_observation(self, resource: RawResource, topics: Topics) -> None:
        refuse_duplicate_keys(resource.content, resource.path)
        read = decode(resource.content, Observation)
        if read.value and self._is_ours(read.value, read.value.subject, "Observation"):
            self.tell(name_of("Observation", read.value.id), read.problems, resource)
            self.observations.append(Found(read.value, topics, resource))

    def _take_containing(self, resource: RawResource) -> None:
        """Take the Observations that an Observation contains, whatever its own code is about."""
        holder = decode(resource.content, Observation).value
        if holder and self._is_ours(holder, holder.subject, "Observation"):
            self._take_contained(holder, resource, name_of("Observation", holder.id), listing_of(holder))

    def _take_report(self, resource: RawResource) -> None:
        """Take the conclusion of a report that is about ROS1, and the Observations that it contains."""
        relevance = relevance_of(self.lexicon)
        head = decode(resource.content, DiagnosticReportHead).value or DiagnosticReportHead()
        topics = relevance.report_topics(head)
        about_ros1 = Topic.ROS1 in topics
        if not topics & {Topic.ROS1, Topic.PANEL} and not head.contained:
            return
        refuse_duplicate_keys(resource.content, resource.path)
        read = decode(resource.content, DiagnosticReport)
        report = read.value
        if report is None or not self._is_ours(report, report.subject, "DiagnosticReport"):
            return
        name, conclusion = name_of("DiagnosticReport", report.id), conclusion_of(report, self.lexicon.knowledge)
        if Topic.PANEL in topics:
            self.panels.append((name, conclusion))
        listing = listing_of(report)
        if about_ros1:
            self.tell(name, read.problems, resource)
            bare = replace(conclusion, contained=())  # also without the forms that it is presented in
            content = FoundResource(encode(bare), resource.path)
            topics = frozenset({Topic.ROS1})
            self.observations.append(Found(conclusion, topics, content, name, is_report=True, within=listing))
        self._take_contained(conclusion, resource, name, listing)

    def _take_contained(self, holder: Observation, resource: RawResource, name: str, listing: Listing) -> None:
        """Take the Observations that matter among those that a resource contains, unless that is void."""
        if standing_of(holder, self.lexicon.knowledge) is Standing.VOID:
            return
        relevant = [
            (number, each, topics) for number, each in enumerate(holder.contained) if (topics := self._of(each))
        ]
        if relevant:
            refuse_duplicate_keys(resource.content, resource.path)
        specimens = specimens_in(holder) if relevant else ()
        for number, content, topics in relevant:
            part = FoundResource(content, f"{resource.path}.contained[{number}]")
            read = decode(content, Observation)
            self.tell(name, read.problems, part)
            if read.value and self._is_ours(read.value, read.value.subject, "Observation"):
                found = within(holder, read.value, specimens)
                self.observations.append(Found(found, topics, part, name, within=listing))

    def _of(self, content: Raw) -> Topics:
        """Return what a contained resource is about, if it is an Observation."""
        head = decode(content, ObservationHead).value
        is_observation = head is not None and head.resource_type == "Observation"
        return relevance_of(self.lexicon).topics(head) if head and is_observation else frozenset()

    def _take_condition(self, resource: RawResource) -> None:
        read = decode(resource.content, Condition)
        condition = read.value
        if condition is None or not self._is_ours(condition, condition.subject or condition.patient, "Condition"):
            return
        self.condition_ids.add(condition.id or "")
        self.conditions.append((condition, resource, read.problems))

    def diagnose(self, condition: Condition, resource: RawResource, problems: tuple[str, ...]) -> None:
        """Read one of the diagnoses."""
        diagnosed = diagnosed_by(condition, self.lexicon.knowledge, remember=_is_short(resource))
        unreadable = condition.code is None and bool(problems)
        if unreadable or diagnosed.disease.matters:
            refuse_duplicate_keys(resource.content, resource.path)
            self.tell(name_of("Condition", condition.id), problems, resource)
            self.diagnosed.append(diagnosed)

    def _take_request(self, resource: RawResource) -> None:
        read = decode(resource.content, MedicationRequest)
        request = read.value
        if request and self._is_ours(request, request.subject or request.patient, "MedicationRequest"):
            self.requests.append((request, resource, read.problems))

    def _take_use(self, type_: str, resource: RawResource) -> None:
        read = decode(resource.content, _USES[type_])
        use = read.value
        if use and self._is_ours(use, use.subject or use.patient, type_):
            self.uses.append((use, resource, read.problems))

    def _take_patient(self, resource: RawResource) -> None:
        read = decode(resource.content, Patient)
        if read.value and read.value.id == self.patient_id:
            refuse_duplicate_keys(resource.content, resource.path)
            self.tell(name_of("Patient", read.value.id), read.problems, resource)
            self.patients.append(read.value)

    def _take_encounter(self, resource: RawResource) -> None:
        read = decode(resource.content, Encounter)
        encounter = read.value
        if encounter and self._is_ours(encounter, encounter.subject or encounter.patient, "Encounter"):
            self.encounters.append(encounter)

    def about(self, topic: Topic) -> list[Observation]:
        """Return the Observations about a topic."""
        return [each.observation for each in self.observations if topic in each.topics]

    def tell(self, name: str, problems: tuple[str, ...], resource: RawResource) -> None:
        """Note what of a resource that matters could not be read."""
        if problems:
            where = name if "/" in name else resource.path
            self.unread.add(Unread(resource=where, problem="; ".join(problems[:_MOST_PROBLEMS])))

    def _is_ours(self, resource: R, subject: Reference | None, type_: str) -> bool:
        other = is_other_patient(subject, self.patient_id)
        if other:
            self.other_patient.add(name_of(type_, resource.id))
        return not other


_NAMED = b'"Observation"'  # what a contained resource holds that is one, or an odd one
_USES: Mapping[str, type[Medicated]] = {
    "MedicationStatement": MedicationStatement,
    "MedicationAdministration": MedicationAdministration,
    "MedicationDispense": MedicationDispense,
}
_OTHERS = frozenset(
    {
        "Condition",
        "DiagnosticReport",
        "Medication",
        "MedicationRequest",
        "OperationOutcome",
        "Patient",
        "Specimen",
        *_USES,
    }
)


def _is_short(resource: RawResource) -> bool:
    return len(bytes(resource.content)) <= _LONGEST_REMEMBERED
