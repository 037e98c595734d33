"""What a card is made of, in the standard's words (CDS Hooks 2.0.1, section "CDS Service Response")."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct


class _Json(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The shape of all: in JSON the members are in camelCase, and what is not set is left out."""


class Indicator(StrEnum):
    """How urgent a card is, least first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Coding(_Json, frozen=True, kw_only=True):
    """A CDS Hooks Coding: code and system are both required."""

    code: str
    system: str
    display: str | None = None


class Source(_Json, frozen=True, kw_only=True):
    """Who says it; ``topic`` says what it is about and is always sent."""

    label: str
    topic: Coding
    url: str | None = None
    icon: str | None = None


class Action(_Json, frozen=True, kw_only=True):
    """One change to the draft orders: "create" with a whole resource, or "delete" with a relative reference."""

    type: str
    description: str
    resource: Mapping[str, Any] | None = None
    resource_id: str | None = None


class Suggestion(_Json, frozen=True, kw_only=True):
    """One whole decision, taken with one press."""

    label: str
    uuid: str
    actions: tuple[Action, ...]
    is_recommended: bool = False


class Link(_Json, frozen=True, kw_only=True):
    """Where to read more; ``type`` is "absolute" or "smart", and only then an app is told its context."""

    label: str
    url: str
    type: str
    app_context: str | None = None


class Card(_Json, frozen=True, kw_only=True):
    """One card."""

    uuid: str
    summary: str
    detail: str
    indicator: Indicator
    source: Source
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: str | None = None  # "at-most-one" or "any"; required with suggestions
    override_reasons: tuple[Coding, ...] = ()
    links: tuple[Link, ...] = ()
