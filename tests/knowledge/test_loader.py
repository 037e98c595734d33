"""The loader refuses content with a fault, and names every fault at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from knowledge import loader
from knowledge.errors import KnowledgeError
from knowledge.loader import load
from tests.knowledge.small_knowledge import FILES, spoiled, write

RELEASE, SOURCE, SET, DRUG = "release.yaml", "sources/paper.yaml", "value_sets/present.yaml", "drugs/examplidol.yaml"
OTHER, RULE, SYSTEMS, METHOD = (
    "drugs/otheridol.yaml",
    "rules/advice/take-care.yaml",
    "code_systems.yaml",
    "methods/looking.yaml",
)
TEST, CHECK, LABELLED = "orderables/look.yaml", "baseline_checks/first.yaml", "drugs/labelled.yaml"
DATA = Path(loader.__file__).parent / "data"
TABLE = "decision_table.yaml"
MONTHS = "configurable: [{fact: months, minimum: 1, maximum: 2}]"


def _faults(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(KnowledgeError) as raised:
        load(folder)
    return [(fault.file, fault.path) for fault in raised.value.faults]


def test_the_packaged_knowledge_loads_in_good_time() -> None:
    """Starting a worker must not wait for the knowledge; the limit leaves room for a slow machine."""
    start = time.thread_time()

    load(DATA)

    assert time.thread_time() - start < 5


def test_the_small_knowledge_loads(tmp_path: Path) -> None:
    """Without a fault there is no error: what the other tests spoil is valid before."""
    knowledge = load(write(tmp_path, {}))

    assert [rule.id for rule in knowledge.rules] == ["take-care"]
    assert knowledge.value_sets["present"].codes[0].system == "http://loinc.org"
    assert [citation.source for citation in knowledge.citations(knowledge.rules[0])] == ["paper"]


@pytest.mark.parametrize(
    ("changes", "file", "path"),
    [
        # one file by itself
        pytest.param({RELEASE: None}, RELEASE, "", id="a file that must be there is not"),
        pytest.param({"drug/x.yaml": FILES[DRUG]}, "drug/x.yaml", "", id="a folder of no known kind"),
        pytest.param({"drugs/x.yml": FILES[DRUG]}, "drugs/x.yml", "", id="another file ending"),
        pytest.param({SOURCE: "id: [paper"}, SOURCE, "line 2", id="no YAML"),
        pytest.param({SOURCE: FILES[SOURCE] + "short: Again\n"}, SOURCE, "line 7", id="a key twice"),
        pytest.param({SOURCE: ""}, SOURCE, "", id="an empty file"),
        pytest.param(spoiled(SOURCE, "licence: free\n", ""), SOURCE, "", id="a source without its licence"),
        pytest.param(spoiled(SOURCE, "licence: free", "license: free"), SOURCE, "", id="an unknown key"),
        pytest.param(spoiled(SOURCE, "accessed: 2026-11-20", "accessed: 20 Nov"), SOURCE, "accessed", id="no date"),
        pytest.param(spoiled(SOURCE, "verified-1", "sure"), SOURCE, "confidence", id="an unknown confidence"),
        pytest.param(spoiled(SET, '"1-1"', "11"), SET, "codes[0].code", id="a code that is a number"),
        pytest.param(
            spoiled(SET, "texts: [present]", "texts: [' present']"), SET, "texts[0]", id="a blank around a text"
        ),
        pytest.param(spoiled(SET, "texts: [present]", "texts: ['-ve']"), SET, "texts[0]", id="a hyphen at the start"),
        pytest.param(
            spoiled(SET, "verified-1", "verified-2"), SET, "codes[0].sources", id="verified twice by one source"
        ),
        pytest.param(spoiled(SET, ", sources: [paper]", ""), SET, "codes[0]", id="a verified code without a source"),
        pytest.param(
            spoiled(RULE, "relatedArtifact: [{source: paper}]", "relatedArtifact: []"),
            RULE,
            "relatedArtifact",
            id="no source",
        ),
        pytest.param(spoiled(RULE, "is: remedy", "at_most: 3"), RULE, "when", id="an unknown operator"),
        pytest.param(spoiled(RULE, "is: remedy", "is: remedy, in: [a]"), RULE, "when", id="two operators at once"),
        pytest.param(
            spoiled(RULE, "indicator: info, ", ""), RULE, "", id="a card without an indicator that adds to nothing"
        ),
        # the files together
        pytest.param(
            spoiled(DRUG, "id: examplidol", "id: exampledol"), DRUG, "id", id="an id that is not the file's name"
        ),
        pytest.param({"drugs/Big.yaml": FILES[DRUG]}, "drugs/Big.yaml", "id", id="a file name that no id can have"),
        pytest.param(spoiled(SET, "[paper]", "[papers]"), SET, "codes[0].sources[0]", id="a code of an unknown source"),
        pytest.param(
            spoiled(RULE, "source: paper", "source: papers"), RULE, "relatedArtifact[0].source", id="an unknown source"
        ),
        pytest.param(
            spoiled(SET, "system: loinc", "system: lonc"), SET, "codes[0].system", id="an unknown code system"
        ),
        pytest.param(
            spoiled(SYSTEMS, "http://hl7.org/fhir/sid/ndc", "http://loinc.org"),
            SYSTEMS,
            "codeSystems[1]",
            id="one URI twice",
        ),
        pytest.param(
            spoiled(SET, "texts:", '  - {system: loinc, code: "1-1", display: again, confidence: not-found}\ntexts:'),
            SET,
            "codes[1].code",
            id="a code twice in a value set",
        ),
        pytest.param(
            spoiled(OTHER, "12345-1234-13", "12345123412"), OTHER, "codes[0].code", id="one NDC, two forms, two drugs"
        ),
        pytest.param(spoiled(OTHER, "12345-1234-13", "12-34"), OTHER, "codes[0].code", id="no NDC"),
        pytest.param(spoiled(SET, '"1-1"', '"9-9"'), SET, "codes[0].code", id="a rejected code"),
        pytest.param(
            spoiled(OTHER, "codes:", "brands: [Examplidol]\ncodes:"), OTHER, "names", id="one name, two drugs"
        ),
        pytest.param(spoiled(SET, "[present]", "[present, Present]"), SET, "texts", id="a text twice"),
        pytest.param(
            spoiled(DRUG, "drugClass: remedy", "drugClass: remedies"), DRUG, "drugClass", id="an unknown class"
        ),
        pytest.param(
            spoiled(DRUG, "status:", "components: [nobodol]\nstatus:"), DRUG, "components", id="an unknown component"
        ),
        pytest.param(
            spoiled(
                DRUG,
                "codes:",
                "ros1: {offer: never, product: {system: ndc, code: '1', display: x, confidence: not-found}}\ncodes:",
            ),
            DRUG,
            "ros1.product.code",
            id="a product that is no code of the drug",
        ),
        pytest.param(spoiled(RULE, "verified-1", "memory-only"), RULE, "status", id="an active rule from memory"),
        pytest.param(spoiled(RULE, "topic: advice", "topic: advise"), RULE, "topic", id="an unknown topic"),
        pytest.param(
            spoiled(RULE, "[other]", "[others]"), RULE, "card.overrideReasons", id="an unknown override reason"
        ),
        pytest.param(
            spoiled(LABELLED, "check: first", "check: last"), LABELLED, "ros1.baseline[0].check", id="an unknown check"
        ),
        pytest.param(
            spoiled(LABELLED, "interactor: foe", "interactor: friend"),
            LABELLED,
            "ros1.interactions[0].interactor",
            id="an unknown class of interactions",
        ),
        pytest.param(
            spoiled(
                LABELLED,
                "avoid, confidence: verified-1, relatedArtifact: [{source: paper}]",
                "avoid, confidence: verified-1",
            ),
            LABELLED,
            "ros1.interactions[0]",
            id="advice of a label that is not cited",
        ),
        pytest.param(
            spoiled(CHECK, "orderable: look", "orderable: luck"), CHECK, "orderable", id="a check with an unknown test"
        ),
        pytest.param(
            spoiled(CHECK, "valueSet: present", "valueSet: absent"),
            CHECK,
            "results[0].valueSet",
            id="a check of nothing",
        ),
        pytest.param(
            spoiled(CHECK, "above: 5,", "above: 5, timesUpperLimit: 2,"),
            CHECK,
            "results[0].limit",
            id="two limits in one",
        ),
        pytest.param(
            spoiled("interactions/foe.yaml", "[paper]", "[rumour]"),
            "interactions/foe.yaml",
            "members[0].sources",
            id="a foe on hearsay",
        ),
        pytest.param(
            spoiled(RULE, "order: [look]", "order: [luck]"), RULE, "card.suggestions[0].order", id="an unknown test"
        ),
        pytest.param(
            spoiled(TEST, "status: active", "status: draft"), RULE, "card.suggestions[0].order", id="a test not in use"
        ),
        pytest.param(
            spoiled(RULE, "{order: [look]}", "{order: []}"), RULE, "card.suggestions[0]", id="a suggestion of no test"
        ),
        pytest.param(spoiled(RULE, "{order: [look]}", "look"), RULE, "card.suggestions[0]", id="no such suggestion"),
        pytest.param(spoiled(TEST, '"1-1"', '"9-9"'), TEST, "codes[0].code", id="a test by a rejected code"),
        pytest.param(
            spoiled(TEST, "\nconfidence: verified-1", "\nconfidence: memory-only"),
            TEST,
            "status",
            id="an active test from memory",
        ),
        pytest.param(
            spoiled(RULE, "priority: 1", "priority: 1\naddsTo: [nothing]"), RULE, "addsTo", id="adds to nothing"
        ),
        pytest.param(
            spoiled(RULE, "priority: 1", "priority: 1\naddsTo: [take-care]"), RULE, "addsTo", id="adds to itself"
        ),
        pytest.param(spoiled(RULE, "priority: 1", "priority: 1\nrows: [2]"), RULE, "rows", id="an unknown row"),
        pytest.param(
            spoiled(TABLE, "indicator: info}", "indicator: info}, {row: 1, situation: Again, indicator: info}"),
            TABLE,
            "rows",
            id="a row twice",
        ),
        pytest.param(
            spoiled(RULE, "priority: 1", "priority: 1\nconfigurable: [{fact: months, minimum: 1, maximum: 2}]"),
            RULE,
            "configurable",
            id="a configurable number that is not in the condition",
        ),
        pytest.param(
            spoiled(RULE, "when: {fact: order, is: remedy}", f"{MONTHS}\nwhen: {{fact: months, at_least: 9}}"),
            RULE,
            "configurable",
            id="a configurable number out of its own bounds",
        ),
        pytest.param(
            spoiled(RULE, "priority: 1", "priority: 1\nsiteOption: true"), RULE, "siteOption", id="an option that is on"
        ),
        pytest.param(
            spoiled(SYSTEMS, "title: NDC,", "title: NDC, freeSource: papers,"),
            SYSTEMS,
            "codeSystems[1].freeSource",
            id="an unknown source of free codes",
        ),
        pytest.param(spoiled(DRUG, "reviewBy: 2027-05-20\n", ""), DRUG, "", id="a drug without a review date"),
    ],
)
def test_every_kind_of_fault_is_refused_where_it_stands(
    tmp_path: Path, changes: dict[str, str | None], file: str, path: str
) -> None:
    """One fault makes the knowledge unusable and is named by file and place."""
    assert (file, path) in _faults(write(tmp_path, changes))


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """Who repairs the content sees the whole work: broken YAML, shape and cross references in one error."""
    changes = (
        {METHOD: "id: looking\nid: looking\n"}
        | spoiled(SOURCE, "confidence: verified-1", "confidence: sure")
        | spoiled(RULE, "source: paper", "source: papers")
        | spoiled(DRUG, "drugClass: remedy", "drugClass: remedies")
    )

    faults = _faults(write(tmp_path, changes))

    assert faults == [
        (DRUG, "drugClass"),
        (METHOD, "line 2"),
        (RULE, "relatedArtifact[0].source"),
        (SOURCE, "confidence"),
    ]


def test_a_fault_says_what_stands_there_and_what_should(tmp_path: Path) -> None:
    """The message holds file, place, what was got and what was expected."""
    with pytest.raises(
        KnowledgeError, match=r"sources/paper\.yaml: confidence: got \"sure\"; expected one of verified-2"
    ):
        load(write(tmp_path, spoiled(SOURCE, "verified-1", "sure")))


def test_a_faulty_source_is_not_also_a_missing_one(tmp_path: Path) -> None:
    """A fault in a file that others cite brings no faults of theirs."""
    assert _faults(write(tmp_path, spoiled(SOURCE, "licence: free\n", ""))) == [(SOURCE, "")]
