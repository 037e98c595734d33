"""Settings come from the environment, and all their faults come at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdshooks.settings import Settings, SettingsError

ROOT = Path(__file__).parents[2]


def test_the_defaults_need_no_environment() -> None:
    """An empty environment gives the defaults, with the public base URL made of host and port."""
    settings = Settings.from_environment({"PATH": "/bin"})
    assert settings == Settings()
    assert (settings.public_base_url, settings.max_body_bytes) == ("http://127.0.0.1:8080", 20 * 1024 * 1024)


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
    "LOG_LEVEL": ("loud", "debug or info or warning or error"),
    "PROFILE": ("open", "production or sandbox"),
    "FHIR_SERVERS": ("https://a.example.org/fhir,b", "base URLs such as"),
    "FHIR_NETWORKS": ("10.20.0.1/16", "networks such as"),
    "FHIR_CA_FILE": ("/nowhere/ca.pem", "a file that can be read"),
    "FETCH_MILLISECONDS": ("0", "a whole number from 10"),
    "FETCH_WAITING": ("0", "a whole number from 1"),
    "WHEN_UNFETCHED": ("shrug", "refuse or card"),
    "DEMO_FHIR_TOKEN": ("a b", "a bearer token"),
    "PORTT": ("80", "ROS1_CDS_PORTT is no setting"),
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
        [sys.executable, "-m", "cdshooks"],
        cwd=ROOT,
        env={**os.environ, "ROS1_CDS_PORT": "none"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (
        2,
        "ROS1_CDS_PORT is 'none'; expected a whole number from 1 to 65535\n",
    )
