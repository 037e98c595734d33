"""All records of a drug to the courses of it: what overlaps is one, however many records tell of it.

A course ends where a record says on which day; what begins certainly later is another one. No gap between records ends
a course: how long a pause may be is not ours to say.
A supply that has run out is no stop: the next one may be late, or stand elsewhere. Where no record says that the drug
was stopped, a course runs for once more as long as its last supply was meant to last; there is no number behind that
but the supply's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from fhir_mapping.dates import days_after, earliest, is_after, latest, newest_first
from fhir_mapping.exposures import Exposure, Told, Use
from fhir_mapping.facts import Phase, StopReason, TherapyCourse

_MOST_EVIDENCE = 20  # records of one course that are named, the newest
_WEIGHTS = {StopReason.PROGRESSION: 3, StopReason.INTOLERANCE: 2, StopReason.UNKNOWN: 1}


def courses_of(exposures: Iterable[Exposure]) -> tuple[TherapyCourse, ...]:
    """Return the courses of each drug, newest first."""
    by_drug: defaultdict[str, set[Exposure]] = defaultdict(set)
    for each in exposures:
        by_drug[each.drug].add(each)
    courses = (_course(group) for found in by_drug.values() for group in _groups(_counting(found)))
    return newest_first(courses, lambda course: course.end or course.last_given or course.start)


def _counting(found: set[Exposure]) -> list[Exposure]:
    """Return the records that count, by their beginning: an order that was not taken, as far as is known, does not."""
    denials = [each.told.start or each.told.date for each in found if each.told.use is Use.NOT_TAKEN]
    kept = (each for each in found if each.told.use is not Use.NOT_TAKEN)
    counting = (
        each
        for each in kept
        if each.told.proven or not denials or all(is_after(each.told.start, denied) for denied in denials)
    )
    return sorted(sorted(counting, key=repr), key=lambda each: earliest(each.told.start))


def _groups(exposures: Sequence[Exposure]) -> list[list[Exposure]]:
    """Split the records of a drug where one says that it ended, and another begins certainly later."""
    groups: list[list[Exposure]] = []
    ended: str | None = None  # the last day of the latest end in the group
    for each in exposures:
        told = each.told
        if not groups or (ended is not None and is_after(told.start, ended)):
            groups.append([])
            ended = None
        groups[-1].append(each)
        if told.use is Use.ENDED and told.end and (ended is None or latest(told.end) > latest(ended)):
            ended = told.end
    return groups


def _course(group: Sequence[Exposure]) -> TherapyCourse:
    told = [each.told for each in group]
    ends = [each for each in told if each.use is Use.ENDED]
    last_end = max((each.last for each in ends if each.last), key=earliest, default=None)
    running = [each for each in told if each.use is Use.RUNNING and not is_after(last_end, each.start)]
    proven = [each.start for each in told if each.proven and each.start]
    given = [each.given for each in told if each.given]
    evidence = newest_first((each.evidence for each in group), lambda each: each.date)
    stopped = any(each.stop_reason for each in ends)
    untils = [until for each in running if (until := each.until if stopped else _until(each))]
    lasting = [*running, *([] if stopped or any(each.end for each in ends) else ends)]
    ordered = [each.until for each in lasting if each.until and not each.lasts]
    return TherapyCourse(
        drug=group[0].drug,
        drug_class=group[0].drug_class,
        phase=Phase.CURRENT if running else Phase.PRIOR,
        evidence=evidence[:_MOST_EVIDENCE],
        start=min(proven or (each.start for each in told if each.start), key=earliest, default=None),
        end=None if running else max((each.end for each in ends if each.end), key=latest, default=None),
        until=max(untils, key=latest) if untils and len(untils) == len(running) else None,
        ordered_until=max(ordered, key=latest, default=None),
        last_given=max(given, key=latest, default=None),
        stop_reason=_stop_reason(ends, running=bool(running)),
    )


def _until(told: Told) -> str | None:
    """Return until when a record lets a course run that nothing stopped."""
    return (days_after(told.until, told.lasts) if told.lasts else None) or told.until


def _stop_reason(ends: Iterable[Told], *, running: bool) -> StopReason | None:
    """Return the gravest reason; of a course that runs (again) only one that the record states."""
    reasons = (each.stop_reason for each in ends if each.stop_reason)
    stated = (each for each in reasons if not (running and each is StopReason.UNKNOWN))
    return max(stated, key=_WEIGHTS.__getitem__, default=None)
