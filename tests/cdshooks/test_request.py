"""Requests are read, or refused with every fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.context import OrderContext
from cdshooks.errors import HookError, HookNotOfferedError, InvalidRequestError, Issue
from cdshooks.request import read
from tests.cdshooks.bodies import context, encoded, request
from tests.cdshooks.hello import OFFERED

TOKEN = {
    "access_token": "secret",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/*.read",
    "subject": "cds",
}
SERVER = "https://ehr.example.org/fhir"


def order_context(body: bytes) -> OrderContext:
    """Read a request and return its context."""
    found = read(body, OFFERED).context
    assert isinstance(found, OrderContext)
    return found


def issues(body: bytes) -> dict[str | None, Issue]:
    """Return the issues of a request that is refused, by their place."""
    with pytest.raises(InvalidRequestError) as caught:
        read(body, OFFERED)
    return {issue.where: issue for issue in caught.value.issues}


@pytest.mark.requirement("A9")
def test_a_request_is_read() -> None:
    """A whole request gives its members, the context typed, the draft orders as they were sent."""
    found = read(encoded(fhirServer=SERVER, fhirAuthorization=TOKEN, extension={"a": 1}), OFFERED)
    assert (found.hook, found.fhir_server) == ("order-select", SERVER)
    assert found.hook_instance == "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
    assert isinstance(found.context, OrderContext)
    assert found.context.selections == ("MedicationRequest/1",)
    assert found.context.user_id == "Practitioner/1"
    assert json.loads(bytes(found.context.draft_orders)) == context()["draftOrders"]


def test_the_drafts_of_order_sign_are_all_meant() -> None:
    """order-sign has no selections."""
    assert order_context(encoded(hook="order-sign", context=context(selections=...))).selections is None


IDS = {"bare": "123", "with its type": "Patient/123", "as a URL": "https://ehr.example.org/fhir/Patient/123"}


@pytest.mark.requirement("H5")
@pytest.mark.parametrize("sent", IDS.values(), ids=IDS)
def test_ids_are_bare_however_they_are_sent(sent: str) -> None:
    """PatientId and encounterId may come with their type."""
    found = order_context(encoded(context=context(patientId=sent, encounterId=sent)))
    assert (found.patient_id, found.encounter_id) == ("123", "123")


TOLERATED: dict[str, dict[str, Any]] = {
    "no encounter": {"context": context(encounterId=...)},
    "an encounter that is an empty text": {"context": context(encounterId="")},
    "a null encounter": {"context": context(encounterId=None)},
    "unknown context fields": {"context": context(mood={"a": [None]})},
    "unknown members": {"mood": {"a": [None]}, "CDSHooks": None},
    "an extension": {"extension": {"davinci-crd.configuration": {"max-cards": 3}}},
    "an empty extension": {"extension": {}},
    "null for what is optional": {"prefetch": None, "extension": None, "fhirServer": None, "fhirAuthorization": None},
    "an http server": {"fhirServer": "http://127.0.0.1:8103/fhir"},
    "a token with null for its other members": {
        "fhirServer": SERVER,
        "fhirAuthorization": {**TOKEN, "scope": None, "subject": None, "patient": None},
    },
    "a token limited to nobody": {"fhirServer": SERVER, "fhirAuthorization": {**TOKEN, "patient": ""}},
    "a token that is empty": {"fhirServer": SERVER, "fhirAuthorization": {**TOKEN, "access_token": ""}},
    "a token without its other members": {"fhirServer": SERVER, "fhirAuthorization": {"access_token": "secret"}},
    "a token for the patient in context": {
        "fhirServer": SERVER,
        "fhirAuthorization": {**TOKEN, "patient": "Patient/patient-1"},
    },
    "a hookInstance that is no UUID": {"hookInstance": "1"},
    "no selection": {"context": context(selections=[])},
    "selections without type": {"context": context(selections=["1"])},
    "a selection that matches nothing": {"context": context(selections=["MedicationRequest/none"])},
    "drafts without Bundle type": {"context": context(draftOrders={"resourceType": "Bundle", "entry": []})},
    "no draft": {"context": context(draftOrders={"resourceType": "Bundle"})},
    "a draft without anything": {
        "context": context(draftOrders={"resourceType": "Bundle", "entry": [{"resource": {}}]})
    },
}


@pytest.mark.requirement("R3", "R4", "H1", "H2", "H5", "F1", "F2")
@pytest.mark.parametrize("changes", TOLERATED.values(), ids=TOLERATED)
def test_what_real_clients_send_is_tolerated(changes: dict[str, Any]) -> None:
    """Unknown members, missing options and unfinished drafts are no reason to refuse."""
    assert read(encoded(**changes), OFFERED).hook == "order-select"


REFUSED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "no hook": ({"hook": ...}, {"hook"}),
    "no hookInstance": ({"hookInstance": ...}, {"hookInstance"}),
    "no context": ({"context": ...}, {"context"}),
    "none of them": ({"hook": ..., "hookInstance": ..., "context": ...}, {"hook", "hookInstance", "context"}),
    "null for what is required": (
        {"hookInstance": None, "context": context(patientId=None)},
        {"hookInstance", "context.patientId"},
    ),
    "an empty hookInstance": ({"hookInstance": ""}, {"hookInstance"}),
    "numbers for texts": ({"hook": 1, "hookInstance": 2}, {"hook", "hookInstance"}),
    "an array for the context": ({"context": []}, {"context"}),
    "a text for the context": ({"context": "x"}, {"context"}),
    "an empty context": (
        {"context": {}},
        {"context.userId", "context.patientId", "context.selections", "context.draftOrders"},
    ),
    "wrong types in the context": (
        {"context": {"userId": 1, "patientId": {}, "encounterId": [], "selections": "x", "draftOrders": []}},
        {"context.userId", "context.patientId", "context.encounterId", "context.selections", "context.draftOrders"},
    ),
    "selections that are no texts": (
        {"context": context(selections=["MedicationRequest/1", 2, None])},
        {"context.selections[1]", "context.selections[2]"},
    ),
    "an empty patientId": ({"context": context(patientId="")}, {"context.patientId"}),
    "a patientId that is only a type": ({"context": context(patientId="Patient/")}, {"context.patientId"}),
    "a single order for the Bundle": (
        {"context": context(draftOrders={"resourceType": "MedicationRequest"})},
        {"context.draftOrders.resourceType"},
    ),
    "a Bundle that does not say so": ({"context": context(draftOrders={})}, {"context.draftOrders.resourceType"}),
    "entries that are none": (
        {"context": context(draftOrders={"resourceType": "Bundle", "entry": [None, {"resource": "x"}]})},
        {"context.draftOrders.entry[0]", "context.draftOrders.entry[1].resource"},
    ),
    "a server that is no URL": ({"fhirServer": "ehr"}, {"fhirServer"}),
    "an array for prefetch": ({"prefetch": []}, {"prefetch"}),
    "an array for extension, as in FHIR": ({"extension": []}, {"extension"}),
    "a text for fhirAuthorization": ({"fhirServer": SERVER, "fhirAuthorization": "Bearer x"}, {"fhirAuthorization"}),
    "a token that is a number": (
        {"fhirServer": SERVER, "fhirAuthorization": {**TOKEN, "access_token": 5, "scope": []}},
        {"fhirAuthorization.access_token", "fhirAuthorization.scope"},
    ),
    "a token without a server": ({"fhirAuthorization": TOKEN}, {"fhirServer"}),
    "a token for another patient": (
        {"fhirServer": SERVER, "fhirAuthorization": {**TOKEN, "patient": "other"}},
        {"fhirAuthorization.patient"},
    ),
    "faults everywhere": (
        {"hookInstance": 1, "prefetch": "x", "context": context(patientId=5, draftOrders=...)},
        {"hookInstance", "prefetch", "context.patientId", "context.draftOrders"},
    ),
}


@pytest.mark.requirement("R1", "R2", "R3", "R6", "X1", "F1", "F2")
@pytest.mark.parametrize(("changes", "places"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_breaks_the_standard_is_refused_with_every_fault(
    changes: dict[str, Any], places: set[str]
) -> None:
    """Each fault of a request is told at once, with its place and, where there is one, the kind of value that came."""
    found = issues(encoded(**changes))
    assert set(found) == places
    assert all(issue.what and issue.expected for issue in found.values())


def test_an_issue_never_quotes_what_may_name_a_patient() -> None:
    """A wrong value is told by its kind; only words of the protocol are quoted."""
    found = issues(encoded(context=context(patientId="Jane Doe 1970", draftOrders={"resourceType": "Bumble"})))
    told = " ".join(str(issue) for issue in found.values())
    assert "Jane" not in told
    assert "'Bumble'" in told


TWICE = {
    "hook": b'{"hook": "order-sign", ',
    "hookInstance": b'{"hookInstance": "x", ',
    "context": b'{"context": {}, ',
    "context with content": b'{"context": {"patientId": "other"}, ',
    "prefetch": b'{"prefetch": {"key": null}, ',
    "prefetch, empty": b'{"prefetch": {}, ',
    "prefetch, null": b'{"prefetch": null, ',
    "fhirServer": b'{"fhirServer": "https://evil.example.org", ',
    "fhirAuthorization": b'{"fhirAuthorization": {}, ',
    "extension": b'{"extension": {"a": 1}, ',
}
WHOLE = encoded(prefetch={"key": None}, fhirServer=SERVER, fhirAuthorization=TOKEN, extension={"b": 1})


@pytest.mark.parametrize("start", TWICE.values(), ids=TWICE)
def test_a_member_that_stands_twice_is_refused(start: bytes) -> None:
    """A key of the envelope may not stand twice, whether its first value is empty or not."""
    assert "stands twice" in next(iter(issues(start + WHOLE[1:]).values())).what


INSIDE = {
    "context": (b'"patientId": "patient-1"', b'"patientId": "patient-1", "patientId": "patient-2"'),
    "context.draftOrders": (b'"id": "1"', b'"id": "1", "status": "draft", "status": "active"'),
    "prefetch": (b'"key": null', b'"key": null, "key": null'),
    "fhirAuthorization": (b'"scope": ', b'"scope": "patient/*.read", "scope": '),
    "extension": (b'"b": 1', b'"b": 1, "b": 1'),
}


@pytest.mark.parametrize(("where", "change"), INSIDE.items(), ids=INSIDE)
def test_a_key_that_stands_twice_inside_is_refused(where: str, change: tuple[bytes, bytes]) -> None:
    """So may no key of the context, the draft orders at any depth, the prefetch, the authorization or the extension."""
    assert list(issues(WHOLE.replace(*change))) == [where]


def test_a_duplicate_is_told_beside_other_faults() -> None:
    """A duplicate key does not hide another fault, and brings no fault of its own consequence."""
    body = encoded(hookInstance=5).replace(*INSIDE["context.draftOrders"])
    assert set(issues(body)) == {"context.draftOrders", "hookInstance"}


@pytest.mark.requirement("R6")
def test_a_hook_that_is_not_offered_is_refused_as_such() -> None:
    """The service is known, but not for this hook: the answer lists the hooks it is for."""
    with pytest.raises(HookNotOfferedError) as caught:
        read(encoded(hook="patient-view"), OFFERED)
    assert caught.value.issues[0].expected == "order-select or order-sign"


TEXTS = st.sampled_from(["", "id", "Bundle", "Patient/1", "\0", "\U0001f600"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PLACES = st.lists(st.sampled_from(["hook", "hookInstance", "prefetch", "fhirServer", "extension"]), max_size=3)
CONTEXT_PLACES = st.lists(st.sampled_from(list(context())), max_size=3)


def read_or_issues(body: bytes) -> tuple[Issue, ...]:
    """Read a request; return the issues if it is refused, of which there must be at least one."""
    try:
        read(body, OFFERED)
    except HookError as error:
        if not error.issues:
            pytest.fail("refused without an issue")
        return error.issues
    return ()


@given(st.data())
def test_any_values_anywhere_give_a_request_or_issues(data: st.DataObject) -> None:
    """Whatever JSON stands at whatever place: the request is read, or refused with issues that have a place."""
    inner = context(**{name: data.draw(VALUES) for name in data.draw(CONTEXT_PLACES)})
    body = request(context=inner, **{name: data.draw(VALUES) for name in data.draw(PLACES)})
    assert all(issue.where for issue in read_or_issues(json.dumps(body).encode()))


@given(st.binary(max_size=50))
def test_any_bytes_give_a_request_or_issues(body: bytes) -> None:
    """Whatever bytes come: they are refused with issues, and nothing else is raised."""
    with pytest.raises(InvalidRequestError):
        read(body, OFFERED)


@given(st.integers(min_value=0, max_value=len(WHOLE) - 1), st.binary(min_size=0, max_size=2))
def test_a_broken_body_gives_a_request_or_issues(position: int, other: bytes) -> None:
    """A whole body with a few bytes replaced or lost is read or refused with issues."""
    read_or_issues(WHOLE[:position] + other + WHOLE[position + 1 :])
