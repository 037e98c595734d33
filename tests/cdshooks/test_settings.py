"""Settings come from environment and file, all their faults at once, and production is closed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdshooks.app import create_app
from cdshooks.settings import Profile, Settings, SettingsError, TrustedClient
from tests.cdshooks.settings_page import PAGE, page

ROOT = Path(__file__).parents[2]


PRODUCTION = {
    "ROS1_CDS_PUBLIC_BASE_URL": "https://cds.example.org/",
    "ROS1_CDS_CLIENTS": '[{"iss": "https://ehr.example.org", "jku": "https://ehr.example.org/jwks.json"}]',
}
"""The least that production asks for."""


def test_the_sandbox_needs_nothing_else() -> None:
    """The profile alone gives the open defaults, with the public base URL made of host and port."""
    settings = Settings.from_environment({"PATH": "/bin", "ROS1_CDS_PROFILE": "sandbox"})
    assert settings == Settings.for_sandbox()
    assert (settings.require_jwt, settings.cors_origins) == (False, ("*",))
    assert (settings.public_base_url, settings.max_body_bytes) == ("http://127.0.0.1:8080", 20 * 1024 * 1024)


def test_production_is_what_nobody_chose() -> None:
    """Without a profile the service is closed: tokens are required, no web page may call."""
    settings = Settings.from_environment(PRODUCTION)
    assert (settings.profile, settings.require_jwt, settings.cors_origins) == (Profile.PRODUCTION, True, ())
    assert settings.public_base_url == "https://cds.example.org"
    assert settings.clients == (TrustedClient(iss="https://ehr.example.org", jku="https://ehr.example.org/jwks.json"),)


def test_production_without_settings_says_all_that_is_missing() -> None:
    """An empty environment is refused, with every missing setting, and create_app refuses the same."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({})
    assert [fault.split()[0] for fault in caught.value.faults] == ["ROS1_CDS_CLIENTS", "ROS1_CDS_PUBLIC_BASE_URL"]
    with pytest.raises(SettingsError, match="ROS1_CDS_PUBLIC_BASE_URL is missing"):
        create_app(Settings())


NOT_IN_PRODUCTION = {
    "an http base URL": ({"PUBLIC_BASE_URL": "http://cds.example.org"}, "is missing or not https"),
    "a base URL too long": (
        {"PUBLIC_BASE_URL": "https://cds.example.org/ros1/cds-services/"},
        "expected 'https://cds.example.org/ros1'",
    ),
    "no token": ({"REQUIRE_JWT": "false"}, "ROS1_CDS_REQUIRE_JWT is false"),
    "every web page": ({"CORS_ORIGINS": "*"}, "ROS1_CDS_CORS_ORIGINS is '*'"),
    "no client": ({"CLIENTS": "[]"}, "ROS1_CDS_CLIENTS is missing"),
    "FHIR over http": (
        {"FHIR_SERVERS": "https://a.example.org/r4, http://b.example.org/r4"},
        "'http://b.example.org/r4' is not https",
    ),
    "keys over http": ({"CLIENTS": '[{"iss": "a", "jku": "http://a.example.org/k"}]'}, "is not https"),
    "keys from nowhere": ({"CLIENTS": '[{"iss": "a"}]'}, "not one of jku and jwks"),
    "keys from two places": ({"CLIENTS": '[{"iss": "a", "jku": "https://a/k", "jwks": "k"}]'}, "not one of jku and"),
    "a client twice": ({"CLIENTS": '[{"iss": "a", "jwks": "k"}, {"iss": "a", "jwks": "l"}]'}, "more than once"),
    "the public sandbox": ({"CLIENTS": '[{"iss": "https://sandbox.cds-hooks.org", "jwks": "k"}]'}, "key is public"),
}


@pytest.mark.requirement("O1", "O2", "J1")
@pytest.mark.parametrize(("changed", "told"), NOT_IN_PRODUCTION.values(), ids=NOT_IN_PRODUCTION)
def test_production_refuses_what_would_open_it(changed: dict[str, str], told: str) -> None:
    """Each is one fault, in words."""
    environment = PRODUCTION | {f"ROS1_CDS_{name}": value for name, value in changed.items()}
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environment)
    (fault,) = caught.value.faults
    assert told in fault


def test_a_file_holds_settings_and_the_environment_wins(tmp_path: Path) -> None:
    """TOML has numbers, lists and tables; a variable of the environment stands above it."""
    file = tmp_path / "ros1-cds.toml"
    file.write_text(
        """
        public_base_url = "https://cds.example.org"
        port = 9000
        threads = 4
        require_jwt_for_discovery = true
        cors_origins = ["https://ehr.example.org"]

        [[clients]]
        iss = "https://ehr.example.org"
        jwks = "/etc/ros1-cds/ehr.json"
        tenants = ["north", "south"]
        """,
        encoding="utf-8",
    )
    settings = Settings.from_environment({"ROS1_CDS_SETTINGS": str(file), "ROS1_CDS_THREADS": "8"})
    assert (settings.port, settings.threads, settings.require_jwt_for_discovery) == (9000, 8, True)
    assert settings.cors_origins == ("https://ehr.example.org",)
    assert settings.clients[0].tenants == ("north", "south")


WRONG_FILES = {
    "not there": (None, "expected a readable TOML file: No such file"),
    "no TOML": ("port =", "expected a readable TOML file"),
    "a wrong type": ("port = true", "port in the settings file is True; expected a whole number"),
    "a misspelled name": ("prot = 1", "prot in the settings file is no setting; perhaps port is meant"),
    "a name of nothing": ("zzz = 1", "zzz in the settings file is no setting; expected one of candidate, clients"),
    "a misspelled member": ('[[clients]]\niss = "a"\nkjwks = "k"', "Object contains unknown field `kjwks`"),
}


@pytest.mark.parametrize(("text", "told"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_wrong_file_is_a_fault(tmp_path: Path, text: str | None, told: str) -> None:
    """What cannot be read or is not known is said."""
    file = tmp_path / "ros1-cds.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told):
        Settings.from_environment({"ROS1_CDS_SETTINGS": str(file), "ROS1_CDS_PROFILE": "sandbox"})


def test_the_sandbox_is_loud() -> None:
    """Discovery says to every client what it is."""
    document = create_app(Settings.for_sandbox()).test_client().get("/cds-services").get_json()
    assert all(service["description"].startswith("SANDBOX, open to everybody") for service in document["services"])


def test_the_page_of_settings_is_current() -> None:
    """docs/settings.md is what `make docs` writes."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_each_setting_is_read() -> None:
    """Every setting has its environment variable."""
    settings = Settings.from_environment(
        {
            "ROS1_CDS_HOST": "0.0.0.0",  # noqa: S104 - as in a container
            "ROS1_CDS_PORT": "9000",
            "ROS1_CDS_WORKERS": "4",
            "ROS1_CDS_THREADS": "8",
            "ROS1_CDS_PUBLIC_BASE_URL": "https://cds.example.org/ros1/",
            "ROS1_CDS_MAX_BODY_BYTES": "10485760",
            "ROS1_CDS_PREFETCH": "coded",
            "ROS1_CDS_FORMULARY": "second-drug, first-drug",
            "ROS1_CDS_CORS_ORIGINS": "https://a.example.org,https://b.example.org:8443",
            "ROS1_CDS_LOG_LEVEL": "warning",
            "ROS1_CDS_PROFILE": "sandbox",
        }
    )
    assert (settings.host, settings.port, settings.workers, settings.threads) == ("0.0.0.0", 9000, 4, 8)  # noqa: S104
    assert (settings.public_base_url, settings.max_body_bytes) == ("https://cds.example.org/ros1", 10 * 1024 * 1024)
    assert (settings.prefetch, settings.log_level) == ("coded", "warning")
    assert settings.formulary == ("second-drug", "first-drug")
    assert settings.cors_origins == ("https://a.example.org", "https://b.example.org:8443")


def test_the_settings_of_fetching_are_read() -> None:
    """Which FHIR servers, in which networks, for how long and for how many."""
    settings = Settings.from_environment(
        {
            "ROS1_CDS_PROFILE": "sandbox",
            "ROS1_CDS_FHIR_SERVERS": "https://a.example.org/fhir, https://b.example.org/fhir",
            "ROS1_CDS_FHIR_NETWORKS": "10.20.0.0/16,fd12:3456::/32",
            "ROS1_CDS_FHIR_CA_FILE": __file__,
            "ROS1_CDS_FETCH_MILLISECONDS": "250",
            "ROS1_CDS_FETCH_WAITING": "4",
            "ROS1_CDS_WHEN_UNFETCHED": "card",
            "ROS1_CDS_DEMO_FHIR_TOKEN": "abc",
        }
    )
    assert settings.sandbox
    assert settings.fhir_servers == ("https://a.example.org/fhir", "https://b.example.org/fhir")
    assert settings.fhir_networks == ("10.20.0.0/16", "fd12:3456::/32")
    assert (settings.fetch_milliseconds, settings.fetch_waiting, settings.when_unfetched) == (250, 4, "card")
    assert (settings.fhir_ca_file, settings.demo_fhir_token) == (__file__, "abc")


FAULTS = {
    "PORT": ("65536", "a whole number from 1 to 65535"),
    "WORKERS": ("0", "a whole number from 1"),
    "THREADS": ("many", "a whole number"),
    "PUBLIC_BASE_URL": ("cds.example.org", "an absolute http or https URL"),
    "MAX_BODY_BYTES": ("1000", "a whole number from 1048576"),
    "PREFETCH": ("everything", "laboratory or coded"),
    "FORMULARY": ("First Drug", "ids of drugs"),
    "CORS_ORIGINS": ("ehr.example.org", '"*", or origins'),
    "REQUIRE_JWT": ("perhaps", "true or false"),
    "CLIENTS": ("ehr.example.org", "tables such as"),
    "JWT_ALGORITHMS": ("ES384,HS256", "ES384 or RS384"),
    "LOG_LEVEL": ("loud", "debug or info or warning or error"),
    "PROFILE": ("open", "production or sandbox"),
    "FHIR_SERVERS": ("https://a.example.org/fhir,b,https://c.example.org/fhir,d", "by commas; not so: 'b', 'd'"),
    "FHIR_NETWORKS": ("10.20.0.1/16", "networks such as"),
    "FHIR_CA_FILE": ("/nowhere/ca.pem", "a file that can be read"),
    "FETCH_MILLISECONDS": ("0", "a whole number from 10"),
    "FETCH_WAITING": ("0", "a whole number from 1"),
    "WHEN_UNFETCHED": ("shrug", "refuse or card"),
    "DEMO_FHIR_TOKEN": ("a b", "a bearer token"),
    "PORTT": ("80", "ROS1_CDS_PORTT is no setting; perhaps ROS1_CDS_PORT is meant"),
}


def test_every_fault_is_told_at_once() -> None:
    """Wrong values and misspelled names are told together, each with what is expected."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({f"ROS1_CDS_{name}": value for name, (value, _) in FAULTS.items()})
    assert len(caught.value.faults) == len(FAULTS)
    for name, (_, expected) in FAULTS.items():
        assert any(f"ROS1_CDS_{name} " in fault and expected in fault for fault in caught.value.faults)


def test_the_server_does_not_start_with_wrong_settings() -> None:
    """The command ends with 2 and the faults, before anything listens."""
    ended = subprocess.run(
        [sys.executable, "-m", "cdshooks", "serve"],
        cwd=ROOT,
        env={**os.environ, "ROS1_CDS_PORT": "none", "ROS1_CDS_PROFILE": "sandbox"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        "ROS1_CDS_PORT is 'none'; expected a whole number from 1 to 65535\n",
    )
