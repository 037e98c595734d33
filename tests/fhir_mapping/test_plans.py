"""What a CarePlan or a RequestGroup orders itself, in whatever place it says so."""

from __future__ import annotations

import time
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


def _titled(words: str) -> dict[str, Any]:
    return _group({"title": words})


def _described(words: str) -> dict[str, Any]:
    return _plan({"description": words})


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


def _removal(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    return {"type": {"coding": [{"code": "remove"}]}, "title": DRUG} | more


@pytest.mark.parametrize("make", [_titled, _described], ids=["group", "plan"])
@pytest.mark.parametrize(
    "words",
    [
        "Stop pembrolizumab",
        "Hold pembrolizumab",
        "Hold the next dose of pembrolizumab 200 mg",
        "Discontinue Keytruda (pembrolizumab)",
        "No pembrolizumab",
        "Do not give pembrolizumab",
        "Avoid pembrolizumab",
        "Pembrolizumab education",
        "Pembrolizumab consent form",
        "Pembrolizumab education and consent.",
        "Consider pembrolizumab if ROS1 negative",
        "Premedication for pembrolizumab: acetaminophen",
    ],
)
def test_words_of_a_plan_that_stop_or_only_talk_of_a_drug_order_none(make: Any, words: str) -> None:  # noqa: ANN401 - a maker
    """A critical card on the order to stop would be the wrong one."""
    (order,) = orders(make(words))

    assert (order.state, order.recognitions) == (OrderState.OTHER, ())


@pytest.mark.parametrize("make", [_titled, _described], ids=["group", "plan"])
@pytest.mark.parametrize(
    "words",
    [
        "Do not hold pembrolizumab",
        "Don't stop pembrolizumab",
        "Do not stop or hold pembrolizumab",
        "Resume on-hold pembrolizumab",
        "Stop carboplatin, pembrolizumab 200 mg",
        "Stop carboplatin and pembrolizumab 200 mg",
        "Pembrolizumab 200 mg IV, hold for toxicity",
        "Pembrolizumab 200 mg IV; hold pembrolizumab for toxicity",
        "Hold pembrolizumab today. Pembrolizumab 200 mg IV from day 22",
        "Switch from pembrolizumab 200 mg q3w to 400 mg q6w",
        "Switch to pembrolizumab",
        "No premedication. Pembrolizumab",
        "No contraindication: pembrolizumab",
        "Pembrolizumab, no premedication",
        "Pembrolizumab 200 mg IV, consent form signed",
        "Pembrolizumab consent signed, give 200 mg",
        "Premedication, pembrolizumab",
        "Premedication for pembrolizumab 200 mg IV",
        "Pembrolizumab 200 mg if ROS1 negative and PD-L1 high",
        "Pembrolizumab until progression, then stop",
        "Study drug (pembrolizumab or placebo)",
    ],
)
def test_what_stops_or_explains_something_else_takes_no_drug_from_a_plan(make: Any, words: str) -> None:  # noqa: ANN401 - a maker
    """In doubt it orders the drug, and is shown as it was written."""
    (order,) = orders(make(words))

    assert [each.drug for each in order.recognitions if each.drug == "pembrolizumab"] == ["pembrolizumab"]
    assert order.display == words


def test_many_names_in_the_words_of_a_plan_cost_little() -> None:
    """Where there are more than can be looked at one by one, the drug is ordered."""
    began = time.process_time()
    (order,) = orders(_group(*[{"title": "stop Keytruda. " * 60, "description": "stop " * 180}] * 300))

    assert order.state is OrderState.RECOGNISED
    assert time.process_time() - began < 5


def test_what_is_far_before_a_drug_is_not_its_beginning() -> None:
    """The words are cut there, and begin nothing."""
    (order,) = orders(_titled("Do not hold" + " " * 76 + "pembrolizumab"))

    assert order.state is OrderState.RECOGNISED


def test_of_a_switch_the_new_drug_is_ordered() -> None:
    """In the record's own words."""
    (order,) = orders(_titled("Switch from pembrolizumab to entrectinib"))

    assert [each.drug for each in order.recognitions] == ["entrectinib"]
    assert order.display == "Switch from pembrolizumab to entrectinib"


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (_removal(), OrderState.OTHER),
        (_removal(title="Old", action=[{"title": DRUG}]), OrderState.OTHER),
        (_removal(title="Old", action=[{"title": DRUG, "type": {"coding": [{"code": "create"}]}}]), None),
        ({"title": DRUG, "type": {"coding": [{"code": "create"}]}}, None),
        ({"title": DRUG, "type": {"text": "as planned"}}, None),
    ],
    ids=str,
)
def test_an_action_that_removes_an_order_orders_nothing(action: dict[str, Any], state: OrderState | None) -> None:
    """Nor do those within; one that says another type does."""
    (order,) = orders(_group(action))

    assert order.state is (state or OrderState.RECOGNISED)


def test_an_order_to_hold_in_words_stays_an_order_of_the_drug() -> None:
    """Only the free words of plans are read so."""
    (order,) = orders(_draft("Hold pembrolizumab"))

    assert order.state is OrderState.RECOGNISED


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
