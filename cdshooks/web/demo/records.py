"""The resources of the invented patients, and searches over them: as much of FHIR R4 as clients of CDS Hooks ask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any

Resource = dict[str, Any]
Matches = Callable[[Resource, str], bool]

_MOST = 100  # resources on a page
_WRITTEN = date(2026, 11, 21)
"""The day for which the records were written: their dates are told as long before the day that is asked for."""
_DATE = re.compile(r"(?<=\")[0-9]{4}-[0-9]{2}-[0-9]{2}(?=[\"T])")
_PREFIXES: Mapping[str, Callable[[str, str], bool]] = {
    "ge": lambda date, bound: date[: len(bound)] >= bound,
    "le": lambda date, bound: date[: len(bound)] <= bound,
    "gt": lambda date, bound: date[: len(bound)] > bound,
    "lt": lambda date, bound: date[: len(bound)] < bound,
    "eq": lambda date, bound: date.startswith(bound),
}
_TYPES = (
    "AllergyIntolerance", "Condition", "DiagnosticReport", "Encounter", "Medication", "MedicationAdministration",
    "MedicationDispense", "MedicationRequest", "MedicationStatement", "Observation", "Patient", "Procedure",
    "ServiceRequest", "Specimen",
)  # fmt: skip
"""The types that are served: a search for one of which there is nothing finds nothing, as on any server."""
_DATES = ("effectiveDateTime", "authoredOn", "recordedDate", "onsetDateTime", "issued", "birthDate")


class Records:
    """All resources by type and id, in the order of the files."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.by_type: dict[str, dict[str, Resource]] = {type_: {} for type_ in _TYPES}
        for resource in resources:
            self.by_type.setdefault(resource["resourceType"], {})[resource["id"]] = resource

    def read(self, type_: str, id_: str) -> Resource | None:
        """Return one resource."""
        return self.by_type.get(type_, {}).get(id_)

    def search(self, type_: str, query: Mapping[str, Sequence[str]]) -> list[Resource]:
        """Return the resources of a type that match every parameter that is known."""
        asked = [(matches, value) for name, values in query.items() if (matches := _matcher(name)) for value in values]
        found = [
            resource
            for resource in self.by_type.get(type_, {}).values()
            if all(any(matches(resource, each) for each in value.split(",")) for matches, value in asked)
        ]
        for key in reversed(",".join(query.get("_sort", ())).split(",")):
            if key.removeprefix("-") in ("date", "authoredon", "recorded-date", "onset-date", "_lastUpdated"):
                found.sort(key=_date, reverse=key.startswith("-"))
        return found


def load(today: date = _WRITTEN) -> Records:
    """Return the records of this package as of a day, so that what was recent when they were written still is."""
    later = today - _WRITTEN

    def moved(found: re.Match[str]) -> str:
        return (date.fromisoformat(found[0]) + later).isoformat()

    folder = files(__package__).joinpath("patients")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    texts = (folder.joinpath(name).read_text(encoding="utf-8") for name in names)
    bundles = (json.loads(_DATE.sub(moved, text)) for text in texts)
    return Records([entry["resource"] for bundle in bundles for entry in bundle["entry"]])


def page(query: Mapping[str, Sequence[str]]) -> tuple[int, int]:
    """Return from which resource on, and how many, a page holds."""
    return _whole(query.get("_offset", ()), 0), min(_whole(query.get("_count", ()), _MOST), _MOST)


def _whole(values: Sequence[str], otherwise: int) -> int:
    text = values[-1] if values else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000") else otherwise


def _matcher(name: str) -> Matches | None:
    return _PARAMETERS.get(name.partition(":")[0])


def _token(element: str) -> Matches:
    """Match ``system|code``, ``|code``, ``system|`` or ``code`` with a code, a Coding or CodeableConcepts."""

    def matches(resource: Resource, value: str) -> bool:
        system, bar, code = value.rpartition("|")
        return any(
            code in ("", found_code) and (not bar or system == found_system)
            for found_system, found_code in _codings(resource.get(element))
        )

    return matches


def _codings(value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any element
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield "", each
        elif isinstance(each, dict):
            yield from ((coding.get("system", ""), coding.get("code", "")) for coding in each.get("coding", [each]))
            yield each.get("system", ""), each.get("value", "")  # an Identifier


def _reference(type_: str, *elements: str) -> Matches:
    """Match a reference by ``Type/id``, by the bare id, or by a URL that ends so."""

    def matches(resource: Resource, value: str) -> bool:
        wanted = f"{type_}/{value.rpartition('/')[2]}"
        return any(resource.get(element, {}).get("reference") == wanted for element in elements)

    return matches


def _patient(resource: Resource, value: str) -> bool:
    own = resource["resourceType"] == "Patient" and resource["id"] == value.rpartition("/")[2]
    return own or _reference("Patient", "subject", "patient")(resource, value)


def _named(resource: Resource, value: str) -> bool:
    names = resource.get("name", [])
    words = [word for name in names for word in (name.get("family", ""), *name.get("given", ()))]
    return any(word.casefold().startswith(value.casefold()) for word in words)


def _dated(resource: Resource, value: str) -> bool:
    holds = _PREFIXES.get(value[:2])
    return holds(_date(resource), value[2:]) if holds else _date(resource).startswith(value)


def _date(resource: Resource) -> str:
    start: str = resource.get("period", {}).get("start", "")
    return next((resource[name] for name in _DATES if name in resource), start)


_PARAMETERS: Mapping[str, Matches] = {
    "_id": lambda resource, value: resource["id"] == value,
    "patient": _patient,
    "subject": _patient,
    "encounter": _reference("Encounter", "encounter"),
    "code": _token("code"),
    "category": _token("category"),
    "status": _token("status"),
    "intent": _token("intent"),
    "clinical-status": _token("clinicalStatus"),
    "identifier": _token("identifier"),
    "gender": _token("gender"),
    "name": _named,
    "family": _named,
    "given": _named,
    "date": _dated,
    "authoredon": _dated,
    "recorded-date": _dated,
    "birthdate": _dated,
}
PARAMETERS = tuple(_PARAMETERS)
"""The search parameters that are understood, for every type alike."""
