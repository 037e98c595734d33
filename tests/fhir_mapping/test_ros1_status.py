"""All ROS1 results to one status: ranks, dates, and doubt."""

from __future__ import annotations

import itertools

import pytest

from fhir_mapping.facts import Evidence, Ros1Finding, Ros1Result, Ros1Status
from fhir_mapping.ros1.status import ros1_of
from tests.fhir_mapping.fhir import KNOWLEDGE

_FINDINGS = {
    "+": Ros1Finding.POSITIVE,
    "-": Ros1Finding.NEGATIVE,
    "?": Ros1Finding.INDETERMINATE,
    "...": Ros1Finding.PENDING,
}


def _result(words: str) -> Ros1Result:
    """Read "fish + 2026-01-01": method (or none), finding, date (or undated)."""
    method, finding, date = words.split()
    return Ros1Result(
        finding=_FINDINGS[finding],
        method=None if method == "none" else method,
        evidence=Evidence(resource=f"Observation/{words}", date=None if date == "undated" else date),
    )


CASES = [
    ("not-found", []),
    ("confirmed", ["ngs + 2026-01-01"]),
    ("confirmed", ["fish + undated"]),
    ("confirmed", ["none + 2026-01-01"]),
    ("confirmed", ["ctdna-ngs + 2026-01-01"]),
    ("ihc-only", ["ihc + 2026-01-01"]),
    ("ihc-only", ["karyotyping + 2026-01-01"]),
    ("negative", ["ngs - 2026-01-01"]),
    ("negative", ["ihc - 2026-01-01"]),
    ("negative", ["none - 2026-01-01"]),
    ("pending", ["ngs ... 2026-01-01"]),
    ("indeterminate", ["ngs ? 2026-01-01"]),
    # what is decided outweighs what is not
    ("pending", ["ngs ... 2025-01-01", "fish ? 2026-01-01"]),
    ("indeterminate", ["ngs ... 2025-01-01", "ngs ? 2026-01-01"]),
    ("pending", ["ngs ... 2026", "ngs ? 2026-01-01"]),
    ("confirmed", ["ngs + 2025-01-01", "ngs ? 2026-01-01", "fish ... 2026-01-02"]),
    ("negative", ["fish - 2025-01-01", "rna-ngs ... 2026-01-01"]),
    ("negative", ["fish - 2025-01-01", "ngs ? 2026-01-01"]),
    # one method: the later one
    ("negative", ["fish + 2025-01-01", "fish - 2026-01-01"]),
    ("confirmed", ["fish - 2025-01-01", "fish + 2026-01-01"]),
    ("confirmed", ["fish + 2024-01-01", "fish - 2025-01-01", "fish + 2026-01-01"]),
    ("negative", ["ihc + 2025-01-01", "ihc - 2026-01-01"]),
    ("conflicting", ["fish + 2026-01-01", "fish - 2026-01-01"]),
    ("conflicting", ["fish + 2026", "fish - 2026-05-01"]),
    ("conflicting", ["fish + undated", "fish - 2026-05-01"]),
    # methods of one rank count as one
    ("confirmed", ["rt-pcr - 2025-01-01", "dna-ngs + 2026-01-01"]),
    ("negative", ["rt-pcr + 2025-01-01", "dna-ngs - 2026-01-01"]),
    # a positive outweighs a negative of lower rank, whatever the dates
    ("confirmed", ["ngs + 2024-01-01", "fish - 2026-01-01"]),
    ("confirmed", ["fish + 2024-01-01", "ihc - 2026-01-01"]),
    ("confirmed", ["rna-ngs + 2024-01-01", "dna-ngs - 2026-01-01"]),
    # a screening positive is settled by a confirming negative, unless it came after it
    ("negative", ["ihc + 2025-01-01", "fish - 2026-01-01"]),
    ("negative", ["ihc + 2025-01-01", "dna-ngs - 2025-01-01"]),
    ("negative", ["ihc + undated", "fish - undated"]),
    ("conflicting", ["ihc + 2026-01-01", "fish - 2025-01-01"]),
    # a confirmed positive is cancelled by the highest rank only
    ("negative", ["fish + 2025-01-01", "rna-ngs - 2026-01-01"]),
    ("negative", ["dna-ngs + 2025-01-01", "rna-ngs - 2025-02-01"]),
    # ... and not if one of the positives came after it, whatever is known of the others
    ("conflicting", ["fish + 2026-06-01", "rna-ngs - 2026-01-01"]),
    ("conflicting", ["fish + 2026-06-01", "fish + undated", "rna-ngs - 2026-01-01"]),
    ("conflicting", ["fish + 2026-06-01", "fish + 2026", "rna-ngs - 2026-01-01"]),
    ("conflicting", ["dna-ngs + 2026-06-01", "dna-ngs + undated", "rna-ngs - 2026-01-01"]),
    ("conflicting", ["fish + 2025-01-01", "dna-ngs - 2026-01-01"]),
    ("conflicting", ["fish + 2026-01-01", "dna-ngs - 2025-01-01"]),
    ("conflicting", ["fish + 2026-01-01", "rna-ngs - 2025-01-01"]),
    ("confirmed", ["rna-ngs + 2025-01-01", "fish + 2025-01-01", "dna-ngs - 2026-01-01"]),
    # every result of one side must be outweighed by one of the other
    ("conflicting", ["fish + 2026-01-01", "ihc - 2026-01-01", "rna-ngs - 2020-01-01"]),
    ("conflicting", ["fish + 2026-05-01", "ihc - 2026-01-01", "dna-ngs - 2026-01-01"]),
    ("conflicting", ["ihc + 2025-01-01", "fish + 2025-01-01", "dna-ngs - 2026-01-01"]),
    # a method that is not stated cannot be compared with one that is
    ("conflicting", ["none + 2026-01-01", "fish - 2025-01-01"]),
    ("conflicting", ["fish + 2025-01-01", "none - 2026-01-01"]),
    ("confirmed", ["none - 2025-01-01", "none + 2026-01-01"]),
    ("conflicting", ["none + 2025-01-01", "none - 2026-01-01"]),
]


@pytest.mark.parametrize(("status", "results"), CASES, ids=str)
def test_results_are_weighed_by_rank_then_by_date(status: str, results: list[str]) -> None:
    """The case table of the definitions, in every order of the results."""
    for order in itertools.permutations(map(_result, results)):
        assert ros1_of(order, KNOWLEDGE).status == Ros1Status(status)


def test_the_weightiest_result_comes_first_among_the_deciding_ones() -> None:
    """A card names the first: RNA sequencing before FISH, the newer before the older."""
    found = ros1_of(
        map(_result, ["fish + 2026-03-01", "rna-ngs + 2025-01-01", "fish + 2024-01-01", "ihc + 2026-04-01"]), KNOWLEDGE
    )

    assert [(each.method, each.evidence.date) for each in found.deciding] == [
        ("rna-ngs", "2025-01-01"),
        ("fish", "2026-03-01"),
        ("fish", "2024-01-01"),
    ]
    assert [each.evidence.date for each in found.results] == ["2026-04-01", "2026-03-01", "2025-01-01", "2024-01-01"]


def test_the_same_result_in_two_parts_of_the_record_is_one() -> None:
    """Laboratory results and stages may both bring it."""
    assert len(ros1_of([_result("ngs + 2026-01-01")] * 2, KNOWLEDGE).results) == 1


def test_many_results_cost_what_they_count() -> None:
    """Ten thousand contradicting results are weighed in one pass."""
    results = [_result(f"{m} {f} 20{n % 90 + 10}-01-01") for n in range(5000) for m, f in (("ngs", "+"), ("fish", "-"))]

    assert ros1_of(results, KNOWLEDGE).status is Ros1Status.CONFIRMED
