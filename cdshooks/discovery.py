"""The discovery document: one entry per service and hook (2.0.1, "Discovery"), with 3.0's version and hookVersion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cdshooks.context import Hook
from cdshooks.errors import DeclarationError
from cdshooks.registry import Service
from cdshooks.schema import load

STANDARD = "2.0.1"
"""The version of CDS Hooks that is implemented."""


SANDBOX_NOTICE = "SANDBOX, open to everybody: for invented patients only. "
"""What the description of every service starts with in the sandbox."""


def document(services: Sequence[Service], hooks: Mapping[str, Hook], *, notice: str = "") -> bytes:
    """Return the body of ``GET /cds-services``; raise DeclarationError if a service does not say what it must."""
    content = {"services": [_entry(service, hooks[name], notice) for service in services for name in service.hooks]}
    issues = load("discovery").faults(content)
    if issues:
        raise DeclarationError(tuple(f"{issue.what} ({issue.got})" for issue in issues))
    return msgspec.json.encode(content)


def _entry(service: Service, hook: Hook, notice: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "hook": hook.name,
        "hookVersion": hook.version,
        "title": service.title,
        "description": service.description and notice + service.description,
        "id": service.id,
        "version": STANDARD,
    }
    if service.prefetch:
        entry["prefetch"] = dict(service.prefetch)
    if service.usage_requirements:
        entry["usageRequirements"] = service.usage_requirements
    if extension := service.extensions.get(hook.name):
        entry["extension"] = dict(extension)
    return entry
