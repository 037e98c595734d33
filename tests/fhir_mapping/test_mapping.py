"""The whole record: its parts, other patients, what could not be read, and what it costs."""

from __future__ import annotations

import gc
import json
import time
from typing import Any

import pytest

from fhir_mapping.errors import DuplicateKeyError
from fhir_mapping.facts import Availability, Part, Ros1Status, Supply
from fhir_mapping.mapping import RecordPart, facts_from
from tests.fhir_mapping.fhir import KNOWLEDGE, LOINC, concept, condition, facts, observation, raw, request, ros1_test

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "database down"}]}


def _part(
    *resources: Any,  # noqa: ANN401 - JSON of any shape
    part: Part = Part.RESULTS,
    availability: Availability = Availability.COMPLETE,
    problem: str | None = None,
) -> RecordPart:
    given = [raw(each, f"prefetch.observations.entry[{number}].resource") for number, each in enumerate(resources)]
    return RecordPart(part=part, availability=availability, problem=problem, resources=given)


def _supplies(*parts: RecordPart) -> tuple[Supply, ...]:
    return facts_from(parts, patient_id="1", knowledge=KNOWLEDGE).supplies


def test_how_each_part_arrived_is_handed_on() -> None:
    """Absent, failed and incomplete parts stay what they are, with what was wrong."""
    given = (
        _part(),
        _part(part=Part.DIAGNOSES, availability=Availability.FAILED, problem="403"),
        _part(part=Part.MEDICATIONS, availability=Availability.ABSENT),
    )

    assert _supplies(*given) == (
        Supply(part=Part.RESULTS, availability=Availability.COMPLETE),
        Supply(part=Part.DIAGNOSES, availability=Availability.FAILED, problem="403"),
        Supply(part=Part.MEDICATIONS, availability=Availability.ABSENT),
    )


def test_an_operation_outcome_among_the_entries_makes_a_part_incomplete() -> None:
    """An error inside a Bundle must not pass for "nothing found"."""
    assert _supplies(_part(ros1_test("Positive"), OUTCOME)) == (
        Supply(part=Part.RESULTS, availability=Availability.INCOMPLETE, problem="database down"),
    )


def test_an_operation_outcome_that_only_informs_changes_nothing() -> None:
    """Servers add such remarks to complete answers."""
    informing = {"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}

    assert _supplies(_part(informing))[0].availability is Availability.COMPLETE


@pytest.mark.parametrize("entry", [5, "text", None, [], b"{", b"[" * 100_000])
def test_an_entry_that_is_no_resource_makes_a_part_incomplete_and_is_named(entry: object) -> None:
    """Nobody can say whether it mattered."""
    found = facts_from([_part(ros1_test("Positive"), entry)], patient_id="1", knowledge=KNOWLEDGE)

    assert found.supplies[0].availability is Availability.INCOMPLETE
    assert [each.resource for each in found.unread] == ["prefetch.observations.entry[1].resource"]
    assert found.ros1.status is Ros1Status.CONFIRMED


@pytest.mark.parametrize("id_", ["2", "https://other.example.org/fhir/Patient/2"])
def test_what_belongs_to_another_patient_is_ignored_and_named(id_: str) -> None:
    """A wrong patient's fusion must never decide."""
    subject = {"reference": id_ if "/" in id_ else f"Patient/{id_}"}

    found = facts(
        ros1_test("Positive", subject=subject),
        condition("NSCLC", subject=subject),
        request("crizotinib", subject=subject),
    )

    assert found.ros1.status is Ros1Status.NOT_FOUND
    assert (found.diagnosis.evidence, found.therapies) == ((), ())
    assert found.other_patient == ("Condition/x", "MedicationRequest/x", "Observation/x")


@pytest.mark.parametrize(
    "subject",
    [None, {"reference": "#p"}, {"reference": "urn:uuid:1"}, {"identifier": {"value": "MRN"}}, {"display": "J."}],
)
def test_a_subject_that_cannot_be_compared_is_the_patient(subject: dict[str, Any] | None) -> None:
    """The EHR sent it for this patient."""
    assert facts(ros1_test("Positive", subject=subject)).ros1.status is Ros1Status.CONFIRMED


@pytest.mark.parametrize(
    "elements",
    [
        {"category": {"coding": []}},
        {"code": [{"text": "ROS1"}]},
        {"code": "ROS1"},
        {"code": {"coding": {"system": LOINC, "code": "102038-7"}}},
        {"valueString": ["Positive"]},
        {"interpretation": {"text": "Positive"}},
        {"performer": {"display": "Lab"}},
        {"note": "a string"},
        {"component": {"code": {"text": "x"}}},
    ],
    ids=str,
)
def test_a_result_of_an_unexpected_shape_is_read(elements: dict[str, Any]) -> None:
    """Real senders do this; the fusion must not be lost over it."""
    found = facts(ros1_test("Positive") | elements)

    assert found.ros1.status is Ros1Status.CONFIRMED
    assert found.unread == ()


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        (ros1_test("Positive", effectivePeriod=5), "Observation/x"),
        (ros1_test("Positive", id=None, effectivePeriod=5), "prefetch.x.entry[0].resource"),
        (observation(code={"text": "ROS1"}, valueCodeableConcept=5), "Observation/x"),
        (observation(code=[{"text": "ROS1 FISH"}, {"text": "b"}], valueString="Positive"), "Observation/x"),
        (condition("NSCLC", stage=5), "Condition/x"),
        (condition(5), "Condition/x"),  # type: ignore[arg-type]  # a wrong shape on purpose
        (request("crizotinib", subject=5), "MedicationRequest/x"),
    ],
)
def test_an_element_that_mattered_and_could_not_be_read_is_named(resource: dict[str, Any], name: str) -> None:
    """With what was expected there."""
    found = facts({key: value for key, value in resource.items() if value is not None})

    assert [each.resource for each in found.unread] == [name]
    assert "expected" in found.unread[0].problem


@pytest.mark.parametrize(
    "resource",
    [
        observation(code=concept(LOINC, "718-7"), valueQuantity=5, subject=7, id=3),
        observation(code=5, valueString="13"),
        observation(component=5),
        condition("Headache", stage=5),
        request("paracetamol", authoredOn={}),
        {"resourceType": "Encounter", "status": 5},
        {"resourceType": 5},
        {},
    ],
    ids=str,
)
def test_a_broken_resource_that_does_not_matter_changes_nothing(resource: dict[str, Any]) -> None:
    """The facts are the same as without it."""
    positive = ros1_test("Positive", id="ros1")

    assert facts(positive, resource) == facts(positive)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b'{"resourceType":"Observation","code":{"text":"ROS1"},"status":"final","status":"cancelled"}', "status"),
        (b'{"resourceType":"Observation","code":{"text":"ROS1","text":"x"},"valueString":"Positive"}', None),
        (b'{"resourceType":"Condition","code":{"text":"NSCLC"},"id":"1","id":"2"}', "id"),
    ],
)
def test_a_resource_that_matters_and_holds_a_key_twice_is_refused(content: bytes, key: str | None) -> None:
    """Nobody can say which value is meant; in one that does not matter nobody cares."""
    if key is None:
        assert facts_from([_part(content)], patient_id="1", knowledge=KNOWLEDGE).ros1.status is Ros1Status.NOT_FOUND
        return
    with pytest.raises(DuplicateKeyError) as caught:
        facts_from([_part(content)], patient_id="1", knowledge=KNOWLEDGE)

    assert (caught.value.path, caught.value.key) == ("prefetch.observations.entry[0].resource", key)


def _laboratory(count: int) -> RecordPart:
    value = {"value": 13.2, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"}
    return _part(
        *(
            observation(id=f"lab-{n}", code=concept(LOINC, f"7{n % 40}-1", f"Analyte {n % 40}"), valueQuantity=value)
            for n in range(count)
        )
    )


def _seconds(part: RecordPart) -> float:
    """Return the least CPU time that reading a part took."""
    times = []
    for _ in range(5):
        start = time.thread_time()
        facts_from([part], patient_id="1", knowledge=KNOWLEDGE)
        times.append(time.thread_time() - start)
    return min(times)


def test_results_that_do_not_matter_cost_next_to_nothing_and_no_more_each_when_there_are_many() -> None:
    """Ten times as many cost about ten times as much; each far less than to read it as plain JSON."""
    few, many = _laboratory(400), _laboratory(4000)
    gc.collect()

    plain = min(_timed_loads(many) for _ in range(3))

    assert _seconds(many) < 20 * _seconds(few)
    assert _seconds(many) < plain


def _timed_loads(part: RecordPart) -> float:
    start = time.thread_time()
    for each in part.resources:
        json.loads(bytes(each.content))
    return time.thread_time() - start


def test_more_text_than_anybody_would_write_is_left_out_and_named() -> None:
    """A hostile record cannot buy minutes of reading; the results of ordinary size still count."""
    hostile = [ros1_test("no ROS1 not " * 2000, id=f"h{number}") for number in range(200)]

    start = time.thread_time()
    found = facts(ros1_test("Positive", id="ros1"), *hostile)

    assert time.thread_time() - start < 20
    assert found.ros1.status is Ros1Status.CONFIRMED
    assert {each.problem for each in found.unread} == {"more text than can be read"}
    assert facts(*reversed(hostile), ros1_test("Positive", id="ros1")).unread == found.unread


@pytest.mark.parametrize(
    "passed_over",
    [
        {"id": "x", "resourceType": "Bundle", "entry": [{"resource": ros1_test("Positive")}]},
        {"id": "x", "code": {"text": "ROS1"}, "valueString": "Positive"},
        5,
    ],
)
def test_what_may_matter_and_cannot_be_read_makes_its_part_incomplete(passed_over: object) -> None:
    """A Bundle in a Bundle, a resource without type, no resource at all: never silently nothing."""
    found = facts_from([_part(passed_over)], patient_id="1", knowledge=KNOWLEDGE)

    assert found.supplies[0].availability is Availability.INCOMPLETE
    assert found.unread
