"""The same result sent twice: as several resources, or as an Observation and in the conclusion of its report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from fhir_mapping.facts import Ros1Finding, Ros1Result, Specimen

Links = Mapping[str, frozenset[str]]  # the Observations that each report names as its results
_ANSWERED = "answered"  # by results that are there


def each_once(results: Iterable[Ros1Result], links: Links) -> tuple[Ros1Result, ...]:
    """Return the results without those that another one, which tells at least as much, repeats."""
    found = set(results)
    if len(found) <= 1:
        return tuple(found)
    distinct = sorted(found, key=lambda each: (each.evidence.resource in links, -_told(each), repr(each)))
    repeated = _told_by_results(distinct, links)
    once: dict[tuple[object, ...], Ros1Result] = {}
    for each in distinct:
        if not repeated[each.evidence.resource].intersection(_repeating(each)):
            in_blood = each.specimen is Specimen.BLOOD
            once.setdefault((each.finding, each.method, each.evidence.date, in_blood, each.partner, each.notes), each)
    return tuple(once.values())


def _told(result: Ros1Result) -> int:
    elements = (result.specimen, result.specimen_text, result.laboratory)
    return sum(each is not None for each in elements)


def _repeating(result: Ros1Result) -> tuple[object, ...]:
    """Return what must have been told for a report's result to add nothing."""
    if result.finding is Ros1Finding.PENDING:
        return (_ANSWERED,)
    return ((result.finding, result.partner, result.method),)


def _told_by_results(results: Iterable[Ros1Result], links: Links) -> Mapping[str, set[object]]:
    """Return for each report what its results tell: of those that it contains only what a conclusion leaves open."""
    by_resource: defaultdict[str, list[Ros1Result]] = defaultdict(list)
    for each in results:
        by_resource[each.evidence.resource].append(each)
    told: defaultdict[str, set[object]] = defaultdict(set)
    for report, named in links.items():
        for other in (other for name in named for other in by_resource.get(name, ())):
            told[report].update(_telling(other, methods=(None, other.method)))
        contained = by_resource.get(report, ()) if "/" in report else ()  # without an id it may be another's
        for other in (other for other in contained if other.method):
            told[report].update(_telling(other, methods=(None,)))
    return told


def _telling(result: Ros1Result, *, methods: tuple[str | None, ...]) -> Iterable[object]:
    if result.finding is not Ros1Finding.PENDING:
        yield _ANSWERED
        yield from ((result.finding, partner, method) for partner in (None, result.partner) for method in methods)
