"""What a report or a panel says of the results that it lists: their specimen and their method."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest

from fhir_mapping.facts import Ros1Status, Specimen
from tests.fhir_mapping.fhir import SNOMED, facts, observation, resource, ros1_test

TABLE_0487 = "http://terminology.hl7.org/CodeSystem/v2-0487"


def bare(value: str = "Not detected", code: str = "ROS1 fusion", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    """Return a result that tells neither specimen nor method."""
    return ros1_test(value, code, **({"id": "result"} | elements))


def report(code: str = "NGS panel", *specimens: str, lists: str = "result", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a report that lists a result."""
    base = {
        "id": "report",
        "status": "final",
        "code": {"text": code},
        "specimen": [{"display": each} for each in specimens] or None,
        "result": [{"reference": f"Observation/{lists}"}],
    }
    return resource("DiagnosticReport", base | elements)


def panel(code: str, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return an Observation that groups a result."""
    base = {"id": "panel", "code": {"text": code}, "hasMember": [{"reference": "Observation/result"}]}
    return observation(**(base | elements))


def _coded(code: str, system: str = TABLE_0487) -> dict[str, Any]:
    return {"resourceType": "Specimen", "id": "s", "type": {"coding": [{"system": system, "code": code}]}}


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param([report("NGS panel", "Plasma")], id="specimen of the report"),
        pytest.param([report("NGS panel", "Blood", "Plasma")], id="two of one kind"),
        pytest.param([report("cfDNA NGS panel")], id="name of the report"),
        pytest.param([report("Tempus xF")], id="product"),
        pytest.param([report("Guardant360 with matched normal blood")], id="blood test, matched normal"),
        pytest.param([report("NGS panel", "Blood (matched normal)")], id="the control alone"),
        pytest.param([report("NGS panel", "Liquid biopsy")], id="a biopsy of no tissue"),
        pytest.param([report("NGS panel", "Peripheral blood (no tissue available)")], id="no tissue"),
        pytest.param([report("NGS panel", "Blood; biopsy insufficient")], id="tissue not enough"),
        pytest.param([report("NGS panel", "Blood; tissue exhausted")], id="tissue used up"),
        pytest.param([report("NGS panel", "Blood instead of tissue")], id="instead of tissue"),
        pytest.param([report("NGS panel", "Plasma, after biopsy")], id="plasma is no control"),
        pytest.param([report("Solid tumor panel, blood")], id="solid tumour, in blood"),
        pytest.param([panel("Plasma cfDNA NGS panel")], id="name of the panel"),
        pytest.param([panel("NGS panel", specimen={"display": "Plasma"})], id="specimen of the panel"),
        pytest.param([panel("Fusions"), report("Guardant360", lists="panel")], id="a report above the panel"),
        pytest.param(
            [report("NGS panel", specimen=[{"reference": "#s"}], contained=[_coded("PLAS")])], id="contained, coded"
        ),
        pytest.param(
            [report("NGS panel", specimen=[{"reference": "Specimen/s"}]), _coded("WB")], id="on record, coded"
        ),
    ],
)
def test_nothing_found_in_blood_is_uninformative_also_if_only_the_list_says_blood(lists: list[dict[str, Any]]) -> None:
    """In any order."""
    for order in itertools.permutations([bare(), *lists]):
        found = facts(*order).ros1
        assert found.status is Ros1Status.INDETERMINATE
        assert "blood-negative" in found.deciding[0].notes


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param([report("NGS panel", "Tumor tissue", "Blood")], id="tumour and normal: which is open"),
        pytest.param([report("NGS panel", "Blood", "FFPE block")], id="the other way round"),
        pytest.param([report("NGS panel", "Bone marrow")], id="bone marrow"),
        pytest.param([report("NGS panel", "Tumor tissue (FFPE); blood (matched normal)")], id="matched normal"),
        pytest.param([report("NGS panel", "Blood (germline control), FFPE block")], id="germline control"),
        pytest.param([report("NGS panel", "Lung biopsy and peripheral blood")], id="both: which is open"),
        pytest.param([report("NGS panel", "Blood-tinged pleural fluid, cell block")], id="blood in a fluid"),
        pytest.param([report("Tempus xT with matched normal blood")], id="a tissue test, matched normal"),
        pytest.param([report("NGS panel, tumor/normal, peripheral blood")], id="tumour and normal in the name"),
        pytest.param([report("NGS panel", "Non-small cell lung cancer tissue; blood")], id="non-small is no denial"),
        pytest.param([report("NGS panel", "Pleural effusion")], id="pleural effusion"),
        pytest.param([report("Guardant360 TissueNext")], id="TissueNext"),
        pytest.param([report("Tempus xT")], id="xT"),
        pytest.param([report("Gene panel in Blood or Tissue")], id="blood or tissue"),
        pytest.param([report("NGS panel", "Plasma", status="entered-in-error")], id="void"),
        pytest.param([report("NGS panel", "Plasma", subject={"reference": "Patient/2"})], id="another patient"),
        pytest.param([report("NGS panel", "Plasma", lists="another")], id="lists another result"),
        pytest.param([report("NGS panel", specimen=[{"reference": "#s"}], contained=[_coded("TISS")])], id="tissue"),
    ],
)
def test_what_does_not_say_blood_leaves_a_negative_as_it_is(lists: list[dict[str, Any]]) -> None:
    """A specimen that is not stated counts as tissue."""
    assert facts(bare(), *lists).ros1.status is Ros1Status.NEGATIVE


def test_a_conclusion_on_several_specimens_does_not_say_on_which() -> None:
    """As for a result that the report lists; one kind of specimen alone is told."""
    both = report("NGS panel", "Blood", "FFPE block", conclusion="ROS1 fusion not detected", result=None)
    blood = report("NGS panel", "Blood", "Plasma", conclusion="ROS1 fusion not detected", result=None)

    assert facts(both).ros1.status is Ros1Status.NEGATIVE
    assert facts(blood).ros1.status is Ros1Status.INDETERMINATE


@pytest.mark.parametrize(("id_", "status"), [("p", Ros1Status.INDETERMINATE), ("t", Ros1Status.NEGATIVE)])
def test_of_several_specimens_that_one_counts_that_the_result_refers_to(id_: str, status: Ros1Status) -> None:
    """The report calls them by name, the result only refers to one."""
    several = [
        {"reference": "Specimen/p", "display": "Plasma"},
        {"reference": "Specimen/t", "display": "Lung biopsy"},
    ]
    result = bare(specimen={"reference": f"Specimen/{id_}"})

    assert facts(result, report("NGS panel", specimen=several)).ros1.status is status


def test_what_a_result_says_itself_counts_first() -> None:
    """Its own specimen and its own method."""
    own = bare(specimen={"display": "Lung biopsy"}, method={"text": "FISH"})
    (result,) = facts(own, report("cfDNA NGS panel", "Plasma")).ros1.results

    assert (result.specimen, result.method) == (Specimen.TISSUE, "fish")


def test_a_contained_result_is_of_the_report_that_contains_it() -> None:
    """By the name of the report, too."""
    contained = bare() | {"id": "c"}
    found = facts(report("cfDNA NGS panel", result=[{"reference": "#c"}], contained=[contained])).ros1

    assert found.status is Ros1Status.INDETERMINATE


@pytest.mark.parametrize(
    ("name", "method", "status"),
    [
        ("Guardant360", "ctdna-ngs", Ros1Status.CONFIRMED),
        ("RNA fusion panel", "rna-ngs", Ros1Status.CONFIRMED),
        ("ROS1 IHC", "ihc", Ros1Status.IHC_ONLY),
        ("Surgical pathology with immunohistochemistry", None, Ros1Status.CONFIRMED),
        ("IHC and FISH", None, Ros1Status.CONFIRMED),
    ],
)
def test_the_method_of_a_list_is_that_of_its_results(name: str, method: str | None, status: Ros1Status) -> None:
    """One that only screens must be that of a report on ROS1: what stands beside makes no positive weaker."""
    found = facts(bare("Positive", "ROS1"), report(name)).ros1

    assert (found.deciding[0].method, found.status) == (method, status)


def test_a_later_negative_that_a_blood_report_lists_cancels_no_tissue_positive() -> None:
    """They do not even conflict."""
    tissue = ros1_test("Positive", "ROS1 FISH", id="t", effectiveDateTime="2023-02-01")
    later = bare(effectiveDateTime="2026-02-01")

    assert facts(tissue, later, report("NGS panel", "Plasma")).ros1.status is Ros1Status.CONFIRMED


@pytest.mark.parametrize("system", [TABLE_0487, "http://hl7.org/fhir/v2/0487", "urn:oid:2.16.840.1.113883.18.311"])
@pytest.mark.parametrize(
    ("code", "status"),
    [
        *((each, Ros1Status.INDETERMINATE) for each in ("PLAS", "WB", "BLD", "BLDV", "SER")),
        *((each, Ros1Status.NEGATIVE) for each in ("TISS", "PLR", "BX")),
    ],
)
def test_a_specimen_may_be_a_code_only(system: str, code: str, status: Ros1Status) -> None:
    """Table 0487 of HL7 version 2."""
    found = facts(bare(specimen={"reference": "Specimen/s"}), _coded(code, system)).ros1

    assert found.status is status


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("119361006", Ros1Status.INDETERMINATE),
        ("119297000", Ros1Status.INDETERMINATE),
        ("122610009", Ros1Status.NEGATIVE),
    ],
)
def test_a_specimen_may_be_a_code_of_snomed_ct_only(code: str, status: Ros1Status) -> None:
    """Plasma, blood, a biopsy of the lung."""
    found = facts(bare(specimen={"reference": "Specimen/s"}), _coded(code, SNOMED)).ros1

    assert found.status is status


def test_many_lists_are_read_in_passing() -> None:
    """Each of many results listed by each of many reports, under a panel that lists them all."""
    results = [bare(id=str(n)) for n in range(200)]
    named = [{"reference": f"Observation/{n}"} for n in range(200)]
    reports = [report("Plasma panel", id=f"r{n}", result=named) for n in range(200)]
    above = [report("Plasma panel", id=f"above{n}", lists="p") for n in range(200)]
    began = time.thread_time()

    status = facts(*results, *reports, panel("Panel", id="p", hasMember=named), *above).ros1.status

    assert time.thread_time() - began < 4
    assert status is Ros1Status.INDETERMINATE
