"""The ROS1 service and a FHIR server: what prefetch did not bring is fetched and changes no card, or is said."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from cdshooks.app import create_app
from cdshooks.settings import Settings, WhenUnfetched
from tests.cdshooks.conftest import free_port, wait_for
from tests.cdshooks.fhir_stub import Answer, Asked, Respond, Stub, bundle, outcome, resource, serving
from tests.cdshooks.tokens import BASE, Signer, bearer, production

_URL = "/cds-services/ros1-nsclc"
_JOURNEYS = Path(__file__).parents[1] / "journeys"
_PATIENCE = 10_000
_TOKEN = {
    "access_token": "s3cret",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.rs",
    "subject": "ros1-cds",
}


def _journey(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_JOURNEYS / name / "request.json").read_text(encoding="utf-8"))
    return content


_REQUEST = _journey("ros1-fusion-pembrolizumab")


@pytest.fixture
def server() -> Iterator[Stub]:
    """Return a FHIR server that holds the record of the first journey."""
    with serving(_record(_REQUEST["prefetch"])) as stub:
        yield stub


def _client(**settings: Any) -> FlaskClient:  # noqa: ANN401 - values of settings
    production = {"fetch_milliseconds": _PATIENCE, "when_unfetched": WhenUnfetched.REFUSE}
    return create_app(Settings.for_sandbox(**{**production, **settings})).test_client()


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """Return a client of a sandbox with a patient service."""
    return _client()


def _record(prefetch: dict[str, Any]) -> Respond:
    """Return a FHIR server's answers from what a client would have prefetched."""

    def respond(asked: Asked) -> Answer:
        kind = asked.path.removeprefix("/fhir/")
        key = {"Condition": "conditions", "MedicationRequest": "medications"}.get(kind)
        if kind == "DiagnosticReport":
            return bundle()
        if kind == "Observation":
            key = "observations" if "category" in asked.query else "stages"
        return resource(prefetch[key]) if key else Answer(status=404)

    return respond


def _request(server: Stub, *without: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return the request of the first journey without some prefetch keys."""
    prefetch = {key: value for key, value in _REQUEST["prefetch"].items() if key not in without}
    request = {**_REQUEST, "fhirServer": server.base, "fhirAuthorization": _TOKEN, "prefetch": prefetch, **changes}
    return copy.deepcopy({key: value for key, value in request.items() if value})


def _post(client: FlaskClient, request: dict[str, Any]) -> Any:  # noqa: ANN401 - the response
    return client.post(_URL, data=json.dumps(request), content_type="application/json")


def _cards(client: FlaskClient, request: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    answer = _post(client, request)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [
        (card["summary"], card["detail"], [each["label"] for each in card.get("suggestions", ())])
        for card in answer.get_json()["cards"]
    ]


@pytest.mark.requirement("F4", "F5", "G1", "P6")
def test_what_is_fetched_gives_the_card_that_prefetch_gives(client: FlaskClient, server: Stub) -> None:
    """No prefetch at all, and each key missing in turn: the same card, word for word, with its suggestions."""
    expected = _cards(client, _REQUEST)
    assert expected

    assert _cards(client, _request(server, *_REQUEST["prefetch"])) == expected
    context = _REQUEST["context"]
    searched = ["Condition", "DiagnosticReport", "MedicationAdministration", "MedicationDispense", "MedicationRequest"]
    searched += ["MedicationStatement", "Observation", "Observation"]
    read = [f"Encounter/{context['encounterId']}", f"Patient/{context['patientId']}"]
    assert server.paths == sorted(f"/fhir/{asked}" for asked in (*searched, *read))
    assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer s3cret"}
    for key in _REQUEST["prefetch"]:
        assert _cards(client, _request(server, key)) == expected


def test_nobody_waits_for_reports_alone(client: FlaskClient, server: Stub) -> None:
    """A client that sends all but the optional reports is answered at once."""
    assert _cards(client, _request(server)) == _cards(client, _REQUEST)
    assert server.asked == []


@pytest.mark.parametrize("journey", ["another-drug-without-data", "unselected-checkpoint-inhibitor"])
def test_an_order_that_is_none_of_our_business_makes_no_fetch(client: FlaskClient, server: Stub, journey: str) -> None:
    """Another drug, or a checkpoint inhibitor that is not selected: the record is neither read nor fetched."""
    request = {**_journey(journey), "fhirServer": server.base, "fhirAuthorization": _TOKEN}
    request.pop("prefetch", None)
    if journey == "unselected-checkpoint-inhibitor":
        request["context"]["selections"] = []

    assert _cards(client, request) == []
    assert server.asked == []


@pytest.mark.requirement("G4", "S2")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=500), "HTTP status 500"),
        (Answer(status=401), "refused the access"),
        (outcome("row of Jane Doe is locked"), "answered with an error"),
        (Answer(wait=2), "no answer in time"),
    ],
)
def test_needed_data_that_cannot_be_had_are_412_with_key_and_reason(server: Stub, answer: Answer, words: str) -> None:
    """The OperationOutcome names the key and why, in our own words only."""
    server.respond = lambda _: answer
    client = _client(fetch_milliseconds=300)

    refused = _post(client, _request(server, "observations"))

    assert refused.status_code == 412
    [issue] = refused.get_json()["issue"]
    assert issue["expression"] == ["prefetch.observations"]
    assert words in issue["details"]["text"]
    assert "Jane Doe" not in refused.get_data(as_text=True)


def test_a_sandbox_gives_a_card_in_place_of_412(server: Stub) -> None:
    """Test clients show an error as "all clear": by default they get a card that says what was not checked, and why."""
    server.respond = lambda _: Answer(status=503)
    client = create_app(Settings.for_sandbox(fetch_milliseconds=_PATIENCE)).test_client()

    [(summary, detail, suggestions)] = _cards(client, _request(server, "observations"))

    assert "could not be checked" in summary
    assert "HTTP status 503" in detail
    assert suggestions == []


def test_what_the_decision_does_not_need_is_said_on_its_card(client: FlaskClient, server: Stub) -> None:
    """The ROS1 result came, the medications did not: the card is given and says so, with the reason."""
    server.respond = lambda _: Answer(status=500)

    [(summary, detail, _)] = _cards(client, _request(server, "medications"))

    assert "ROS1" in summary
    assert "fetching them failed: the FHIR server answered with an error (HTTP status 500)" in detail


@pytest.mark.requirement("G3")
def test_a_first_page_without_ros1_is_no_negative(server: Stub) -> None:
    """The page that holds the result fails: the card says that not all results came, and never that there is none."""
    record = _record(_REQUEST["prefetch"])
    server.respond = lambda asked: (
        record(asked) if "category" not in asked.query and "page" not in asked.query
        else Answer(status=500) if "page" in asked.query
        else bundle(next_=f"{server.base}?page=2")
    )  # fmt: skip

    [(summary, detail, _)] = _cards(_client(), _request(server, *_REQUEST["prefetch"]))

    assert "could not be checked" in summary
    assert "the next page could not be fetched" in detail


@pytest.mark.requirement("F7", "G7")
def test_a_next_page_with_another_patient_s_data_is_ignored_and_said(client: FlaskClient, server: Stub) -> None:
    """A server whose next link forgets the patient sends everybody's results: none of them is this patient's."""
    stranger = copy.deepcopy(_REQUEST["prefetch"]["observations"])
    for entry in stranger["entry"]:
        entry["resource"]["subject"] = {"reference": "Patient/somebody-else"}
    record = _record(_REQUEST["prefetch"])
    server.respond = lambda asked: (
        resource(stranger) if "page" in asked.query
        else bundle(next_=f"{server.base}/Observation?page=2") if "category" in asked.query
        else record(asked)
    )  # fmt: skip

    cards = _cards(client, _request(server, *_REQUEST["prefetch"]))

    assert not any("ROS1 fusion" in summary for summary, _, _ in cards)
    assert not any("ROS1 fusion**" in detail or "**Found:** ROS1 fusion" in detail for _, detail, _ in cards)


@pytest.mark.requirement("H4")
def test_a_drug_that_is_only_referred_to_is_read(client: FlaskClient, server: Stub) -> None:
    """A medicationReference without a display, to a Medication on the FHIR server: the order is understood."""
    expected = _cards(client, _REQUEST)
    record = _record(_REQUEST["prefetch"])
    request = _request(server)
    request["prefetch"]["reports"] = None
    [draft] = [
        entry["resource"] for entry in request["context"]["draftOrders"]["entry"]
        if entry["resource"]["resourceType"] == "MedicationRequest"
    ]  # fmt: skip
    drug = {"resourceType": "Medication", "id": "pembro", "code": draft.pop("medicationCodeableConcept")}
    draft["medicationReference"] = {"reference": "Medication/pembro"}
    server.respond = lambda asked: resource(drug) if asked.path == "/fhir/Medication/pembro" else record(asked)

    assert [summary for summary, *_ in _cards(client, request)] == [summary for summary, *_ in expected]
    assert server.paths == ["/fhir/Medication/pembro"]

    drug["code"] = {"text": "lisinopril 10 mg"}
    assert _cards(client, request) == []

    server.respond = lambda _: Answer(status=404)
    [(summary, *_)] = _cards(client, request)
    assert summary not in [summary for summary, *_ in expected]


def test_the_ingredients_of_a_mixture_are_read_step_by_step(client: FlaskClient, server: Stub) -> None:
    """The Medication names its ingredients by reference only: these are asked for next; nothing else is read as one."""
    expected = _cards(client, _REQUEST)
    record = _record(_REQUEST["prefetch"])
    request = _request(server)
    [draft] = [
        entry["resource"]
        for entry in request["context"]["draftOrders"]["entry"]
        if entry["resource"]["resourceType"] == "MedicationRequest"
    ]
    drug = {"resourceType": "Medication", "id": "pembro", "code": draft.pop("medicationCodeableConcept")}
    draft["medicationReference"] = {"reference": "Medication/mixture"}
    wanted = ["Medication/pembro", "Medication/saline", "MedicationRequest/1"]
    ingredients = [{"itemReference": {"reference": each}} for each in wanted]
    mixture = {"resourceType": "Medication", "id": "mixture", "code": {"text": "IVPB"}, "ingredient": ingredients}
    known = {"/fhir/Medication/pembro": drug, "/fhir/Medication/mixture": mixture}
    server.respond = lambda asked: resource(known[asked.path]) if asked.path in known else record(asked)

    assert [summary for summary, *_ in _cards(client, request)] == [summary for summary, *_ in expected]
    assert server.paths == ["/fhir/Medication/mixture", "/fhir/Medication/pembro", "/fhir/Medication/saline"]


@pytest.mark.parametrize("with_server", [True, False])
def test_a_bare_code_that_no_table_knows_costs_no_fetch_and_no_412(
    client: FlaskClient,
    server: Stub,
    with_server: bool,  # noqa: FBT001 - a case
) -> None:
    """Nearly every such code is of another drug: what was sent must do, and where nothing was, nothing is said."""
    request = _request(server, *_REQUEST["prefetch"])
    if not with_server:
        del request["fhirServer"], request["fhirAuthorization"]
    for entry in request["context"]["draftOrders"]["entry"]:
        coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "866427"}
        entry["resource"]["medicationCodeableConcept"] = {"coding": [coding]}

    assert _cards(client, request) == []
    assert server.asked == []


def test_a_drug_on_file_that_is_only_referred_to_is_read(client: FlaskClient, server: Stub) -> None:
    """An earlier ROS1 inhibitor by reference counts once it is read, and is said to be missing where it cannot be."""
    earlier = {
        "resourceType": "MedicationRequest",
        "id": "earlier",
        "status": "completed",
        "intent": "order",
        "subject": {"reference": f"Patient/{_REQUEST['context']['patientId']}"},
        "authoredOn": "2025-01-01",
        "medicationReference": {"reference": "Medication/tki"},
    }
    drug = {"resourceType": "Medication", "id": "tki", "code": {"text": "crizotinib 250 mg"}}
    request = _request(server)
    request["prefetch"]["medications"] = {"resourceType": "Bundle", "entry": [{"resource": earlier}]}
    server.respond = lambda asked: resource(drug) if asked.path == "/fhir/Medication/tki" else Answer(status=404)

    known = _cards(client, request)
    del request["fhirServer"], request["fhirAuthorization"]
    unknown = _cards(client, request)

    [(summary, _, _)] = known
    assert "unused ROS1 inhibitors remain" in summary
    [(_, detail, _)] = unknown
    assert "`MedicationRequest/earlier` could not be read" in detail
    assert "Medication/tki" in detail


@pytest.mark.requirement("F7")
def test_production_asks_listed_servers_only(server: Stub, tmp_path: Path) -> None:
    """A server that is not listed is never called; the 412 says why."""
    ehr = Signer()
    client = create_app(production(tmp_path, ehr)).test_client()
    path = "/cds-services/ros1-nsclc"
    refused = client.post(path, json=_request(server, "observations"), headers=bearer(ehr.token(BASE + path)))

    assert refused.status_code == 412
    assert "not among those that data are fetched from" in refused.get_json()["issue"][0]["details"]["text"]
    assert server.asked == []


def test_a_duplicate_key_in_fetched_evidence_is_told_with_its_place(client: FlaskClient, server: Stub) -> None:
    """The FHIR server's resource cannot be trusted, and the fault is not the request's: 412, with the place."""
    body = json.dumps(_REQUEST["prefetch"]["observations"]).encode()
    twice = body.replace(b'"id": "ros1-ngs",', b'"id": "ros1-ngs", "status": "entered-in-error",')
    assert twice != body
    server.respond = lambda _: Answer(body=twice)

    refused = _post(client, _request(server, "observations"))

    assert refused.status_code == 412
    assert refused.get_json()["issue"][0]["expression"] == ["fhirServer.observations.entry[1].resource"]


def test_a_slow_server_costs_its_budget_and_no_more(server: Stub) -> None:
    """The answer comes soon after the 400 ms that are the default."""
    server.respond = lambda _: Answer(wait=5)
    client = _client(fetch_milliseconds=400)
    started = time.monotonic()

    assert _post(client, _request(server, *_REQUEST["prefetch"])).status_code == 412
    assert time.monotonic() - started < 3


@pytest.mark.requirement("F7")
def test_a_stuck_fhir_server_leaves_workers_for_requests_that_need_no_fetch() -> None:
    """A real server with four threads, two of which may wait: full prefetch is answered while a crowd hangs."""
    port = free_port()
    environment = {"PORT": str(port), "THREADS": "4", "PROFILE": "sandbox", "FETCH_WAITING": "2"}
    environment |= {"FETCH_MILLISECONDS": "3000", "LOG_LEVEL": "error", "WHEN_UNFETCHED": "refuse"}
    settings = {f"ROS1_CDS_{name}": value for name, value in environment.items()}
    command = [sys.executable, "-m", "cdshooks", "serve"]
    with (
        serving(lambda _: Answer(wait=4)) as stuck,
        subprocess.Popen(command, env={**os.environ, **settings}) as process,  # noqa: S603 - our own command
        ThreadPoolExecutor(12) as clients,
    ):
        try:
            url = wait_for(f"http://127.0.0.1:{port}", process) + _URL
            thin = _request(stuck, *_REQUEST["prefetch"])
            crowd = [clients.submit(requests.post, url, json=thin, timeout=30) for _ in range(12)]
            time.sleep(0.5)
            started = time.monotonic()
            whole = requests.post(url, json=_REQUEST, timeout=30)
            took = time.monotonic() - started
            refused = [each.result() for each in crowd]
        finally:
            process.terminate()

    assert whole.status_code == 200
    assert took < 2.5
    assert {answer.status_code for answer in refused} == {412}
    assert sum("too many requests wait" in answer.text for answer in refused) == 10
