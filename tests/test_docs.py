"""The pages for integrators name nothing that does not exist: commands, settings, keys, words of errors, URLs."""

from __future__ import annotations

import base64
import json
import re
import shlex
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click
import pytest
from flask.testing import FlaskClient

from cdshooks import errors
from cdshooks.cli import main
from cdshooks.errors import HookError, Refusal, Why
from cdshooks.setting_values import PREFIX, variable
from cdshooks.settings import Settings

_ROOT = Path(__file__).parent.parent
_GUIDE, _SANDBOX = "ehr-integration.md", "sandbox.md"
_COMMAND = re.compile(r"(?:-m cdshooks|\bros1-cds) +(.+)")
_OTHERS_MESSAGES = ("All clear! No clinical decision support cards are available",)  # the public sandbox's


def _text(name: str) -> str:
    return (_ROOT / "docs" / name).read_text(encoding="utf-8")


def _blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _text(name), re.DOTALL)


def _rows(name: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its head."""
    section = _text(name).split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


@pytest.mark.parametrize("name", [_GUIDE, _SANDBOX])
def test_commands_and_their_options_exist(name: str) -> None:
    """So do the files of the project that they name."""
    told = [line for block in _blocks(name, "sh") for line in block.splitlines() if _COMMAND.search(line)]
    if name == _GUIDE:
        assert told
    for line in told:
        match = _COMMAND.search(line)
        assert match
        words = shlex.split(match[1])
        if words[0] == "--settings":
            words = words[2:]
        command = main.commands[words[0]]
        known = {option for each in command.params if isinstance(each, click.Option) for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
    for path in re.findall(r"@?(tests/[\w./-]+)", _text(name)):
        assert (_ROOT / path).exists(), path


@pytest.mark.parametrize("name", [_GUIDE, _SANDBOX])
def test_settings_exist(name: str) -> None:
    """In the environment and in the settings file that is shown."""
    known = {variable(each) for each in Settings.__dataclass_fields__}
    assert set(re.findall(rf"{PREFIX}[A-Z_0-9]+", _text(name))) <= known
    for block in _blocks(name, "toml"):
        keys = re.findall(r"^(\w+) =", block.split("[[")[0], re.MULTILINE)
        assert set(keys) <= Settings.__dataclass_fields__.keys()


def test_prefetch_keys_and_their_types_are_those_of_discovery(client: FlaskClient) -> None:
    """All of them, in both directions; a scope is named for every type."""
    services = client.get("/cds-services").get_json()["services"]
    asked = next(each["prefetch"] for each in services if each["id"] == "ros1-nsclc")
    told = {row[0].strip("`"): row[1].strip("`") for row in _rows(_GUIDE, "Prefetch and scopes")}
    assert told == {key: re.split(r"[?/]", template)[0] for key, template in asked.items()}
    scopes = set(re.findall(r"patient/([A-Za-z]+)\.", _text(_GUIDE)))
    assert scopes == {*told.values(), "Medication"}


def test_error_words_exist() -> None:
    """The stable words of statuses, and the words that the log has for a refused token."""
    slugs = {each.slug for each in vars(errors).values() if isinstance(each, type) and issubclass(each, HookError)}
    for status, *_ in _rows(_GUIDE, "Answers"):
        assert set(re.findall(r"`([a-z-]+)`", status)) <= slugs, status
    refused = next(row for row in _rows(_GUIDE, "Common errors") if "401" in row[0])
    assert set(re.findall(r"`([a-z-]+-[a-z-]+|expired)`", refused[2])) <= set(Refusal)


def test_messages_are_said_by_the_code() -> None:
    """Each message of the table of errors stands in the source, but for the values in it."""
    source = "".join(path.read_text(encoding="utf-8") for path in (_ROOT / "cdshooks").rglob("*.py"))
    source = re.sub(r"\{variable\('(\w+)'\)\}", lambda name: variable(name[1]), source) + "".join(Why)
    for message, *_ in _rows(_GUIDE, "Common errors"):
        for part in re.split(r"https://\S+|\b401: |SSLError|ConnectionError|hookInstance", message.strip("`")):
            assert part.strip() in source or part.startswith(_OTHERS_MESSAGES), message


def test_the_house_has_no_room_that_is_not_there() -> None:
    """Each file that docs/architecture.md names in the house stands in the package under which it is named."""
    house = _text("architecture.md").split("```text\n", 1)[1].split("```", 1)[0]
    for part in re.split(r"\n(?=\w)", house):
        package = part.split("/", 1)[0]
        found = {path.name for path in (_ROOT / package).rglob("*.py")}
        assert set(re.findall(r"\w+\.py\b", part)) <= found, package


def test_urls_of_the_sandbox_lead_to_what_is_served(client: FlaskClient) -> None:
    """Paths, patients and the launch code of the walk."""
    urls = [urlsplit(block.strip()) for block in _blocks(_SANDBOX, "text")]
    opened, launched = (parse_qs(url.query) for url in urls)
    (patient,) = opened["patientId"]
    code = launched["launch"][0]
    launch = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))

    assert client.get(urlsplit(opened["serviceDiscoveryURL"][0]).path).status_code == 200
    fhir = urlsplit(opened["fhirServiceUrl"][0]).path
    named = {row[0].strip("`") for row in _rows(_SANDBOX, "1. The service")}
    assert {patient, launch[1]} <= named
    for path in (*(f"Patient/{each}" for each in named), f"Practitioner/{launch[2]}"):
        assert client.get(f"{fhir}/{path}").status_code == 200, path
    assert json.dumps(launch, separators=(",", ":")) in _text(_SANDBOX)
