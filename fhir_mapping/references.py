"""References between resources, in all the forms that senders use."""

from __future__ import annotations

from typing import NamedTuple

from fhir_mapping.datatypes import Reference

_PATIENT = "Patient"


class Target(NamedTuple):
    """What a reference points to: a type, if it is named, and an id."""

    type: str | None
    id: str


def target_of(reference: str | None) -> Target | None:
    """Read ``Type/id``, ``id``, ``https://server/Type/id`` and ``Type/id/_history/n``; opaque forms give None.

    So do searches (``Patient?identifier=1``): they name nothing that can be compared.
    """
    text = (reference or "").strip()
    if not text or text.startswith(("#", "urn:")):
        return None
    parts = [part for part in text.split("?")[0].split("/") if part]
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    if not parts:
        return None
    named = len(parts) > 1 and parts[-2].isalpha() and parts[-2][0].isupper()
    if "?" in text and not named:
        return None
    return Target(parts[-2] if named else None, parts[-1])


def bare_id(reference: str) -> str:
    """Return the id of ``Patient/123``, ``123`` or an absolute URL."""
    if reference.isalnum():
        return reference
    target = target_of(reference)
    return target.id if target else reference


def is_other_patient(subject: Reference | None, patient_id: str) -> bool:
    """Return True if a subject names somebody or something other than the patient.

    A subject that is absent, contained, a ``urn:`` or only an identifier cannot be compared; it counts as the patient.
    """
    if subject is None or subject.reference == f"{_PATIENT}/{patient_id}":
        return False
    target = target_of(subject.reference)
    if target is None:
        return False
    return target.id != patient_id or (target.type or subject.type or _PATIENT) != _PATIENT


def name_of(type_: str, id_: str | None) -> str:
    """Return how evidence names a resource: ``Observation/123``, or ``Observation`` without an id."""
    return f"{type_}/{id_}" if id_ else type_
