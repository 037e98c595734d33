"""The same result sent twice: as several resources, or as an Observation and in the conclusion of its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fhir_mapping.facts import Ros1Finding, Ros1Result

Links = Mapping[str, frozenset[str]]  # the Observations that each report names as its results


def each_once(results: Iterable[Ros1Result], links: Links) -> tuple[Ros1Result, ...]:
    """Return the results without those that another one, which tells at least as much, repeats."""
    kept: list[Ros1Result] = []
    for result in sorted(set(results), key=lambda each: (each.evidence.resource in links, -_told(each), repr(each))):
        if not any(_repeats(result, other, links) for other in kept):
            kept.append(result)
    return tuple(kept)


def _told(result: Ros1Result) -> int:
    elements = (result.method, result.specimen, result.specimen_text, result.partner, result.laboratory)
    return sum(each is not None for each in elements)


def _repeats(result: Ros1Result, other: Ros1Result, links: Links) -> bool:
    """Tell whether a result adds nothing to another: no other finding, method, day, specimen or partner."""
    if result.partner not in (None, other.partner):
        return False
    report = links.get(result.evidence.resource)
    if report is not None and other.evidence.resource in report | {result.evidence.resource}:
        answered = result.finding is Ros1Finding.PENDING
        return (answered or result.finding is other.finding) and result.method in (None, other.method)
    return (
        (result.finding, result.method, result.evidence.date) == (other.finding, other.method, other.evidence.date)
        and result.specimen in (None, other.specimen)
        and result.laboratory in (None, other.laboratory)
    )
