"""The phrases of one card: rules' words and shared words, filled with what this decision found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cards import finding, gaps
from cards.conditions import CHEMOTHERAPY, ROS1_INHIBITOR
from cards.decision import Advice, Decision
from cards.options import Option
from cards.text import listing, quote
from cards.wording import say
from fhir_mapping.facts import Order, OrderState
from knowledge.lookup import Knowledge
from knowledge.model import Dose

_PLACEHOLDER = re.compile(r"\{([\w-]+)\}")
_EMPTY_LINES = re.compile(r"\n{3,}")
_SOFT_BREAK = re.compile(r"(?<!\n)\n(?!\n|- )")
"""A line that goes on in the next, in the files for reading's sake: some clients show it as a line break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Fills the words of rules and of the shared wording; every value is our own word or a quoted one."""

    knowledge: Knowledge
    decision: Decision
    orders: tuple[Order, ...]
    options: tuple[Option, ...]

    def _say(self, phrase: str, **values: str) -> str:
        return say(self.knowledge, phrase, **values)

    # --- the summary ---------------------------------------------------------------------------------------------

    @property
    def results(self) -> tuple[str, ...]:
        """The ROS1 finding for a summary, in full first, then shorter and shorter."""
        return finding.in_brief(self.decision.facts, self.knowledge)

    def summary(self, words: str, result: str, *, by_class: bool = False) -> str:
        """Fill the words of a summary; ``by_class`` names the class of the drugs in place of each."""
        values = {
            "drugs": self._classes if by_class else self.drugs,
            "result": result,
            "gaps": gaps.in_brief(self.decision.facts, self.knowledge),
        }
        return _PLACEHOLDER.sub(lambda match: values[match[1]], words)

    @property
    def drugs(self) -> str:
        """The drugs that the card is about, by our names."""
        return self._names(self.orders)

    def _names(self, orders: Iterable[Order]) -> str:
        ids = dict.fromkeys(recognition.drug for order in orders for recognition in order.recognitions)
        return listing(self._name(id_) for id_ in ids) if ids else ""

    def _name(self, id_: str) -> str:
        drug = self.knowledge.drugs.get(id_)
        return drug.name if drug else self._say(f"drugs.class.{id_}")

    @property
    def _classes(self) -> str:
        classes = dict.fromkeys(recognition.drug_class for order in self.orders for recognition in order.recognitions)
        return listing(self._say(f"drugs.class.{id_}") for id_ in classes) if classes else ""

    # --- the detail ----------------------------------------------------------------------------------------------

    def detail(self, advice: Advice, *, formulary: bool) -> str:
        """Fill the detail of the rule that speaks, with the paragraphs of those that add to it."""
        card = advice.rule.card
        words = card.detail if card else ""
        additions = "\n\n".join(added.card.detail.strip() for added in advice.additions if added.card)
        words = _SOFT_BREAK.sub(" ", words.replace("{additions}", additions))
        text = self._fill(words, advice=advice, formulary=formulary)
        return _EMPTY_LINES.sub("\n\n", text).strip()

    def _fill(self, words: str, *, advice: Advice, formulary: bool) -> str:
        """Fill only the placeholders that the words hold: nothing is worked out in vain, no value is filled again."""
        facts = self.decision.facts
        values = {
            "drugs": lambda: self.drugs,
            "found": lambda: finding.in_full(facts, self.knowledge),
            "pd_l1": lambda: finding.pd_l1(facts, self.knowledge),
            "options": lambda: self._options(formulary=formulary),
            "missing": lambda: gaps.missing(self.decision, self.knowledge),
            "gaps": lambda: gaps.in_full(facts, self.knowledge),
            "orders": lambda: self._unread_orders,
            "sources": lambda: self._sources(advice),
        }

        def value(match: re.Match[str]) -> str:
            statement = self.knowledge.statements.get(match[1])
            return statement.text.replace("{drugs}", self.drugs).strip() if statement else values[match[1]]()

        return _PLACEHOLDER.sub(value, words)

    @property
    def _unread_orders(self) -> str:
        shown = [order for order in self.orders if order.state is not OrderState.RECOGNISED]
        return listing(quote(order.display or order.reference) for order in shown) if shown else ""

    def _sources(self, advice: Advice) -> str:
        """Name each source once: those of the rules on the card and of the statements they use."""
        cited = (citation for rule in (advice.rule, *advice.additions) for citation in self.knowledge.citations(rule))
        names = dict.fromkeys(self.knowledge.sources[citation.source].short for citation in cited)
        return self._say("sources", sources="; ".join(names), release=self.decision.release)

    def _options(self, *, formulary: bool) -> str:
        if not self.options:
            return self._say("options.none")
        heading = self._say("options.formulary" if formulary else "options")
        return "\n".join((heading, *map(self._option, self.options)))

    def _option(self, option: Option) -> str:
        """Say of a drug what a choice needs: approval, brain, response in this situation, dose, what to check first."""
        use = option.use
        year = (option.approval.date or "")[:4]
        date = self._say("options.scope.date", date=year) if year else ""
        facts = [self._say(f"options.scope.{option.approval.scope}", region=option.approval.region, date=date)]
        if use.cns_active is not None:
            facts.append(self._say("options.cns-active" if use.cns_active else "options.cns-limited"))
        outcomes = (each for each in use.outcomes if each.setting == self._setting and each.confidence.usable)
        facts.extend(outcome.text for outcome in outcomes)
        facts.append(self._dose(option.dose))
        if use.baseline:
            facts.append(self._say("options.baseline", baseline=use.baseline))
        brands = f" ({listing(option.drug.brands)})" if option.drug.brands else ""
        return self._say("options.drug", drug=option.drug.name, brands=brands, facts="; ".join(facts))

    @property
    def _setting(self) -> str:
        treated = any(therapy.drug_class == ROS1_INHIBITOR for therapy in self.decision.facts.therapies)
        return "after-ros1-inhibitor" if treated else "ros1-inhibitor-naive"

    def _dose(self, dose: Dose | None) -> str:
        if dose is None:
            return self._say("options.dose-not-verified")
        administration = f", {dose.administration}" if dose.administration else ""
        source = self.knowledge.sources[dose.related_artifact[0].source].short
        return self._say("options.dose", dose=dose.text, administration=administration, source=source)

    # --- suggestions ---------------------------------------------------------------------------------------------

    def replace_label(self, option: Option) -> str:
        """Say what the swap does, in one line."""
        return self._labelled("replace", option)

    def create_description(self, option: Option) -> str:
        """Say what draft is created."""
        return self._labelled("replace.create", option)

    def _labelled(self, phrase: str, option: Option) -> str:
        if option.dose is None:
            return self._say(f"{phrase}.no-dose", drugs=self.drugs, drug=option.drug.name)
        return self._say(phrase, drugs=self.drugs, drug=option.drug.name, dose=option.dose.text)

    def delete_description(self, order: Order) -> str:
        """Say what draft is removed."""
        return self._say("remove.delete", drugs=self._names((order,)))

    @property
    def remove_label(self) -> str:
        """Say what the removal leaves."""
        recognitions = (recognition for order in self.decision.orders for recognition in order.recognitions)
        stays = any(recognition.drug_class == CHEMOTHERAPY for recognition in recognitions)
        return self._say("remove.keep-chemotherapy" if stays else "remove", drugs=self.drugs)
