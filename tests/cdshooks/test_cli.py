"""The command line, as an integrator calls it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization

from cdshooks.cli import main
from cdshooks.smoke import Ehr
from cdshooks.store.engine import open_store
from tests.cdshooks.conftest import free_port
from tests.cdshooks.deployment import BASE, EHR, ROOT, served
from tests.cdshooks.tokens import ISS, Signer

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
    """A key server that does not answer is found before a clinician finds it, with what is expected of it."""
    away = json.dumps([{"iss": ISS, "jku": "https://127.0.0.1:1/jwks.json"}])
    said = run("check-config", public_base_url=BASE, clients=away, store=f"sqlite:///{tmp_path}/store.sqlite3")
    assert said.returncode == 1
    assert f"WRONG  ROS1_CDS_CLIENTS: the keys of {ISS} cannot be had from https://127.0.0.1:1/jwks.json" in said.stdout
    assert "expected a public address, or one within ROS1_CDS_FHIR_NETWORKS" in said.stdout
    assert said.stdout.splitlines()[-1] == "Production would not start, or refuse its clients."


def test_a_second_server_does_not_share_the_port(tmp_path: Path) -> None:
    """It ends with 2 and says what to do, beside every other fault, without a traceback and before anything listens."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        said = run("serve", profile="sandbox", port=port, overlay=f"{tmp_path}/nope")
    overlay, address = said.stderr.splitlines()
    assert (said.returncode, said.stdout) == (2, "")
    assert overlay.startswith(f"ROS1_CDS_OVERLAY is '{tmp_path}/nope': nope/overlay.yaml")
    assert address.startswith(f"ROS1_CDS_PORT is {port}, and another process listens on 127.0.0.1:{port} already")


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
    """With every fault, its place, what was got and expected, and what to do."""
    file = tmp_path / "request.json"
    file.write_text('{"hook": "order-select", "context": {}}', encoding="utf-8")
    said = run("explain", str(file))
    assert said.returncode == 1
    assert "REFUSED  400 invalid-request: hookInstance: hookInstance is missing" in said.stderr
    file.write_text("{", encoding="utf-8")
    told = CliRunner().invoke(main, ["explain", str(file)]).stderr.splitlines()
    assert told[0] == f"REFUSED  400 invalid-request: {file}: The body is not JSON"
    assert [line.split(":")[0].strip() for line in told[1:]] == ["Got", "Expected", "To do"]
    assert "ends too soon" in told[1]


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
    token = ("--iss", ISS, "--kid", EHR.kid, "--public-base-url", BASE)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with served(tmp_path, workers="1", port=str(port), profile="sandbox", require_jwt="true"):
        good = run("smoke", address, "--key", str(tmp_path / "ehr.pem"), *token, "--origin", "https://ehr.example.org")
        assert (good.returncode, "WRONG" in good.stdout) == (0, False), good.stdout
        stranger = run("smoke", address, "--key", str(tmp_path / "stranger.pem"), *token)
        assert stranger.returncode == 1
        assert "answered with 401: the token was refused" in stranger.stdout
        nobody = run("smoke", address)
        assert nobody.returncode == 1
        assert "answered with 401: no token was sent" in nobody.stdout
        other = run("smoke", address, "--key", str(tmp_path / "ehr.pem"), *token, "--origin", "https://other.example")
        assert "the origin https://other.example is not admitted" in other.stdout
    assert "cannot be reached" in run("smoke", address).stdout


def test_smoke_says_what_it_was_called_with_wrongly(tmp_path: Path) -> None:
    """All of it, before anything is sent: what would be ignored, a key that is none, a URL that is too long."""
    (tmp_path / "key.pem").write_text("no key", encoding="utf-8")
    url = "http://127.0.0.1:1"
    token = ["--iss", "i", "--kid", "k", "--tenant", "t", "--public-base-url", "https://cds.example.org/cds-services/"]
    for arguments, expected in (
        ([url, "--key", str(tmp_path / "key.pem")], ["--iss is missing", "--kid is missing", "cannot sign ES384"]),
        ([url, *token], [f"{name} is given without --key" for name in token[::2]] + ["expected it without"]),
        ([f"{url}/cds-services/"], [f"expected it without /cds-services: {url}"]),
        (["127.0.0.1:8080"], ["expected a URL such as https://"]),
    ):
        said = CliRunner().invoke(main, ["smoke", *arguments])
        assert (said.exit_code, said.stdout) == (2, "")
        assert [line for line in expected if line not in said.stderr] == []


def test_smoke_names_the_public_url_in_tokens() -> None:
    """So that a service can be tried before DNS or a proxy leads to it."""
    local, public = "http://127.0.0.1:8080", "https://cds.example.org/ros1"
    key = EHR.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    for told, expected in ((public, public), ("", local)):
        ehr = Ehr(key=key, iss=ISS, kid=EHR.kid, base_url=local, public_base_url=told)
        token = ehr.headers(f"{local}/cds-services/x")["Authorization"].split()[1]
        assert jwt.decode(token, options={"verify_signature": False})["aud"] == f"{expected}/cds-services/x"


def test_what_reads_the_store_asks_for_the_store_only(tmp_path: Path) -> None:
    """Neither command wants what production wants, nor makes a store where there is none."""
    missing = tmp_path / "none.sqlite3"
    for command in ("purge", "differences"):
        said = CliRunner().invoke(main, [command], env={"ROS1_CDS_STORE": f"sqlite:///{missing}"})
        assert (said.exit_code, said.stdout) == (1, "")
        assert f"ROS1_CDS_STORE: there is no store sqlite:///{missing}" in said.stderr
    assert not missing.exists()
    open_store(f"sqlite:///{missing}").dispose()
    said = CliRunner().invoke(main, ["purge"], env={"ROS1_CDS_STORE": f"sqlite:///{missing}"})
    assert (said.exit_code, said.stderr) == (0, "")
    assert f"older than 400 days, of the store sqlite:///{missing}." in said.stdout
    said = CliRunner().invoke(main, ["differences"], env={"ROS1_CDS_STORE": f"sqlite:///{missing}"})
    assert (said.exit_code, said.stdout) == (0, "[]\n")


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
