"""The sandbox's own FHIR server: read-only, with what clients of CDS Hooks and SMART ask of one."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cdshooks.app import create_app
from cdshooks.settings import Settings
from cdshooks.web.demo.records import load
from tests.cdshooks.hello import service
from tests.cdshooks.tokens import BASE, Signer, bearer, production

_ROS1 = "demo-ros1"


def _client(**settings: Any) -> FlaskClient:  # noqa: ANN401 - values of settings
    chosen = Settings.for_sandbox(**settings)
    return create_app(chosen, [service(chosen)]).test_client()


@pytest.fixture(scope="module")
def fhir() -> FlaskClient:
    """Return a client of a sandbox."""
    return _client()


def _resources(fhir: FlaskClient, path: str) -> list[dict[str, Any]]:
    """Return the resources that a search finds."""
    answer = fhir.get(f"/fhir/{path}")
    assert answer.status_code == 200
    bundle = answer.get_json()
    assert bundle["total"] >= len(bundle.get("entry", []))
    return [entry["resource"] for entry in bundle.get("entry", [])]


def _found(fhir: FlaskClient, path: str) -> list[str]:
    """Return their ids."""
    return [each["id"] for each in _resources(fhir, path)]


def test_production_has_no_demo_server(tmp_path: Path) -> None:
    """Neither below its path nor at the root, not even for a client that it trusts."""
    ehr = Signer()
    settings = production(tmp_path, ehr)
    client = create_app(settings, [service(settings)]).test_client()

    for path in ("/fhir/metadata", "/metadata", "/fhir/Patient"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=bearer(ehr.token(BASE + path))).status_code == 404


def test_the_capability_statement_says_what_launchers_look_for(fhir: FlaskClient) -> None:
    """The FHIR version, and a security element: the SMART launcher adds its addresses only where there is one."""
    answer = fhir.get("/fhir/metadata")

    assert answer.content_type.startswith("application/fhir+json")
    statement = answer.get_json()
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["rest"][0]["security"]["cors"] is True
    assert {each["type"] for each in statement["rest"][0]["resource"]} >= {"Patient", "Condition", "Observation"}


def test_resources_are_read_below_the_path_and_at_the_root(fhir: FlaskClient) -> None:
    """A launcher asks for encounters at the root of the host."""
    for path in (f"/fhir/Patient/{_ROS1}", f"/Patient/{_ROS1}", f"/fhir//Patient/{_ROS1}"):
        assert fhir.get(path).get_json()["name"][0]["given"] == ["Rosa"]
    assert fhir.get(f"/Encounter?patient={_ROS1}").get_json()["total"] == 1


@pytest.mark.parametrize("path", ["Patient/nobody", "Nothing", "Patient/demo-ros1/_history", "Nothing/1"])
def test_what_is_not_there_is_404_with_an_outcome(fhir: FlaskClient, path: str) -> None:
    """As FHIR asks."""
    answer = fhir.get(f"/fhir/{path}")

    assert answer.status_code == 404
    assert answer.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(fhir: FlaskClient, method: str) -> None:
    """It is read-only."""
    assert getattr(fhir, method)(f"/fhir/Patient/{_ROS1}", json={}).status_code == 405


LOINC = "http%3A%2F%2Floinc.org"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (f"Condition?patient={_ROS1}", ["demo-ros1-nsclc", "demo-ros1-brain"]),
        (f"Condition?patient=Patient/{_ROS1}", ["demo-ros1-nsclc", "demo-ros1-brain"]),
        (f"Condition?subject=http://localhost/fhir/Patient/{_ROS1}", ["demo-ros1-nsclc", "demo-ros1-brain"]),
        ("Condition?patient=nobody", []),
        (f"Observation?patient={_ROS1}&code={LOINC}%7C83053-9", ["demo-ros1-pd-l1"]),
        (f"Observation?patient={_ROS1}&code=83053-9,1-8", ["demo-ros1-pd-l1"]),
        (f"Observation?patient={_ROS1}&code=http://other%7C83053-9", []),
        (f"Observation?patient={_ROS1}&category=vital-signs", []),
        (f"MedicationRequest?patient={_ROS1}&status=active", ["demo-ros1-lisinopril"]),
        (f"MedicationRequest?patient={_ROS1}&status=stopped", []),
        (f"DiagnosticReport?patient={_ROS1}", []),
        (f"MedicationStatement?patient={_ROS1}", []),
        (f"MedicationAdministration?patient={_ROS1}", []),
        (f"MedicationDispense?patient={_ROS1}", []),
        (f"Patient?_id={_ROS1}", [_ROS1]),
        (f"Patient?_id={_ROS1},demo-melanoma", ["demo-melanoma", _ROS1]),
        ("Patient?name=vog", [_ROS1]),
        ("Medication?_id=demo-ros1-lisinopril", ["demo-ros1-lisinopril"]),
        (f"MedicationRequest?patient={_ROS1}&authoredon=ge2030", []),
        (f"Condition?patient={_ROS1}&unheard-of=1", ["demo-ros1-nsclc", "demo-ros1-brain"]),
    ],
)
def test_a_search_finds(fhir: FlaskClient, query: str, ids: list[str]) -> None:
    """By patient in every form, by token with and without system, by status, by id."""
    assert _found(fhir, query) == ids


def test_a_search_can_be_posted(fhir: FlaskClient) -> None:
    """As a form, which keeps ids out of logs."""
    form = {"patient": _ROS1, "category": "laboratory"}
    answer = fhir.post("/fhir/Observation/_search", data=form)

    assert answer.get_json()["total"] == 3


def test_pages_lead_to_all_of_it_newest_first(fhir: FlaskClient) -> None:
    """Following next brings each resource once; a strange count does no harm."""
    path, found = f"Observation?patient=Patient%2F{_ROS1}&_sort=-date&_count=1", []
    while path:
        bundle = fhir.get(f"/fhir/{path}").get_json()
        assert bundle["total"] == 3
        found += [entry["resource"] for entry in bundle["entry"]]
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        path = links.get("next", "").partition("/fhir/")[2]
    assert len({each["id"] for each in found}) == 3
    dates = [each["effectiveDateTime"] for each in found]
    assert dates == sorted(dates, reverse=True)
    for count in ("0", "-1", "x", "9" * 400, ""):
        assert fhir.get(f"/fhir/Observation?_count={count}").status_code == 200


def test_browsers_may_read_it_with_a_token(fhir: FlaskClient) -> None:
    """A preflight for Authorization is answered, and every answer has the header."""
    preflight = fhir.options("/fhir/Patient", headers={"Origin": "https://ehr.example.org"})

    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"]
    assert fhir.get("/fhir/Patient").headers["Access-Control-Allow-Origin"] == "*"


def test_a_token_can_be_asked_for() -> None:
    """With the setting, only its token is answered; metadata stays open, as SMART wants it."""
    client = _client(demo_fhir_token="s3cret")  # noqa: S106 - no secret

    assert client.get("/fhir/metadata").status_code == 200
    assert client.get("/fhir/Patient").status_code == 401
    assert client.get("/fhir/Patient", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/fhir/Patient", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_every_demo_resource_is_somebody_s_and_references_lead_somewhere(fhir: FlaskClient) -> None:
    """Invented patients whose records hold together."""
    types = [each["type"] for each in fhir.get("/fhir/metadata").get_json()["rest"][0]["resource"]]
    resources = [each for type_ in types for each in _resources(fhir, type_)]
    names = {f"{each['resourceType']}/{each['id']}" for each in resources}
    references = [line.split('"')[3] for line in json.dumps(resources, indent=1).splitlines() if '"reference"' in line]

    assert len(names) == len(resources)
    assert set(references) <= names


def test_what_was_recent_stays_recent() -> None:
    """Dates move with the day that is asked for, births too; nothing else of the records does."""
    then, later = load(), load(date(2027, 11, 21))

    patients = [records.read("Patient", _ROS1) or {} for records in (then, later)]
    assert patients[0] | {"birthDate": ""} == patients[1] | {"birthDate": ""}
    dates = [records.read("Observation", "demo-ros1-pd-l1") or {} for records in (then, later)]
    assert [each["effectiveDateTime"] for each in dates] == ["2026-09-12", "2027-09-12"]


def test_a_type_without_resources_is_an_empty_search(fhir: FlaskClient) -> None:
    """As on any server that knows the type."""
    assert _found(fhir, f"MedicationDispense?patient={_ROS1}") == []
