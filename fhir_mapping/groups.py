"""ROS1 tests that are groups: members whose own code does not name ROS1 ("Interpretation") hold the group's result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import structs

from fhir_mapping.concepts import meanings_of
from fhir_mapping.decoding import decode, refuse_duplicate_keys
from fhir_mapping.headings import holds_result, under
from fhir_mapping.lexicon import ROS1_CONCEPTS
from fhir_mapping.observations import Standing, standing_of
from fhir_mapping.parts import Identified, RecordPart
from fhir_mapping.record import Found, Record
from fhir_mapping.references import is_other_patient, name_of
from fhir_mapping.relevance import Topic
from fhir_mapping.reports import names_of
from fhir_mapping.resources.observation import Observation, reported_value
from knowledge.lookup import Knowledge


def members_of(read: Record, record: Sequence[RecordPart]) -> Iterator[Found]:
    """Yield what the members of ROS1 tests say that are groups; looks for them only if there is such a group."""
    knowledge = read.lexicon.knowledge
    groups: dict[str, Observation] = {}
    about_ros1 = (each.observation for each in read.observations if Topic.ROS1 in each.topics)
    for group in sorted((each for each in about_ros1 if _is_group(each, knowledge)), key=repr):
        groups.update(dict.fromkeys(names_of((*group.has_member, *group.derived_from)), group))
    for own in read.observations:
        groups.pop(name_of("Observation", own.observation.id), None)
    for resource in (resource for part in record for resource in part.resources if groups):
        head = decode(resource.content, Identified).value
        group_of_it = groups.get(name_of("Observation", head.id)) if head and head.id else None
        if head is None or group_of_it is None or head.resource_type != "Observation":
            continue
        refuse_duplicate_keys(resource.content, resource.path)
        member = decode(resource.content, Observation).value
        ours = member is not None and not is_other_patient(member.subject, read.patient_id)
        if member and ours and (result := _as_result(group_of_it, member, knowledge)):
            yield Found(result, frozenset({Topic.ROS1}), resource)


def _is_group(observation: Observation, knowledge: Knowledge) -> bool:
    """Tell whether an Observation is a test of ROS1, and of no other gene, that leaves the result to its members."""
    if not (observation.has_member or observation.derived_from):
        return False
    means = meanings_of(observation.code, knowledge)
    valued = reported_value(observation) or observation.interpretation
    void = standing_of(observation, knowledge) is Standing.VOID
    return bool(means & ROS1_CONCEPTS) and "other-gene" not in means and not valued and not void


def _as_result(group: Observation, member: Observation, knowledge: Knowledge) -> Observation | None:
    """Return a member under its group's name, if its own says no more than that it is the result."""
    if not holds_result(member.code, knowledge):
        return None
    return structs.replace(member, code=under(group.code, member.code), method=member.method or group.method)
