"""A decision to cards, in the rules' own words; the only place where text of a record enters a card, always quoted.

Placeholders that a rule's words may hold:

``{drugs}``      the drugs that the card is about, by our names: "pembrolizumab", "nivolumab and ipilimumab"
``{result}``     the ROS1 finding in brackets' words, for summaries: "CD74, NGS, 10 Sep 2026"
``{found}``      the ROS1 finding in full: what, method, specimen, date, laboratory, as reported
``{results}``    every ROS1 result on file, newest first
``{panels}``     the molecular panels under way whose names do not tell of ROS1; nothing if there is none
``{panel}``      since when the newest of them is, for summaries
``{baseline}``   how the checks stand that the label asks for: in a summary what stands out, in a detail each of them
``{interactions}`` what is taken or ordered that the label advises to avoid; in a summary the drugs only
``{additions}``  the paragraphs of the rules that add to this card
``{treatment}``  the courses of treatment on record: drug, dates, whether stopped and why
``{last_ici}``   when the last dose of a checkpoint inhibitor was, as far as the record tells; short in summaries
``{pd_l1}``      PD-L1 as reported, and that it does not decide; nothing if there is none
``{options}``    the ROS1 inhibitors that meet their approval conditions, with their evidence
``{resistance}`` the ROS1 changes on file with their evidence; stands before the options unless a rule places it
``{affected}``   those of the drugs that they concern most: of two that are ordered only one may fail
``{changes}``    those that matter for the drugs ordered, in short: "G2032R"
``{active}``     the options known to be active against them, for summaries: "repotrectinib or taletrectinib"
``{gaps}``       what could not be checked, in short in summaries; ``{gaps_medications}``: of the medications only, and
                 so ``{gaps_diagnoses}``, ``{gaps_results}``, ``{gaps_stages}``
``{missing}``    what was not found or could not be read, but for what stands in the gaps above
``{extent}``     what is on file of the extent of the disease
``{not_current}`` the lung cancers on file that are over or in doubt, each with its status; nothing if there is none
``{not_whole}``  which parts of the record did not arrive whole; nothing if all did
``{orders}``     the orders that could not be understood, quoted
``{sources}``    the sources of every rule and option on the card, and the knowledge release
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cards import before, finding, gaps, history, resistance
from cards.decision import Advice, Decision
from cards.model import Action, Card, Indicator, Suggestion
from cards.options import needs_of
from cards.patient import CHEMOTHERAPY, kinds_of
from cards.text import listing, quote
from cards.wordbook import PLACEHOLDER, CardWords, Subject, Testing, Wordbook
from fhir_mapping.facts import ClinicalFacts, Evidence, Order, OrderState, Part, ProposedOrder, ProposedTest, Reason
from knowledge.lookup import Knowledge
from knowledge.model import OrderTests

_RELATIVE = re.compile(r"(?P<type>[A-Za-z]+)/(?!(?P=type)\Z)[^\s/:?#]+")

SUMMARY_LENGTH = 139
"""CDS Hooks: a summary is shorter than 140 characters."""

_IN_BRIEF: Mapping[str, Callable[[ClinicalFacts, Knowledge], tuple[str, ...]]] = {
    "{result}": finding.in_brief,
    "{baseline}": before.checks_in_brief,
    "{interactions}": before.interactions_in_brief,
}
"""What a summary may name of the patient: in full first, then shorter and shorter."""

_GAPS: Mapping[str, tuple[Part, ...]] = {
    "gaps": tuple(Part),
    "gaps_diagnoses": (Part.DIAGNOSES,),
    "gaps_medications": (Part.MEDICATIONS,),
    "gaps_results": (Part.RESULTS, Part.REPORTS),
    "gaps_stages": (Part.STAGES,),
}
"""The placeholders for parts of the record that did not arrive whole."""

Draft = Callable[[ProposedOrder | ProposedTest], Mapping[str, Any]]
NewId = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Makes the cards of decisions; ``formulary`` names ROS1 inhibitors in the site's order."""

    wordbook: Wordbook
    formulary: tuple[str, ...] = ()

    def cards(
        self, decision: Decision, shown: tuple[Advice, ...] | None = None, *, draft: Draft, new_id: NewId
    ) -> tuple[Card, ...]:
        """Return one card per topic that has something to say, gravest first, or only those of the advice to show.

        ``draft`` turns a proposed order into a resource, ``new_id`` gives uuids.
        """
        advised = decision.advice if shown is None else shown
        return tuple(self._card(decision, advice, draft, new_id) for advice in advised)

    def _card(self, decision: Decision, advice: Advice, draft: Draft, new_id: NewId) -> Card:
        orders = concerned(decision, advice)
        words = self.wordbook.words(advice, self._subject(decision, orders, advice.rule.about))
        suggestions = self._suggestions(words, decision, orders, draft, new_id)
        return Card(
            uuid=new_id(),
            summary=self._summary(words, decision, orders),
            detail=self._detail(words.detail, decision, orders),
            indicator=Indicator(words.indicator),
            source=words.source,
            suggestions=suggestions,
            selection_behavior="at-most-one" if suggestions else None,
            override_reasons=words.override_reasons,
            links=words.links,
        )

    def _subject(self, decision: Decision, orders: tuple[Order, ...], about: tuple[str, ...]) -> Subject:
        """Take what the card is about: of an order for several drugs only those of the classes concerned."""
        recognitions = (each for order in orders for each in order.recognitions)
        told = frozenset(about) if any(order.state is OrderState.RECOGNISED for order in orders) else None
        named = {each.drug: each.drug_class for each in recognitions if told is None or each.drug_class in told}
        knowledge = self.wordbook.knowledge
        return Subject(
            drugs=tuple(named),
            affected=resistance.affected(named, decision.facts, knowledge),
            classes=tuple(dict.fromkeys(named.values())),
            needs=needs_of(decision.facts, decision.orders, knowledge, decision.as_of),
            chemotherapy_stays=any(
                each.drug_class == CHEMOTHERAPY for order in decision.orders for each in order.recognitions
            ),
            formulary=self.formulary,
        )

    def _summary(self, words: CardWords, decision: Decision, orders: tuple[Order, ...]) -> str:
        """Fill the summary; when it grows too long, say less of the result, then name the class and not the drugs."""
        facts, knowledge = decision.facts, self.wordbook.knowledge
        asked = next((each for each in _IN_BRIEF if each in words.summary), "{result}")
        values: dict[str, Callable[[], str]] = {
            **{gap: partial(gaps.in_brief, facts, parts, knowledge) for gap, parts in _GAPS.items()},
            "changes": lambda: self._changes(decision, orders),
            "panel": lambda: finding.newest_panel(facts, knowledge),
            "last_ici": lambda: history.last_ici_in_brief(facts, decision.as_of, knowledge),
        }

        def filled(summary: str, result: str) -> str:
            return PLACEHOLDER.sub(lambda match: values[match[1]](), summary.replace(asked, result))

        results = _IN_BRIEF[asked](facts, knowledge)
        for result in results:
            text = filled(words.summary, result)
            if len(text) <= SUMMARY_LENGTH:
                return text
        return filled(words.short_summary, results[-1])[:SUMMARY_LENGTH]

    def _changes(self, decision: Decision, orders: tuple[Order, ...]) -> str:
        drugs = dict.fromkeys(each.drug for order in orders for each in order.recognitions)
        return resistance.in_brief(drugs, decision.facts, self.wordbook.knowledge)

    def _detail(self, paragraphs: tuple[str, ...], decision: Decision, orders: tuple[Order, ...]) -> str:
        """Fill what depends on the patient: only the placeholders that are there, and no value is filled again."""
        facts, knowledge = decision.facts, self.wordbook.knowledge
        text = "".join(paragraphs)
        said = [part for gap, parts in _GAPS.items() if f"{{{gap}}}" in text for part in parts]
        values: dict[str, Callable[[], str]] = {
            "found": lambda: finding.in_full(facts, knowledge),
            "results": lambda: finding.results(facts, knowledge),
            "panels": lambda: finding.open_panels(facts, knowledge),
            "baseline": lambda: before.checks_in_full(facts, _drugs(orders), knowledge),
            "interactions": lambda: before.interactions_in_full(facts, knowledge),
            "treatment": lambda: history.treatment(decision, knowledge),
            "last_ici": lambda: history.last_ici(decision, knowledge),
            "pd_l1": lambda: finding.pd_l1(facts, knowledge),
            "missing": lambda: gaps.missing(decision, knowledge, but=said),
            "not_whole": lambda: gaps.not_whole(facts, knowledge),
            **{gap: partial(gaps.in_full, facts, parts, knowledge) for gap, parts in _GAPS.items()},
            "extent": lambda: gaps.extent(facts, knowledge),
            "not_current": lambda: gaps.not_current(facts, knowledge),
            "orders": lambda: _quoted(orders),
            "changes": lambda: self._changes(decision, orders),
            "resistance": lambda: resistance.in_full(facts, knowledge),
        }
        filled = (
            PLACEHOLDER.sub(lambda match: values[match[1]](), part) if "{" in part else part for part in paragraphs
        )
        return "\n\n".join(filter(None, filled))

    def _suggestions(
        self, words: CardWords, decision: Decision, orders: tuple[Order, ...], draft: Draft, new_id: NewId
    ) -> tuple[Suggestion, ...]:
        """Offer replacements, additions, tests, then removal; create before delete: one client does only the first."""
        testing = words.testing + (self._missing(decision, orders) if words.order_missing else ())
        if not (words.replacements or words.additions or testing or words.removal or words.remove_each):
            return ()
        deletes = self._deletes(orders)
        reason = next(iter(decision.facts.diagnosis.evidence), None)
        offered: list[Suggestion] = []
        adding = [(each, ()) for each in words.additions]
        for (drug, label, description), then in (*((each, deletes) for each in words.replacements if deletes), *adding):
            resource = draft(ProposedOrder(drug=drug, reason=reason))
            create = Action(type="create", description=description, resource=resource)
            offered.append(Suggestion(label=label, uuid=new_id(), actions=(create, *then)))
        offered.extend(_testing(each, deletes, reason, draft, new_id) for each in testing)
        if words.removal and deletes:
            offered.append(Suggestion(label=words.removal, uuid=new_id(), actions=deletes))
        for order, delete in zip(orders, deletes, strict=False) if words.remove_each else ():
            label = self.wordbook.removal_alone(tuple(each.drug for each in order.recognitions))
            offered.append(Suggestion(label=label, uuid=new_id(), actions=(delete,)))
        return tuple(offered)

    def _missing(self, decision: Decision, orders: tuple[Order, ...]) -> tuple[Testing, ...]:
        """Return one suggestion that orders every baseline check that is missing, if there is any."""
        tests = before.tests_to_order(decision.facts, self.wordbook.knowledge)
        return (self.wordbook.testing(listing(_drugs(orders)), OrderTests(order=tests)),) if tests else ()

    def _deletes(self, orders: tuple[Order, ...]) -> tuple[Action, ...]:
        """Return the removal of every order; nothing if one cannot be named, or holds drugs that must stay."""
        if not all(_is_relative(order.reference) and order.removable and only_of_one_class(order) for order in orders):
            return ()
        return tuple(
            Action(
                type="delete",
                description=self.wordbook.removal(tuple(each.drug for each in order.recognitions)),
                resource_id=order.reference,
            )
            for order in orders
        )


def _testing(
    words: Testing, deletes: tuple[Action, ...], reason: Evidence | None, draft: Draft, new_id: NewId
) -> Suggestion:
    """Order the tests; hold the orders only if every one of them can be removed."""
    creates = tuple(
        Action(type="create", description=description, resource=draft(ProposedTest(orderable=test, reason=reason)))
        for test, description in words.tests
    )
    if words.holding and deletes:
        return Suggestion(label=words.holding, uuid=new_id(), actions=(*creates, *deletes))
    return Suggestion(label=words.label, uuid=new_id(), actions=creates)


def concerned(decision: Decision, advice: Advice) -> tuple[Order, ...]:
    """Return the selected orders that a card is about: of the classes or states its rule names, for no other cancer."""
    about = frozenset(advice.rule.about)
    orders = [order for order in decision.orders if order.selected and not about.isdisjoint(kinds_of(order))]
    ours = tuple(order for order in orders if order.reason is not Reason.OTHER_CANCER)
    return ours or tuple(orders)


def _is_relative(reference: str) -> bool:
    """Tell whether a client finds the draft by its reference: no type alone, no URL, no id that holds a slash."""
    return _RELATIVE.fullmatch(reference) is not None


def only_of_one_class(order: Order) -> bool:
    """Tell whether an order holds nothing but drugs of one class, so that removing it takes nothing else along."""
    return len({recognition.drug_class for recognition in order.recognitions}) == 1


def _drugs(orders: tuple[Order, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.drug for order in orders for each in order.recognitions))


def _quoted(orders: tuple[Order, ...]) -> str:
    return listing(quote(order.display or order.reference) for order in orders) if orders else ""
