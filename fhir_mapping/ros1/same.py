"""The same result sent twice: as several resources, or as an Observation and in the conclusion of its report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from fhir_mapping.facts import Ros1Finding, Ros1Result, Specimen

Links = Mapping[str, frozenset[str]]  # the Observations that each report names as its results


def each_once(results: Iterable[Ros1Result], links: Links) -> tuple[Ros1Result, ...]:
    """Return the results without those that another one, which tells at least as much, repeats."""
    distinct = sorted(set(results), key=lambda each: (each.evidence.resource in links, -_told(each), repr(each)))
    by_resource: defaultdict[str, list[Ros1Result]] = defaultdict(list)
    for each in distinct:
        by_resource[each.evidence.resource].append(each)
    own = (each for each in distinct if not _is_told_by_its_results(each, links, by_resource))
    once: dict[tuple[object, ...], Ros1Result] = {}
    for each in own:
        in_blood = each.specimen is Specimen.BLOOD
        once.setdefault((each.finding, each.method, each.evidence.date, in_blood, each.partner, each.notes), each)
    return tuple(once.values())


def _told(result: Ros1Result) -> int:
    elements = (result.specimen, result.specimen_text, result.laboratory)
    return sum(each is not None for each in elements)


def _is_told_by_its_results(result: Ros1Result, links: Links, by_resource: Mapping[str, list[Ros1Result]]) -> bool:
    """Tell whether a report's conclusion says no more than a result that the report names or contains."""
    resource = result.evidence.resource
    if resource not in links:
        return False
    itself = {resource} if "/" in resource else frozenset()  # what it contains; without an id it may be another's
    others = (other for name in links[resource] | itself for other in by_resource.get(name, ()))
    return any(_adds_nothing(result, other) for other in others if other is not result)


def _adds_nothing(result: Ros1Result, other: Ros1Result) -> bool:
    answered = result.finding is Ros1Finding.PENDING and other.finding is not Ros1Finding.PENDING
    same = result.finding is other.finding and result.partner in (None, other.partner)
    return (
        answered
        or (same and result.method is None and other.method is not None)
        or (same and result.method == other.method and result.evidence.resource != other.evidence.resource)
    )
