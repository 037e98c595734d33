"""A small valid knowledge folder that a test may spoil in one place."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "release.yaml": """
formatVersion: "1"
version: "2026.11.0"
title: Small
date: 2026-11-20
service: {title: Small, description: Small}
sourceLabel: small
topicSystem: urn:uuid:0
topics: [{id: advice, display: Advice}]
overrideReasons: [{id: other, code: other, system: "urn:uuid:1", display: Other}]
""",
    "wording.yaml": """
id: wording
title: Words
lastReviewDate: 2026-11-20
phrases: {found: "Found: {what}"}
""",
    "disclosure.yaml": """
lastReviewDate: 2026-11-20
developer: Somebody
funding: None
intendedUsers: [Testers]
does: [Little]
doesNot: [Much]
limits: [It is small]
attributes: [{id: age, title: Age, facts: [greatest-age], use: Read}]
""",
    "decision_table.yaml": """
rows: [{row: 1, situation: A remedy is ordered, indicator: info}]
""",
    "code_systems.yaml": """
codeSystems:
  - {name: loinc, title: LOINC, uri: http://loinc.org, relatedArtifact: [{source: paper}]}
  - {name: ndc, title: NDC, uri: http://hl7.org/fhir/sid/ndc, relatedArtifact: [{source: paper}]}
""",
    "rejected_codes.yaml": """
rejectedCodes: [{system: loinc, code: "9-9", claim: a test, why: nobody knows it, sources: [paper]}]
""",
    "sources/paper.yaml": """
id: paper
title: Paper
licence: free
accessed: 2026-11-20
confidence: verified-1
short: Paper
""",
    "value_sets/present.yaml": """
id: present
title: Present
status: active
lastReviewDate: 2026-11-20
codes:
  - {system: loinc, code: "1-1", display: one, confidence: verified-1, sources: [paper]}
texts: [present]
""",
    "methods/looking.yaml": """
id: looking
display: Looking
rank: 1
confirms: false
status: active
lastReviewDate: 2026-11-20
relatedArtifact: [{source: paper}]
""",
    "drug_classes/remedy.yaml": """
id: remedy
title: Remedies
status: active
lastReviewDate: 2026-11-20
""",
    "drugs/examplidol.yaml": """
id: examplidol
name: examplidol
drugClass: remedy
status: active
lastReviewDate: 2026-11-20
reviewBy: 2027-05-20
confidence: verified-1
codes:
  - {system: ndc, code: "12345-1234-12", display: examplidol, confidence: verified-1, sources: [paper]}
""",
    "drugs/otheridol.yaml": """
id: otheridol
name: otheridol
drugClass: remedy
status: active
lastReviewDate: 2026-11-20
reviewBy: 2027-05-20
confidence: verified-1
codes:
  - {system: ndc, code: "12345-1234-13", display: otheridol, confidence: verified-1, sources: [paper]}
""",
    "orderables/look.yaml": """
id: look
title: Look
status: active
lastReviewDate: 2026-11-20
name: a look
category: Laboratory
text: Look
codes:
  - {system: loinc, code: "1-1", display: one, confidence: verified-1, sources: [paper]}
relatedArtifact: [{source: paper}]
confidence: verified-1
""",
    "baseline_checks/first.yaml": """
id: first
title: First
status: active
lastReviewDate: 2026-11-20
name: first
windowDays: 30
orderable: look
relatedArtifact: [{source: paper}]
results:
  - valueSet: present
    name: one
    limit: {above: 5, units: [ms], text: above 5 ms, confidence: verified-1, relatedArtifact: [{source: paper}]}
""",
    "interactions/foe.yaml": """
id: foe
title: Foes
status: active
lastReviewDate: 2026-11-20
name: foe
members: [{name: foidol, confidence: verified-1, sources: [paper]}]
""",
    "drugs/labelled.yaml": """
id: labelled
name: labelled
drugClass: remedy
status: active
lastReviewDate: 2026-11-20
reviewBy: 2027-05-20
confidence: verified-1
ros1:
  offer: never
  baseline: [{check: first, confidence: verified-1, relatedArtifact: [{source: paper}]}]
  interactions: [{interactor: foe, advice: avoid, confidence: verified-1, relatedArtifact: [{source: paper}]}]
""",
    "statements/why.yaml": """
id: why
title: Why
status: active
lastReviewDate: 2026-11-20
reviewBy: 2027-11-20
relatedArtifact: [{source: paper}]
confidence: verified-1
text: Because.
""",
    "rules/advice/take-care.yaml": """
id: take-care
title: Take care
status: active
topic: advice
about: [immune-checkpoint-inhibitor]
priority: 1
effectivePeriod: {start: 2026-11-20}
lastReviewDate: 2026-11-20
reviewBy: 2027-11-20
relatedArtifact: [{source: paper}]
confidence: verified-1
when: {fact: order, is: remedy}
card: {indicator: info, summary: Take care, detail: "{why}", suggestions: [{order: [look]}], overrideReasons: [other]}
""",
}


def write(folder: Path, changes: dict[str, str | None]) -> Path:
    """Write the small knowledge with some files replaced or (None) left out."""
    for name, text in {**FILES, **changes}.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


def spoiled(name: str, old: str, new: str) -> dict[str, str | None]:
    """Return a change of one file: ``old``, which must stand in it, becomes ``new``."""
    if old not in FILES[name]:
        message = f"{old!r} does not stand in {name}"
        raise ValueError(message)
    return {name: FILES[name].replace(old, new)}
