"""The checks before a ROS1 inhibitor: which are on file within their window, and what stands out.

A value is compared only in a unit that the knowledge names, with the laboratory's own range: none is ever assumed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fhir_mapping.concepts import meanings_of, words_of
from fhir_mapping.datatypes import Quantity
from fhir_mapping.facts import Availability, BaselineCheck, BaselineResult, BaselineState, Evidence, Part
from fhir_mapping.interactions import Taken
from fhir_mapping.measurements import Value, newest_values
from fhir_mapping.parts import RecordPart
from knowledge.lookup import Knowledge
from knowledge.safety import BaselineCheck as Check
from knowledge.safety import Limit, Measured

_NOTHING = RecordPart(part=Part.MEASUREMENTS, availability=Availability.ABSENT)
_MONTHS, _DAYS = ("-01-01", "-01", ""), (4, 7, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The day, the ROS1 inhibitors that are ordered on it, and the measurements that came beside the record."""

    as_of: date
    drugs: tuple[str, ...] = ()  # ids
    measurements: RecordPart = _NOTHING
    with_laboratory: bool = False  # the measurements were asked to hold the laboratory results, too
    beside: tuple[Taken, ...] = ()  # what else the session orders


def baseline_of(
    planned: Planned, record: Sequence[RecordPart], whole: Collection[Part], *, patient_id: str, knowledge: Knowledge
) -> tuple[BaselineCheck, ...]:
    """Return how each check stands that the labels of the ordered drugs ask of everybody, or that has a result.

    ``whole`` names the parts that arrived complete. Raises DuplicateKeyError if a value that counts stands in a
    resource that holds a key twice.
    """
    asked = _asked(planned.drugs, knowledge)
    if not asked:
        return ()
    results = [each for each in record if each.part is Part.RESULTS]
    resources = [each for part in (*results, planned.measurements) for each in part.resources]
    values = newest_values(resources, patient_id=patient_id, knowledge=knowledge)
    checks = (
        _checked(check, values, knowledge, planned.as_of, complete=_asked_in(check, planned) in whole)
        for check in asked.values()
    )
    return tuple(each for each in checks if each.results or each.check not in _conditional(planned.drugs, knowledge))


def _asked_in(check: Check, planned: Planned) -> Part:
    """Return the part of the record that a check's results were asked for in."""
    return Part.MEASUREMENTS if check.clinical or planned.with_laboratory else Part.RESULTS


def _asked(drugs: Iterable[str], knowledge: Knowledge) -> Mapping[str, Check]:
    """Return the checks with results that the labels ask for, each once, in the order of the labels."""
    wanted = (
        knowledge.baseline_checks[each.check]
        for drug in drugs
        if (known := knowledge.drugs.get(drug)) and known.ros1
        for each in known.ros1.baseline
        if each.confidence.usable and each.check in knowledge.baseline_checks
    )
    return {check.id: check for check in wanted if check.results}


def _conditional(drugs: Iterable[str], knowledge: Knowledge) -> frozenset[str]:
    """Return the checks that no drug asks of everybody: what is not on file of these is not missing."""
    uses = [known.ros1 for drug in drugs if (known := knowledge.drugs.get(drug)) and known.ros1]
    every = {each.check for use in uses for each in use.baseline if each.confidence.usable and not each.applies}
    return frozenset(each.check for use in uses for each in use.baseline) - every


def _checked(
    check: Check, values: Mapping[str, Value], knowledge: Knowledge, as_of: date, *, complete: bool
) -> BaselineCheck:
    results: list[BaselineResult] = []
    older: list[BaselineResult] = []
    missing: list[str] = []
    for measured in check.results:
        value = values.get(measured.value_set)
        recent = value is not None and _is_within(value.date, as_of, check.window_days)
        if value is not None:
            (results if recent else older).append(_result(measured, value, knowledge))
        if not recent and not measured.optional:
            missing.append(measured.name)
    return BaselineCheck(
        check=check.id,
        state=_state(results, missing, complete=complete),
        results=tuple(results),
        missing=tuple(missing),
        older=tuple(older),
    )


def _state(results: Sequence[BaselineResult], missing: Sequence[str], *, complete: bool) -> BaselineState:
    if any(each.beyond for each in results):
        return BaselineState.SEVERE
    if missing:
        return BaselineState.MISSING if complete else BaselineState.NOT_SEEN
    if any(each.flag or each.out_of_range for each in results):
        return BaselineState.ABNORMAL
    return BaselineState.NOT_COMPARED if any(each.not_compared for each in results) else BaselineState.NORMAL


def _is_within(day: str | None, as_of: date, window: int) -> bool:
    """Return True if the earliest day that a partial date can mean lies within the window."""
    if day is None:
        return False
    first = date.fromisoformat(day + _MONTHS[_DAYS.index(len(day))])
    return (as_of - first).days <= window


def _result(measured: Measured, value: Value, knowledge: Knowledge) -> BaselineResult:
    flag = next((words for each in value.holder.interpretation if (words := words_of(each))), None)
    limit = measured.limit if measured.limit and measured.limit.confidence.usable else None
    normal = any("flag-normal" in meanings_of(each, knowledge) for each in value.holder.interpretation)
    beyond, not_compared = _compared(value, limit) if limit else (False, None)
    return BaselineResult(
        name=measured.name,
        evidence=Evidence(resource=value.name, date=value.date, reported=value.reported),
        flag=None if normal else flag,
        out_of_range=_is_out_of_range(value),
        beyond=limit.text if limit and beyond else None,
        not_compared=None if normal else not_compared,
    )


def _compared(value: Value, limit: Limit) -> tuple[bool, str | None]:
    """Return whether a value is beyond a limit, or why that cannot be told."""
    quantity = value.holder.value_quantity
    if quantity is None or quantity.value is None:
        return False, "no-number"
    unit = _unit(quantity)
    if unit not in limit.units:
        return False, "unknown-unit" if unit else "no-unit"
    if limit.above is not None:
        return _exceeds(quantity, Decimal(str(limit.above))), None
    high = _high(value)
    if high is None or high.value is None or _unit(high) != unit:
        return False, "upper-limit-unit" if high and high.value is not None else "no-upper-limit"
    return _exceeds(quantity, high.value * Decimal(str(limit.times_upper_limit))), None


def _exceeds(quantity: Quantity, limit: Decimal) -> bool:
    """Return True if an amount is certainly more than a limit: "<600" is not, ">600" is."""
    if quantity.value is None or quantity.comparator in ("<", "<="):
        return False
    return quantity.value >= limit if quantity.comparator == ">" else quantity.value > limit


def _is_out_of_range(value: Value) -> bool:
    """Return True if the value lies outside the one range that the laboratory states, in the same unit."""
    quantity = value.holder.value_quantity
    unit = _unit(quantity) if quantity else None
    if quantity is None or quantity.value is None or unit is None or len(value.holder.reference_range) != 1:
        return False
    stated = value.holder.reference_range[0]
    high, low = stated.high, stated.low
    if high and high.value is not None and _unit(high) == unit and _exceeds(quantity, high.value):
        return True
    below = low is not None and low.value is not None and _unit(low) == unit and quantity.value < low.value
    return below and quantity.comparator not in (">", ">=")


def _high(value: Value) -> Quantity | None:
    """Return the upper limit, if exactly one is stated."""
    stated = [each.high for each in value.holder.reference_range if each.high]
    return stated[0] if len(stated) == 1 else None


def _unit(quantity: Quantity) -> str | None:
    """Return the unit as coded, else as worded."""
    return (quantity.code or quantity.unit or "").strip() or None
