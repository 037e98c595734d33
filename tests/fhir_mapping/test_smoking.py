"""What the record calls the patient's smoking."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import Smoking
from tests.fhir_mapping.fhir import facts, observation


def _smoking(words: str, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    return observation(code={"text": "Tobacco smoking status"}, valueCodeableConcept={"text": words}, **elements)


@pytest.mark.parametrize(
    ("words", "smoking"),
    [
        ("Never smoker", Smoking.NEVER),
        ("Lifelong non-smoker", Smoking.NEVER),
        ("Light tobacco smoker", Smoking.LIGHT),
        ("Heavy tobacco smoker", Smoking.HEAVY),
        ("former heavy smoker, 45 pack-years", Smoking.HEAVY),
        ("Former smoker", Smoking.NOT_STATED),
        ("Smoker, current status unknown", Smoking.NOT_STATED),
        ("not a heavy smoker", Smoking.NOT_STATED),
        ("never smoker; heavy smoker", Smoking.NOT_STATED),
    ],
)
def test_smoking_is_what_the_record_calls_it(words: str, smoking: Smoking) -> None:
    """Only the record's own words count; nothing is worked out from numbers, and a denial or a doubt is not stated."""
    assert facts(_smoking(words)).smoking is smoking


def test_the_newest_statement_counts() -> None:
    """What was corrected later is no more; what one day says twice, differently, is not stated."""
    old, new = _smoking("Heavy smoker", effectiveDateTime="2019"), _smoking("Never smoker", effectiveDateTime="2026-01")

    assert facts(old, new).smoking is Smoking.NEVER
    assert facts(_smoking("Heavy smoker"), _smoking("Never smoker")).smoking is Smoking.NOT_STATED
    assert facts(_smoking("Heavy smoker", status="entered-in-error")).smoking is Smoking.NOT_STATED
    assert facts().smoking is Smoking.NOT_STATED
