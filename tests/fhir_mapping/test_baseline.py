"""Baseline checks before a ROS1 inhibitor: what counts, for how long, and what is compared with what."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fhir_mapping.errors import DuplicateKeyError
from fhir_mapping.facts import Availability, BaselineCheck, BaselineState, Part
from fhir_mapping.mapping import Planned, RecordPart, facts_from
from tests.fhir_mapping.fhir import INTERPRETATION, KNOWLEDGE, LOINC, concept, observation, raw, record, request

AS_OF = date(2026, 11, 21)
ALT, QTC, POTASSIUM = concept(LOINC, "1742-6"), concept(LOINC, "8636-3"), concept(LOINC, "2823-3")
LIMIT: dict[str, Any] = {"referenceRange": [{"high": {"value": 40, "unit": "U/L"}}]}


def _measured(code: dict[str, Any], value: object, unit: str | None = "U/L", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements
    quantity = {"value": value} | ({"unit": unit} if unit else {})
    return observation(**({"code": code, "valueQuantity": quantity, "effectiveDateTime": "2026-11-10"} | elements))


def _checks(
    *resources: Any,  # noqa: ANN401 - FHIR resources of any shape
    drug: str = "taletrectinib",
    results: Availability = Availability.COMPLETE,
    measurements: Availability = Availability.COMPLETE,
    beside: tuple[Any, ...] = (),
) -> dict[str, BaselineCheck]:
    parts = tuple(
        RecordPart(part=part.part, availability=results if part.part is Part.RESULTS else part.availability,
                   resources=part.resources)
        for part in record(resources)
    )  # fmt: skip
    measured = RecordPart(
        part=Part.MEASUREMENTS,
        availability=measurements,
        resources=[raw(each, "prefetch.measurements") for each in beside],
    )
    planned = Planned(drugs=(drug,), as_of=AS_OF, measurements=measured)
    facts = facts_from(parts, patient_id="1", knowledge=KNOWLEDGE, planned=planned)
    return {check.check: check for check in facts.baseline}


def test_without_an_ordered_ros1_inhibitor_nothing_is_read() -> None:
    """The facts of any other order hold no baseline and no interactions."""
    facts = facts_from(record([_measured(ALT, 900)]), patient_id="1", knowledge=KNOWLEDGE)

    assert (facts.baseline, facts.interactions) == ((), ())


@pytest.mark.parametrize(
    ("alt", "beyond", "not_compared"),
    [
        pytest.param(_measured(ALT, 240, **LIMIT), True, None, id="six times the upper limit"),
        pytest.param(_measured(ALT, 200, **LIMIT), False, None, id="five times is not more than five times"),
        pytest.param(_measured(ALT, 900, None, **LIMIT), False, "no-unit", id="no unit"),
        pytest.param(_measured(ALT, 900, "ukat/L", **LIMIT), False, "unknown-unit", id="another unit"),
        pytest.param(_measured(ALT, 900), False, "no-upper-limit", id="no range: none is assumed"),
        pytest.param(
            _measured(ALT, 900, referenceRange=[{"high": {"value": 0.7, "unit": "ukat/L"}}]),
            False,
            "upper-limit-unit",
            id="the range in another unit",
        ),
        pytest.param(
            _measured(ALT, 900, referenceRange=[{"high": {"value": 40}}, {"high": {"value": 60}}]),
            False,
            "no-upper-limit",
            id="two ranges",
        ),
        pytest.param(
            _measured(ALT, 0, valueQuantity={"value": 200, "comparator": ">", "unit": "U/L"}, **LIMIT),
            True,
            None,
            id="more than five times, as a comparator",
        ),
        pytest.param(
            _measured(ALT, 0, valueQuantity={"value": 900, "comparator": "<", "unit": "U/L"}, **LIMIT),
            False,
            None,
            id="less than something is not more than the limit",
        ),
        pytest.param(
            _measured(ALT, 0, valueQuantity=None, valueString="very high"),
            False,
            "no-number",
            id="words in place of a number",
        ),
    ],
)
def test_a_value_is_compared_only_in_a_unit_that_is_known(
    alt: dict[str, Any], beyond: bool, not_compared: str | None,  # noqa: FBT001 - a case
) -> None:  # fmt: skip
    """ALT is beyond its limit only with unit and range; else it is said why it was not compared."""
    found = _checks(alt)["liver-tests"].results[0]

    assert (bool(found.beyond), found.not_compared) == (beyond, not_compared)


@pytest.mark.parametrize(
    ("qtc", "state"),
    [
        pytest.param(_measured(QTC, 510, "ms"), BaselineState.SEVERE, id="510 ms"),
        pytest.param(_measured(QTC, 500, "ms"), BaselineState.NORMAL, id="500 ms is not above 500 ms"),
        pytest.param(_measured(QTC, 0.51, "s"), BaselineState.NOT_COMPARED, id="in seconds"),
        pytest.param(_measured({"text": "QTc (Fridericia)"}, 510, "ms"), BaselineState.SEVERE, id="by its name"),
        pytest.param(_measured(concept(LOINC, "8634-8", "Q-T interval"), 510, "ms"), BaselineState.MISSING, id="QT"),
        pytest.param(
            observation(
                code={"text": "12-lead ECG"}, effectiveDateTime="2026-11-10",
                component=[{"code": QTC, "valueQuantity": {"value": 520, "code": "ms"}}],
            ),
            BaselineState.SEVERE,
            id="a component of an ECG",
        ),
        pytest.param(_measured(QTC, 510, "ms", status="entered-in-error"), BaselineState.MISSING, id="in error"),
        pytest.param(_measured(QTC, 510, "ms", subject={"reference": "Patient/2"}), BaselineState.MISSING, id="other"),
        pytest.param(_measured(QTC, 510, "ms", effectiveDateTime="2026-10-22"), BaselineState.SEVERE, id="30 days"),
        pytest.param(_measured(QTC, 510, "ms", effectiveDateTime="2026-10-21"), BaselineState.MISSING, id="31 days"),
        pytest.param(_measured(QTC, 510, "ms", effectiveDateTime="2026-11"), BaselineState.SEVERE, id="a month"),
        pytest.param(_measured(QTC, 510, "ms", effectiveDateTime="2026"), BaselineState.MISSING, id="a year"),
        pytest.param(_measured(QTC, 510, "ms", effectiveDateTime=None), BaselineState.MISSING, id="no date"),
    ],
)  # fmt: skip
def test_an_ecg_counts_by_its_qtc(qtc: dict[str, Any], state: BaselineState) -> None:
    """A QTc of this patient, valid and recent, under a code or a name, is compared in milliseconds."""
    assert _checks(beside=(qtc,))["ecg"].state is state


def test_the_newest_result_counts_whatever_the_order() -> None:
    """An older, worse result does not outweigh the newest."""
    old, new = (
        _measured(ALT, value, effectiveDateTime=day, **LIMIT)
        for value, day in ((900, "2026-11-01"), (30, "2026-11-10"))
    )

    assert _checks(old, new) == _checks(new, old)
    assert _checks(old, new)["liver-tests"].results[0].evidence.reported == "30 U/L"


def test_an_old_result_is_shown_as_old() -> None:
    """A result outside the window is missing, and told as the last one."""
    found = _checks(_measured(ALT, 30, effectiveDateTime="2026-09-01", **LIMIT))["liver-tests"]

    assert (found.state, found.missing) == (BaselineState.MISSING, ("ALT", "AST", "bilirubin"))
    assert [each.name for each in found.older] == ["ALT"]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Potassium", True),
        ("Potassium [Moles/volume] in Urine", False),
        ("Creatine kinase.MB", False),
    ],
)
def test_a_name_counts_only_for_what_it_means(text: str, counts: bool) -> None:  # noqa: FBT001 - a case
    """Without a known code the words decide: the urine is not the blood."""
    assert bool(_checks(_measured({"text": text}, 4.1, "mmol/L"))["electrolytes"].results) is counts


@pytest.mark.parametrize(
    ("interpretation", "state"),
    [("H", BaselineState.ABNORMAL), ("HH", BaselineState.ABNORMAL), ("N", BaselineState.NORMAL)],
)
def test_a_flag_is_shown_as_reported(interpretation: str, state: BaselineState) -> None:
    """Any interpretation but normal stands out; normal by the laboratory needs no comparison."""
    potassium = _measured(POTASSIUM, 5.9, "mmol/L", interpretation=[concept(INTERPRETATION, interpretation)])
    found = _checks(potassium)["electrolytes"]

    assert (found.state, found.results[0].flag) == (state, None if interpretation == "N" else interpretation)


@pytest.mark.parametrize("availability", [Availability.ABSENT, Availability.FAILED, Availability.INCOMPLETE])
def test_what_was_not_sent_is_not_missing(availability: Availability) -> None:
    """Laboratory results that failed, and measurements that no client must send, leave the check not seen."""
    found = _checks(results=availability, measurements=availability)

    assert {check.state for check in found.values()} == {BaselineState.NOT_SEEN}


def test_an_error_among_the_measurements_makes_them_incomplete() -> None:
    """A search that answers with an OperationOutcome does not show that there is no ECG."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "timeout"}]}

    assert _checks(beside=(outcome,))["ecg"].state is BaselineState.NOT_SEEN


def test_a_check_for_some_patients_only_is_never_missing() -> None:
    """The ejection fraction is asked for with symptoms or risk factors: shown if it is there, else only in words."""
    lvef = _measured(concept(LOINC, "10230-1"), 58, "%")

    assert "ejection-fraction" not in _checks(drug="entrectinib")
    assert _checks(beside=(lvef,), drug="entrectinib")["ejection-fraction"].state is BaselineState.NORMAL


@pytest.mark.parametrize("drug", ["crizotinib", "lorlatinib", "zidesamtinib"])
def test_what_is_known_from_memory_only_is_not_asked_for(drug: str) -> None:
    """A label that nobody has read asks for nothing."""
    assert not _checks(drug=drug)


def test_a_drug_that_is_being_taken_has_had_its_baseline() -> None:
    """The next order of a running treatment is not its first dose."""
    assert not _checks(request("taletrectinib 200 MG Oral Capsule", authoredOn="2026-08-01"))


def test_a_value_that_counts_twice_is_refused() -> None:
    """A resource that holds a value twice cannot tell which one counts."""
    twice = b'{"resourceType":"Observation","status":"final","code":{"text":"ALT"},"valueInteger":1,"valueInteger":2}'

    with pytest.raises(DuplicateKeyError):
        _checks(twice)
