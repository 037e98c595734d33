"""A site's overlay adds what it may and is refused, with every fault at once, where it says more."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.about import about
from knowledge.errors import KnowledgeError
from knowledge.loader import load
from knowledge.lookup import Knowledge
from tests.knowledge.small_knowledge import FILES, write

OVERLAY = """
formatVersion: "1"
id: riverside
version: "3"
title: Riverside
lastReviewDate: 2026-11-21
"""
RULE, SET = "rules/advice/take-care.yaml", "value_sets/present.yaml"
CONFIGURABLE = FILES[RULE].replace(
    "when: {fact: order, is: remedy}",
    """configurable: [{fact: months, minimum: 1, maximum: 12, unit: mo}]
when: {all: [{fact: order, is: remedy}, {not: {any: [{fact: months, at_least: 6}]}}]}""",
)
OPTION = FILES[RULE].replace("id: take-care", "id: ask").replace("status: active", "status: draft\nsiteOption: true")
OPEN = FILES[SET].replace("status: active", "status: active\nsiteTexts: true")
REJECTED = FILES["rejected_codes.yaml"]


def _load(tmp_path: Path, overlay: str, changes: dict[str, str | None] | None = None) -> Knowledge:
    site = tmp_path / "site"
    site.mkdir(exist_ok=True)
    (site / "overlay.yaml").write_text(OVERLAY.lstrip("\n") + overlay, encoding="utf-8")
    return load(write(tmp_path / "knowledge", changes or {}), overlay=site)


def test_an_empty_overlay_changes_nothing_but_the_edition(tmp_path: Path) -> None:
    """Whoever reads a decision sees that there was one."""
    assert load(write(tmp_path / "knowledge", {})).edition == "2026.11.0"
    assert _load(tmp_path, "").edition == "2026.11.0+riverside-3"


@pytest.mark.parametrize(
    ("entry", "system", "code"),
    [
        ('{system: "urn:oid:2.999", code: R1, display: x, valueSet: present}', "urn:oid:2.999", "r1"),
        ("{code: R1, display: x, valueSet: present}", None, "R1"),
        ("{code: R1, display: x, valueSet: present}", "", "R1"),
        ('{system: loinc, code: "2-2", display: x, valueSet: present}', "http://loinc.org", "2-2"),
        ('{system: "http://loinc.org/", code: "2-2", display: x, valueSet: present}', "http://loinc.org", "2-2"),
    ],
)  # fmt: skip
def test_a_local_code_means_its_value_set(tmp_path: Path, entry: str, system: str | None, code: str) -> None:
    """With a system of the site, without any, or as a code of a known system that was missing."""
    knowledge = _load(tmp_path, f"codes: [{entry}]\n")

    assert knowledge.concepts(system, code) == {"present"}
    assert knowledge.concepts("urn:oid:2.998", code) == frozenset()


def test_a_local_system_has_no_editions(tmp_path: Path) -> None:
    """A base URI does not catch the codes of everything below it."""
    entry = '{system: "https://example.org", code: R1, display: x, valueSet: present}'
    knowledge = _load(tmp_path, f"codes: [{entry}]\n")

    assert knowledge.concepts("https://example.org", "R1") == {"present"}
    assert knowledge.concepts("https://example.org/other", "R1") == frozenset()


def test_one_code_may_name_a_test_and_its_method(tmp_path: Path) -> None:
    """A laboratory orders by method: the code tells both."""
    knowledge = _load(tmp_path, "codes: [{code: R1, display: x, valueSet: present, method: looking}]\n")
    method = knowledge.method_by_code(None, "R1")

    assert knowledge.concepts(None, "R1") == {"present"}
    assert method is not None
    assert method.id == "looking"


def test_local_words_and_names_are_found(tmp_path: Path) -> None:
    """Words of value sets that take them, of methods and of drugs."""
    texts = (
        "texts: [{valueSet: present, text: is here}, {method: looking, text: by eye}, {drug: otheridol, text: OTH-1}]\n"
    )
    knowledge = _load(tmp_path, texts, {SET: OPEN})

    assert knowledge.concepts_in("It is here.") == {"present"}
    assert [method.id for method in knowledge.methods_in("seen by eye")] == ["looking"]
    assert [match.drug for match in knowledge.drugs_in("oth-1 10 mg")] == ["otheridol"]


def test_a_rule_is_disabled_and_an_option_enabled(tmp_path: Path) -> None:
    """An option is off until a site wants it."""
    changes: dict[str, str | None] = {"rules/advice/ask.yaml": OPTION}

    assert [rule.id for rule in load(write(tmp_path / "plain", changes)).rules] == ["take-care"]
    assert [rule.id for rule in _load(tmp_path, "rules: {disable: [take-care], enable: [ask]}\n", changes).rules] == [
        "ask"
    ]


@pytest.mark.parametrize("overlay", ["rules: {silent: [take-care]}\n", "rules: {enable: [ask], silent: [ask]}\n"])
def test_a_rule_is_in_silent_mode_also_one_that_is_enabled_for_it(tmp_path: Path, overlay: str) -> None:
    """It stays a rule in use, and says of itself that it is silent."""
    known = _load(tmp_path, overlay, {"rules/advice/ask.yaml": OPTION})

    (told,) = [each for each in about(known)["rules"] if each["silentMode"]]
    assert [rule.id for rule in known.rules if rule.silent_mode] == [told["id"]]
    assert told["id"] in overlay


def test_a_threshold_is_set_in_the_condition_and_in_the_words(tmp_path: Path) -> None:
    """What a card says and what the rule does are one number."""
    changes: dict[str, str | None] = {RULE: CONFIGURABLE.replace("Take care,", '"Within {months} months",')}
    plain = load(write(tmp_path / "plain", changes)).rules[0]
    (rule,) = _load(tmp_path, "thresholds: [{rule: take-care, fact: months, value: 3}]\n", changes).rules

    assert plain.card is not None
    assert rule.card is not None
    assert plain.card.summary == "Within 6 months"
    assert rule.card.summary == "Within 3 months"
    assert rule.when["all"] == [
        {"fact": "order", "is": "remedy"},
        {"not": {"any": [{"fact": "months", "at_least": 3}]}},
    ]


@pytest.mark.parametrize(
    ("overlay", "path"),
    [
        # the file by itself
        pytest.param("surprise: 1\n", "", id="an unknown key"),
        pytest.param("title: again\n", "line 6", id="a key twice"),
        pytest.param("wording: {found: Nothing}\n", "", id="words of cards"),
        pytest.param("codes: [{code: 7, display: x, valueSet: present}]\n", "codes[0].code", id="a code as number"),
        pytest.param("codes: [{code: R1, display: x}]\n", "codes[0]", id="a code that means nothing"),
        pytest.param(
            "codes: [{code: R1, display: x, drug: otheridol, valueSet: present}]\n",
            "codes[0]",
            id="a drug and a concept",
        ),
        pytest.param('texts: [{text: "-ve", valueSet: present}]\n', "texts[0].text", id="a hyphen at the start"),
        pytest.param("texts: [{text: P, valueSet: present}]\n", "texts[0].text", id="a word of one letter"),
        pytest.param("links: [{label: x, url: http://example.org}]\n", "links[0].url", id="a link without TLS"),
        pytest.param("links: [{label: x, url: pathway.html}]\n", "links[0].url", id="a relative link"),
        pytest.param("links: [{label: x, url: 'https://a@example.org'}]\n", "links[0].url", id="a link with a user"),
        pytest.param(
            "links: [{label: '<b>x</b>', url: https://example.org}]\n", "links[0].label", id="a label in HTML"
        ),
        # against the knowledge
        pytest.param(
            "codes: [{code: R1, display: x, valueSet: absent}]\n", "codes[0].valueSet", id="no such value set"
        ),
        pytest.param("codes: [{code: R1, display: x, drug: nobodol}]\n", "codes[0].drug", id="no such drug"),
        pytest.param("codes: [{code: R1, display: x, method: feeling}]\n", "codes[0].method", id="no such method"),
        pytest.param(
            "codes: [{system: lonc, code: R1, display: x, valueSet: present}]\n", "codes[0].system", id="no such system"
        ),
        pytest.param(
            'codes: [{system: loinc, code: "1-1", display: x, valueSet: present}]\n', "codes[0].code", id="a known code"
        ),
        pytest.param(
            'codes: [{system: "http://loinc.org|2", code: "1-1", display: x, method: looking}]\n',
            "codes[0].code",
            id="a known code with another meaning, its system spelled otherwise",
        ),
        pytest.param(
            "codes: [{system: ndc, code: '12345123412', display: x, drug: otheridol}]\n",
            "codes[0].code",
            id="a known drug code in another form",
        ),
        pytest.param("codes: [{system: ndc, code: '12', display: x, drug: otheridol}]\n", "codes[0].code", id="no NDC"),
        pytest.param(
            'codes: [{system: loinc, code: "9-9", display: x, valueSet: present}]\n',
            "codes[0].code",
            id="a rejected code",
        ),
        pytest.param(
            "codes: [{code: R1, display: x, drug: otheridol}, {code: r1, display: x, drug: examplidol}]\n",
            "codes[1].code",
            id="one local code twice",
        ),
        pytest.param("texts: [{text: here, valueSet: present}]\n", "texts[0].valueSet", id="a set that takes no words"),
        pytest.param("texts: [{text: Present, drug: otheridol}]\n", "texts[0].text", id="words that are taken"),
        pytest.param("texts: [{text: EXAMPLIDOL, method: looking}]\n", "texts[0].text", id="the name of a drug"),
        pytest.param("formulary: [otheridol]\n", "formulary[0]", id="a drug that no card may offer"),
        pytest.param("rules: {disable: [nothing]}\n", "rules.disable[0]", id="no such rule"),
        pytest.param("rules: {enable: [take-care]}\n", "rules.enable[0]", id="a rule that is no option"),
        pytest.param("rules: {silent: [nothing]}\n", "rules.silent[0]", id="silent, and no such rule"),
        pytest.param(
            "rules: {disable: [take-care], silent: [take-care]}\n", "rules.silent[0]", id="silent and disabled"
        ),
        pytest.param(
            "thresholds: [{rule: take-care, fact: years, value: 1}]\n", "thresholds[0]", id="a number not declared"
        ),
        pytest.param(
            "thresholds: [{rule: take-care, fact: months, value: 13}]\n", "thresholds[0].value", id="out of bounds"
        ),
        pytest.param(
            "links: [{label: x, url: https://example.org, topics: [advise]}]\n", "links[0].topics", id="no such topic"
        ),
    ],
)
def test_what_a_site_may_not_say_is_refused_where_it_stands(tmp_path: Path, overlay: str, path: str) -> None:
    """File and place of each fault."""
    with pytest.raises(KnowledgeError) as raised:
        _load(tmp_path, overlay, {RULE: CONFIGURABLE})

    assert ("site/overlay.yaml", path) in {(fault.file, fault.path) for fault in raised.value.faults}


def test_faults_of_overlay_and_knowledge_are_told_together(tmp_path: Path) -> None:
    """One start shows the whole work."""
    with pytest.raises(KnowledgeError) as raised:
        _load(tmp_path, "surprise: 1\n", {"methods/looking.yaml": "id: looking\n"})

    assert {fault.file for fault in raised.value.faults} == {"site/overlay.yaml", "methods/looking.yaml"}


def test_another_file_beside_the_overlay_is_refused(tmp_path: Path) -> None:
    """A second file would go unread in silence."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "codes.yml").write_text("codes: []\n", encoding="utf-8")

    with pytest.raises(KnowledgeError, match=r"codes\.yml"):
        _load(tmp_path, "")


def test_a_site_may_confirm_a_code_that_we_have_from_memory_only_for_its_own_drug(tmp_path: Path) -> None:
    """Who looked it up may use it; for another drug it stays a contradiction."""
    code = "- {system: loinc, code: 7-7, display: x, confidence: memory-only}\n"
    drug = FILES["drugs/otheridol.yaml"] + "  " + code
    entry = "codes: [{{system: loinc, code: 7-7, display: x, drug: {}}}]\n"

    knowledge = _load(tmp_path, entry.format("otheridol"), {"drugs/otheridol.yaml": drug})

    assert [match.drug for match in knowledge.drugs_by_code("http://loinc.org", "7-7")] == ["otheridol"]
    with pytest.raises(KnowledgeError, match="drugs/otheridol"):
        _load(tmp_path, entry.format("examplidol"), {"drugs/otheridol.yaml": drug})
