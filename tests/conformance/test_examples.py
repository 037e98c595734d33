"""The protocol on what others wrote: HL7's validator fixtures, Inferno's bodies, requests of real clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdshooks.errors import HookError, Issue
from cdshooks.hooks import find
from cdshooks.request import OfferedHook, read
from cdshooks.schema import load

OFFERED = {name: OfferedHook.of(find()[name]) for name in ("order-select", "order-sign")}


def loaded(examples: Path, name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return an example; a recording without its HTTP frame."""
    content = json.loads((examples / name).read_text(encoding="utf-8"))
    return content.get("body", content) if isinstance(content, dict) else content


def issues_of(document: dict[str, Any]) -> tuple[Issue, ...]:
    """Read a request for the hooks of the ROS1 service; return the issues if it is refused."""
    try:
        read(json.dumps(document).encode(), OFFERED)
    except HookError as error:
        return error.issues
    return ()


RESPONSES = {
    "cdshooks-response-empty.json": (),
    "cdshooks-response-empty-good.json": (),
    "cdshooks-response-good.json": (),
    "cdshooks-response-link.json": (),
    "cdshooks-response-no-link.json": (),
    "cdshooks-response-two-cards.json": (),
    "cdshooks-response-empty-bad.json": ("cards",),
    "cdshooks-response-empty2.json": ("cards",),
    "cdshooks-response-empty-source.json": ("cards[0].source.label", "cards[0].links[0].type"),
    # The validator accepts these two; the standard asks for a link's type, and for fewer than 140 characters.
    "cdshooks-response-source-link.json": ("cards[0].summary", "cards[0].links[0].type"),
    "cdshooks-response-suggestion.json": (
        "cards[0].summary",
        "cards[0].suggestions[0].actions[0].resource.id",
        "cards[0].selectionBehavior",
    ),
}


@pytest.mark.requirement("A7", "C2", "C5", "C6", "J3", "L1")
@pytest.mark.parametrize(("name", "places"), RESPONSES.items(), ids=RESPONSES)
def test_responses_are_judged_as_hl7_judges_them(examples: Path, name: str, places: tuple[str, ...]) -> None:
    """Our schema of responses accepts and refuses HL7's fixtures for the reasons that HL7 gives."""
    faults = load("response").faults(loaded(examples, f"hl7-validator/{name}"))
    assert sorted(str(fault.where) for fault in faults) == sorted(places)


@pytest.mark.requirement("D2", "D9")
@pytest.mark.parametrize("name", ["cdshooks-services-good.json", "cdshooks-services-order-select-extensions.json"])
def test_discovery_documents_are_judged_as_hl7_judges_them(examples: Path, name: str) -> None:
    """Our schema of discovery accepts HL7's fixtures; which extensions are known is its validator's matter."""
    assert load("discovery").faults(loaded(examples, f"hl7-validator/{name}")) == ()


def test_every_card_of_inferno_is_within_our_schema_but_for_ids(examples: Path) -> None:
    """Inferno's valid cards are valid to us, but for created resources without id, as to HL7's validator."""
    faults = load("response").faults({"cards": loaded(examples, "inferno-crd/valid_cards.json")})
    assert {str(fault.where).rpartition(".")[2] for fault in faults} <= {"id"}


READ = (
    "hl7-validator/cdshooks-request-order-select-good.json",
    "hl7-validator/cdshooks-request-order-select-bad.json",
    "hl7-validator/cdshooks-request-order-sign-good.json",
    "hl7-validator/cdshooks-request-order-sign-bad-1.json",
    "hl7-validator/cdshooks-request-order-sign-bad-2.json",
    "inferno-crd/order_select_hook_request.json",
    "inferno-crd/order_select_request-1.json",
    "inferno-crd/order_select_request-2.json",
    "inferno-crd/order_sign_hook_request.json",
    "inferno-crd/order_sign_request-1.json",
    "inferno-crd/order_sign_request-2.json",
    "recorded-requests/crd-request-generator-order-sign-pembrolizumab.json",
    "recorded-requests/sandbox-order-select-crizotinib-with-prefetch.json",
    "recorded-requests/sandbox-order-select-dstu2-MedicationOrder.json",
    "recorded-requests/sandbox-order-select-empty-draft.json",
    "recorded-requests/sandbox-order-select-hl7-somaticPatient.json",
    "recorded-requests/sandbox-order-select-pama-chosen.json",
    "recorded-requests/sandbox-order-select-pama-start.json",
    "recorded-requests/sandbox-order-select-pembrolizumab-after-suggestion.json",
    "recorded-requests/sandbox-order-select-smart-launched-fhirAuthorization.json",
    "recorded-requests/sandbox-order-sign-crizotinib.json",
)


@pytest.mark.requirement("R4", "H1", "H2", "H3", "H5")
@pytest.mark.parametrize("name", READ)
def test_requests_of_others_are_read(examples: Path, name: str) -> None:
    """Requests as validators and real clients send them are read, those with faults in their FHIR resources too."""
    assert issues_of(loaded(examples, name)) == ()


NO_ORDERS = {"context.selections", "context.draftOrders"}
REFUSED = {
    "hl7-validator/cdshooks-request-order-select-extensions.json": {"context.draftOrders"},
    "hl7-validator/cdshooks-request-patient-view-good.json": {"hook"},
    "hl7-validator/cdshooks-request-patient-view-bad.json": {"hook"},
    "hl7-validator/cdshooks-request-pv-good.json": {"hook"},
    "inferno-crd/order_dispatch_hook_request.json": {"hook"},
    "inferno-crd/fancy_structure_hook_request.json": {"hook"},
    "recorded-requests/sandbox-feedback-accepted.json": {"hook", "hookInstance", "context"},
    # The public sandbox and HealthChain leave out what the hook requires.
    "recorded-requests/sandbox-order-select-tab-clicked-again.json": NO_ORDERS,
    "recorded-requests/sandbox-patient-view-service-called-with-order-select.json": NO_ORDERS,
    "recorded-requests/healthchain-0.16.1-order-select.json": NO_ORDERS,
}


@pytest.mark.requirement("R1", "R6")
@pytest.mark.parametrize(("name", "places"), REFUSED.items(), ids=REFUSED)
def test_requests_of_others_are_refused_for_what_they_lack(examples: Path, name: str, places: set[str]) -> None:
    """Requests for hooks that we do not offer, or without what their hook requires, are refused with the reason."""
    assert {issue.where for issue in issues_of(loaded(examples, name))} == places


@pytest.mark.parametrize("name", ["order-select-R4", "order-select-STU3", "order-select-DSTU2", "order-sign-R4"])
def test_contexts_of_the_hook_library_are_read(examples: Path, name: str) -> None:
    """The library's own example contexts are read, though not all are valid FHIR."""
    hook = name.rpartition("-")[0]
    document = {"hook": hook, "hookInstance": "1", **loaded(examples, f"cds-hooks-spec/{name}.json")}
    assert issues_of(document) == ()
