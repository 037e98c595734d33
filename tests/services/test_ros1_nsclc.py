"""The ROS1 service as a whole, with everything below it real."""

from __future__ import annotations

import copy
import io
import itertools
import json
import random
from pathlib import Path
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from cdshooks import log
from cdshooks.app import create_app
from cdshooks.errors import DeclarationError
from cdshooks.services.ros1_nsclc.ids import uuids
from cdshooks.settings import PrefetchScope, Settings, WhenUnfetched

_URL = "/cds-services/ros1-nsclc"
_REQUEST = json.loads(
    (Path(__file__).parents[1] / "journeys" / "ros1-fusion-pembrolizumab" / "request.json").read_text(encoding="utf-8")
)


def _post(client: FlaskClient, request: Any) -> Any:  # noqa: ANN401 - JSON of any shape in, the response out
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    return client.post(_URL, data=body, content_type="application/json")


def _said(client: FlaskClient, request: dict[str, Any]) -> list[tuple[str, str]]:
    return [(card["summary"], card["detail"]) for card in _post(client, request).get_json()["cards"]]


@pytest.mark.requirement("D2", "D4", "D7", "P1", "P2", "P4", "P5")
def test_discovery_asks_for_laboratory_results_under_any_code(client: FlaskClient) -> None:
    """The service is listed once per hook, with tokens of the context's root only; no code narrows the results.

    order-select comes last: of entries with one id the public CDS Hooks sandbox keeps the last, and would never call.
    """
    services = client.get("/cds-services").get_json()["services"]

    assert [(service["id"], service["hook"]) for service in services if service["id"] == "ros1-nsclc"] == [
        ("ros1-nsclc", "order-sign"),
        ("ros1-nsclc", "order-select"),
    ]
    assert services[0]["prefetch"]["observations"] == (
        "Observation?patient={{context.patientId}}&category=laboratory&_sort=-date"
    )


def test_a_site_that_has_mapped_its_codes_asks_for_these_only() -> None:
    """The setting narrows the query to the codes of the value sets, and only to usable ones."""
    client = create_app(Settings.for_sandbox(prefetch=PrefetchScope.CODED)).test_client()
    template = client.get("/cds-services").get_json()["services"][0]["prefetch"]["observations"]

    assert "category" not in template
    assert "http://loinc.org|69548-6" in template
    assert "http://loinc.org|83053-9" in template


def test_a_formulary_that_names_what_no_card_may_offer_ends_the_start() -> None:
    """Every wrong name is told, with those that are possible."""
    with pytest.raises(DeclarationError) as caught:
        create_app(Settings.for_sandbox(formulary=("aspirin", "taletrectinib", "lorlatinib")))

    assert len(caught.value.faults) == 2
    assert "crizotinib, entrectinib, repotrectinib, taletrectinib, zidesamtinib" in caught.value.faults[0]


@pytest.mark.requirement("G4")
def test_what_is_missing_is_named_with_its_key() -> None:
    """Without laboratory results a checkpoint inhibitor cannot be checked: 412, never an empty list of cards."""
    request = copy.deepcopy(_REQUEST)
    del request["prefetch"]

    answer = _post(create_app(Settings.for_sandbox(when_unfetched=WhenUnfetched.REFUSE)).test_client(), request)

    assert answer.status_code == 412
    assert {place for issue in answer.get_json()["issue"] for place in issue["expression"]} >= {"prefetch.observations"}


@pytest.mark.parametrize("sent", [{}, None])
def test_a_client_that_shows_an_error_as_all_clear_gets_a_card_instead(
    client: FlaskClient, sent: dict[str, Any] | None
) -> None:
    """Where the settings ask for it, also when there is no FHIR server to fetch from: it was 412 all the same."""
    answer = _post(client, _REQUEST | {"prefetch": sent})

    (card,) = answer.get_json()["cards"]
    assert "could not be checked" in card["summary"]
    assert "laboratory results: could not be had from the EHR" in card["detail"]
    assert "not sent: the request names no FHIR server to read it from" in card["detail"]


@pytest.mark.parametrize("id_", ["eABC123+/=", "MedicationRequest/pembro", "ord 1", "a b/c", "urn:uuid:1"])
def test_a_draft_whose_id_no_reference_can_hold_still_gets_its_card(client: FlaskClient, id_: str) -> None:
    """It was 500: the removal that the card offered broke the standard. Now nothing is offered that needs it."""
    request = copy.deepcopy(_REQUEST)
    request["context"]["draftOrders"]["entry"][0]["resource"]["id"] = id_
    request["context"]["selections"] = [f"MedicationRequest/{id_}"]

    (card,) = _post(client, request).get_json()["cards"]

    assert card["indicator"] == "critical"
    assert not any(action["type"] == "delete" for each in card.get("suggestions", ()) for action in each["actions"])


@pytest.mark.parametrize(
    "url",
    ["http://ehr.example.org/drafts?id=1", "draft 1", "urn:uuid:1b2c", "https://x.example.org/MedicationRequest/"],
)
def test_a_draft_that_only_an_odd_address_names_still_gets_its_card(client: FlaskClient, url: str) -> None:
    """What no client would find by its reference is not offered for removal."""
    request = copy.deepcopy(_REQUEST)
    entry = request["context"]["draftOrders"]["entry"][0]
    del entry["resource"]["id"]
    entry["fullUrl"] = url

    (card,) = _post(client, request).get_json()["cards"]

    assert card["indicator"] == "critical"
    assert not any(action["type"] == "delete" for each in card.get("suggestions", ()) for action in each["actions"])


def test_evidence_that_holds_a_key_twice_is_refused(client: FlaskClient) -> None:
    """Two statuses in the ROS1 result: it cannot be told which one counts, and the place is named."""
    body = json.dumps(_REQUEST).encode()
    twice = body.replace(b'"id": "ros1-ngs",', b'"id": "ros1-ngs", "status": "entered-in-error",')
    assert twice != body

    answer = _post(client, twice)

    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["expression"] == ["prefetch.observations.entry[1].resource"]


@pytest.mark.parametrize(
    "broken",
    [
        {"resourceType": "Observation", "id": "x", "status": "final", "code": "text", "valueQuantity": [1]},
        {"resourceType": "Observation", "id": "x", "code": {"coding": "none"}, "component": 7, "subject": []},
        {"resourceType": "Patient", "id": "x", "name": 3},
    ],
)
def test_a_broken_resource_that_does_not_matter_changes_no_card(broken: dict[str, Any], client: FlaskClient) -> None:
    """One laboratory result of the wrong shape must not silence or change the advice."""
    request = copy.deepcopy(_REQUEST)
    request["prefetch"]["observations"]["entry"].insert(0, {"resource": broken})
    request["prefetch"]["observations"]["total"] += 1

    assert _said(client, request) == _said(client, _REQUEST)


def test_the_order_of_resources_does_not_matter(client: FlaskClient) -> None:
    """Whatever order the EHR sends, the cards are the same."""
    request = copy.deepcopy(_REQUEST)
    generator = random.Random(7)  # noqa: S311 - a shuffle, no secret
    for _ in range(10):
        for bundle in request["prefetch"].values():
            generator.shuffle(bundle.get("entry", []))
        assert _said(client, request) == _said(client, _REQUEST)


def test_the_order_of_prefetch_keys_does_not_matter(client: FlaskClient) -> None:
    """Nor the order of the members of the request, nor an empty answer for an optional key."""
    request = copy.deepcopy(_REQUEST)
    request["prefetch"] = dict(reversed(request["prefetch"].items())) | {"reports": None}

    assert _said(client, dict(reversed(request.items()))) == _said(client, _REQUEST)


def test_reports_are_optional_and_their_failure_is_said(client: FlaskClient) -> None:
    """A client that does not send them gets the same card; one that got an error is told so on it."""
    request = copy.deepcopy(_REQUEST)
    issue = {"severity": "error", "code": "exception", "diagnostics": "timeout"}
    request["prefetch"]["reports"] = {"resourceType": "OperationOutcome", "issue": [issue]}
    ((summary, detail),), ((same, without),) = _said(client, request), _said(client, _REQUEST)

    assert summary == same
    assert "reports: could not be had from the EHR" in detail
    assert "reports" not in without


def test_the_log_tells_what_was_decided_and_nothing_of_the_patient(client: FlaskClient) -> None:
    """Rules and counts are logged; ids, names, words and dates of the record are not."""
    stream, level = io.BytesIO(), log.Sink.level
    log.configure("info", stream)
    try:
        _post(client, _REQUEST)
    finally:
        log.Sink.level = level
    lines = stream.getvalue().decode()

    assert "ici-before-ros1-inhibitor" in lines
    for word in ("ros1-demo", "oncologist-1", "visit-7", "Riverside", "2026-09-10", "pembro"):
        assert word not in lines


_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def _places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


_ALL_PLACES = _places(_REQUEST)[1:]


@given(changes=st.lists(st.tuples(st.sampled_from(_ALL_PLACES), _JSON), min_size=1, max_size=3))
def test_wrong_types_anywhere_never_fail_the_service(
    client: FlaskClient, changes: list[tuple[tuple[str | int, ...], Any]]
) -> None:
    """Whatever stands wherever: cards, or a 4xx with an OperationOutcome."""
    request = copy.deepcopy(_REQUEST)
    for place, value in changes:
        holder: Any = request
        for key in place[:-1]:
            holder = holder[key] if _has(holder, key) else {}
        if _has(holder, place[-1]):
            holder[place[-1]] = value

    answer = _post(client, request)

    assert answer.status_code in {200, 400, 412}
    document = answer.get_json()
    assert isinstance(document["cards"], list) if answer.status_code == 200 else document["issue"]


def _has(holder: object, key: str | int) -> bool:
    if isinstance(holder, dict):
        return key in holder
    return isinstance(holder, list) and isinstance(key, int) and key < len(holder)


def test_uuids_are_random_version_4() -> None:
    """Each is a UUID of its own in the form of the standard, however many are asked for."""
    made = list(itertools.islice(uuids(), 100))

    assert len(set(made)) == 100
    for each in map(UUID, made):
        assert (each.version, each.variant) == (4, RFC_4122)
    assert all(str(UUID(each)) == each for each in made)
