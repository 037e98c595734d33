"""A decision to cards, in the rules' own words; the only place where text of a record enters a card, always quoted.

Placeholders that a rule's words may hold:

``{drugs}``      the drugs that the card is about, by our names: "pembrolizumab", "nivolumab and ipilimumab"
``{result}``     the ROS1 finding in brackets' words, for summaries: "CD74, NGS, 10 Sep 2026"
``{found}``      the ROS1 finding in full: what, method, specimen, date, laboratory, as reported
``{additions}``  the paragraphs of the rules that add to this card
``{pd_l1}``      PD-L1 as reported, and that it does not decide; nothing if there is none
``{options}``    the ROS1 inhibitors that meet their approval conditions, with their evidence
``{gaps}``       what could not be checked, in short, for summaries
``{missing}``    what was not found or could not be read
``{orders}``     the orders that could not be understood, quoted
``{sources}``    the sources of every rule and option on the card, and the knowledge release
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cards.decision import Advice, Decision
from cards.model import Action, Card, Indicator, Suggestion
from cards.options import Option, options_for
from cards.phrases import Phrases
from cards.wordbook import Wordbook
from fhir_mapping.facts import Order, OrderState, ProposedOrder

SUMMARY_LENGTH = 139
"""CDS Hooks: a summary is shorter than 140 characters."""

Draft = Callable[[ProposedOrder], Mapping[str, Any]]
NewId = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Makes the cards of decisions; ``formulary`` names ROS1 inhibitors in the site's order."""

    wordbook: Wordbook
    formulary: tuple[str, ...] = ()

    def cards(self, decision: Decision, *, draft: Draft, new_id: NewId) -> tuple[Card, ...]:
        """Return one card per topic that has something to say, gravest first.

        ``draft`` turns a proposed order into a resource, ``new_id`` gives uuids.
        """
        return tuple(self._card(decision, advice, draft, new_id) for advice in decision.advice)

    def _card(self, decision: Decision, advice: Advice, draft: Draft, new_id: NewId) -> Card:
        words = self.wordbook.words(advice)
        orders = concerned(decision, advice)
        options = options_for(decision, self.wordbook.candidates, self.formulary)
        phrases = Phrases(book=self.wordbook, decision=decision, orders=orders, options=options)
        offers = _Offers(phrases=phrases, decision=decision, draft=draft, new_id=new_id)
        suggestions = offers.suggestions(words.suggestions, orders, options)
        return Card(
            uuid=new_id(),
            summary=_summary(words.summary, phrases),
            detail=phrases.detail(words.detail, formulary=bool(self.formulary)),
            indicator=Indicator(words.indicator),
            source=words.source,
            suggestions=suggestions,
            selection_behavior="at-most-one" if suggestions else None,
            override_reasons=words.override_reasons,
        )


def _summary(words: str, phrases: Phrases) -> str:
    """Fill the summary; when it grows too long, say less of the result, then name the class and not the drugs."""
    for result in phrases.results:
        text = phrases.summary(words, result)
        if len(text) <= SUMMARY_LENGTH:
            return text
    return phrases.summary(words, phrases.results[-1], by_class=True)[:SUMMARY_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offers:
    """Makes the suggestions of one card."""

    phrases: Phrases
    decision: Decision
    draft: Draft
    new_id: NewId

    def suggestions(
        self, kinds: tuple[str, ...], orders: tuple[Order, ...], options: tuple[Option, ...]
    ) -> tuple[Suggestion, ...]:
        """Offer to replace the orders by each eligible drug, and to remove them; chemotherapy is never taken along."""
        deletes = self._deletes(orders) if kinds else ()
        if not deletes:
            return ()
        offered: list[Suggestion] = []
        if "replace" in kinds:
            offered.extend(self._replace(option, deletes) for option in options if option.swap)
        if "remove" in kinds:
            offered.append(Suggestion(label=self.phrases.remove_label, uuid=self.new_id(), actions=deletes))
        return tuple(offered)

    def _deletes(self, orders: tuple[Order, ...]) -> tuple[Action, ...]:
        removable = [order for order in orders if "/" in order.reference and only_of_one_class(order)]
        if len(removable) < len(orders):
            return ()
        return tuple(
            Action(type="delete", description=self.phrases.delete_description(order), resource_id=order.reference)
            for order in removable
        )

    def _replace(self, option: Option, deletes: tuple[Action, ...]) -> Suggestion:
        """Create before delete: one public client carries out only the first action it can use."""
        diagnosis = next(iter(self.decision.facts.diagnosis.evidence), None)
        create = Action(
            type="create",
            description=self.phrases.create_description(option),
            resource=self.draft(ProposedOrder(drug=option.drug.id, reason=diagnosis)),
        )
        return Suggestion(label=self.phrases.replace_label(option), uuid=self.new_id(), actions=(create, *deletes))


def concerned(decision: Decision, advice: Advice) -> tuple[Order, ...]:
    """Return the selected orders that a card is about: those of the class its rule asks for."""
    about = advice.rule.about
    return tuple(
        order
        for order in decision.orders
        if order.selected
        and (
            any(recognition.drug_class in about for recognition in order.recognitions)
            if order.state is OrderState.RECOGNISED
            else str(order.state) in about
        )
    )


def only_of_one_class(order: Order) -> bool:
    """Tell whether an order holds nothing but drugs of one class, so that removing it takes nothing else along."""
    return len({recognition.drug_class for recognition in order.recognitions}) == 1
