"""What a CarePlan or a RequestGroup orders itself, in whatever place it says so."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import OrderState, Reason
from tests.fhir_mapping.fhir import condition, orders, request, resource

DRUG = "pembrolizumab 200 mg IV q3w"
TEST = {"resourceType": "ServiceRequest", "id": "s"}
MEDICATION = {"resourceType": "Medication", "id": "m", "code": {"text": "Keytruda"}}


def _draft(drug: str = "pembrolizumab", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    return request(drug, **({"id": "d1", "status": "draft"} | elements))


def _plan(*details: dict[str, Any], **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    activities = [{"detail": each} for each in details]
    return resource("CarePlan", {"id": "p", "status": "draft", "activity": activities or None} | elements)


def _group(*actions: dict[str, Any], **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    return resource("RequestGroup", {"id": "p", "status": "draft", "action": list(actions)} | elements)


def _refers(reference: str) -> dict[str, Any]:
    return {"resource": {"reference": reference}}


@pytest.mark.parametrize(
    "plan",
    [
        _plan({"description": DRUG}),
        _plan({"code": {"text": DRUG}}),
        _plan({"productCodeableConcept": {"text": "Keytruda"}}),
        _plan({"productReference": {"reference": "#m"}}, contained=[MEDICATION]),
        _plan({"productReference": {"reference": "Medication/m"}}),
        _plan({"productReference": {"display": "Keytruda"}}),
        _plan(activity=[{"reference": {"reference": "#d1"}}], contained=[_draft()]),
        _group({"title": DRUG}),
        _group({"description": DRUG}),
        _group({"textEquivalent": DRUG}),
        _group({"code": [{"text": DRUG}]}),
        _group({"title": "Cycle 1", "action": [{"title": "Dexamethasone"}, {"title": DRUG}]}),
        _group(_refers("#d1"), contained=[_draft()]),
        _group({"title": DRUG, **_refers("MedicationRequest/gone")}),
        _group({"title": DRUG, **_refers("urn:uuid:1")}),
    ],
    ids=str,
)
def test_a_plan_that_names_a_drug_orders_it(plan: dict[str, Any]) -> None:
    """By its product, by an order within, or in words; nothing is offered that would take the plan away."""
    (order,) = orders(plan, MEDICATION, selections=[f"{plan['resourceType']}/p"])

    assert order.state is OrderState.RECOGNISED
    assert [each.drug for each in order.recognitions] == ["pembrolizumab"]
    assert order.display in {DRUG, "Keytruda", "pembrolizumab"}
    assert order.removable is False


@pytest.mark.parametrize(
    "plan",
    [
        _plan({"description": "Walk every day"}),
        _plan({"productCodeableConcept": {"text": "Metoprolol 50 mg"}}),
        _plan({"description": DRUG, "doNotPerform": True}),
        _plan({"description": DRUG, "status": "cancelled"}),
        _plan({"description": DRUG}, status="revoked"),
        _plan({"description": "Budesonide for pembrolizumab colitis"}),
        _plan(activity=[{"reference": {"reference": "#d1"}}], contained=[_draft(status="cancelled")]),
        _group({"title": "Pembrolizumab: TSH", **_refers("ServiceRequest/1")}),
        _group({"title": "Pembrolizumab: TSH", **_refers("#s")}, contained=[TEST]),
        _group({"title": "Monitoring of pembrolizumab", "action": [{"title": "TSH", **_refers("ServiceRequest/1")}]}),
        _group({"title": "Metoprolol 50 mg", **_refers("MedicationRequest/gone")}),
    ],
    ids=str,
)
def test_a_plan_that_orders_no_drug_of_ours_is_another_order(plan: dict[str, Any]) -> None:
    """Nor does one in which a drug is only mentioned, over, or not to be given."""
    (order,) = orders(plan, selections=[f"{plan['resourceType']}/p"])

    assert (order.state, order.recognitions) == (OrderState.OTHER, ())


@pytest.mark.parametrize(
    ("selections", "state"), [(["RequestGroup/p"], OrderState.OTHER), (["RequestGroup/p", "d1"], OrderState.OTHER)]
)
def test_a_drug_that_a_draft_orders_is_not_told_twice(selections: list[str], state: OrderState) -> None:
    """The words of an action are the heading of its draft."""
    group = _group({"title": DRUG, **_refers("MedicationRequest/d1")})

    plan, draft = orders(group, _draft(), selections=selections)

    assert (plan.state, draft.state) == (state, OrderState.RECOGNISED)


def test_a_drug_of_a_draft_that_was_not_chosen_is_told_of_the_plan() -> None:
    """A draft that nobody chose decides nothing."""
    plan, _ = orders(_plan({"description": DRUG}), _draft(), selections=["CarePlan/p"])

    assert plan.state is OrderState.RECOGNISED


@pytest.mark.parametrize(
    ("sent", "on_record", "state"),
    [
        ([], [], OrderState.NOT_KNOWN),
        ([_draft("metoprolol", id="gone")], [], OrderState.OTHER),
        ([], [request("metoprolol", id="gone")], OrderState.OTHER),
    ],
    ids=["nowhere", "among the drafts", "on record"],
)
@pytest.mark.parametrize(
    "plan",
    [
        _group(_refers("MedicationRequest/gone")),
        _plan(activity=[{"reference": {"reference": "MedicationRequest/gone"}}]),
    ],
    ids=["group", "plan"],
)
def test_an_order_that_a_plan_refers_to_and_that_did_not_come_is_told(
    plan: dict[str, Any], sent: list[dict[str, Any]], on_record: list[dict[str, Any]], state: OrderState
) -> None:
    """Without a word of it nobody knows what it is."""
    found = orders(plan, *sent, selections=[f"{plan['resourceType']}/p"], on_record=on_record)

    assert found[0].state is state


def test_the_reason_of_a_plan_is_that_of_its_order() -> None:
    """A plan for another cancer is not checked as one for lung cancer."""
    melanoma = condition("Melanoma", id="c")
    plans = [
        _plan({"description": DRUG, "reasonCode": [{"text": "Melanoma"}]}),
        _plan({"description": DRUG}, addresses=[{"reference": "Condition/c"}]),
        _group({"title": DRUG}, reasonCode=[{"text": "Melanoma"}]),
    ]

    found = [orders(each, on_record=[melanoma])[0] for each in plans]

    assert {(each.reason, each.reason_text) for each in found} == {(Reason.OTHER_CANCER, "Melanoma")}


@pytest.mark.parametrize("depth", [20, 400])
def test_a_plan_of_more_than_can_be_read_is_not_understood(depth: int) -> None:
    """What is not read is told, and costs little."""
    deep: dict[str, Any] = {"title": DRUG}
    for _ in range(depth):
        deep = {"action": [deep]}

    (nested,) = orders(_group(deep))
    (wide,) = orders(_group(*[{"title": "Walk"}] * 5000))

    assert (nested.state, wide.state) == (OrderState.NOT_UNDERSTOOD, OrderState.NOT_UNDERSTOOD)
