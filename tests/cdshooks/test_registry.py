"""What services declare is checked at start and published as discovery."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from cdshooks import discovery
from cdshooks.app import create_app
from cdshooks.context import Hook
from cdshooks.errors import DeclarationError
from cdshooks.hooks import find
from cdshooks.registry import Service, check
from cdshooks.settings import Settings
from tests.cdshooks.hello import service

HELLO = service(Settings.for_sandbox())
HOOKS = find()


def listed(*services: Service) -> list[dict[str, object]]:
    """Return the entries of the discovery document."""
    entries: list[dict[str, object]] = json.loads(discovery.document(services, HOOKS))["services"]
    return entries


@pytest.mark.requirement("D2", "D3", "D4", "D5", "D6", "D7", "J3")
def test_a_service_is_listed_once_for_each_of_its_hooks() -> None:
    """Each entry has the service's own words, the hook with its published version, and the version of the standard."""
    entries = listed(replace(HELLO, usage_requirements="None."))
    shared = {
        "title": "Hello from http://127.0.0.1:8080",
        "description": "Greets whoever chooses an order.",
        "id": "hello-world",
        "version": "2.0.1",
        "hookVersion": "1.0",
        "prefetch": {"patient": "Patient/{{context.patientId}}"},
        "usageRequirements": "None.",
    }
    assert entries == [{"hook": "order-select", **shared}, {"hook": "order-sign", **shared}]


@pytest.mark.requirement("D9", "J3")
def test_what_a_service_does_not_say_is_not_listed() -> None:
    """Without prefetch, usage requirements or extension there is no such member, empty or null."""
    entry = listed(replace(HELLO, prefetch={}, hooks=("order-sign",)))[0]
    assert set(entry) == {"hook", "hookVersion", "title", "description", "id", "version"}


@pytest.mark.requirement("D1")
def test_no_service_is_an_empty_array() -> None:
    """A server without services says so."""
    assert discovery.document((), HOOKS) == b'{"services":[]}'


WRONG: dict[str, tuple[Sequence[Service], str]] = {
    "two of one id": ((HELLO, HELLO), "2 services have the id hello-world"),
    "an id of two segments": ((replace(HELLO, id="hello/world"),), "not one segment of a URL"),
    "no hook": ((replace(HELLO, hooks=()),), "listed for no hook"),
    "an unknown hook": ((replace(HELLO, hooks=("order-dream",)),), "the hook order-dream is not one of"),
    "a wrong template": ((replace(HELLO, prefetch={"a": "Patient/{{patientId}}"}),), "prefetch a for order-sign"),
}


@pytest.mark.parametrize(("services", "told"), WRONG.values(), ids=WRONG)
def test_a_service_that_no_client_could_call_does_not_start(services: Sequence[Service], told: str) -> None:
    """A wrong declaration is told at start, not by a client that leaves the service out."""
    with pytest.raises(DeclarationError, match=told):
        check(services, HOOKS)


def test_a_service_without_words_does_not_start() -> None:
    """Discovery is held to its schema when the app is made."""
    with pytest.raises(DeclarationError, match="description"):
        create_app(Settings.for_sandbox(), services=(replace(HELLO, description=""),))


@pytest.mark.requirement("P2")
@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_hooks_are_declared_as_published(hook: Hook) -> None:
    """Fields, optionality and tokens of the hooks are those of HL7's hook library."""
    rows = {row.name: (row.required, row.token) for row in hook.fields}
    published = {
        "userId": (True, True),
        "patientId": (True, True),
        "encounterId": (False, True),
        "selections": (True, False),
        "draftOrders": (True, False),
    }
    for name in {"order-sign": ["selections"], "patient-view": ["selections", "draftOrders"]}.get(hook.name, []):
        del published[name]
    assert (hook.version, rows) == ("1.0", published)
    assert hook.tokens == {"userId", "patientId", "encounterId"}
