"""Molecular panels under way, whose names do not say whether they cover ROS1."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import Ros1Status
from tests.fhir_mapping.fhir import facts, observation
from tests.fhir_mapping.fhir import resource as made


def panel(name: str, status: str = "registered", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    """Return an Observation of a panel."""
    given = {"id": "panel", "code": {"text": name}, "status": status, "effectiveDateTime": "2026-11-12"}
    return observation(**(given | elements))


def report(name: str, status: str = "registered", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a DiagnosticReport of a panel."""
    given = {"id": "report", "code": {"text": name}, "status": status, "effectiveDateTime": "2026-11-12"}
    return made("DiagnosticReport", given | elements)


@pytest.mark.parametrize("made_as", [panel, report])
@pytest.mark.parametrize("status", ["registered", "preliminary"])
@pytest.mark.parametrize(
    "name",
    [
        "FoundationOne CDx",
        "FoundationOne Liquid CDx",
        "Tempus xT",
        "Caris MI Profile",
        "Oncomine Focus",
        "Lung cancer NGS panel",
        "NGS panel, solid tumor",
        "Comprehensive genomic profiling",
    ],
)
def test_a_broad_panel_under_way_is_found(name: str, status: str, made_as: Any) -> None:  # noqa: ANN401 - a maker
    """It is no ROS1 test: nothing is pending for ROS1."""
    found = facts(made_as(name, status))

    assert [(each.reported, each.date) for each in found.open_panels] == [(name, "2026-11-12")]
    assert found.ros1.status is Ros1Status.NOT_FOUND


@pytest.mark.parametrize(
    "found",
    [
        pytest.param((panel("Tempus xT", "final"),), id="done"),
        pytest.param((panel("Tempus xT", "cancelled"),), id="cancelled"),
        pytest.param((report("Tempus xT", "entered-in-error"),), id="by mistake"),
        pytest.param((panel("Hereditary cancer NGS panel"),), id="of the germline"),
        pytest.param((panel("Myeloid NGS panel"),), id="of another disease"),
        pytest.param((panel("EGFR by next-generation sequencing"),), id="of another gene"),
        pytest.param((panel("Basic metabolic panel"),), id="of the blood"),
        pytest.param((report("Respiratory panel NGS"),), id="of the airways"),
        pytest.param((report("Metagenomic next-generation sequencing"),), id="of germs"),
        pytest.param((report("BAL microbiology next generation sequencing"),), id="of germs in a lavage"),
        pytest.param((report("Microbiome NGS panel"),), id="of the microbiome"),
        pytest.param((report("Autoimmune lung panel"),), id="of antibodies"),
        pytest.param((report("Hypersensitivity pneumonitis lung panel"),), id="of a pneumonitis"),
        pytest.param((report("Oncology panel, CBC CMP"),), id="of the blood in oncology"),
        pytest.param((panel("Tempus xT"), report("Tempus xT", "final", effectiveDateTime="2026-11-15")), id="answered"),
    ],
)
def test_a_panel_that_is_done_void_or_of_something_else_is_none(found: tuple[dict[str, Any], ...]) -> None:
    """A reminder that names a panel must not rest on one that will not come, or that cannot tell."""
    assert facts(*found).open_panels == ()


def test_a_panel_that_names_ros1_is_a_ros1_test() -> None:
    """That is pending, and said so."""
    found = facts(panel("NGS panel EGFR, ALK, ROS1, BRAF"))

    assert found.open_panels == ()
    assert found.ros1.status is Ros1Status.PENDING


def test_an_older_result_of_the_same_name_does_not_answer_a_panel_and_each_is_told_once() -> None:
    """It was ordered again, and stands as an Observation and as a report."""
    found = facts(
        panel("Tempus xT", "final", id="old", effectiveDateTime="2025-02-01"), panel("Tempus xT"), report("Tempus XT")
    )

    assert [each.date for each in found.open_panels] == ["2026-11-12"]
