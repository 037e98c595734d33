"""What a decision looks like on a card."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from cards.decision import RuleBook, decide
from cards.model import Card
from cards.render import Renderer
from cards.wordbook import Wordbook
from fhir_mapping.facts import ProposedOrder, ProposedTest
from knowledge.loader import load
from knowledge.model import Rule
from tests.rules.situation import facts_of, orders_of

KNOWLEDGE = load()
RULES = RuleBook(KNOWLEDGE)
FIT: dict[str, Any] = {"ros1": "confirmed", "partner": "CD74", "diagnosis": "nsclc", "extent": "metastatic"}
Order = dict[str, Any] | list[dict[str, Any]]
PEMBROLIZUMAB: dict[str, Any] = {"drug": "pembrolizumab"}


def _draft(proposal: ProposedOrder | ProposedTest) -> Mapping[str, Any]:
    if isinstance(proposal, ProposedTest):
        return {"resourceType": "ServiceRequest", "id": "draft", "test": proposal.orderable}
    return {"resourceType": "MedicationRequest", "id": "draft", "drug": proposal.drug}


def _cards(order: Order, facts: Mapping[str, Any], formulary: tuple[str, ...] = ()) -> tuple[Card, ...]:
    counter = itertools.count()
    decision = decide(facts_of(facts), orders_of(order, KNOWLEDGE), RULES, date(2026, 11, 21))
    renderer = Renderer(wordbook=Wordbook(KNOWLEDGE), formulary=formulary)
    return renderer.cards(decision, draft=_draft, new_id=lambda: f"id-{next(counter)}")


def _card(order: Order, facts: Mapping[str, Any], formulary: tuple[str, ...] = ()) -> Card:
    (card,) = _cards(order, facts, formulary)
    return card


def _tests(card: Card) -> list[tuple[str, list[str]]]:
    """Return each suggestion with what it does: tests by id, then what it deletes."""
    return [
        (each.label, [str((action.resource or {}).get("test") or action.resource_id) for action in each.actions])
        for each in card.suggestions
    ]


def _offered(card: Card) -> list[str]:
    return [
        action.resource["drug"] for each in card.suggestions for action in each.actions if action.resource is not None
    ]


@pytest.mark.requirement("C2")
@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in KNOWLEDGE.rules if rule.card])
def test_no_summary_reaches_140_characters_whatever_is_ordered(rule: Rule) -> None:
    """The longest session that we know still gets a summary under 140 characters that names the finding."""
    every = [{"drug": drug.id} for drug in KNOWLEDGE.drugs.values() if drug.drug_class == "immune-checkpoint-inhibitor"]
    for facts in (FIT, FIT | {"extent": "not-stated"}, FIT | {"absent": ["medications"]}):
        for card in _cards(every, facts):
            assert len(card.summary) < 140
            assert card.summary.startswith("ROS1 fusion found (")
    assert rule.card
    assert "contraindicated" not in f"{rule.card.summary} {rule.card.detail}"


def test_the_summary_names_partner_method_and_date_first() -> None:
    """The finding and what follows, most important words first."""
    card = _card(PEMBROLIZUMAB, FIT)

    assert (
        card.summary == "ROS1 fusion found (CD74, NGS, 10 Sep 2026): pembrolizumab not advised before a ROS1 inhibitor"
    )


def test_a_hostile_partner_never_reaches_the_summary() -> None:
    """Only what can be nothing but a gene symbol is taken unquoted."""
    card = _card(PEMBROLIZUMAB, FIT | {"partner": "<script>alert(1)</script>"})

    assert "<script>" not in card.summary + card.detail


def test_the_detail_goes_from_the_finding_to_the_sources() -> None:
    """Found, why, PD-L1, options, what was not found, sources: in this order."""
    detail = _card(PEMBROLIZUMAB, FIT | {"pd-l1": 90}).detail
    places = [
        detail.index(word) for word in ("**Found:**", "**Why it matters", "**PD-L1**", "**Options**", "**Sources:**")
    ]

    assert places == sorted(places)


@pytest.mark.parametrize("order", [PEMBROLIZUMAB, [{"drug": "cemiplimab"}, {"drug": "pemetrexed", "selected": False}]])
def test_a_detail_has_no_table_no_html_and_no_hole(order: Order) -> None:
    """Some clients show tables raw and break on HTML; an unfilled placeholder would be seen by a clinician."""
    detail = _card(order, FIT | {"pd-l1": 90, "cns-metastases": True}).detail

    assert not set("<|{}") & set(detail)
    assert "\n\n\n" not in detail


@pytest.mark.requirement("C6", "C7")
def test_options_stand_in_alphabetical_order_and_none_is_recommended() -> None:
    """Without head-to-head data nothing is ranked."""
    card = _card(PEMBROLIZUMAB, FIT)

    assert _offered(card) == ["entrectinib", "repotrectinib", "taletrectinib"]
    assert not any(suggestion.is_recommended for suggestion in card.suggestions)


def test_a_site_s_formulary_orders_the_options() -> None:
    """The site's order comes first, the others follow by name; crizotinib is offered if the site lists it."""
    card = _card(PEMBROLIZUMAB, FIT, formulary=("taletrectinib", "crizotinib"))

    assert _offered(card) == ["taletrectinib", "crizotinib", "entrectinib", "repotrectinib"]


def test_a_dose_that_is_not_verified_is_not_given() -> None:
    """Crizotinib's label dose is known from memory only."""
    card = _card(PEMBROLIZUMAB, FIT, formulary=("crizotinib",))

    assert card.suggestions[0].label == "Replace pembrolizumab with crizotinib, dose to be set (draft)"


def test_only_drugs_labelled_for_locally_advanced_disease_are_offered_for_it() -> None:
    """A card never writes a prescription for a drug that fails an approval condition."""
    card = _card(PEMBROLIZUMAB, FIT | {"extent": "locally-advanced-incurable"})

    assert _offered(card) == ["repotrectinib", "taletrectinib"]


def test_with_brain_metastases_every_option_is_active_in_the_brain() -> None:
    """Crizotinib is not even mentioned as an option."""
    card = _card(PEMBROLIZUMAB, FIT | {"cns-metastases": True})

    assert "- **crizotinib**" not in card.detail
    assert _offered(card) == ["entrectinib", "repotrectinib", "taletrectinib"]


def test_zidesamtinib_is_not_offered_first_line() -> None:
    """It is labelled after a ROS1 inhibitor only."""
    assert "zidesamtinib" not in _card(PEMBROLIZUMAB, FIT).detail


@pytest.mark.requirement("A2", "A6", "H6")
def test_a_swap_creates_before_it_deletes_and_takes_every_checkpoint_inhibitor_along() -> None:
    """Deletes stand after the create and name each selected checkpoint inhibitor draft."""
    card = _card([{"drug": "nivolumab"}, {"drug": "ipilimumab"}], FIT)

    for suggestion in card.suggestions[:-1]:
        assert [action.type for action in suggestion.actions] == ["create", "delete", "delete"]
    assert {action.resource_id for action in card.suggestions[0].actions[1:]} == {
        "MedicationRequest/1",
        "MedicationRequest/2",
    }


def test_chemotherapy_stays() -> None:
    """No suggestion removes the chemotherapy of a regimen, and the card says so."""
    card = _card([{"drug": "carboplatin"}, {"drug": "pemetrexed"}, PEMBROLIZUMAB], FIT)

    removed = {action.resource_id for each in card.suggestions for action in each.actions if action.type == "delete"}
    assert removed == {"MedicationRequest/3"}
    assert "**Chemotherapy stays:**" in card.detail
    assert card.suggestions[-1].label == "Remove pembrolizumab, keep the chemotherapy"


@pytest.mark.requirement("C8", "C9", "C10")
def test_override_reasons_are_the_standard_s_first_and_other_last() -> None:
    """Each has code, system and display."""
    reasons = _card(PEMBROLIZUMAB, FIT).override_reasons

    assert reasons[0].system == "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
    assert reasons[-1].code == "other"
    assert all(reason.display and reason.code and reason.system for reason in reasons)


@pytest.mark.requirement("C11")
def test_a_card_says_which_drug_it_is_about() -> None:
    """With several drafts in the session the detail names the ones concerned, and only those."""
    card = _card([{"drug": "carboplatin"}, PEMBROLIZUMAB], FIT)

    assert "**Why it matters for pembrolizumab:**" in card.detail


def test_the_card_says_what_did_not_arrive() -> None:
    """Missing medications stand in the summary's words and in the detail."""
    card = _card(PEMBROLIZUMAB, FIT | {"failed": ["medications"]})

    assert card.indicator == "warning"
    assert "medications: could not be had from the EHR" in card.detail


UNCLEAR: dict[str, Any] = {"diagnosis": "nsclc", "extent": "metastatic", "pd-l1": 90, "reported": "a" * 300}


@pytest.mark.requirement("C2")
@pytest.mark.parametrize("status", ["ihc-only", "conflicting", "pending", "indeterminate"])
@pytest.mark.parametrize(
    "more", [{}, {"extent": "curative-intent"}, {"extent": "not-stated"}, {"ros1-test-pending": 1}]
)
def test_a_result_that_is_not_settled_fits_a_card_whatever_is_ordered(status: str, more: dict[str, Any]) -> None:
    """Short summary, no hole in the detail, the results listed, and what would settle it."""
    every = [{"drug": drug.id} for drug in KNOWLEDGE.drugs.values() if drug.drug_class == "immune-checkpoint-inhibitor"]
    for order in (every, PEMBROLIZUMAB):
        card = _card(order, UNCLEAR | {"ros1": status} | more)

        assert len(card.summary) < 140
        assert "**ROS1 results on file:**\n- " in card.detail
        assert not set("<|{}") & set(card.detail + card.summary)
        assert "contraindicated" not in card.detail


def test_a_test_is_ordered_before_the_checkpoint_inhibitor_is_held() -> None:
    """Create stands before delete: one client does only the first."""
    card = _card(PEMBROLIZUMAB, UNCLEAR | {"ros1": "ihc-only", "method": "ihc"})

    assert _tests(card) == [
        ("Hold pembrolizumab, order ROS1 FISH (draft)", ["ros1-fish", "MedicationRequest/1"]),
        ("Hold pembrolizumab, order broad molecular testing (NGS) (draft)", ["broad-ngs", "MedicationRequest/1"]),
        ("Remove pembrolizumab from the draft orders", ["MedicationRequest/1"]),
    ]
    assert [action.type for action in card.suggestions[0].actions] == ["create", "delete"]


def test_what_cannot_be_removed_is_not_said_to_be_held() -> None:
    """An order that holds chemotherapy, too, stays: the test is offered alone."""
    order = orders_of(PEMBROLIZUMAB, KNOWLEDGE)[0]
    both = (*order.recognitions, *orders_of({"drug": "carboplatin"}, KNOWLEDGE)[0].recognitions)
    facts = facts_of(UNCLEAR | {"ros1": "ihc-only", "method": "ihc"})
    decision = decide(facts, (replace(order, recognitions=both),), RULES, date(2026, 11, 21))
    (card,) = Renderer(wordbook=Wordbook(KNOWLEDGE)).cards(decision, draft=_draft, new_id=lambda: "id")

    assert _tests(card) == [
        ("Order ROS1 FISH (draft)", ["ros1-fish"]),
        ("Order broad molecular testing (NGS) (draft)", ["broad-ngs"]),
    ]


AFTER: dict[str, Any] = FIT | {"therapies": {"crizotinib": "prior"}}
ENTRECTINIB: dict[str, Any] = {"drug": "entrectinib"}


def test_resistance_names_the_change_what_fails_and_what_works_with_its_figure() -> None:
    """The words of the decision table, from the data; the figures are those measured with the change."""
    card = _card(ENTRECTINIB, AFTER | {"changes": ["G2032R"]})

    assert card.summary == "ROS1 G2032R: entrectinib unlikely to work; repotrectinib or taletrectinib active"
    assert card.indicator == "warning"
    assert "**ROS1 resistance:** G2032R, on 2 Oct 2026." in card.detail
    assert "against G2032R: ORR 59 % (10 of 17), TRIDENT-1" in card.detail
    assert "activity against G2032R not known" in card.detail  # zidesamtinib
    assert "**Not offered:** crizotinib (taken before)." in card.detail
    assert _offered(card) == ["repotrectinib", "taletrectinib"]


def test_of_two_ordered_drugs_only_the_one_that_fails_is_said_to_fail() -> None:
    """Repotrectinib in the same session is not called useless."""
    card = _card([{"drug": "crizotinib"}, {"drug": "repotrectinib"}], FIT | {"changes": ["G2032R"]})

    assert card.summary == "ROS1 G2032R: crizotinib unlikely to work; taletrectinib active"


def test_when_nothing_is_left_that_works_nothing_is_offered() -> None:
    """L2086F: the card says why each is left out, and suggests no drug."""
    card = _card({"drug": "taletrectinib"}, AFTER | {"changes": ["L2086F"]})

    assert card.summary == "ROS1 L2086F: resistant to type I inhibitors; discuss at tumour board"
    assert "repotrectinib (L2086F: resistant), zidesamtinib (activity against L2086F not verified)" in card.detail
    assert "preclinical data only" in card.detail
    assert not card.suggestions


def test_a_change_that_is_not_listed_is_said_not_guessed() -> None:
    """On every card with options."""
    card = _card(PEMBROLIZUMAB, FIT | {"changes": ["X1234Y"]})

    assert "X1234Y: not in this knowledge release; which drugs work against it is not known here." in card.detail


def test_a_change_without_a_fusion_on_file_asks_for_the_fusion() -> None:
    """It suggests a fusion; it does not prove one."""
    card = _card(ENTRECTINIB, {"diagnosis": "nsclc", "extent": "metastatic", "changes": ["G2032R"]})

    assert "No confirmed ROS1 fusion is on file" in card.detail


def test_response_rates_are_those_of_the_patients_setting() -> None:
    """After a ROS1 inhibitor, or with a change that comes under one, no first-line figure is shown."""
    for facts in (AFTER, FIT | {"changes": ["G2032R"]}):
        detail = _card({"drug": "alectinib"}, facts).detail
        assert "n = 56" in detail
        assert "n = 71" not in detail
    assert "n = 71" in _card({"drug": "alectinib"}, FIT).detail


def test_zidesamtinib_is_offered_in_words_after_a_ros1_inhibitor() -> None:
    """No code exists, and the dose is not verified here: both are said."""
    card = _card({"drug": "alectinib"}, AFTER)

    assert "Replace alectinib with zidesamtinib, dose to be set (draft)" in [each.label for each in card.suggestions]
    assert "no drug code for it exists yet: the draft orders it in words" in card.detail


def test_chemotherapy_alone_is_offered_a_ros1_inhibitor_and_keeps_its_drafts() -> None:
    """A bridge is legitimate: a draft is added, none is removed."""
    card = _card([{"drug": "carboplatin"}, {"drug": "pemetrexed"}], FIT)

    assert card.indicator == "info"
    assert _offered(card) == ["entrectinib", "repotrectinib", "taletrectinib"]
    assert {action.type for each in card.suggestions for action in each.actions} == {"create"}


def test_a_checkpoint_inhibitor_and_a_wrong_kinase_inhibitor_give_one_card_each() -> None:
    """At most one card about the checkpoint inhibitor and one about the kinase inhibitor."""
    cards = _cards([PEMBROLIZUMAB, {"drug": "alectinib"}, {"drug": "crizotinib"}], FIT | {"cns-metastases": True})

    assert [card.source.topic.code for card in cards if card.source.topic] == ["immunotherapy", "ros1-inhibitor"]


@pytest.mark.parametrize(
    "changes", [["G2032R"], ["L2086F"], ["X1234Y"], ["G2032R", "L2086F", "D2033N", "F2004C", "X1234Y"]]
)
def test_no_summary_about_a_kinase_inhibitor_reaches_140_characters(changes: list[str]) -> None:
    """The longest session still gets a whole summary."""
    every = [{"drug": drug.id} for drug in KNOWLEDGE.drugs.values() if drug.drug_class.endswith("-inhibitor")]
    for order in (every, *([one] for one in every)):
        for card in _cards(order, AFTER | {"changes": changes, "cns-metastases": True}):
            assert 0 < len(card.summary) < 140
            assert not set("{}") & set(card.summary + card.detail)
