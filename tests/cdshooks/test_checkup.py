"""What settings cannot tell by themselves: all of it at once, before anything listens."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from cdshooks.checkup import Verdict, examined, start
from cdshooks.settings import Settings, SettingsError
from tests.cdshooks.conftest import free_port
from tests.cdshooks.tokens import BASE, ISS, Signer, clients, production

EHR = Signer()


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    """Return an environment that production starts with."""
    return {
        "ROS1_CDS_PUBLIC_BASE_URL": BASE,
        "ROS1_CDS_PORT": str(free_port()),
        "ROS1_CDS_CLIENTS": json.dumps(clients(tmp_path, EHR)),
        "ROS1_CDS_STORE": f"sqlite:///{tmp_path}/store.sqlite3",
    }


def texts(environment: dict[str, str]) -> list[str]:
    """Return what is wrong."""
    return [trouble.text for trouble in examined(environment).troubles]


def test_good_settings_are_said_to_be_good(good: dict[str, str]) -> None:
    """Nothing is wrong; a port that is in use is noted only, as the service itself may run there."""
    assert (texts(good), examined(good).verdict) == ([], Verdict.STARTS)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        found = examined(good | {"ROS1_CDS_PORT": str(other.getsockname()[1])})
    assert ([trouble.passing for trouble in found.troubles], found.verdict) == ([True], Verdict.STARTS)
    assert "if that is this service" in found.troubles[0].text


def test_settings_that_open_the_service_are_no_production(good: dict[str, str], tmp_path: Path) -> None:
    """A profile of the environment or of the file is told as it stands, not overlooked; an unreadable one, too."""
    file = tmp_path / "ros1-cds.toml"
    file.write_text('profile = "sandbox"', encoding="utf-8")
    for stated in ({"ROS1_CDS_SETTINGS": str(file)}, {"ROS1_CDS_PROFILE": "sandbox"}):
        found = examined(good | stated)
        assert found.told["ROS1_CDS_PROFILE"].startswith("sandbox")
        assert ["`serve` would be open to everybody" in trouble.text for trouble in found.troubles] == [True]
        assert found.verdict is Verdict.OPEN
    file.write_text('profile = "open"', encoding="utf-8")
    (told,) = texts(good | {"ROS1_CDS_SETTINGS": str(file)})
    assert told == "profile in the settings file is 'open'; expected production or sandbox"


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """Of values, of what is at their end, and of each client; what cannot be read is not asked for."""
    (tmp_path / "junk.json").write_text("junk", encoding="utf-8")
    (tmp_path / "empty.json").write_text('{"keys": []}', encoding="utf-8")
    sets = [("a", "junk.json"), ("b", "empty.json"), ("c", "none.json")]
    told = "\n".join(
        texts(
            {
                "ROS1_CDS_PORT": "99999",
                "ROS1_CDS_HOST": "192.0.2.1",
                "ROS1_CDS_PUBLIC_BASE_URL": f"{BASE}/cds-services",
                "ROS1_CDS_OVERLAY": f"{tmp_path}/nope",
                "ROS1_CDS_STORE": f"sqlite:///{tmp_path}/nowhere/x.sqlite3",
                "ROS1_CDS_CLIENTS": json.dumps([{"iss": iss, "jwks": f"{tmp_path}/{name}"} for iss, name in sets]),
                "ROS1_CDS_FHIR_SERVERS": "https://a.example.org/r4,b.example.org,https://c.example.org/r4",
            }
        )
    )
    for expected in (
        "ROS1_CDS_PORT is '99999'; expected a whole number",
        "ROS1_CDS_HOST is '192.0.2.1', on which this machine cannot listen",
        f"ROS1_CDS_PUBLIC_BASE_URL is '{BASE}/cds-services'; expected '{BASE}'",
        f"ROS1_CDS_OVERLAY is '{tmp_path}/nope': nope/overlay.yaml",
        f"there is no folder {tmp_path}/nowhere: make it",
        f'the keys of a cannot be had from {tmp_path}/junk.json (no-key-set); expected a JSON Web Key Set: {{"keys"',
        f"the keys of b cannot be had from {tmp_path}/empty.json (no-usable-key); expected a public key with kid",
        f"the keys of c cannot be had from {tmp_path}/none.json (unreadable-file); expected a file",
        "separated by commas; not so: 'b.example.org'",
    ):
        assert expected in told
    assert len(told.splitlines()) == 9


def test_an_unreadable_file_is_the_only_fault(tmp_path: Path) -> None:
    """Nothing else is asked: what it would have said is not known, and no store is made in its place."""
    file = tmp_path / "ros1-cds.toml"
    file.write_text("port =", encoding="utf-8")
    (told,) = texts({"ROS1_CDS_SETTINGS": str(file)})
    assert "expected a readable TOML file" in told


def test_a_file_that_holds_no_certificates_is_told(good: dict[str, str]) -> None:
    """Before a fetch fails for it."""
    (told,) = texts(good | {"ROS1_CDS_FHIR_CA_FILE": __file__})
    assert told == f"ROS1_CDS_FHIR_CA_FILE is {__file__!r}; expected a file of certificates (PEM)"


def test_the_start_needs_no_key_server(tmp_path: Path) -> None:
    """One that is away is none of its faults; keys in a file, store, knowledge and address are, together."""
    away = Settings.for_sandbox(port=free_port(), require_jwt=True, store=f"sqlite:///{tmp_path}/store.sqlite3")
    assert start(away) == "127.0.0.1"
    settings = production(
        tmp_path, EHR, host="192.0.2.1", overlay=f"{tmp_path}/nope", store=f"sqlite:///{tmp_path}/nowhere/store.sqlite3"
    )
    (tmp_path / "jwks.json").write_text("junk", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        start(settings)
    variables = ["ROS1_CDS_CLIENTS", "ROS1_CDS_OVERLAY", "ROS1_CDS_STORE", "ROS1_CDS_HOST"]
    assert [fault.split()[0].rstrip(":") for fault in caught.value.faults] == variables
    assert ISS in caught.value.faults[0]


def test_a_sandbox_starts_without_its_store(tmp_path: Path) -> None:
    """It believes everybody: only what is kept waits until the store is back."""
    assert start(Settings.for_sandbox(port=free_port(), store=f"sqlite:///{tmp_path}/nowhere/store.sqlite3"))
