"""The command line, as an integrator calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.cdshooks.conftest import free_port
from tests.cdshooks.deployment import BASE, EHR, ROOT, served
from tests.cdshooks.tokens import ISS, Signer, clients

FUSION = ROOT / "tests" / "journeys" / "ros1-fusion-pembrolizumab" / "request.json"
JOURNEY = ROOT / "tests" / "journeys" / "result-of-another-patient" / "request.json"


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command with these settings; return how it ended and what it said."""
    environment = {**os.environ, **{f"ROS1_CDS_{name.upper()}": value for name, value in settings.items()}}
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "cdshooks", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("command", [(), ("serve",), ("check-config",), ("explain",), ("smoke",), ("knowledge",)])
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    """It says what it does."""
    said = run(*command, "--help")
    assert (said.returncode, said.stderr) == (0, "")
    assert "Usage: ros1-cds" in said.stdout


def test_check_config_says_all_that_is_missing() -> None:
    """Without settings production would not start; no secret is shown."""
    said = run("check-config", store="postgresql://user:very-secret@db/ros1")
    assert said.returncode == 1
    assert "WRONG  ROS1_CDS_CLIENTS is missing" in said.stdout
    assert "WRONG  ROS1_CDS_PUBLIC_BASE_URL is missing" in said.stdout
    assert "ROS1_CDS_STORE = (set, not shown)" in said.stdout
    assert "very-secret" not in said.stdout + said.stderr


def test_check_config_tries_keys_and_store(tmp_path: Path) -> None:
    """A key server that does not answer is found before a clinician finds it; good settings are said to be so."""
    good = {
        "public_base_url": BASE,
        "clients": json.dumps(clients(tmp_path, EHR)),
        "store": f"sqlite:///{tmp_path}/store.sqlite3",
    }
    said = run("check-config", **good)
    assert (said.returncode, said.stdout.splitlines()[-1]) == (0, "Production would start.")
    said = run("check-config", **(good | {"candidate": f"{tmp_path}/nowhere"}))
    assert (said.returncode, said.stdout.splitlines()[-1]) == (1, "Production would start, without its candidate.")
    away = json.dumps([{"iss": ISS, "jku": "https://127.0.0.1:1/jwks.json"}])
    said = run("check-config", **(good | {"clients": away}))
    assert said.returncode == 1
    assert f"WRONG  the keys of {ISS} cannot be had" in said.stdout


def test_explain_tells_resources_rules_and_cards() -> None:
    """Each with a reason: here the ROS1 result is another patient's."""
    said = run("explain", str(JOURNEY))
    assert (said.returncode, said.stderr) == (0, "")
    assert "Observation/ros1-ngs (prefetch.observations.entry[1].resource): ignored\n  it is of another patient" in (
        said.stdout
    )
    assert "Rule ici-before-ros1-inhibitor: not applied\n  ros1 is not-found" in said.stdout
    fusion = run("explain", str(FUSION)).stdout
    assert "Rule ici-before-ros1-inhibitor: applied" in fusion
    assert "Card, warning: " in fusion or "Card, critical: " in fusion


def test_explain_as_json_holds_the_same() -> None:
    """For tools: the cards are in it in full."""
    told = json.loads(run("explain", "--json", str(FUSION)).stdout)
    uses = {each["resource"]: each["use"] for each in told["resources"]}
    assert uses["Observation/lab-1"] == "ignored"
    assert uses["Condition/nsclc"] == "understood"
    assert {rule["answer"] for rule in told["rules"]} <= {"applied", "not applied", "cannot tell"}
    assert told["cards"][0]["source"]


def test_explain_refuses_what_the_service_refuses(tmp_path: Path) -> None:
    """With every fault and its place."""
    file = tmp_path / "request.json"
    file.write_text('{"hook": "order-select", "context": {}}', encoding="utf-8")
    said = run("explain", str(file))
    assert said.returncode == 1
    assert "REFUSED  400 invalid-request: hookInstance: hookInstance is missing" in said.stderr


def test_explain_does_not_steer_the_terminal(tmp_path: Path) -> None:
    """Escape sequences in a request are printed as blanks."""
    request = json.loads(JOURNEY.read_text(encoding="utf-8"))
    request["context"]["draftOrders"]["entry"][0]["resource"]["medicationCodeableConcept"] = {"text": "\x1b[2Jdrug"}
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request), encoding="utf-8")
    said = run("explain", str(file))
    assert "drug" in said.stdout
    assert "\x1b" not in said.stdout


def test_knowledge_names_rules_and_sources() -> None:
    """Release, rules with their confidence, sources with an address."""
    said = run("knowledge")
    assert said.returncode == 0
    assert "ici-before-ros1-inhibitor" in said.stdout
    assert "verified-1" in said.stdout
    assert "  Past review: " in said.stdout


def test_knowledge_reports_what_needs_a_look() -> None:
    """The same report as `make knowledge-report` gives."""
    said = run("knowledge", "--report")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("# Knowledge release ")
    assert "## Not verified" in said.stdout


def test_smoke_against_production(tmp_path: Path) -> None:
    """A trusted key finds all well; a stranger's key is told what 401 means; nobody is told so too."""
    for name, signer in (("ehr", EHR), ("stranger", Signer())):
        (tmp_path / f"{name}.pem").write_bytes(
            signer.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    token = ("--iss", ISS, "--kid", EHR.kid)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with served(tmp_path, workers="1", port=str(port), profile="sandbox", require_jwt="true", public_base_url=address):
        good = run("smoke", address, "--key", str(tmp_path / "ehr.pem"), *token, "--origin", "https://ehr.example.org")
        assert (good.returncode, "WRONG" in good.stdout) == (0, False), good.stdout
        stranger = run("smoke", address, "--key", str(tmp_path / "stranger.pem"), *token)
        assert stranger.returncode == 1
        assert "answered with 401: the token was refused" in stranger.stdout
        assert run("smoke", address).returncode == 1
        other = run("smoke", address, "--key", str(tmp_path / "ehr.pem"), *token, "--origin", "https://other.example")
        assert "the origin https://other.example is not admitted" in other.stdout
    assert "cannot be reached" in run("smoke", address).stdout


def test_smoke_with_a_key_that_is_none(tmp_path: Path) -> None:
    """It is said before anything is sent."""
    (tmp_path / "key.pem").write_text("no key", encoding="utf-8")
    said = run("smoke", "http://127.0.0.1:1", "--key", str(tmp_path / "key.pem"))
    assert said.returncode == 1
    assert "cannot sign" in said.stderr


def test_the_command_line_starts_at_once() -> None:
    """Help needs neither server, database nor knowledge."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import cdshooks.cli, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"flask", "granian", "sqlalchemy", "jwt", "requests", "knowledge"} & set(loaded)
