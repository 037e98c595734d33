"""The CDS services: what each declares, found by looking in services/, checked at start."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import cdshooks.services
from cdshooks import templates
from cdshooks.context import Hook
from cdshooks.errors import DeclarationError
from cdshooks.request import HookRequest
from cdshooks.settings import Settings

_ID = re.compile(r"^[A-Za-z0-9._~-]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One CDS service: listed once per hook in discovery, answering with the cards that ``respond`` returns."""

    id: str
    hooks: tuple[str, ...]
    title: str
    description: str
    respond: Callable[[HookRequest], Sequence[object]]
    usage_requirements: str | None = None
    prefetch: Mapping[str, str] = field(default_factory=dict)
    release: str = ""  # of what it knows
    candidate: str = ""  # the release that is tried beside it, if any
    candidate_faults: tuple[str, ...] = ()  # why there is none although a setting names one
    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by hook: what a client may set
    about: Mapping[str, Any] | None = None  # what it tells of itself: web/about.py makes pages of it
    explain: Callable[[bytes], bytes] | None = None  # a hook request -> why it gets which cards, as JSON
    evidence: Callable[[bytes], bytes] | None = None  # a record, as patient-view would send it -> what it says, as JSON
    orderables: Callable[[], Sequence[Mapping[str, Any]]] | None = None  # what it knows to be ordered, for a demo


def find(settings: Settings) -> tuple[Service, ...]:
    """Return the service of every module in services/ that has one under these settings."""
    package = cdshooks.services
    modules = (import_module(f"{package.__name__}.{module.name}") for module in iter_modules(package.__path__))
    services: list[Service | None] = [module.service(settings) for module in modules]
    return tuple(service for service in services if service is not None)


def check(services: Sequence[Service], hooks: Mapping[str, Hook]) -> None:
    """Raise DeclarationError with every fault if a client could not call a service as it is declared."""
    faults = [f"{count} services have the id {id_}" for id_, count in _ids(services).items() if count > 1]
    for service in services:
        faults += (f"{service.id}: {fault}" for fault in _faults(service, hooks))
    if faults:
        raise DeclarationError(tuple(faults))


def _ids(services: Sequence[Service]) -> Counter[str]:
    return Counter(service.id for service in services)


def _faults(service: Service, hooks: Mapping[str, Hook]) -> list[str]:
    faults = []
    if not _ID.match(service.id):
        faults.append("the id is not one segment of a URL")
    if not service.hooks:
        faults.append("it is listed for no hook")
    for name in service.hooks:
        if name not in hooks:
            faults.append(f"the hook {name} is not one of {', '.join(sorted(hooks))}")
            continue
        for key, template in service.prefetch.items():
            found = templates.faults(template, hooks[name].tokens)
            faults += (f"prefetch {key} for {name}: {fault}" for fault in found)
    return faults
