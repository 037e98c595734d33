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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cards.decision import Advice, Decision
from cards.errors import RuleError
from cards.model import Action, Card, Coding, Indicator, Source, Suggestion
from cards.options import Option, options_for
from cards.phrases import Phrases
from fhir_mapping.facts import Order, OrderState, ProposedOrder
from knowledge.lookup import Knowledge

SUMMARY_LENGTH = 139
"""CDS Hooks: a summary is shorter than 140 characters."""

Draft = Callable[[ProposedOrder], Mapping[str, Any]]
NewId = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Makes the cards of a decision; ``draft`` turns a proposed order into a resource, ``new_id`` gives uuids."""

    knowledge: Knowledge
    draft: Draft
    new_id: NewId
    formulary: tuple[str, ...] = ()

    def cards(self, decision: Decision) -> tuple[Card, ...]:
        """Return one card per topic that has something to say, gravest first."""
        return tuple(self._card(decision, advice) for advice in decision.advice)

    def _card(self, decision: Decision, advice: Advice) -> Card:
        words = advice.rule.card
        if words is None:  # the schema demands a card of every rule that speaks
            raise RuleError(advice.rule.id)
        orders = concerned(decision, advice)
        options = options_for(decision, self.knowledge, self.formulary)
        phrases = Phrases(knowledge=self.knowledge, decision=decision, orders=orders, options=options)
        suggestions = self._suggestions(words.suggestions, decision, orders, options, phrases)
        return Card(
            uuid=self.new_id(),
            summary=self._summary(advice, phrases),
            detail=phrases.detail(advice, formulary=bool(self.formulary)),
            indicator=Indicator(words.indicator or "info"),
            source=self._source(advice.rule.topic),
            suggestions=suggestions,
            selection_behavior="at-most-one" if suggestions else None,
            override_reasons=self._override_reasons(words.override_reasons),
        )

    def _summary(self, advice: Advice, phrases: Phrases) -> str:
        """Fill the summary; when it grows too long, say less of the result, then name the class and not the drugs."""
        own = (added.card.summary for added in advice.additions if added.card and added.card.summary)
        words = next(own, None) or (advice.rule.card.summary if advice.rule.card else None) or advice.rule.title
        tries = (phrases.summary(words, result) for result in phrases.results)
        least = phrases.summary(words, phrases.results[-1], by_class=True)
        return next((text for text in tries if len(text) <= SUMMARY_LENGTH), least[:SUMMARY_LENGTH])

    def _source(self, topic: str) -> Source:
        release = self.knowledge.release
        return Source(
            label=release.source_label,
            url=release.source_url,
            topic=Coding(code=topic, system=release.topic_system, display=self.knowledge.topic(topic).display),
        )

    def _override_reasons(self, ids: Sequence[str]) -> tuple[Coding, ...]:
        reasons = {reason.id: reason for reason in self.knowledge.release.override_reasons}
        given = (reasons[id_] for id_ in ids)
        return tuple(Coding(code=reason.code, system=reason.system, display=reason.display) for reason in given)

    def _suggestions(
        self,
        kinds: Sequence[str],
        decision: Decision,
        orders: tuple[Order, ...],
        options: tuple[Option, ...],
        phrases: Phrases,
    ) -> tuple[Suggestion, ...]:
        """Offer to replace the orders by each eligible drug, and to remove them; nothing that takes chemotherapy along."""
        deletes = self._deletes(orders, phrases)
        if not deletes:
            return ()
        offered: list[Suggestion] = []
        if "replace" in kinds:
            offered.extend(self._replace(option, deletes, decision, phrases) for option in options if option.swap)
        if "remove" in kinds:
            offered.append(Suggestion(label=phrases.remove_label, uuid=self.new_id(), actions=deletes))
        return tuple(offered)

    def _deletes(self, orders: tuple[Order, ...], phrases: Phrases) -> tuple[Action, ...]:
        removable = [order for order in orders if "/" in order.reference and only_of_one_class(order)]
        if len(removable) < len(orders):
            return ()
        return tuple(
            Action(type="delete", description=phrases.delete_description(order), resource_id=order.reference)
            for order in removable
        )

    def _replace(self, option: Option, deletes: tuple[Action, ...], decision: Decision, phrases: Phrases) -> Suggestion:
        """Create before delete: one public client carries out only the first action it can use."""
        diagnosis = next(iter(decision.facts.diagnosis.evidence), None)
        create = Action(
            type="create",
            description=phrases.create_description(option),
            resource=self.draft(ProposedOrder(drug=option.drug.id, reason=diagnosis)),
        )
        return Suggestion(label=phrases.replace_label(option), uuid=self.new_id(), actions=(create, *deletes))


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
