"""ROS1 protein changes: every form that reports write them in, nothing that is denied, doubtful or of another gene."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_mapping.facts import Ros1Status, Specimen
from fhir_mapping.ros1.protein import changes_in
from tests.fhir_mapping.fhir import (
    ABSENT,
    INTERPRETATION,
    KNOWLEDGE,
    LOINC,
    component,
    concept,
    facts,
    gene,
    observation,
    ros1_test,
    variant,
)

_NAMED = KNOWLEDGE.pattern("ros1-gene")
HGVS = "http://varnomen.hgvs.org"
GERMLINE = component("48002-0", concept(LOINC, "LA6683-2", "Germline"))


def _change(text: str) -> dict[str, Any]:
    return component("48005-3", concept(HGVS, text))


def _found(*resources: Any) -> list[str]:  # noqa: ANN401 - JSON of any shape
    return sorted({each.change for each in facts(*resources).resistance_changes})


@pytest.mark.parametrize(
    "written",
    [
        "G2032R",
        "p.G2032R",
        "p.(G2032R)",
        "Gly2032Arg",
        "p.Gly2032Arg",
        "p.(Gly2032Arg)",
        "P.GLY2032ARG",
        "NM_002944.2:p.(Gly2032Arg)",
        "NM_002944.2(ROS1):p.Gly2032Arg",
        "NP_002935.2:p.Gly2032Arg",
        "NP_002935.2:p.G2032R",
        "ENSP00000357494.3:p.Gly2032Arg",
    ],
)
def test_every_spelling_is_one_change(written: str) -> None:
    """In a coded component, as words of a component, as the value of a ROS1 test and in free text."""
    assert [each.change for each in changes_in(written)] == ["G2032R"]
    assert _found(variant(gene("ROS1"), _change(written))) == ["G2032R"]
    assert _found(variant(gene("ROS1"), component("48005-3", {"text": written}))) == ["G2032R"]
    assert _found(ros1_test(written, "ROS1 mutation analysis")) == ["G2032R"]
    coded = ros1_test(None, "ROS1 mutation analysis", valueCodeableConcept=concept(HGVS, written))
    assert _found(coded) == ["G2032R"]
    assert _found(observation(code={"text": "Report"}, valueString=f"ROS1 {written} detected")) == ["G2032R"]


REPORT = {"text": "Molecular report"}


@pytest.mark.parametrize(
    ("resource", "changes"),
    [
        pytest.param(ros1_test("G2032R detected"), ["G2032R"], id="value of a ROS1 test"),
        pytest.param(ros1_test("G2032R not detected"), [], id="denied value of a ROS1 test"),
        pytest.param(ros1_test("ROS1 G2032R assay"), [], id="the name of a test"),
        pytest.param(
            ros1_test("ROS1 panel with rather deep coverage: D1988N detected"),
            ["D1988N"],
            id="a change that is not listed, far from the gene's name in the value of a ROS1 test",
        ),
        pytest.param(ros1_test("Positive", "ROS1 G2032R"), ["G2032R"], id="named by the code"),
        pytest.param(ros1_test("Not detected", "ROS1 G2032R"), [], id="named by the code, denied"),
        pytest.param(ros1_test("pending", "ROS1 G2032R"), [], id="named by the code, pending"),
        pytest.param(
            ros1_test("G2032R", interpretation=[concept(INTERPRETATION, "NEG")]), [], id="denied by the interpretation"
        ),
        pytest.param(ros1_test("G2032R detected", status="entered-in-error"), [], id="entered in error"),
        pytest.param(ros1_test("G2032R detected", status="registered"), [], id="pending"),
        pytest.param(ros1_test("G2032R detected", subject={"reference": "Patient/2"}), [], id="another patient"),
        pytest.param(variant(gene("ROS1"), _change("p.G2032R"), value=ABSENT), [], id="absent variant"),
        pytest.param(variant(gene("ROS1"), _change("p.G2032R"), GERMLINE), [], id="germline"),
        pytest.param(variant(gene("ROS1"), _change("p.G2032R"), value=None), ["G2032R"], id="variant without a value"),
        pytest.param(variant(gene("CD74"), gene("ROS1"), _change("p.G2032R")), ["G2032R"], id="beside the partner"),
        pytest.param(variant(gene("CD74"), gene("ROS1"), _change("p.V200E")), [], id="perhaps of the partner"),
        pytest.param(variant(gene("ALK"), _change("p.G1202R")), [], id="ALK"),
        pytest.param(variant(gene("ALK"), gene("ROS1"), _change("p.G1202R")), [], id="ALK in a panel with ROS1"),
        pytest.param(
            variant(gene("NTRK1", "HGNC:8031"), gene("ROS1"), _change("p.G595R")), [], id="NTRK1 in a panel with ROS1"
        ),
        pytest.param(
            variant(gene("ALK"), gene("ROS1"), component("81252-9", {"text": "ROS1 p.G2032R"})),
            ["G2032R"],
            id="a panel whose words name ROS1",
        ),
        pytest.param(variant(_change("p.G2032R")), [], id="no gene at all"),
        pytest.param(
            observation(code=REPORT, component=[{"code": {"text": "ROS1"}, "valueString": "G2032R detected"}]),
            ["G2032R"],
            id="component of a panel",
        ),
        pytest.param(
            observation(
                code=REPORT,
                component=[
                    {"code": {"text": "ROS1"}, "valueString": "not detected"},
                    {"code": {"text": "ALK"}, "valueString": "G1202R detected"},
                ],
            ),
            [],
            id="component of another gene",
        ),
        pytest.param(observation(code=REPORT, note=[{"text": "ROS1 G2032R detected"}]), ["G2032R"], id="in a note"),
        pytest.param(observation(code=REPORT, note=[{"text": "No ROS1 G2032R"}]), [], id="denied in a note"),
    ],
)
def test_a_change_counts_where_it_is_reported_of_ros1(resource: dict[str, Any], changes: list[str]) -> None:
    """The gene is always required, and a result that is void, pending, absent or of somebody else reports nothing."""
    assert _found(resource) == changes


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("ROS1 G2032R mutation detected", ["G2032R"]),
        ("ROS1 G2032R", ["G2032R"]),
        ("Acquired ROS1 p.(Gly2032Arg) resistance mutation", ["G2032R"]),
        ("G2032R mutation in ROS1 was identified", ["G2032R"]),
        ("G2032R in the ROS1 kinase domain detected", ["G2032R"]),
        ("CD74-ROS1 fusion with G2032R detected", ["G2032R"]),
        ("ROS1 G2032R (VAF 12.4 %) detected, ALK negative", ["G2032R"]),
        ("ROS1 G2032R detected, L2026M not detected", ["G2032R"]),
        ("ROS1 fusion not detected, ROS1 G2032R detected", ["G2032R"]),
        ("ROS1 D2033N and L2086F detected", ["D2033N", "L2086F"]),
        ("EGFR T790M not detected, ROS1 G2032R detected", ["G2032R"]),
        ("ROS1 F2004C detected", ["F2004C"]),
        ("ROS1 X1234Y detected", ["X1234Y"]),
        ("ROS1 G2032R:\nDetected", ["G2032R"]),
        ("Gene: ROS1; Variant: p.G2032R; VAF: 4%", ["G2032R"]),
        ("ROS1 fusion detected. G2032R detected.", ["G2032R"]),
        ("ROS1 fusion detected. V1234E detected.", []),
        ("ROS1 and ALK tested. G2032R detected.", []),
        ("ROS1 G2032R detected after crizotinib", ["G2032R"]),
        ("ROS1 G2032R detected, resistant to crizotinib, consider repotrectinib", ["G2032R"]),
        ("On-target resistance: ROS1 p.G2032R", ["G2032R"]),
        ("ROS1 p.G2032R (c.6094G>A) mutation detected at VAF 3.1%", ["G2032R"]),
        ("ROS1 G2032R, EGFR T790M: not detected", []),
        ("No EGFR T790M or ROS1 G2032R detected", []),
        ("Previously detected ROS1 G2032R no longer detected", []),
        ("ROS1 G2032R possibly detected", []),
        ("ROS1 G2032R detected in patients with progression", []),
        ("ROS1 fusion present, without G2032R", []),
        ("ROS1 G2032R:\nNot detected", []),
        ("no ROS1 G2032R", []),
        ("No ROS1 G2032R, L2026M or D2033N detected", []),
        ("ROS1 G2032R and L2026M not detected", []),
        ("Negative for ROS1 G2032R and L2026M", []),
        ("ROS1 G2032R: not detected", []),
        ("ROS1 G2032R pending", []),
        ("ROS1 G2032R. Detected or not detected", []),
        ("ROS1 G2032R. Possibly detected", []),
        ("ROS1 G2032R\nDetected, pending confirmation", []),
        ("ROS1 G2032R testing recommended", []),
        ("Evaluate for ROS1 G2032R", []),
        ("ROS1 G2032R confers resistance to crizotinib", []),
        ("ROS1 fusion detected. Patients with ROS1 G2032R are resistant to crizotinib.", []),
        ("This assay detects ROS1 G2032R", []),
        ("ROS1 fusion detected, ALK G1202R detected", []),
        ("ROS1 fusion detected and G1202R in ALK", []),
        ("ALK G1202R detected; ROS1 negative", []),
        ("ROS1 fusion positive, NTRK1 G595R detected", []),
        ("ROS1 fusion positive, NTRK3 G623R detected", []),
        ("ROS1/TRKA G595R detected", []),
        ("ROS1 and TRKC: G623R detected", []),
        ("ROS1 and KRAS: G12C detected", []),
        ("ROS1 fusion detected by NGS, accession S1234A", []),
        ("ROS1 p.Gly2032= detected", []),
        ("PROS1 G2032R detected", []),
        ("G2032R detected", []),
    ],
)
def test_free_text_reports_a_change_only_where_it_says_so_of_ros1(text: str, changes: list[str]) -> None:
    """Negations, doubts, general sentences and other genes report nothing; unknown changes are reported as they are."""
    assert _found(observation(code=REPORT, valueString=text)) == changes


def test_a_change_tells_specimen_date_and_words() -> None:
    """A finding on a card needs its evidence."""
    plasma = variant(
        gene("ROS1"),
        _change("p.G2032R"),
        id="p",
        effectiveDateTime="2026-10-02",
        specimen={"display": "Plasma (ctDNA)"},
    )

    (change,) = facts(plasma).resistance_changes

    assert change.evidence.resource == "Observation/p"
    assert (change.evidence.date, change.specimen) == ("2026-10-02", Specimen.BLOOD)


def test_a_resistance_change_alone_is_no_fusion() -> None:
    """It implies one somewhere: that is asked, not inferred."""
    found = facts(variant(gene("ROS1"), _change("p.G2032R")))

    assert found.ros1.status is Ros1Status.INDETERMINATE
    assert found.resistance_changes


def test_one_result_sent_three_times_is_one_change() -> None:
    """The same result under the same id counts once."""
    result = variant(gene("ROS1"), _change("p.G2032R"))

    assert len(facts(result, result, result).resistance_changes) == 1


@pytest.mark.parametrize("text", ["ROS1 " + "G2032R " * 20000, "ROS1 " + "(" * 50000 + "G2032R", "NM_1:p." * 20000])
def test_hostile_texts_do_not_stall(text: str) -> None:
    """However long: read in bounded time, no error."""
    facts(observation(code=REPORT, valueString=text), ros1_test(text))


_AMINO_ACIDS = st.sampled_from("ACDEFGHIKLMNPQRSTVWXY*")
_CHANGES = st.builds(
    lambda a, n, b, p: f"{p}{a}{n}{b}", _AMINO_ACIDS, st.integers(-5, 99999), _AMINO_ACIDS, st.text(max_size=3)
)
_PARTS = st.one_of(
    _CHANGES,
    st.sampled_from(
        ["p.(Gly2032Arg)", "ALK", "NTRK1", "detected", "no", "in", "fusion", ",", ".", "\n", "CD74", "(", "PROS1"]
    ),
    st.text(max_size=6),
)


@settings(max_examples=300)
@given(st.lists(_PARTS, max_size=12).map(" ".join), st.booleans())
def test_no_text_without_ros1_ever_reports_a_change(text: str, as_note: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever stands in it: no error, and no change of a gene that it does not name."""
    words = {"note": [{"text": text}]} if as_note else {"valueString": text}
    resource = observation(code=REPORT, **words)
    named = facts(resource, variant(gene("ALK"), component("48005-3", {"text": text})))

    if not _NAMED.search(text):
        assert named.resistance_changes == ()


@settings(max_examples=200)
@given(st.lists(st.one_of(_PARTS, st.just("ROS1")), max_size=12).map(" ".join))
def test_generated_changes_and_texts_never_raise(text: str) -> None:
    """In values, codes, components and notes; and the same words report the same."""
    resource = variant(
        gene("ROS1"), component("48005-3", text), component("81252-9", {"text": text}), note=[{"text": text}]
    )

    assert facts(resource).resistance_changes == facts(resource).resistance_changes
    facts(ros1_test(text), ros1_test("detected", text), observation(code=REPORT, valueString=text))
