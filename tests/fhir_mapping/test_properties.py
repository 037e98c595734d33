"""Whatever is sent: no error but our own, no positive out of nothing, and no order of resources that matters."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fhir_mapping.errors import MappingError
from fhir_mapping.facts import Ros1Finding, Ros1Status
from fhir_mapping.mapping import facts_from, orders_from
from tests.fhir_mapping.fhir import (
    ABSENT,
    ICD,
    KNOWLEDGE,
    LOINC,
    PRESENT,
    RXNORM,
    SNOMED,
    component,
    concept,
    condition,
    facts,
    gene,
    observation,
    record,
    request,
    resource,
    ros1_test,
    variant,
)


def _report(**elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    return resource("DiagnosticReport", {"status": "final", "code": {"text": "Report"}} | elements)


DATES = st.sampled_from([None, "2024", "2025-05", "2025-05-01", "2026-01-02"])
RESOURCES: list[dict[str, Any]] = [
    variant(gene("ROS1"), component("81252-9", {"text": "ROS1 Fusion"})),
    variant(gene("CD74"), gene("ROS1")),
    variant(gene("ROS1"), value=ABSENT),
    ros1_test("ROS1 rearrangement detected", "ROS1 FISH"),
    ros1_test("Not detected", "ROS1 RNA sequencing"),
    ros1_test("Positive (3+)", "ROS1 IHC"),
    ros1_test("pending", status="registered"),
    ros1_test("QNS"),
    observation(code=concept(LOINC, "83053-9"), valueQuantity={"value": 90, "unit": "%"}, note=[{"text": "TPS"}]),
    observation(code=concept(SNOMED, "399537006"), valueString="IIIA"),
    observation(code=concept(SNOMED, "399387003"), valueCodeableConcept=concept(SNOMED, "1229903009")),
    observation(code=concept(LOINC, "718-7"), valueQuantity={"value": 13}),
    observation(code={"text": "ROS1 FISH"}, hasMember=[{"reference": "Observation/r1"}]),
    observation(code={"text": "Interpretation"}, valueString="Positive"),
    observation(code={"text": "Panel"}, contained=[variant(gene("CD74"), gene("ROS1"))]),
    observation(code={"text": "Smoking status"}, valueString="Never smoker"),
    _report(conclusion="ROS1 fusion detected", result=[{"reference": "Observation/r0"}]),
    _report(conclusion="ROS1 IHC positive", conclusionCode=[{"text": "Adenocarcinoma"}]),
    _report(code={"text": "ROS1 FISH"}, result=[{"reference": "Observation/r2"}]),
    _report(code={"text": "ROS1 NGS"}, status="registered"),
    _report(contained=[ros1_test("Not detected", "ROS1 FISH")]),
    condition(concept(SNOMED, "254637007"), stage=[{"summary": {"text": "Stage IIB"}}]),
    condition(concept(ICD, "C79.31")),
    condition("Melanoma"),
    request(concept(RXNORM, "1148495", "crizotinib"), status="stopped"),
    request("pembrolizumab"),
    resource(
        "MedicationStatement",
        {"status": "stopped", "medicationCodeableConcept": {"text": "crizotinib"}, "statusReason": [{"text": "PD"}]},
    ),
    resource("MedicationAdministration", {"status": "completed", "medicationCodeableConcept": {"text": "nivolumab"}}),
    resource(
        "MedicationDispense",
        {
            "status": "completed",
            "medicationCodeableConcept": {"text": "crizotinib"},
            "whenHandedOver": "2026-01-01",
            "daysSupply": {"value": 30},
        },
    ),
    observation(code=concept(LOINC, "97509-4"), valueCodeableConcept=concept(SNOMED, "271299001")),
    {"resourceType": "Medication", "id": "m", "code": {"text": "crizotinib"}},
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just("ROS1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def _mutated(draw: st.DrawFn) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return a resource in which one place holds something else, or nothing."""
    whole = json.loads(json.dumps(draw(st.sampled_from(RESOURCES))))
    place = whole
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return whole
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or draw(st.booleans()):
            place[key] = draw(JSON)
            return whole
        place = place[key]


@st.composite
def _records(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return resources with ids and dates of their own."""
    resources = []
    for number, chosen in enumerate(draw(st.lists(st.sampled_from(RESOURCES), max_size=6))):
        date = draw(DATES)
        dates = {"effectiveDateTime": date, "onsetDateTime": date, "authoredOn": date} if date else {}
        resources.append(chosen | {"id": f"r{number % 4}"} | dates)
    return resources


@settings(max_examples=250)
@given(st.lists(_mutated(), min_size=1, max_size=3))
def test_mutated_resources_raise_nothing_but_our_own_errors(resources: list[Any]) -> None:
    """Neither as a record nor as drafts."""
    try:
        facts_from(record(resources), patient_id="1", knowledge=KNOWLEDGE)
        bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}
        orders_from(json.dumps(bundle).encode(), selections=None, patient_id="1", knowledge=KNOWLEDGE)
    except MappingError:
        pass


@settings(max_examples=150)
@given(JSON)
def test_any_json_is_read_without_an_error(value: object) -> None:
    """As a resource, as drafts, as a value of a ROS1 test."""
    facts(value)
    facts(ros1_test(valueString=value, valueCodeableConcept=value, component=value, note=value))
    orders_from(json.dumps(value).encode(), selections=None, patient_id="1", knowledge=KNOWLEDGE)


@settings(max_examples=150)
@given(_records(), st.randoms(use_true_random=False))
def test_the_order_of_resources_does_not_change_the_facts(resources: list[dict[str, Any]], random: Any) -> None:  # noqa: ANN401 - hypothesis gives no type
    """The same record, shuffled, is the same record."""
    shuffled = list(resources)
    random.shuffle(shuffled)

    assert facts(*shuffled) == facts(*resources)


_GENES = ["ROS1", "ALK", "EGFR", "CD74", "PD-L1"]
_REPORTED = ["not", "no", "negative", "absent", "pending", "insufficient", "if", "2+", "45%", "G2032R"]
_BESIDE = [
    "fusion",
    "rearrangement",
    "mutation",
    "FISH",
    "IHC",
    "tumor",
    "cells",
    "testing",
    "patients",
    "with",
    "of",
    "the",
]
_WORDS = st.sampled_from([*_GENES, *_REPORTED, *_BESIDE, "for", "and", ",", ";", ".", ":", "?"])


@settings(max_examples=300)
@given(st.lists(_WORDS, max_size=10).map(" ".join))
def test_words_without_a_positive_one_never_make_a_positive_result(text: str) -> None:
    """However they are put together in a report; a fusion's own name ("CD74 : ROS1") is a positive one."""
    assume("CD74 : ROS1" not in text and "ROS1 : CD74" not in text)
    found = facts(
        observation(code={"text": "Report"}, valueString=text),
        _report(conclusion=text, conclusionCode=[{"text": text}]),
        _report(contained=[observation(note=[{"text": text}])]),
    )

    assert all(each.finding is not Ros1Finding.POSITIVE for each in found.ros1.results)


@settings(max_examples=150)
@given(st.sampled_from(["EGFR", "ALK", "RET", "KRAS", "MET"]), st.sampled_from([PRESENT, ABSENT]))
def test_a_positive_result_of_another_gene_is_none_of_ros1(symbol: str, value: dict[str, Any]) -> None:
    """In any form."""
    found = facts(
        variant(gene(symbol), component("81252-9", {"text": f"{symbol} fusion"}), value=value),
        ros1_test("Positive", f"{symbol} rearrangement, FISH", id="y"),
        observation(id="z", code={"text": "Report"}, valueString=f"{symbol} fusion detected"),
    )

    assert found.ros1.results == ()


_OF_ROS1 = ("ROS1", "Interpretation")  # the second stands in a group that may be about ROS1
_NO_POSITIVE = [
    *(each for each in RESOURCES if not any(word in json.dumps(each) for word in _OF_ROS1)),
    ros1_test("Not detected", "ROS1 FISH"),
    ros1_test("pending", status="registered"),
    observation(code={"text": "Interpretation"}, valueString="Indeterminate"),
    observation(code={"text": "Internal control result"}, valueString="Positive"),
    observation(code={"text": "ROS1 FISH"}, hasMember=[{"reference": f"Observation/r{each}"} for each in range(4)]),
    _report(code={"text": "ROS1 FISH"}, status="preliminary"),
    _report(conclusion="ROS1: QNS"),
    _report(conclusion="ALK fusion detected", conclusionCode=[concept(SNOMED, "10828004", "Positive")]),
    _report(conclusion="ROS1 fusion detected", status="cancelled"),
]


@settings(max_examples=200)
@given(st.data())
def test_records_that_say_nowhere_that_ros1_is_positive_are_never_positive(data: st.DataObject) -> None:
    """Whatever they hold besides, however it is linked."""
    chosen = data.draw(st.lists(st.sampled_from(_NO_POSITIVE), max_size=7))
    results = {"result": [{"reference": "Observation/r1"}]}
    linked = [
        each | {"id": f"r{number % 5}"} | (results if each["resourceType"] == "DiagnosticReport" else {})
        for number, each in enumerate(chosen)
    ]

    found = facts(*linked).ros1

    assert found.status not in (Ros1Status.CONFIRMED, Ros1Status.IHC_ONLY, Ros1Status.CONFLICTING), linked
