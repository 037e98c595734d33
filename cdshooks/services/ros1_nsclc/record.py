"""The prefetch keys that we ask for, and the record that they make; what is missing of it, as the client is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdshooks.errors import Issue, IssueType, PrefetchUnavailableError
from cdshooks.fallback import Fetches
from cdshooks.prefetch import PrefetchedResource, PrefetchState
from fhir_mapping.facts import Availability, Part
from fhir_mapping.mapping import RecordPart
from knowledge.lookup import Knowledge

_PARTS = {
    "observations": Part.RESULTS,
    "stages": Part.STAGES,
    "conditions": Part.DIAGNOSES,
    "medications": Part.MEDICATIONS,
    "reports": Part.REPORTS,
}
"""The prefetch keys that we ask for, and the part of the record that each brings."""

_OPTIONAL = {Part.REPORTS}
"""The parts that a client may leave out without a word: what they hold stands in the others, too."""

MEASUREMENTS = "measurements"
"""The prefetch key that only an order for a ROS1 inhibitor reads: measurements that are no laboratory results."""
_EXTRAS = {
    "statements": (Part.MEDICATIONS, "MedicationStatement"),
    "administrations": (Part.MEDICATIONS, "MedicationAdministration"),
    "dispenses": (Part.MEDICATIONS, "MedicationDispense"),
    "patient": (Part.DIAGNOSES, "Patient"),
    "encounter": (Part.DIAGNOSES, "Encounter"),
}
"""The keys that add to a part: many EHRs lack some of them, so a part is whole without; that one failed is said."""

ONLY_BESIDE = frozenset({"reports", *_EXTRAS})
"""The keys that no request waits for: fetched only where others are."""

_AVAILABILITY = {
    PrefetchState.SATISFIED: Availability.COMPLETE,
    PrefetchState.EMPTY: Availability.COMPLETE,
    PrefetchState.INCOMPLETE: Availability.INCOMPLETE,
    PrefetchState.FAILED: Availability.FAILED,
    PrefetchState.ABSENT: Availability.ABSENT,
}


def prefetch_templates(knowledge: Knowledge, *, coded: bool) -> Mapping[str, str]:
    """Return the queries that we ask for: laboratory results under any code, or only those under known codes."""
    patient = "patient={{context.patientId}}"
    known = _tokens(knowledge, "genomic-variant", "ros1-test", "fusion-narrative", "pd-l1-test")
    which = f"code={known}" if coded else "category=laboratory"
    measured = _tokens(knowledge, *_measured(knowledge, laboratory=coded))
    stages = _tokens(knowledge, "stage-group-observation", "m-category-observation", "disease-status-observation")
    return {
        "observations": f"Observation?{patient}&{which}&_sort=-date",
        "stages": f"Observation?{patient}&code={stages}&_sort=-date",
        "conditions": f"Condition?{patient}",
        "medications": f"MedicationRequest?{patient}",
        "reports": f"DiagnosticReport?{patient}&category=GE,LAB&_sort=-date",
        MEASUREMENTS: f"Observation?{patient}&code={measured}&_sort=-date",
        "statements": f"MedicationStatement?{patient}",
        "administrations": f"MedicationAdministration?{patient}",
        "dispenses": f"MedicationDispense?{patient}",
        "patient": "Patient/{{context.patientId}}",
        "encounter": "Encounter/{{context.encounterId}}",
    }


def _measured(knowledge: Knowledge, *, laboratory: bool) -> tuple[str, ...]:
    """Return the value sets of what checks measure: without laboratory results where those come anyway."""
    checks = (check for check in knowledge.baseline_checks.values() if check.clinical or laboratory)
    return tuple(dict.fromkeys(each.value_set for check in checks for each in check.results))


def _tokens(knowledge: Knowledge, *value_sets: str) -> str:
    codes = (code for id_ in value_sets for code in knowledge.value_sets[id_].codes if code.confidence.usable)
    return ",".join(f"{code.system}|{code.code}" for code in codes)


def record_of(data: Fetches) -> tuple[RecordPart, ...]:
    """Return the record as far as it was sent and fetched; drugs that were read belong to the medications."""
    referred = data.referred
    parts = [part_of(data, key, part, referred if part is Part.MEDICATIONS else ()) for key, part in _PARTS.items()]
    parts += [part_of(data, key, part, extra=type_) for key, (part, type_) in _EXTRAS.items()]
    return tuple([each for each in parts if not _may_be_left_out(each) or _was_tried(each)])


def _may_be_left_out(part: RecordPart) -> bool:
    return part.extra is not None or part.part in _OPTIONAL


def _was_tried(part: RecordPart) -> bool:
    return part.availability is not Availability.ABSENT or part.problem is not None


def part_of(
    data: Fetches, key: str, part: Part, more: tuple[PrefetchedResource, ...] = (), extra: str | None = None
) -> RecordPart:
    """Return what came under a key, as a part of the record."""
    result = data.result(key)
    return RecordPart(
        part=part,
        availability=_AVAILABILITY[result.state],
        problem=result.problem,
        resources=result.resources + more,
        extra=extra,
        refused=result.refused,
    )


def unavailable(parts: Sequence[Part], data: Fetches) -> PrefetchUnavailableError:
    """Return the error that names the keys of these parts, and why they could not be fetched."""
    keys = {part: key for key, part in _PARTS.items()}
    return PrefetchUnavailableError(*(_missing(part, keys[part], data.result(keys[part]).unfetched) for part in parts))


def _missing(part: Part, key: str, unfetched: str | None) -> Issue:
    fetched = f", and could not be fetched: {unfetched}" if unfetched else ""
    return Issue(
        code=IssueType.INCOMPLETE,
        what=f"The order could not be checked: the {part} of the patient were not sent{fetched}.",
        where=f"prefetch.{key}",
        got="no such key",
        expected=f"the answer to the prefetch template {key!r}, null if there are no data",
        fix="send the key as the discovery document asks for it"
        + (", or let the service read the FHIR server" if unfetched else ""),
    )
