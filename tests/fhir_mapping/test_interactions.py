"""Drugs that the label of an ordered ROS1 inhibitor advises to avoid, wherever they stand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fhir_mapping.facts import Interaction
from fhir_mapping.interactions import ordered_beside
from fhir_mapping.mapping import Planned, facts_from
from tests.fhir_mapping.fhir import KNOWLEDGE, orders, record, request


def _found(drug: str, *on_record: Any, drafts: tuple[Any, ...] = ()) -> tuple[Interaction, ...]:  # noqa: ANN401 - FHIR
    planned = Planned(drugs=(drug,), as_of=date(2026, 11, 21), beside=ordered_beside(orders(*drafts) if drafts else ()))
    return facts_from(record(on_record), patient_id="1", knowledge=KNOWLEDGE, planned=planned).interactions


@pytest.mark.parametrize(
    ("drug", "other", "members"),
    [
        ("entrectinib", "itraconazole 100 mg capsule", ["itraconazole"]),
        ("entrectinib", "Rifampin 300 MG Oral Capsule", ["rifampicin"]),
        ("entrectinib", "St. John\u2019s wort", ["St. John's wort"]),
        ("repotrectinib", "verapamil 240 MG", ["verapamil"]),
        ("repotrectinib", "Paxlovid", ["ritonavir"]),
        ("repotrectinib", "etonogestrel 68 MG Drug Implant", ["etonogestrel"]),
        ("entrectinib", "etonogestrel 68 MG Drug Implant", []),
        ("taletrectinib", "itraconazole 100 mg capsule", []),
        ("crizotinib", "itraconazole 100 mg capsule", []),
        ("entrectinib", "ketoconazole 2 % cream", []),
        ("entrectinib", "metformin 500 mg", []),
    ],
)
def test_a_drug_is_found_by_name_as_far_as_the_label_was_read(drug: str, other: str, members: list[str]) -> None:
    """Members of the classes that a read label names are found; what is from memory, or acts locally, is not."""
    assert [each.member for each in _found(drug, request(other))] == members


@pytest.mark.parametrize("status", ["completed", "stopped", "cancelled", "draft", "on-hold", "entered-in-error"])
def test_what_is_not_taken_now_does_not_interact(status: str) -> None:
    """Only an active order tells what is being taken."""
    assert not _found("entrectinib", request("itraconazole", status=status))


def test_a_draft_of_the_session_interacts() -> None:
    """What is ordered in the same session counts like what is taken."""
    drafts = (request("entrectinib", id="a", status="draft"), request("fluconazole 200 mg", id="b", status="draft"))

    assert [each.evidence.resource for each in _found("entrectinib", drafts=drafts)] == ["MedicationRequest/b"]


def test_another_patients_drug_does_not_interact() -> None:
    """A resource of another patient is never this patient's."""
    assert not _found("entrectinib", request("itraconazole", subject={"reference": "Patient/2"}))


def test_a_long_list_is_bounded() -> None:
    """Hostile repetition makes no endless card."""
    assert len(_found("entrectinib", *(request("itraconazole " * 50, id=str(n)) for n in range(200)))) == 1
