"""What hook contexts are made of: the fields that HL7 publishes, each with its optionality, token and JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from msgspec import Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class HookContext:
    """What the contexts of all hooks share; ids are bare (``123``, never ``Patient/123``)."""

    user_id: str
    patient_id: str
    encounter_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContext(HookContext):
    """What the hooks of ordering share: the unsigned orders of the session, and which were just chosen, if told."""

    draft_orders: Raw
    selections: tuple[str, ...] | None = None


def bare_id(value: str) -> str:
    """Return the id of ``123`` and of ``Patient/123``: clients send both."""
    return value.rpartition("/")[2]


def token_values(context: HookContext) -> Mapping[str, str]:
    """Return what the tokens of a prefetch template stand for: ``context.patientId``, ``userPractitionerId``, ..."""
    texts = {field.name: getattr(context, field.name) for field in fields(context)}
    values = {f"context.{_camel(name)}": text for name, text in texts.items() if isinstance(text, str)}
    type_, _, id_ = context.user_id.rpartition("/")
    return {**values, f"user{type_.rpartition('/')[2]}Id": id_} if type_ else values


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def as_sent(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value unchanged."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One row of a hook's context table in the hook library."""

    name: str  # as in JSON
    attribute: str  # the same word in snake_case
    required: bool
    token: bool  # "Prefetch Token: Yes"
    schema: Mapping[str, Any]
    read: Callable[[Any], Any] = as_sent
    undecoded: bool = False  # the context holds it as the bytes that were sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One hook as the hook library publishes it: name, ``hookVersion``, the fields of its context and their type."""

    name: str
    version: str
    fields: tuple[Field, ...]
    context: Callable[..., HookContext]

    @property
    def tokens(self) -> frozenset[str]:
        """The context fields that a prefetch template may use."""
        return frozenset(row.name for row in self.fields if row.token)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the context; unknown fields are tolerated."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"Context of {self.name} {self.version}",
            "type": "object",
            "required": [row.name for row in self.fields if row.required],
            "properties": {row.name: row.schema for row in self.fields},
        }


_ID_PATTERN = r"^([^\s]*/)?[^\s/]+$"

USER_ID = Field(
    name="userId",
    attribute="user_id",
    required=True,
    token=True,
    schema={"type": "string", "minLength": 1, "description": "the FHIR reference of the user, such as Practitioner/1"},
)
PATIENT_ID = Field(
    name="patientId",
    attribute="patient_id",
    required=True,
    token=True,
    schema={"type": "string", "pattern": _ID_PATTERN, "description": "the FHIR id of the patient, such as 123"},
    read=bare_id,
)
ENCOUNTER_ID = Field(
    name="encounterId",
    attribute="encounter_id",
    required=False,
    token=True,
    schema={"type": "string", "pattern": _ID_PATTERN, "description": "the FHIR id of the encounter, such as 123"},
    read=bare_id,
)
SELECTIONS = Field(
    name="selections",
    attribute="selections",
    required=True,
    token=False,
    schema={
        "type": "array",
        "items": {"type": "string", "minLength": 1, "description": "a reference such as MedicationRequest/1"},
        "description": "an array of references to the drafts that were just chosen",
    },
    read=tuple,
)
DRAFT_ORDERS = Field(
    name="draftOrders",
    attribute="draft_orders",
    required=True,
    token=False,
    schema={
        "type": "object",
        "required": ["resourceType"],
        "properties": {
            "resourceType": {"const": "Bundle", "description": "the word Bundle"},
            "entry": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"resource": {"type": "object", "description": "a FHIR resource"}},
                    "description": "a Bundle entry, an object",
                },
                "description": "an array of Bundle entries",
            },
        },
        "description": "a FHIR Bundle of the unsigned orders",
    },
    undecoded=True,
)
