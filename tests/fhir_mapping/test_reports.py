"""Records as they are: reports, groups, contained Observations, and the same result more than once."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from fhir_mapping.facts import Ros1Finding, Ros1Status
from tests.fhir_mapping.fhir import (
    ABSENT,
    LOINC,
    SNOMED,
    component,
    concept,
    facts,
    gene,
    observation,
    ros1_test,
    variant,
)
from tests.fhir_mapping.fhir import resource as made

POSITIVE = concept(SNOMED, "10828004", "Positive")


def report(code: str = "Molecular pathology report", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    """Return a final DiagnosticReport of the patient."""
    base: dict[str, Any] = {
        "id": "report",
        "status": "final",
        "code": {"text": code},
        "effectiveDateTime": "2026-09-10",
    }
    return made("DiagnosticReport", base | elements)


def refers(*ids: str) -> list[dict[str, str]]:
    """Return references to Observations."""
    return [{"reference": f"Observation/{each}"} for each in ids]


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        pytest.param({"conclusion": "CD74-ROS1 fusion detected by NGS."}, Ros1Status.CONFIRMED, id="conclusion"),
        pytest.param({"conclusion": "ROS1 IHC: positive (3+)"}, Ros1Status.IHC_ONLY, id="screening"),
        pytest.param({"conclusion": "No ROS1 rearrangement detected (FISH)"}, Ros1Status.NEGATIVE, id="negative"),
        pytest.param({"conclusion": "ROS1: QNS"}, Ros1Status.INDETERMINATE, id="not sufficient"),
        pytest.param({"conclusion": "Adenocarcinoma, ALK fusion detected"}, Ros1Status.NOT_FOUND, id="another gene"),
        pytest.param({"code": "ROS1 FISH", "conclusion": "Positive"}, Ros1Status.CONFIRMED, id="by its code"),
        pytest.param({"code": "ROS1 FISH", "conclusionCode": [POSITIVE]}, Ros1Status.CONFIRMED, id="coded"),
        pytest.param({"conclusionCode": [POSITIVE]}, Ros1Status.NOT_FOUND, id="positive for something"),
        pytest.param(
            {"conclusionCode": [{"text": "Adenocarcinoma"}, {"text": "ROS1 fusion positive"}]},
            Ros1Status.CONFIRMED,
            id="one of several codes",
        ),
        pytest.param(
            {"code": "ROS1 FISH", "conclusion": "Not detected", "conclusionCode": [POSITIVE]},
            Ros1Status.INDETERMINATE,
            id="a code against the words",
        ),
        pytest.param({"code": "ROS1 FISH"}, Ros1Status.INDETERMINATE, id="a document only"),
        pytest.param({"code": "ROS1 FISH", "status": "registered"}, Ros1Status.PENDING, id="registered"),
        pytest.param(
            {"conclusion": "ROS1 fusion detected", "status": "preliminary"}, Ros1Status.PENDING, id="preliminary"
        ),
        pytest.param({"code": "ROS1 FISH", "status": "partial"}, Ros1Status.PENDING, id="partial"),
        pytest.param(
            {"conclusion": "ROS1 fusion detected", "status": "entered-in-error"}, Ros1Status.NOT_FOUND, id="error"
        ),
        pytest.param(
            {"conclusion": "ROS1 fusion detected", "status": "cancelled"}, Ros1Status.NOT_FOUND, id="cancelled"
        ),
        pytest.param({"conclusion": "ROS1 fusion detected", "status": "appended"}, Ros1Status.CONFIRMED, id="appended"),
        pytest.param(
            {"conclusion": "ROS1 fusion detected", "subject": {"reference": "Patient/2"}},
            Ros1Status.NOT_FOUND,
            id="another patient",
        ),
    ],
)
def test_a_report_says_what_its_conclusion_says(elements: dict[str, Any], status: Ros1Status) -> None:
    """In words or in codes; what is cancelled does not exist, what is not final is pending."""
    assert facts(report(**elements)).ros1.status is status


def test_a_presented_form_is_not_read() -> None:
    """A document in a report is neither evidence nor a burden."""
    form = {"contentType": "text/plain", "data": "Uk9TMSBmdXNpb24gZGV0ZWN0ZWQ=" * 20_000}
    found = facts(report(conclusion="ROS1 fusion not detected, RNA sequencing", presentedForm=[form]))

    assert found.ros1.status is Ros1Status.NEGATIVE
    assert not found.unread


def test_a_result_that_a_report_contains_is_read_with_the_report_s_circumstances() -> None:
    """Date, laboratory and specimen are those of the report; the evidence is the report, which can be found."""
    contained = {"resourceType": "Observation", "id": "c", "status": "final", "code": {"text": "ROS1 FISH"}}
    elements: dict[str, Any] = {
        "contained": [contained | {"valueString": "Positive"}],
        "performer": [{"display": "Lab"}],
    }
    (result,) = facts(report(**elements, result=[{"reference": "#c"}])).ros1.results

    assert (result.finding, result.method, result.laboratory) == (Ros1Finding.POSITIVE, "fish", "Lab")
    assert (result.evidence.resource, result.evidence.date) == ("DiagnosticReport/report", "2026-09-10")


@pytest.mark.parametrize("holder", ["DiagnosticReport", "Observation"])
@pytest.mark.parametrize(
    ("status", "found"), [("final", Ros1Status.CONFIRMED), ("entered-in-error", Ros1Status.NOT_FOUND)]
)
def test_what_is_contained_in_an_error_is_one(holder: str, status: str, found: str) -> None:
    """Coded without a word, in a panel that does not name ROS1 itself."""
    test = variant(gene("CD74"), gene("ROS1"))
    panel = made(holder, {"status": status, "code": {"text": "Panel"}, "contained": [test], "id": "p"})

    assert facts(panel).ros1.status == Ros1Status(found)


def test_a_group_is_a_result_without_a_value_only_if_no_member_tells() -> None:
    """If the members tell, the group that names ROS1 adds nothing; if none does, the test exists and cannot be read."""
    group = observation(id="g", code={"text": "ROS1 testing"}, hasMember=refers("m"))
    derived = observation(id="d", code={"text": "ROS1 testing"}, derivedFrom=refers("m"))

    for each in (group, derived):
        (result,) = facts(each).ros1.results
        assert (result.finding, result.notes) == (Ros1Finding.INDETERMINATE, ("no-value",))
    assert facts({**group, "status": "registered"}).ros1.status is Ros1Status.PENDING
    assert facts({**group, "status": "cancelled"}).ros1.results == ()
    assert len(facts(group, derived, ros1_test("Not detected", "ROS1 FISH", id="m")).ros1.results) == 1


@pytest.mark.parametrize(
    ("heading", "group", "status"),
    [
        ("Interpretation", "ROS1 FISH", Ros1Status.CONFIRMED),
        ("Result", "ROS1 IHC", Ros1Status.IHC_ONLY),
        ("Interpretation", "ROS1 and ALK FISH", Ros1Status.INDETERMINATE),
        ("ALK interpretation", "ROS1 FISH", Ros1Status.INDETERMINATE),
        ("Tumour content", "ROS1 FISH", Ros1Status.INDETERMINATE),
        ("Internal control result", "ROS1 FISH", Ros1Status.INDETERMINATE),
        ("Control result", "ROS1 FISH", Ros1Status.INDETERMINATE),
        ("Final FISH result", "ROS1", Ros1Status.CONFIRMED),
    ],
)
def test_a_member_that_only_says_interpretation_speaks_for_its_group(
    heading: str, group: str, status: Ros1Status
) -> None:
    """But only for a group that is about ROS1 alone, and not under a name of its own: then it cannot be read."""
    member = observation(id="m", code={"text": heading}, valueCodeableConcept=POSITIVE)
    panel = observation(id="g", code={"text": group}, hasMember=refers("m"))

    assert facts(panel, member).ros1.status is status
    assert facts(member, panel).ros1 == facts(panel, member).ros1
    assert facts(member).ros1.status is Ros1Status.NOT_FOUND


def test_a_report_whose_results_were_not_sent_is_a_result_without_a_value() -> None:
    """It exists and cannot be read: that is neither nothing nor negative."""
    found = facts(report("ROS1 FISH", result=refers("gone"))).ros1

    assert found.status is Ros1Status.INDETERMINATE
    assert found.deciding[0].notes == ("no-value",)


def test_the_same_result_three_times_is_one() -> None:
    """As three Observations; as an Observation and in the conclusion of its report, in any order."""
    copies = [ros1_test("Positive", "ROS1 FISH", id=each, effectiveDateTime="2026-09-10") for each in ("a", "b", "c")]
    conclusion = report(conclusion="ROS1 rearrangement detected", result=refers("a"))

    for order in itertools.permutations([*copies, conclusion]):
        (result,) = facts(*order).ros1.results
        assert result.evidence.resource == "Observation/a"


def test_a_conclusion_that_leaves_out_the_partner_repeats_its_result() -> None:
    """The result that tells more stays."""
    told = ros1_test("CD74-ROS1 fusion detected", "ROS1 FISH", id="a", effectiveDateTime="2026-09-10")

    (result,) = facts(told, report(conclusion="ROS1 fusion detected", result=refers("a"))).ros1.results

    assert (result.evidence.resource, result.partner) == ("Observation/a", "CD74")


def test_a_conclusion_without_a_method_does_not_confirm_what_its_result_only_screens() -> None:
    """The report repeats its positive immunohistochemistry; by itself it would count as a confirmation."""
    stained = ros1_test("Positive (3+)", "ROS1 IHC", id="ihc", effectiveDateTime="2026-09-09")
    conclusion = report(conclusion="ROS1 positive", result=refers("ihc"))

    assert facts(stained, conclusion).ros1.status is Ros1Status.IHC_ONLY


def test_what_differs_is_not_the_same_result() -> None:
    """Another day, another method, another finding, another laboratory."""
    first = ros1_test("Positive", "ROS1 FISH", id="a", effectiveDateTime="2026-09-10")
    others = [
        ros1_test("Positive", "ROS1 FISH", id="b", effectiveDateTime="2026-09-11"),
        ros1_test("Positive", "ROS1 IHC", id="c", effectiveDateTime="2026-09-10"),
        ros1_test("Not detected", "ROS1 FISH", id="d", effectiveDateTime="2026-09-10"),
    ]

    assert len(facts(first, *others).ros1.results) == 4
    assert (
        facts(report(conclusion="ROS1 not detected", result=refers("a")), first).ros1.status is Ros1Status.CONFLICTING
    )


@pytest.mark.parametrize(
    "differing",
    [
        [{"specimen": {"display": "Plasma"}}, {"specimen": {"display": "Lung biopsy"}}],
        [{"value": "CD74-ROS1 fusion detected"}, {"value": "SLC34A2-ROS1 fusion detected"}],
    ],
    ids=["blood and tissue", "two partners"],
)
def test_results_of_one_day_that_tell_of_different_things_are_two(differing: list[dict[str, Any]]) -> None:
    """Neither specimen and no partner is lost."""
    shared = {"value": "Positive", "method": {"text": "NGS"}, "effectiveDateTime": "2026-01-01"}

    found = facts(*(ros1_test(**{**shared, "id": str(n), **each}) for n, each in enumerate(differing))).ros1

    assert len(found.results) == 2


def test_a_preliminary_report_whose_result_is_final_is_not_pending() -> None:
    """The Observation is there."""
    result = ros1_test("Positive", "ROS1 FISH", id="a", effectiveDateTime="2026-09-10")
    found = facts(report("ROS1 FISH", status="preliminary", result=refers("a")), result).ros1

    assert (found.status, found.pending) == (Ros1Status.CONFIRMED, ())


def test_a_test_under_way_beside_a_screening_result_is_told() -> None:
    """Positive immunohistochemistry with FISH registered: the confirmation is pending; once it is there it is not."""
    stained = ros1_test("Positive (3+)", "ROS1 IHC", id="a", effectiveDateTime="2026-09-01")
    ordered = ros1_test(None, "ROS1 FISH", id="b", status="registered", effectiveDateTime="2026-09-05")
    done = ros1_test("Positive", "ROS1 FISH", id="c", effectiveDateTime="2026-09-09")

    assert len(facts(stained, ordered).ros1.pending) == 1
    assert facts(stained, ordered, done).ros1.pending == ()


def test_a_result_only_in_a_note_and_a_partial_date_are_read() -> None:
    """As laboratories write them."""
    found = facts(
        ros1_test(None, "ROS1 FISH", note=[{"text": "ROS1 rearrangement detected"}], effectiveDateTime="2026-09")
    )

    assert found.ros1.status is Ros1Status.CONFIRMED
    assert found.ros1.deciding[0].evidence.date == "2026-09"


def test_a_report_in_the_standard_s_own_form_is_read() -> None:
    """A genetic report whose coded variant stands in it, absent."""
    test = variant(gene("ROS1"), component("81252-9", {"text": "ROS1 Fusion"}), value=ABSENT)
    genetic = report(contained=[test], result=[{"reference": "#x"}])
    genetic["code"] = concept(LOINC, "51969-4")

    assert facts(genetic).ros1.status is Ros1Status.NEGATIVE
