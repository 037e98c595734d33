"""How far the cancer has spread: every source, and their order."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import Extent
from tests.fhir_mapping.fhir import ICD, LOINC, SNOMED, concept, condition, facts, observation, request

NSCLC = concept(SNOMED, "254637007")
STAGE_GROUP = concept(SNOMED, "399537006")
INTENT = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-procedure-intent"
CURATIVE = concept(SNOMED, "373808002")
PALLIATIVE = concept(SNOMED, "363676003")
BRAIN = concept(SNOMED, "94225005", "Secondary malignant neoplasm of brain")
BONE = concept(ICD, "C79.51")


def _lung(**elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    return condition(NSCLC, **({"id": "lung"} | elements))


def _stage(value: dict[str, Any] | str, day: str = "2026-01-01", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    given = {"valueString": value} if isinstance(value, str) else {"valueCodeableConcept": value}
    return observation(**({"id": f"stage-{day}", "code": STAGE_GROUP, "effectiveDateTime": day} | given | elements))


def _m(value: dict[str, Any], day: str = "2026-01-01") -> dict[str, Any]:
    return observation(
        id=f"m-{day}", code=concept(SNOMED, "399387003"), valueCodeableConcept=value, effectiveDateTime=day
    )


def _undated(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "effectiveDateTime"}


def _treatment(intent: dict[str, Any], day: str = "2026-01-01", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    extension = [{"url": INTENT, "valueCodeableConcept": intent}]
    return request("cisplatin", id=f"t-{day}", extension=extension, authoredOn=day, status="completed", **elements)


INACTIVE = {"coding": [{"code": "inactive"}]}
REFUTED = {"coding": [{"code": "refuted"}]}
BOTH_INTENTS = request(
    "cisplatin",
    status="completed",
    extension=[{"url": INTENT, "valueCodeableConcept": each} for each in (CURATIVE, PALLIATIVE)],
)
M1 = concept(SNOMED, "1229903009", "cM1")
M0 = concept(SNOMED, "1229901006", "cM0")


@pytest.mark.parametrize(
    ("extent", "resources"),
    [
        pytest.param("not-stated", [_lung()], id="nothing"),
        pytest.param("metastatic", [_lung(), _stage(concept(SNOMED, "1222837003"))], id="AJCC stage IV"),
        pytest.param("metastatic", [_lung(), _stage(concept("http://cancerstaging.org", "4A"))], id="4A"),
        pytest.param("metastatic", [_lung(), _stage("IVB")], id="IVB in text"),
        pytest.param("metastatic", [_lung(), _stage("Stage IV")], id="Stage IV in text"),
        pytest.param(
            "metastatic",
            [_lung(), _stage(concept(SNOMED, "1222843001", "American Joint Committee on Cancer stage IV:0"))],
            id="a misused code is read by its display",
        ),
        pytest.param(
            "metastatic",
            [_lung(), _stage({"text": "Stage IVA"}, code=concept(LOINC, "21908-9"))],
            id="LOINC stage group",
        ),
        pytest.param("curative-intent", [_lung(), _stage("IIB")], id="stage II"),
        pytest.param("not-stated", [_lung(), _stage(concept(SNOMED, "1222806003"))], id="stage III alone"),
        pytest.param(
            "curative-intent", [_lung(), _stage("IIIA"), _treatment(CURATIVE)], id="stage III, treated to cure"
        ),
        pytest.param(
            "locally-advanced-incurable", [_lung(), _stage("IIIC"), _treatment(PALLIATIVE)], id="stage III, palliative"
        ),
        pytest.param(
            "locally-advanced-incurable",
            [condition("NSCLC stage III, not a candidate for definitive chemoradiation")],
            id="stage III in words, not fit for cure",
        ),
        pytest.param("metastatic", [_lung(stage=[{"summary": {"text": "Stage IV"}}])], id="Condition.stage"),
        pytest.param("metastatic", [_lung(stage=[{"summary": {"text": "M1c"}}])], id="M1c in Condition.stage"),
        pytest.param("metastatic", [_lung(stage=[{"summary": {"text": "cM1c"}}])], id="cM1c in Condition.stage"),
        pytest.param("metastatic", [_lung(stage=[{"summary": M1}])], id="cM1 coded in Condition.stage"),
        pytest.param("metastatic", [_lung(stage=[{"summary": {"text": "cT4N2M1b"}}])], id="TNM run together"),
        pytest.param("metastatic", [_lung(stage=[{"summary": {"text": "pT2acN2bcM1c"}}])], id="TNM with its prefixes"),
        pytest.param("metastatic", [condition("Adenocarcinoma of the lung, T4N2M1b")], id="TNM in the diagnosis"),
        pytest.param("not-stated", [_lung(stage=[{"summary": {"text": "T4N2M0"}}])], id="TNM without metastases"),
        pytest.param("not-stated", [_lung(stage=[{"summary": {"text": "T4N2MX"}}])], id="TNM that leaves it open"),
        pytest.param(
            "metastatic", [_lung(stage=[{"summary": {"text": "cT2a cN1 cM1b"}}])], id="TNM in Condition.stage"
        ),
        pytest.param(
            "metastatic",
            [_lung(stage=[{"summary": {"text": "Stage II"}}]), condition(BRAIN, id="brain")],
            id="a brain metastasis beside an undated stage",
        ),
        pytest.param("metastatic", [_lung(), _stage("IIIA"), condition(BRAIN, id="brain")], id="an undated one"),
        pytest.param("metastatic", [condition(concept(SNOMED, "423121009"))], id="pre-coordinated stage 4"),
        pytest.param("curative-intent", [condition(concept(SNOMED, "424132000"))], id="pre-coordinated stage 1"),
        pytest.param("metastatic", [_lung(), _m(M1)], id="cM1"),
        pytest.param("not-stated", [_lung(), _m(M0)], id="cM0"),
        pytest.param(
            "metastatic",
            [_lung(), _undated(_m(M1)), _m(M0, "2024-03-01"), _stage("IIB", "2024-03-01")],
            id="an undated M1 beside older stages",
        ),
        pytest.param(
            "metastatic",
            [_lung(), _m(M1, "2026-06"), _m(M0, "2026-06-01"), _stage("IIB", "2026-06-01")],
            id="an M1 of the same month",
        ),
        pytest.param("metastatic", [_lung(), _undated(_m(M1)), _m(M0, "2024-03-01")], id="an undated M1 beside M0"),
        pytest.param(
            "not-stated", [_lung(), _stage("IIIB", "2026"), _stage("IIA", "2026-01-05")], id="IIIB of the same year"
        ),
        pytest.param("metastatic", [_lung(), condition(BRAIN)], id="brain metastasis"),
        pytest.param("metastatic", [_lung(), condition(BONE)], id="bone metastasis"),
        pytest.param("metastatic", [_lung(), condition("Liver metastases")], id="metastases in words"),
        pytest.param("not-stated", [_lung(), condition(concept(ICD, "C77.1"))], id="lymph nodes"),
        pytest.param("not-stated", [_lung(), condition(concept(ICD, "C78.01"))], id="a nodule in the other lung"),
        pytest.param("not-stated", [_lung(), condition("No evidence of metastases")], id="denied in words"),
        *(
            pytest.param("not-stated", [condition(words)], id=words)
            for words in ("NSCLC without metastases", "NSCLC, no known distant metastases", "NSCLC, non-metastatic")
        ),
        *(
            pytest.param("metastatic", [condition(words)], id=words)
            for words in (
                "NSCLC stage IV (no brain metastases)",
                "Never smoker, metastatic NSCLC",
                "Non small cell metastatic lung cancer",
                "NSCLC, no brain metastases, bone metastases",
            )
        ),
        pytest.param(
            "metastatic", [condition(concept(ICD, "C34.11", text="Adenocarcinoma; brain mets"))], id="words beside C34"
        ),
        pytest.param(
            "not-stated", [condition(concept(ICD, "C34.11", text="Adenocarcinoma; no brain mets"))], id="no brain mets"
        ),
        pytest.param("metastatic", [_lung(), _treatment(PALLIATIVE)], id="palliative intent"),
        pytest.param("curative-intent", [_lung(), _treatment(CURATIVE)], id="curative intent"),
        pytest.param("metastatic", [condition("Metastatic NSCLC")], id="the words of the diagnosis"),
        pytest.param("not-stated", [condition("Non-metastatic NSCLC")], id="the opposite"),
        # order
        pytest.param(
            "metastatic",
            [_lung(), _stage("IIA", "2024-01-01"), _stage("IV", "2026-01-01")],
            id="the newest stage group",
        ),
        pytest.param(
            "curative-intent",
            [_lung(stage=[{"summary": {"text": "Stage IIIA"}}]), _stage("IB")],
            id="the stage group before Condition.stage",
        ),
        pytest.param(
            "metastatic",
            [_lung(stage=[{"summary": {"text": "Stage IV"}}]), _stage("IB")],
            id="an undated stage IV beside a lower one",
        ),
        pytest.param("not-stated", [_lung(), _stage("IV", "2024-01-01"), _stage("IB")], id="an older stage IV"),
        # a metastasis and a lower stage: never curative intent
        pytest.param("not-stated", [_lung(), _stage("IIA"), _m(M1, "2025-01-01")], id="an older M1"),
        pytest.param("metastatic", [_lung(), _stage("IIA"), condition(BONE, id="m")], id="an undated metastasis"),
        pytest.param(
            "metastatic",
            [_lung(), _stage("IIA"), condition(BONE, id="m", onsetDateTime="2026-01-01")],
            id="a metastasis of the same day",
        ),
        pytest.param(
            "metastatic",
            [_lung(), _stage("IIA"), condition(BONE, id="m", onsetDateTime="2026")],
            id="a metastasis of the same year",
        ),
        pytest.param(
            "not-stated",
            [_lung(), _stage("IIA"), condition(BONE, id="m", onsetDateTime="2025-12-22")],
            id="a metastasis of ten days before",
        ),
        pytest.param(
            "not-stated",
            [_lung(), _stage("IIIA"), condition(BONE, id="m", onsetDateTime="2025-12-22"), _treatment(CURATIVE)],
            id="an older metastasis, stage III, treated to cure",
        ),
        pytest.param(
            "metastatic",
            [_lung(stage=[{"summary": {"text": "Stage IIB"}}]), condition("Metastatic non-small cell lung cancer")],
            id="another diagnosis says metastatic",
        ),
        pytest.param(
            "metastatic",
            [condition("Metastatic NSCLC", stage=[{"summary": {"text": "IIB"}}])],
            id="the same one says so",
        ),
        *(
            pytest.param("curative-intent", [condition(words), _stage("IIA")], id=words)
            for words in ("NSCLC without metastasis", "Non-metastatic NSCLC", "NSCLC, metastases: none")
        ),
        pytest.param(
            "metastatic", [condition("Metastatic NSCLC, no EGFR mutation"), _stage("IIA")], id="denied is another thing"
        ),
        pytest.param(
            "not-stated", [_lung(), _stage("IIA"), _treatment(PALLIATIVE, "2026-03-01")], id="palliative in stage II"
        ),
        pytest.param(
            "curative-intent",
            [_lung(), _stage("IIA"), _treatment(PALLIATIVE, "2024-03-01")],
            id="palliative long before",
        ),
        pytest.param(
            "metastatic",
            [_lung(), _stage("IIA", "2024-01-01"), condition(BONE, id="m", onsetDateTime="2026-01-01")],
            id="a later metastasis is a recurrence",
        ),
        pytest.param(
            "metastatic", [_lung(), condition(BONE, id="m"), _treatment(CURATIVE)], id="metastasis before intent"
        ),
        pytest.param("metastatic", [_lung(), _m(M0, "2025-01-01"), _m(M1, "2026-01-01")], id="the newest M category"),
        pytest.param("metastatic", [_lung(), _m(M0), condition(BONE, id="m")], id="M0 and an undated metastasis"),
        pytest.param(
            "metastatic", [_lung(stage=[{"summary": {"text": "metastatic"}}]), _m(M0)], id="M0 and a stage in a word"
        ),
        pytest.param(
            "not-stated",
            [condition("Metastatic NSCLC", onsetDateTime="2020-01-01"), _stage("IIIA")],
            id="words of years before a stage III",
        ),
        pytest.param(
            "locally-advanced-incurable",
            [condition("NSCLC, not a candidate for definitive chemoradiation"), _stage("IIIB")],
            id="stage III, and words that say it is not fit for cure",
        ),
        pytest.param(
            "locally-advanced-incurable",
            [_lung(stage=[{"summary": {"text": "IIIB, not a candidate for definitive chemoradiation"}}])],
            id="a stage that says it is not fit for cure",
        ),
        pytest.param(
            "not-stated",
            [_lung(), _m(M0), condition(BONE, id="m", onsetDateTime="2025-01-01")],
            id="M0 and an older metastasis",
        ),
        pytest.param(
            "metastatic",
            [_lung(), _stage("IIB", "2026-03-01"), _m(M0, "2026"), condition(BONE, id="m", recordedDate="2026-01-15")],
            id="M0 of some day of that year",
        ),
        pytest.param(
            "metastatic", [_lung(), _treatment(CURATIVE, "2024-01-01"), _treatment(PALLIATIVE)], id="the newest intent"
        ),
        # what is not about this cancer, or not valid
        pytest.param("not-stated", [_lung(), _stage("IV", status="entered-in-error")], id="stage in error"),
        pytest.param("not-stated", [_lung(), _m(M1) | {"status": "entered-in-error"}], id="M category in error"),
        pytest.param(
            "curative-intent",
            [_lung(), _stage("IIA"), condition("Melanoma metastatic to brain", id="m")],
            id="another's metastasis in the brain",
        ),
        pytest.param(
            "metastatic",
            [_lung(), condition("Diabetes", id="x1"), _stage("IVA", focus=[{"reference": "BodyStructure/x1"}])],
            id="of a part of the body with the id of another condition",
        ),
        pytest.param(
            "not-stated",
            [_lung(), condition("Breast cancer", id="breast"), _stage("IV", focus=[{"reference": "Condition/breast"}])],
            id="the stage of another cancer",
        ),
        pytest.param(
            "metastatic", [_lung(), _stage("IV", focus=[{"reference": "Condition/lung"}])], id="of this cancer"
        ),
        pytest.param(
            "metastatic",
            [_lung(), _lung(id="old", clinicalStatus=INACTIVE), _stage("IV", focus=[{"reference": "Condition/old"}])],
            id="of an older entry of this cancer",
        ),
        pytest.param(
            "not-stated",
            [
                _lung(),
                _lung(id="old", verificationStatus=REFUTED),
                _stage("IV", focus=[{"reference": "Condition/old"}]),
            ],
            id="of an entry that was refuted",
        ),
        pytest.param(
            "metastatic", [_lung(), _stage("IV", focus=[{"reference": "Condition/?"}])], id="of an unknown one"
        ),
        pytest.param(
            "not-stated",
            [_lung(), _treatment(CURATIVE, reasonCode=[{"text": "Breast cancer"}])],
            id="another's treatment",
        ),
        pytest.param(
            "metastatic",
            [_lung(), _treatment(PALLIATIVE, reasonCode=[{"text": "Colon cancer"}, {"text": "NSCLC"}])],
            id="a treatment of this cancer and of another",
        ),
        pytest.param("not-stated", [_lung(), BOTH_INTENTS], id="both intents of one treatment"),
        pytest.param("not-stated", [_lung(), condition("Metastatic melanoma", id="m")], id="another's metastasis"),
        pytest.param(
            "not-stated",
            [_lung(), condition(BONE, id="m", clinicalStatus={"text": "resolved"})],
            id="a metastasis that is no more",
        ),
    ],
)
def test_the_weightiest_source_decides(extent: str, resources: list[dict[str, Any]]) -> None:
    """In the order of the knowledge's section D, whatever the order of the resources."""
    assert facts(*resources).spread.extent == Extent(extent)
    assert facts(*reversed(resources)).spread == facts(*resources).spread


def test_stage_iii_without_an_aim_is_shown() -> None:
    """The extent is not stated, but the stage is evidence."""
    spread = facts(_lung(), _stage("IIIA")).spread

    assert [each.reported for each in spread.evidence] == ["IIIA"]


def test_a_stage_and_an_older_metastasis_are_both_named() -> None:
    """Whoever reads the card sees what contradicts."""
    spread = facts(_lung(), _stage("IIA"), condition(BONE, id="m", onsetDateTime="2025-12-22")).spread

    assert [each.resource for each in spread.evidence] == ["Observation/stage-2026-01-01", "Condition/m"]


@pytest.mark.parametrize(
    "code",
    [BRAIN, concept(ICD, "C79.31"), concept(ICD, "C7932"), "Brain metastases", "Leptomeningeal disease"],
    ids=str,
)
def test_metastases_in_the_central_nervous_system_are_kept_apart(code: dict[str, Any] | str) -> None:
    """They change which drug is preferred."""
    assert [each.resource for each in facts(_lung(), condition(code, id="m")).spread.cns_metastases] == ["Condition/m"]


@pytest.mark.parametrize(
    "resource",
    [
        condition(BONE),
        condition("No brain metastases"),
        condition(BRAIN, verificationStatus={"coding": [{"code": "refuted"}]}),
        condition(concept(ICD, "C43.9", "Melanoma with brain metastases")),
        condition("Melanoma metastatic to brain"),
    ],
    ids=["bone", "denied", "refuted", "of a melanoma", "of a melanoma, in words only"],
)
def test_what_is_no_metastasis_in_the_central_nervous_system(resource: dict[str, Any]) -> None:
    """None of these prefers another drug."""
    assert facts(_lung(), resource).spread.cns_metastases == ()


@pytest.mark.parametrize(
    ("summary", "reported"),
    [
        ({"text": "Stage IB"}, "Stage IB"),
        (
            concept(SNOMED, "1222837003", "American Joint Committee on Cancer stage IV"),
            "American Joint Committee on Cancer stage IV",
        ),
        (concept("http://cancerstaging.org", "3A"), "3A"),
    ],
)
def test_a_stage_of_the_diagnosis_is_told_in_its_own_words(summary: dict[str, Any], reported: str) -> None:
    """A card said "stage reported as `Adenocarcinoma of lung`"."""
    found = facts(_lung(stage=[{"summary": summary}])).spread

    assert [(each.resource, each.reported) for each in found.evidence] == [("Condition/lung", reported)]
