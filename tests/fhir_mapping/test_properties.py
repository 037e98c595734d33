"""Whatever is sent: no error but our own, no positive out of nothing, and no order of resources that matters."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fhir_mapping.errors import MappingError
from fhir_mapping.facts import Evidence, Extent, Ros1Finding, Ros1Result, Ros1Status
from fhir_mapping.mapping import facts_from, orders_from
from fhir_mapping.ros1.status import ros1_of
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


_JOINED_BY = st.sampled_from([", ", " with ", ": ", ". ", "; ", " and ", " - ", " but ", "\n"])
_DENIED_BESIDE = [
    "Non-small cell carcinoma",
    "Never smoker",
    "No EGFR mutation",
    "Negative for ALK",
    "EGFR wild type",
    "No PD-L1 expression",
    "Not previously treated",
    "No KRAS, EGFR or ALK alterations",
    "ALK negative",
    "Without ALK rearrangement",
    "No brain metastases",
    "TTF-1 positive, p40 negative",
]
_POSITIVE = [
    "ROS1 fusion detected",
    "ROS1 rearrangement detected by FISH",
    "CD74-ROS1 fusion identified",
    "positive for ROS1 rearrangement",
    "ROS1 rearranged",
    "ROS1: positive",
    "ROS1 rearrangement: DETECTED",
]
_AFFIRMED_BESIDE = [
    "Non-small cell carcinoma",
    "KRAS G12C detected",
    "ALK positive",
    "Positive for EGFR L858R",
    "PD-L1 positive (80%)",
    "TTF-1 positive",
    "Adenocarcinoma, EGFR mutation detected",
    "MET amplification present",
]
_NEGATIVE = [
    "No ROS1 rearrangement detected",
    "ROS1: negative",
    "ROS1 fusion not detected",
    "negative for ROS1 rearrangement",
    "no evidence of ROS1 fusion",
    "ROS1 FISH negative",
    "ROS1 wild type",
]
_CODES = st.sampled_from(["NGS", "ROS1 FISH"])


def _both_ways(first: list[str], second: list[str]) -> st.SearchStrategy[str]:
    """Return two statements in either order, joined in any way."""
    pairs = st.tuples(st.sampled_from(first), st.sampled_from(second)).flatmap(st.permutations)
    return st.tuples(pairs, _JOINED_BY).map(lambda drawn: drawn[1].join(drawn[0]))


@settings(max_examples=200)
@given(_both_ways(_DENIED_BESIDE, _POSITIVE), _CODES)
def test_what_is_denied_beside_a_positive_result_never_makes_it_negative(text: str, code: str) -> None:
    """In doubt it is asked about: silence would be the worst answer."""
    assert facts(ros1_test(text, code)).ros1.status not in (Ros1Status.NEGATIVE, Ros1Status.NOT_FOUND)


@settings(max_examples=200)
@given(_both_ways(_AFFIRMED_BESIDE, _NEGATIVE), _CODES)
def test_what_is_affirmed_beside_a_negative_result_never_makes_it_positive(text: str, code: str) -> None:
    """Another gene's change is none of ROS1."""
    assert facts(ros1_test(text, code)).ros1.status in (Ros1Status.NEGATIVE, Ros1Status.INDETERMINATE)


def _results(finding: st.SearchStrategy[Ros1Finding]) -> st.SearchStrategy[Ros1Result]:
    return st.builds(
        Ros1Result,
        finding=finding,
        evidence=st.builds(Evidence, resource=st.sampled_from(["Observation/1", "Observation/2"]), date=DATES),
        method=st.sampled_from([None, *KNOWLEDGE.methods]),
    )


@settings(max_examples=250)
@given(
    st.lists(_results(st.sampled_from(Ros1Finding)), min_size=1, max_size=3), _results(st.just(Ros1Finding.POSITIVE))
)
def test_one_more_positive_result_never_makes_the_status_negative(known: list[Ros1Result], more: Ros1Result) -> None:
    """An undated FISH beside a later one made what was conflicting negative, and silent."""
    status = ros1_of([*known, more], KNOWLEDGE).status

    assert status is not Ros1Status.NEGATIVE or ros1_of(known, KNOWLEDGE).status is Ros1Status.NEGATIVE


_GRAVITY = [Extent.CURATIVE_INTENT, Extent.NOT_STATED, Extent.LOCALLY_ADVANCED_INCURABLE, Extent.METASTATIC]
_M0, _M1 = concept(SNOMED, "1229901006", "cM0"), concept(SNOMED, "1229903009", "cM1")


def _dated(resources: list[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def on(drawn: tuple[dict[str, Any], str | None]) -> dict[str, Any]:
        each, day = drawn
        return each | ({"effectiveDateTime": day, "recordedDate": day} if day else {})

    return st.tuples(st.sampled_from(resources), DATES).map(on)


def _m(value: dict[str, Any]) -> dict[str, Any]:
    return observation(code=concept(SNOMED, "399387003"), valueCodeableConcept=value)


def _stage(text: str) -> dict[str, Any]:
    return observation(code=concept(SNOMED, "399537006"), valueString=text)


@settings(max_examples=400)
@given(
    st.lists(_dated([_m(_M0), _m(_M1), *map(_stage, ("IIA", "IIIB", "IVA"))]), max_size=3),
    _dated([_m(_M1), _stage("IVA"), condition(concept(ICD, "C79.51"))]),
)
def test_more_evidence_of_metastasis_never_lowers_the_extent(known: list[dict[str, Any]], more: dict[str, Any]) -> None:
    """An undated M1 was thrown away beside a dated M0, so that the critical card became information."""
    record = [condition(concept(SNOMED, "254637007"), id="lung")]
    record += [each | {"id": f"r{number}"} for number, each in enumerate(known)]
    before, after = facts(*record).spread.extent, facts(*record, more | {"id": "more"}).spread.extent

    assert _GRAVITY.index(after) >= _GRAVITY.index(before)
