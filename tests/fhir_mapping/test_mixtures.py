"""What a drug is made of: ingredients that are Medications of their own, wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import OrderState
from tests.fhir_mapping.fhir import RXNORM, concept, facts, orders, request, resource

PEMBROLIZUMAB = {"resourceType": "Medication", "id": "pem", "code": concept(RXNORM, "1547545")}
SALINE = {"resourceType": "Medication", "id": "ns", "code": {"text": "sodium chloride 0.9 %"}}
ENTRECTINIB = {"resourceType": "Medication", "id": "ent", "code": {"text": "entrectinib"}}


def _of(*references: str, code: str | None = "IVPB mixture", id_: str = "mix", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    """Return a mixture of what the references lead to."""
    ingredients = [{"itemReference": {"reference": each}} for each in references]
    named = {"code": {"text": code}} if code else {}
    return {"resourceType": "Medication", "id": id_, "ingredient": ingredients, **named, **elements}


def _draft(reference: str, *contained: dict[str, Any]) -> dict[str, Any]:
    elements = {"medicationReference": {"reference": reference}, "contained": list(contained) or None}
    given = request(None, id="d1", status="draft", **elements)
    return {key: value for key, value in given.items() if value is not None}


@pytest.mark.parametrize("code", ["IVPB mixture", None])
@pytest.mark.parametrize(
    ("reference", "contained", "bundled", "on_record"),
    [
        ("#mix", [_of("#pem", "#ns"), PEMBROLIZUMAB, SALINE], [], []),
        ("Medication/mix", [], [_of("Medication/pem", "Medication/ns"), PEMBROLIZUMAB, SALINE], []),
        ("Medication/mix", [], [], [_of("Medication/ns", "Medication/pem"), PEMBROLIZUMAB, SALINE]),
        ("Medication/mix", [], [_of("Medication/pem")], [PEMBROLIZUMAB]),
        ("Medication/mix", [], [_of("#pem", contained=[PEMBROLIZUMAB])], []),
        ("#mix", [_of("#bag"), _of("#pem", id_="bag"), PEMBROLIZUMAB], [], []),
        ("#mix", [_of("#mix", "#pem"), PEMBROLIZUMAB], [], []),
        ("#mix", [_of("#pem"), {**PEMBROLIZUMAB, "resourceType": "Substance"}], [], []),
    ],
    ids=[
        "contained",
        "bundled",
        "on record",
        "bundled, the ingredient on record",
        "the ingredient within the Medication",
        "a mixture in a mixture",
        "a mixture that also holds itself",
        "a Substance",
    ],
)
def test_an_ingredient_that_is_a_reference_is_followed(
    reference: str,
    contained: list[dict[str, Any]],
    bundled: list[dict[str, Any]],
    on_record: list[dict[str, Any]],
    code: str | None,
) -> None:
    """The drug is in the request, whether or not the mixture has a name of its own."""
    mixtures = {"mix", "bag"}

    def named(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each | {"code": {"text": code} if code else None} if each["id"] in mixtures else each for each in items]

    (order,) = orders(_draft(reference, *named(contained)), *named(bundled), on_record=named(on_record))

    assert [each.drug for each in order.recognitions] == ["pembrolizumab"]


@pytest.mark.parametrize(
    ("mixture", "state", "lost"),
    [
        (_of("Medication/gone", code=None), OrderState.UNRESOLVED, ("Medication/gone",)),
        (_of("Medication/gone"), OrderState.NOT_KNOWN, ("Medication/gone",)),
        (_of("#gone", "#ns"), OrderState.NOT_KNOWN, ("#gone",)),
        (_of("Patient/1"), OrderState.NOT_KNOWN, ("Patient/1",)),
        (_of("#mix"), OrderState.NOT_KNOWN, ("#mix",)),
        (_of("#mix", code=None), OrderState.UNRESOLVED, ("#mix",)),
        (_of("#ns"), OrderState.OTHER, ()),
        (_of("Medication/gone", code="carboplatin"), OrderState.RECOGNISED, ("Medication/gone",)),
    ],
    ids=[
        "nothing else is told",
        "the mixture has a name",
        "another ingredient has a name",
        "another resource",
        "a mixture of itself",
        "a mixture of itself without a name",
        "all is told",
        "beside a drug of ours",
    ],
)
def test_an_ingredient_that_leads_nowhere_is_told(
    mixture: dict[str, Any], state: OrderState, lost: tuple[str, ...]
) -> None:
    """Whatever the mixture is called: nobody knows what the ingredient is."""
    (order,) = orders(_draft("#mix", mixture, SALINE))

    assert (order.state, order.unresolved) == (state, lost)
    assert all(each in (order.problem or "") for each in lost)


@pytest.mark.parametrize(
    ("code", "state", "lost"),
    [
        (concept(RXNORM, "866427", "metoprolol tartrate 50 MG Oral Tablet"), OrderState.OTHER, ()),
        (concept(RXNORM, "2375333", "entrectinib 200 MG Oral Capsule"), OrderState.RECOGNISED, ()),
        (concept(RXNORM, "866427"), OrderState.NOT_KNOWN, ("#gone",)),
        (concept("http://local", "1", "IVPB mixture"), OrderState.NOT_KNOWN, ("#gone",)),
    ],
    ids=["a product", "a product of ours", "a code without words", "a code of the hospital"],
)
def test_what_a_published_product_is_made_of_is_not_asked_for(
    code: dict[str, Any], state: OrderState, lost: tuple[str, ...]
) -> None:
    """A name with a published code tells what it is; what a hospital mixes under a code of its own may be anything."""
    product = _of("#gone") | {"code": code}
    (order,) = orders(_draft("#mix", product))
    elements = {"status": "active", "medicationReference": {"reference": "#mix"}, "contained": [product]}
    given = facts(resource("MedicationStatement", elements))

    assert (order.state, order.unresolved) == (state, lost)
    assert given.unresolved == lost


def test_a_patient_of_the_same_id_is_no_ingredient() -> None:
    """An id says nothing without its type."""
    (order,) = orders(_draft("#mix", _of("Patient/pem")), PEMBROLIZUMAB)

    assert order.recognitions == ()


def test_a_mixture_of_more_than_can_be_read_comes_to_an_end() -> None:
    """Circles and crowds are cut, and told."""
    crowd = _of(*["#mix"] * 500)

    (order,) = orders(_draft("#mix", crowd))

    assert (order.state, order.unresolved) == (OrderState.NOT_KNOWN, ("#mix",))


@pytest.mark.parametrize("type_", ["MedicationStatement", "MedicationRequest"])
def test_what_was_given_is_followed_in_the_same_way(type_: str) -> None:
    """A running ROS1 inhibitor in a mixture is no unknown drug; one that leads nowhere is told, and may be fetched."""
    elements = {"status": "active", "intent": "order", "medicationReference": {"reference": "#mix"}}
    known = facts(resource(type_, elements | {"contained": [_of("#ent", code=None), ENTRECTINIB]}))
    unknown = facts(resource(type_, elements | {"contained": [_of("Medication/ent", code="capsule")]}))
    beside = facts(resource(type_, elements | {"contained": [_of("#ent", "Medication/gone"), ENTRECTINIB]}))

    assert [each.drug for each in known.therapies] == [each.drug for each in beside.therapies] == ["entrectinib"]
    assert (known.unread, beside.unread) == ((), ())
    assert unknown.unresolved == ("Medication/ent",)
    assert [each.problem for each in unknown.unread] == ["a part of its drug, Medication/ent, is not in the record"]
