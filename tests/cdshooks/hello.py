"""A CDS service in a few lines, as the tutorial shows it: it greets whoever chooses an order."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from cdshooks.app import create_app
from cdshooks.hooks import find
from cdshooks.registry import Service
from cdshooks.request import HookRequest, OfferedHook
from cdshooks.settings import Settings


class Source(Struct, frozen=True, kw_only=True, rename="camel"):
    """Who says it."""

    label: str


class Card(Struct, frozen=True, kw_only=True, rename="camel"):
    """A card with only what the standard requires."""

    summary: str
    indicator: str
    source: Source


def service(settings: Settings) -> Service:
    """Declare the service."""
    return Service(
        id="hello-world",
        hooks=("order-select", "order-sign"),
        title=f"Hello from {settings.public_base_url}",
        description="Greets whoever chooses an order.",
        prefetch={"patient": "Patient/{{context.patientId}}"},
        respond=respond,
    )


def respond(request: HookRequest) -> Sequence[object]:
    """Answer with one card that says how the patient came."""
    patient = request.prefetched("patient")
    return (Card(summary=f"Hello, {patient.state}", indicator="info", source=Source(label="Hello")),)


application = create_app(Settings.for_sandbox(), services=(service(Settings.for_sandbox()),))

OFFERED = {name: OfferedHook.of(hook) for name, hook in find().items() if name in ("order-select", "order-sign")}
"""The hooks that the service is listed for, compiled."""
