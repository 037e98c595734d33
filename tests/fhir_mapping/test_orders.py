"""Draft orders: recognised by every code and name, selected in every form, never mistaken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir_mapping.errors import DuplicateKeyError
from fhir_mapping.facts import Extent, OrderState, Reason
from fhir_mapping.mapping import orders_from
from tests.fhir_mapping.fhir import ICD, KNOWLEDGE, RXNORM, SNOMED, concept, condition, facts, orders, request, resource

NDC = "http://hl7.org/fhir/sid/ndc"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ATC = "http://www.whocc.no/atc"
UNII = "http://fdasis.nlm.nih.gov"
PEMBROLIZUMAB = concept(RXNORM, "1657750", "4 ML pembrolizumab 25 MG/ML Injection")
NSCLC = concept(SNOMED, "254637007", "Non-small cell lung cancer")
MELANOMA = concept(ICD, "C43.9", "Malignant melanoma of skin")


def _draft(drug: dict[str, Any] | str | None = PEMBROLIZUMAB, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    given = request(drug, **({"id": "d1", "status": "draft"} | elements))
    return {key: value for key, value in given.items() if value is not None}


@pytest.mark.parametrize(
    ("drug", "name", "by"),
    [
        (PEMBROLIZUMAB, "pembrolizumab", "RxNorm"),
        (concept(RXNORM, "1547545"), "pembrolizumab", "RxNorm"),
        (concept(RXNORM, "2058825"), "cemiplimab", "RxNorm"),
        (concept(NDC, "00069-8140-20"), "crizotinib", "NDC"),
        (concept(NDC, "00069814020"), "crizotinib", "NDC"),
        (concept(HCPCS, "J9271"), "pembrolizumab", "HCPCS"),
        (concept("urn:oid:2.16.840.1.113883.6.285", "J9271"), "pembrolizumab", "HCPCS"),
        (concept(ATC, "L01FF02"), "pembrolizumab", "ATC"),
        (concept("http://fhir.de/CodeSystem/bfarm/atc", "L01FF02"), "pembrolizumab", "ATC"),
        (concept(SNOMED, "716125002"), "pembrolizumab", "SNOMED CT"),
        (concept(UNII, "DPT0O3T46P"), "pembrolizumab", "UNII"),
        ("KEYTRUDA 200 MG IV Q3W", "pembrolizumab", "text"),
        ("cemiplimab-rwlc", "cemiplimab", "text"),
        ("Pembro 200 mg IV q3w", "pembrolizumab", "text"),
        ("carbo/pem/pembro", "pembrolizumab", "text"),
        ("MK-3475 (study drug)", "pembrolizumab", "text"),
        ("Nivo/ipi C1D1", "nivolumab", "text"),
        ("Atezo 1200 mg", "atezolizumab", "text"),
        ("pembrolizumab 100 MG in 4 ML Injection", "pembrolizumab", "text"),
        (concept(RXNORM, "1657746", "pembrolizumab 100 MG"), "pembrolizumab", "text"),
        (concept("http://local", "PEM", "Pembrolizumab infusion"), "pembrolizumab", "text"),
        ("pembrolizumab200mg", "pembrolizumab", "text"),
        ("Keytruda100mg/4ml", "pembrolizumab", "text"),
        (concept(f"{SNOMED}/731000124108/version/20250901", "716125002"), "pembrolizumab", "SNOMED CT"),
        (concept(f"{SNOMED}|20250901", "716125002"), "pembrolizumab", "SNOMED CT"),
    ],
    ids=str,
)
def test_a_drug_is_recognised_by_code_or_by_name(drug: dict[str, Any] | str, name: str, by: str) -> None:
    """How it was recognised is kept as evidence."""
    (order,) = orders(_draft(drug))

    assert order.state is OrderState.RECOGNISED
    assert [(each.drug, each.by) for each in order.recognitions] == [(name, by)]
    assert order.reference == "MedicationRequest/d1"
    assert order.display


def test_an_unseen_code_of_the_class_is_recognised_as_the_class() -> None:
    """The net for drugs that come after us."""
    (order,) = orders(_draft(concept(ATC, "L01FF99", "novolimab")))

    assert [(each.drug, each.drug_class) for each in order.recognitions] == [
        ("immune-checkpoint-inhibitor", "immune-checkpoint-inhibitor")
    ]


@pytest.mark.parametrize(
    ("coding", "state"),
    [
        ({"system": "http://fhir.de/CodeSystem/ifa/pzn", "code": "00000000"}, OrderState.UNRESOLVED),
        ({"system": "urn:oid:1.2.3.4", "code": "12345"}, OrderState.UNRESOLVED),
        ({"system": "RxNorm", "code": "1657750"}, OrderState.UNRESOLVED),
        ({"code": "1657750"}, OrderState.UNRESOLVED),
        ({"system": "urn:oid:1.2.3.4", "code": "12345", "display": "Paracetamol 500 mg"}, OrderState.OTHER),
        ({"system": RXNORM, "code": "161"}, OrderState.NOT_KNOWN),
        ({"system": RXNORM, "code": "161", "display": "acetaminophen"}, OrderState.OTHER),
        ({"system": NDC, "code": "00006-9999-01"}, OrderState.NOT_KNOWN),
        ({"system": HCPCS, "code": "J9999"}, OrderState.NOT_KNOWN),
        ({"system": ATC, "code": "L01XC99"}, OrderState.NOT_KNOWN),
        ({"system": ATC, "code": "L01"}, OrderState.NOT_KNOWN),
        ({"system": ATC, "code": "C07AB02"}, OrderState.OTHER),
    ],
    ids=str,
)
def test_a_drug_that_only_an_unknown_code_names_is_not_passed_over(coding: dict[str, str], state: OrderState) -> None:
    """It was taken for another drug: no card, although it may be a checkpoint inhibitor; an ATC group can tell."""
    (order,) = orders(_draft({"coding": [coding]}))

    assert order.state is state
    assert (order.problem is not None) is (state is not OrderState.OTHER)


def test_one_code_of_which_something_is_known_is_enough() -> None:
    """Words, or the group of one code, tell of the drug; a code of a foreign system tells nothing."""
    atc, rxnorm = {"system": ATC, "code": "C07AB02"}, {"system": RXNORM, "code": "866427"}
    foreign = {"system": "urn:oid:1.2.3.4", "code": "1"}
    codings: list[list[dict[str, str]]] = [[rxnorm, atc], [foreign, rxnorm], [rxnorm | {"display": "Metoprolol"}]]

    states = [each.state for each in orders(*[_draft({"coding": each}) for each in codings])]

    assert states == [OrderState.OTHER, OrderState.NOT_KNOWN, OrderState.OTHER]


def test_several_drugs_in_one_text_are_several_recognitions() -> None:
    """A regimen may come as one line."""
    (order,) = orders(_draft("carboplatin + pemetrexed + pembrolizumab"))

    assert {each.drug for each in order.recognitions} == {"carboplatin", "pemetrexed", "pembrolizumab"}


@pytest.mark.parametrize(
    "drug",
    [
        "prednisone for pembrolizumab colitis",
        "prednisone 40 mg for pembrolizumab immune-mediated pneumonitis",
        "NaCl 0.9% flush after pembrolizumab",
        "ondansetron 8 mg, 30 min before crizotinib",
        "Levothyroxine (nivolumab-induced hypothyroidism)",
        "methylprednisolone due to nivolumab",
        "infliximab, pembrolizumab-related colitis",
    ],
)
def test_a_drug_that_is_only_mentioned_is_not_ordered(drug: str) -> None:
    """Nor was it given."""
    (order,) = orders(_draft(drug))

    assert (order.state, order.recognitions) == (OrderState.OTHER, ())
    assert facts(request(drug)).therapies == ()


@pytest.mark.parametrize(
    "drug",
    [
        "Authorization for pembrolizumab",
        "Infusion of pembrolizumab",
        "Premedication, then pembrolizumab 200 mg",
        "Cycle 2, after pembrolizumab 200 mg",
        "Following pembrolizumab",
        "Pembrolizumab 200 mg after carboplatin",
        "Pembrolizumab associated with carboplatin",
        "Pembrolizumab, monitor for colitis",
        "flush after pembrolizumab; pembrolizumab 200 mg",
    ],
)
def test_in_doubt_a_drug_is_ordered(drug: str) -> None:
    """An order must not be overlooked."""
    (order,) = orders(_draft(drug))

    assert "pembrolizumab" in [each.drug for each in order.recognitions]


@pytest.mark.parametrize(
    ("drug", "given"),
    [
        ("Crizotinib 250 mg", ["crizotinib"]),
        ("Authorization for crizotinib", []),
        ("Ondansetron 8 mg before crizotinib 250 mg", []),
        ("Lorlatinib after crizotinib 250 mg", ["lorlatinib"]),
    ],
)
def test_in_doubt_a_drug_was_not_given(drug: str, given: list[str]) -> None:
    """A treatment that never was would change what is said."""
    assert [each.drug for each in facts(request(drug)).therapies] == given


@pytest.mark.parametrize(
    "drug",
    [
        concept(RXNORM, "40048", "carboplatin + pembrolizumab"),
        concept(RXNORM, "40048", "carboplatin", text="carboplatin + pembrolizumab"),
    ],
    ids=str,
)
def test_words_add_to_the_code_of_an_order(drug: dict[str, Any]) -> None:
    """A checkpoint inhibitor beside the coded drug is not lost; of the past only the code is believed."""
    (order,) = orders(_draft(drug))

    assert [each.drug for each in order.recognitions] == ["carboplatin", "pembrolizumab"]
    assert [each.drug for each in facts(request(drug)).therapies] == ["carboplatin"]


@pytest.mark.parametrize(
    "drug", ["denosumab", "bevacizumab", "ramucirumab", "amivantamab", "cetuximab", "trastuzumab", "amoxicillin"]
)
def test_other_drugs_are_other(drug: str) -> None:
    """No -mab is taken for a checkpoint inhibitor by its ending."""
    (order,) = orders(_draft(drug))

    assert (order.state, order.recognitions) == (OrderState.OTHER, ())


_EMPTY: dict[str, Any] = {"medicationCodeableConcept": {}}
_SEE_REFERENCE = {"medicationCodeableConcept": {"text": "see reference"}}
LOCAL = {"resourceType": "Medication", "id": "m4", "code": concept("http://local", "4711", "IV drug")}
CONTAINED = {"resourceType": "Medication", "id": "m3", "ingredient": [{"itemReference": {"display": "Keytruda"}}]}
MEDICATION = {"resourceType": "Medication", "id": "m1", "code": PEMBROLIZUMAB}
PARACETAMOL = {"resourceType": "Medication", "id": "m1", "code": {"text": "paracetamol"}}


@pytest.mark.requirement("H4")
@pytest.mark.parametrize(
    ("elements", "others", "on_record"),
    [
        ({"medicationReference": {"reference": "#m1"}, "contained": [MEDICATION]}, [], []),
        ({"medicationReference": {"reference": "Medication/m1"}}, [MEDICATION], []),
        (
            {"medicationReference": {"reference": "urn:uuid:1-2"}},
            [{"fullUrl": "urn:uuid:1-2", "resource": {"resourceType": "Medication", "code": PEMBROLIZUMAB}}],
            [],
        ),
        ({"medicationReference": {"reference": "https://ehr/fhir/Medication/m1"}}, [], [MEDICATION]),
        ({"id": "m1", "medicationReference": {"reference": "Medication/m1"}}, [], [MEDICATION]),  # the draft's own id
        ({"medicationReference": {"reference": "Medication/m1"}, "_resolvedMedication": MEDICATION}, [], []),
        ({"medicationReference": {"display": "Keytruda"}}, [], []),
        ({"medicationReference": {"reference": "Medication/nowhere", "display": "Keytruda"}}, [], []),
        ({"medicationReference": "Medication/m1"}, [MEDICATION], []),
        (
            {"medicationReference": {"reference": "Medication/m2"}},
            [{"resourceType": "Medication", "id": "m2", "ingredient": [{"itemCodeableConcept": PEMBROLIZUMAB}]}],
            [],
        ),
        (
            {"medicationReference": {"reference": "#m3"}, "contained": [CONTAINED]},
            [],
            [],
        ),
        ({"medicationReference": {"reference": "Medication/m4", "display": "pembrolizumab"}}, [LOCAL], []),
        ({"medicationReference": {"reference": "Medication/m9", "display": "Keytruda"}, **_EMPTY}, [], []),
        ({"medicationReference": {"display": "Keytruda"}, **_SEE_REFERENCE}, [], []),
        ({"medicationReference": {"reference": "Medication/m1"}, **_SEE_REFERENCE}, [MEDICATION], []),
        ({"medicationReference": {"reference": "#m1"}, "contained": [{**PARACETAMOL, "id": "m0"}, MEDICATION]}, [], []),
        ({"medicationReference": {"reference": "Medication/m1"}}, [MEDICATION], [PARACETAMOL]),
    ],
    ids=[
        "contained",
        "bundled",
        "urn",
        "record",
        "record, with the id of the draft",
        "resolved",
        "display",
        "unresolved display",
        "bare",
        "ingredient",
        "contained ingredient",
        "local code",
        "empty concept",
        "words that refer",
        "words that refer to a resource",
        "the one of several contained ones",
        "bundled, with another drug of that id on record",
    ],
)
def test_a_reference_leads_to_its_medication(
    elements: dict[str, Any], others: list[dict[str, Any]], on_record: list[dict[str, Any]]
) -> None:
    """Contained, bundled, on record, sent along by a public client, or by its display."""
    (order,) = orders(_draft(None, **elements), *others, on_record=on_record)

    assert [each.drug for each in order.recognitions] == ["pembrolizumab"]


@pytest.mark.requirement("H1", "H3")
@pytest.mark.parametrize(
    ("draft", "state"),
    [
        pytest.param(_draft(None), OrderState.UNFINISHED, id="no drug yet"),
        pytest.param(_draft({}), OrderState.UNFINISHED, id="an empty concept"),
        pytest.param(
            _draft(None, medicationReference={"reference": "Medication/gone"}), OrderState.UNRESOLVED, id="unresolved"
        ),
        pytest.param(_draft(medicationCodeableConcept=5), OrderState.NOT_UNDERSTOOD, id="unreadable drug"),
        pytest.param(_draft(None, medication={"concept": PEMBROLIZUMAB}), OrderState.NOT_UNDERSTOOD, id="the R5 form"),
        pytest.param(
            {**_draft(), "resourceType": "MedicationOrder", "patient": {"reference": "Patient/1"}},
            OrderState.NOT_UNDERSTOOD,
            id="DSTU2",
        ),
        pytest.param({"id": "no type"}, OrderState.NOT_UNDERSTOOD, id="no type"),
        pytest.param(resource("ServiceRequest", {"code": {"coding": [{}]}}), OrderState.OTHER, id="test"),
        pytest.param(
            {"resourceType": "NutritionOrder", "patient": {"reference": "Patient/1"}}, OrderState.OTHER, id="diet"
        ),
        pytest.param(_draft(subject={"reference": "Patient/2"}), OrderState.OTHER_PATIENT, id="another patient"),
        pytest.param(
            _draft(subject=None, patient={"reference": "Patient/2"}),
            OrderState.OTHER_PATIENT,
            id="another patient, named as in DSTU2",
        ),
        pytest.param(_draft(subject={"reference": "Patient?identifier=x"}), OrderState.RECOGNISED, id="a search"),
        pytest.param(
            _draft(None, medicationReference={"reference": "Medication/gone"}, **_SEE_REFERENCE),
            OrderState.UNRESOLVED,
            id="unresolved beside words",
        ),
        pytest.param(_draft(status="cancelled"), OrderState.OTHER, id="cancelled"),
        pytest.param(_draft(status="entered-in-error"), OrderState.OTHER, id="in error"),
        pytest.param(_draft(status="stopped"), OrderState.OTHER, id="stopped"),
        pytest.param(_draft(doNotPerform=True), OrderState.OTHER, id="do not perform"),
        pytest.param(_draft(status="on-hold"), OrderState.RECOGNISED, id="on hold: it may yet be given"),
        pytest.param(_draft(status="unknown"), OrderState.RECOGNISED, id="a status that is not known"),
        pytest.param(_draft(status="active"), OrderState.RECOGNISED, id="active, as a public client sends it"),
        pytest.param(_draft(status=None, intent=None), OrderState.RECOGNISED, id="neither status nor intent"),
        pytest.param(_draft(category={"coding": [{"code": "community"}]}), OrderState.RECOGNISED, id="category"),
    ],
)
def test_a_draft_is_understood_as_far_as_it_can_be(draft: dict[str, Any], state: OrderState) -> None:
    """What is not understood is never silently taken for something harmless."""
    (order,) = orders(draft)

    assert order.state is state
    assert bool(order.recognitions) is (state in (OrderState.RECOGNISED, OrderState.OTHER_PATIENT))
    assert order.problem or state in (
        OrderState.RECOGNISED,
        OrderState.OTHER,
        OrderState.UNFINISHED,
        OrderState.OTHER_PATIENT,
    )


@pytest.mark.requirement("H5")
@pytest.mark.parametrize(
    ("selections", "selected"),
    [
        (None, [True, True]),
        ([], [False, False]),
        (["MedicationRequest/a"], [True, False]),
        (["a"], [True, False]),
        (["https://ehr.example.org/fhir/MedicationRequest/b"], [False, True]),
        (["MedicationRequest/a", "b"], [True, True]),
        (["MedicationRequest/nothing"], [True, True]),
        (["ServiceRequest/a"], [True, True]),
    ],
)
def test_selections_are_matched_with_or_without_a_type(selections: list[str] | None, selected: list[bool]) -> None:
    """Selections that match nothing select all: better to look at too much than at nothing."""
    found = orders(_draft(id="a"), _draft("pemetrexed", id="b"), selections=selections)

    assert [each.selected for each in found] == selected


def test_a_draft_without_an_id_is_selected_by_its_full_url() -> None:
    """Its reference has no id then, or the one of its URL."""
    draft = {key: value for key, value in _draft().items() if key != "id"}

    found = orders(
        {"fullUrl": "urn:uuid:1", "resource": draft},
        {"fullUrl": "https://ehr/fhir/MedicationRequest/7", "resource": draft},
        selections=["urn:uuid:1"],
    )

    assert [each.selected for each in found] == [True, False]
    assert found[1].reference == "MedicationRequest/7"


def test_a_draft_with_an_id_is_selected_by_its_full_url_too() -> None:
    """A client may select by the URL that its Bundle gives."""
    found = orders(
        {"fullUrl": "urn:uuid:1", "resource": _draft(id="a")}, _draft("pemetrexed", id="b"), selections=["urn:uuid:1"]
    )

    assert [each.selected for each in found] == [True, False]


def test_resources_that_are_no_orders_are_left_out() -> None:
    """Unless they were selected by name: then it is said that they are not understood."""
    lung = condition(NSCLC, id="c")

    assert [each.reference for each in orders(_draft(), MEDICATION, lung)] == ["MedicationRequest/d1"]
    assert [each.state for each in orders(lung, selections=["Condition/c"])] == [OrderState.NOT_UNDERSTOOD]


@pytest.mark.parametrize(
    ("elements", "reason", "text"),
    [
        ({"reasonCode": [NSCLC]}, Reason.LUNG_CANCER, "Non-small cell lung cancer"),
        ({"reasonCode": NSCLC}, Reason.LUNG_CANCER, "Non-small cell lung cancer"),
        ({"reasonCode": [MELANOMA]}, Reason.OTHER_CANCER, "Malignant melanoma of skin"),
        ({"reasonCode": [{"text": "Renal cell carcinoma"}]}, Reason.OTHER_CANCER, "Renal cell carcinoma"),
        (
            {"reasonCode": [MELANOMA, NSCLC]},
            Reason.LUNG_CANCER,
            "Malignant melanoma of skin; Non-small cell lung cancer",
        ),
        (
            {"reasonCode": [{"text": "Small cell lung cancer"}, NSCLC]},
            Reason.LUNG_CANCER,
            "Small cell lung cancer; Non-small cell lung cancer",
        ),
        ({"reasonCode": [{"text": "Small cell lung cancer"}]}, Reason.SMALL_CELL, "Small cell lung cancer"),
        ({"reasonCode": [concept(ICD, "C79.31", "Brain metastases")]}, Reason.NOT_STATED, "Brain metastases"),
        ({"reasonCode": [concept(ICD, "C80.1", "Cancer")]}, Reason.NOT_STATED, "Cancer"),
        ({"reasonCode": [concept(ICD, "C39.0", "Respiratory")]}, Reason.NOT_STATED, "Respiratory"),
        ({"reasonCode": [concept(ICD, "C76.1", "Thorax")]}, Reason.NOT_STATED, "Thorax"),
        ({"reasonCode": [concept(ICD, "C97", "Multiple sites")]}, Reason.NOT_STATED, "Multiple sites"),
        ({"reasonCode": [{"text": "Type 2 diabetes mellitus"}]}, Reason.NOT_STATED, "Type 2 diabetes mellitus"),
        ({"reasonReference": [{"reference": "Condition/m"}]}, Reason.OTHER_CANCER, "Malignant melanoma of skin"),
        ({"reasonReference": {"reference": "Condition/m"}}, Reason.OTHER_CANCER, "Malignant melanoma of skin"),
        ({"reasonReference": [{"reference": "Condition/?", "display": "NSCLC"}]}, Reason.LUNG_CANCER, "NSCLC"),
        ({"reasonReference": [{"reference": "Condition/?"}]}, Reason.NOT_STATED, None),
        ({"reasonCode": []}, Reason.NOT_STATED, None),
        ({}, Reason.NOT_STATED, None),
    ],
    ids=str,
)
def test_what_an_order_is_for(elements: dict[str, Any], reason: Reason, text: str | None) -> None:
    """Another cancer only if it is named and lung cancer is not; a metastasis does not tell the primary."""
    (order,) = orders(_draft(**elements), on_record=[condition(MELANOMA, id="m")])

    assert (order.reason, order.reason_text) == (reason, text)


def test_a_reason_among_the_drafts_comes_before_one_on_record() -> None:
    """What was drafted with the order is what it refers to, whatever has the same id elsewhere."""
    draft = _draft(reasonReference=[{"reference": "Condition/c"}])

    (order,) = orders(draft, condition(MELANOMA, id="c"), on_record=[condition(NSCLC, id="c")])

    assert order.reason is Reason.OTHER_CANCER


def test_the_intent_of_an_order_is_read() -> None:
    """Palliative counts as metastatic."""
    url = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-procedure-intent"
    intents = [concept(SNOMED, "373808002"), concept(SNOMED, "363676003"), {"text": "other"}]
    drafts = [_draft(extension=[{"url": url, "valueCodeableConcept": each}]) for each in intents]

    assert [each.intent for each in orders(*drafts)] == [Extent.CURATIVE_INTENT, Extent.METASTATIC, None]


@pytest.mark.parametrize(
    "content",
    [_draft(), [_draft()], {"resourceType": "Bundle", "entry": {"resource": _draft()}}],
    ids=["one resource", "a list", "an entry that is an object"],
)
def test_drafts_that_are_no_bundle_are_read(content: object) -> None:
    """Whoever leaves out the Bundle still gets an answer."""
    found = orders_from(json.dumps(content).encode(), selections=None, patient_id="1", knowledge=KNOWLEDGE)

    assert [each.state for each in found] == [OrderState.RECOGNISED]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"null", b'{"resourceType": "Bundle"}', b'{"entry": null}'])
def test_no_drafts_are_no_orders(content: bytes) -> None:
    """And no error."""
    assert orders_from(content, selections=None, patient_id="1", knowledge=KNOWLEDGE) == ()


@pytest.mark.parametrize(
    "content", [b"5", b'"x"', b'{"entry": [5]}', b'{"entry": [{}]}', b'[{"a": NaN}]', b'{"entry": [{"resource": "x"}]}']
)
def test_drafts_that_cannot_be_read_are_said(content: bytes) -> None:
    """Not passed over in silence."""
    found = orders_from(content, selections=None, patient_id="1", knowledge=KNOWLEDGE)

    assert [each.state for each in found] == [OrderState.NOT_UNDERSTOOD]


def test_a_draft_that_holds_a_key_twice_is_refused() -> None:
    """Nobody can say which of two drugs is meant."""
    content = b'{"entry": [{"resource": {"resourceType": "MedicationRequest", "status": "draft", "status": "active"}}]}'

    with pytest.raises(DuplicateKeyError) as caught:
        orders_from(content, selections=None, patient_id="1", knowledge=KNOWLEDGE)

    assert (caught.value.path, caught.value.key) == ("context.draftOrders.entry[0].resource", "status")


@pytest.mark.requirement("H5")
@pytest.mark.parametrize("patient_id", ["1", "Patient/1"])
def test_the_patient_may_come_with_or_without_a_type(patient_id: str) -> None:
    """Both are the same patient."""
    assert [each.state for each in orders(_draft(), patient_id=patient_id)] == [OrderState.RECOGNISED]


def test_drafts_in_a_bundle_within_are_read() -> None:
    """One level of nesting is what senders use."""
    inner = {"resourceType": "Bundle", "entry": [{"resource": _draft()}]}

    assert [each.state for each in orders({"resource": inner})] == [OrderState.RECOGNISED]


@pytest.mark.parametrize(
    ("selected", "all_selected"),
    [
        ({"resourceType": "RequestGroup"}, True),
        ({"resourceType": "CarePlan", "activity": [{"reference": {"reference": "MedicationRequest/d1"}}]}, True),
        ({"resourceType": "ServiceRequest"}, False),
    ],
    ids=["a group", "a plan that refers to them", "a laboratory order"],
)
def test_a_selected_group_selects_the_drafts(selected: dict[str, Any], all_selected: bool) -> None:  # noqa: FBT001 - a case's outcome
    """Who chooses the regimen chooses its drugs."""
    found = orders({**selected, "id": "g"}, _draft(), selections=[f"{selected['resourceType']}/g"])

    assert [each.selected for each in found] == [True, all_selected]


@pytest.mark.parametrize(
    "elements",
    [
        {"activity": [{"detail": {"productCodeableConcept": {"coding": [{"system": RXNORM, "code": "2799999"}]}}}]},
        {"activity": [{"detail": {"productCodeableConcept": 5}}]},
        {"activity": [{"detail": {"productReference": {"reference": "Medication/1"}}}]},
        {
            "contained": [{"resourceType": "MedicationRequest", "id": "c"}],
            "activity": [{"reference": {"reference": "#c"}}],
        },
    ],
    ids=["an unknown code", "no concept", "a drug by reference", "an order within that names no drug"],
)
@pytest.mark.parametrize("type_", ["CarePlan", "RequestGroup"])
def test_a_plan_that_orders_a_drug_that_cannot_be_told_is_not_understood(type_: str, elements: dict[str, Any]) -> None:
    """Its drug is not read, so that is said; a plan that nobody selected is none of our business."""
    plan = {"resourceType": type_, "id": "p", **elements}

    assert [each.state for each in orders(plan, selections=[f"{type_}/p"])] == [OrderState.NOT_UNDERSTOOD]
    assert [each.state for each in orders(plan, _draft(), selections=["d1"])] == [
        OrderState.OTHER,
        OrderState.RECOGNISED,
    ]


def test_more_drafts_than_can_be_read_are_said() -> None:
    """Of the drafts that nobody selected only some are read; the selected one is."""
    drafts = [*(_draft("pemetrexed", id=f"u{number}") for number in range(400)), _draft()]

    found = orders(*drafts, selections=["d1"])

    assert [each.reference for each in found if each.selected and each.recognitions] == ["MedicationRequest/d1"]
    assert [each.problem for each in found if each.problem] == ["100 more drafts than can be read"]


def test_more_selected_drafts_than_can_be_read_are_a_matter_of_ours() -> None:
    """What was not read may be a checkpoint inhibitor, so that it counts as selected."""
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "MedicationRequest"}}] * 2001}

    found = orders_from(json.dumps(bundle).encode(), selections=None, patient_id="1", knowledge=KNOWLEDGE)

    assert (len(found), found[-1].state, found[-1].selected) == (2001, OrderState.NOT_UNDERSTOOD, True)


def test_more_selections_than_can_be_read_select_all() -> None:
    """Rather than miss one."""
    assert [each.selected for each in orders(_draft(), selections=["x"] * 20_000)] == [True]
