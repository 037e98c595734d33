"""The phrases of one card: the shared words of knowledge, filled with what this decision found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cards.conditions import CHEMOTHERAPY
from cards.decision import Advice, Decision
from cards.options import Option
from cards.text import day, listing, quote, symbol
from fhir_mapping.facts import (
    Availability,
    Extent,
    LungCancer,
    Order,
    OrderState,
    PdL1Result,
    Ros1Result,
)
from knowledge.lookup import Knowledge

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

    def say(self, phrase: str, **values: str) -> str:
        """Return a shared phrase, filled."""
        return self.knowledge.wording[phrase].format(**values)

    # --- the orders -------------------------------------------------------------------------------------------------

    @property
    def drugs(self) -> str:
        """The drugs that the card is about, by our names."""
        return self._names(self.orders)

    def _names(self, orders: Iterable[Order]) -> str:
        ids = dict.fromkeys(recognition.drug for order in orders for recognition in order.recognitions)
        return listing(self._name(id_) for id_ in ids) if ids else ""

    def _name(self, id_: str) -> str:
        drug = self.knowledge.drugs.get(id_)
        return drug.name if drug else self.say(f"drugs.class.{id_}")

    @property
    def _unread_orders(self) -> str:
        shown = (order for order in self.orders if order.state is not OrderState.RECOGNISED)
        return listing(quote(order.display or order.reference) for order in shown) if self.orders else ""

    # --- the ROS1 result --------------------------------------------------------------------------------------------

    @property
    def _deciding(self) -> Ros1Result | None:
        return next(iter(self.decision.facts.ros1.deciding), None)

    @property
    def results(self) -> tuple[str, ...]:
        """The ROS1 finding for a summary, in full first, then shorter and shorter."""
        result = self._deciding
        if result is None:
            return ("",)
        partner, method, date = symbol(result.partner), self._method(result), day(result.evidence.date)
        full = [part for part in (partner, method, date) if part]
        return (", ".join(full), ", ".join(full[-2:]), ", ".join(full[-1:]))

    def _method(self, result: Ros1Result) -> str:
        method = self.knowledge.methods.get(result.method or "")
        return method.display if method else self.say("found.method-not-stated")

    @property
    def _found(self) -> str:
        """Result, method, specimen, date, laboratory and the record's own words; how many further results there are."""
        result = self._deciding
        if result is None:
            return ""
        partner = symbol(result.partner)
        date = day(result.evidence.date)
        pieces = [
            self.say("found.confirmed", partner=self.say("found.partner", partner=partner) if partner else ""),
            self.say("found.method", method=self._method(result)) if result.method else self._method(result),
            self.say("found.specimen", specimen=quote(result.specimen_text)) if result.specimen_text else "",
            self.say("found.date", date=date) if date else self.say("found.date-not-stated"),
            self.say("found.laboratory", laboratory=quote(result.laboratory)) if result.laboratory else "",
            self.say("found.reported", reported=quote(result.evidence.reported)) if result.evidence.reported else "",
        ]
        return self.say("found", what=", ".join(piece for piece in pieces if piece))

    # --- PD-L1 ------------------------------------------------------------------------------------------------------

    @property
    def _pd_l1(self) -> str:
        shown = self.decision.facts.pd_l1[:2]
        return self.say("pd-l1", results=listing(map(self._pd_l1_result, shown))) if shown else ""

    def _pd_l1_result(self, result: PdL1Result) -> str:
        date = day(result.evidence.date) or self.say("pd-l1.date-not-stated")
        return self.say("pd-l1.result", reported=quote(result.reported), date=date)

    # --- the options ------------------------------------------------------------------------------------------------

    def _options(self, *, formulary: bool) -> str:
        if not self.options:
            return self.say("options.none")
        heading = self.say("options.formulary" if formulary else "options")
        return "\n".join((heading, *map(self._option, self.options)))

    def _option(self, option: Option) -> str:
        use = option.drug.ros1
        assert use is not None  # an option is made of a drug with ROS1 use  # noqa: S101
        year = (option.approval.date or "")[:4]
        date = self.say("options.scope.date", date=year) if year else ""
        facts = [self.say(f"options.scope.{option.approval.scope}", region=option.approval.region, date=date)]
        if use.cns_active is not None:
            facts.append(self.say("options.cns-active" if use.cns_active else "options.cns-limited"))
        facts.extend(outcome.text for outcome in use.outcomes if outcome.setting == self._setting and outcome.confidence.usable)
        facts.append(self._dose(option))
        if use.baseline:
            facts.append(self.say("options.baseline", baseline=use.baseline))
        brands = f" ({listing(option.drug.brands)})" if option.drug.brands else ""
        return self.say("options.drug", drug=option.drug.name, brands=brands, facts="; ".join(facts))

    @property
    def _setting(self) -> str:
        treated = any(therapy.drug_class == "ros1-inhibitor" for therapy in self.decision.facts.therapies)
        return "after-ros1-inhibitor" if treated else "ros1-inhibitor-naive"

    def _dose(self, option: Option) -> str:
        dose = option.drug.ros1.dose if option.drug.ros1 else None
        if dose is None or not dose.confidence.usable:
            return self.say("options.dose-not-verified")
        administration = f", {dose.administration}" if dose.administration else ""
        source = self.knowledge.sources[dose.related_artifact[0].source].short
        return self.say("options.dose", dose=dose.text, administration=administration, source=source)

    # --- what is missing --------------------------------------------------------------------------------------------

    def _gaps(self) -> Iterator[str]:
        """Name every part of the record that did not arrive whole."""
        for supply in self.decision.facts.supplies:
            if supply.availability is not Availability.COMPLETE:
                part = self.say(f"gap.{supply.part}")
                problem = self.say("missing.problem", problem=quote(supply.problem)) if supply.problem else ""
                yield self.say(f"missing.part.{supply.availability}", part=part) + problem

    def _not_found(self) -> Iterator[str]:
        """Name what was looked for and not found in the parts that arrived."""
        facts = self.decision.facts
        if facts.diagnosis.lung_cancer is LungCancer.NONE:
            yield self.say("missing.lung-cancer")
        elif facts.diagnosis.lung_cancer is LungCancer.UNSPECIFIED:
            yield self.say("missing.histology")
        if facts.spread.extent is Extent.NOT_STATED:
            yield self.say("missing.stage")
        if not facts.pd_l1:
            yield self.say("missing.pd-l1")
        if not any(therapy.drug_class == "ros1-inhibitor" for therapy in facts.therapies):
            yield self.say("missing.earlier-ros1-inhibitor")

    def _unreadable(self) -> Iterator[str]:
        facts = self.decision.facts
        for unread in facts.unread[:3]:
            yield self.say("missing.unread", resource=quote(unread.resource), problem=quote(unread.problem))
        if facts.other_patient:
            count = len(facts.other_patient)
            yield self.say("missing.other-patient" + ("-one" if count == 1 else ""), count=str(count))

    @property
    def _missing(self) -> str:
        gaps = (*self._not_found(), *self._gaps(), *self._unreadable())
        return self.say("missing", gaps="; ".join(gaps)) if gaps else ""

    @property
    def _short_gaps(self) -> str:
        shown = (
            self.say(f"gap.{supply.part}")
            for supply in self.decision.facts.supplies
            if supply.availability is not Availability.COMPLETE
        )
        return listing(shown) if any(True for _ in self._gaps()) else ""

    # --- the card ---------------------------------------------------------------------------------------------------

    def detail(self, advice: Advice, *, formulary: bool) -> str:
        """Fill the detail of the rule that speaks, with the paragraphs of those that add to it."""
        card = advice.rule.card
        words = card.detail if card else ""
        additions = "\n\n".join(added.card.detail.strip() for added in advice.additions if added.card)
        words = _SOFT_BREAK.sub(" ", words.replace("{additions}", additions))
        text = self._fill(words, advice=advice, formulary=formulary)
        return _EMPTY_LINES.sub("\n\n", text).strip()

    def fill(self, words: str, *, brief: int = 0) -> str:
        """Fill the words of a summary; the greater ``brief``, the less is said of the result, -1 says least."""
        drugs = self._least_drugs if brief < 0 else self.drugs
        values = {"drugs": drugs, "result": self.results[brief], "gaps": self._short_gaps}
        return _PLACEHOLDER.sub(lambda match: values[match[1]], words)

    @property
    def _least_drugs(self) -> str:
        classes = dict.fromkeys(recognition.drug_class for order in self.orders for recognition in order.recognitions)
        return listing(self.say(f"drugs.class.{id_}") for id_ in classes) if classes else ""

    def _fill(self, words: str, *, advice: Advice, formulary: bool) -> str:
        """Fill only the placeholders that the words hold: nothing is worked out in vain, and no value is filled again."""
        values = {
            "drugs": lambda: self.drugs,
            "found": lambda: self._found,
            "pd_l1": lambda: self._pd_l1,
            "options": lambda: self._options(formulary=formulary),
            "missing": lambda: self._missing,
            "gaps": lambda: "; ".join(self._gaps()),
            "orders": lambda: self._unread_orders,
            "sources": lambda: self._sources(advice),
        }

        def value(match: re.Match[str]) -> str:
            name = match[1]
            statement = self.knowledge.statements.get(name)
            return statement.text.replace("{drugs}", self.drugs).strip() if statement else values[name]()

        return _PLACEHOLDER.sub(value, words)

    def _sources(self, advice: Advice) -> str:
        """Name each source once: those of the rules on the card and of the statements they use."""
        cited = (citation for rule in (advice.rule, *advice.additions) for citation in self.knowledge.citations(rule))
        names = dict.fromkeys(self.knowledge.sources[citation.source].short for citation in cited)
        return self.say("sources", sources="; ".join(names), release=self.decision.release)

    # --- suggestions ------------------------------------------------------------------------------------------------

    def _labelled(self, phrase: str, option: Option) -> str:
        dose = option.drug.ros1.dose if option.drug.ros1 else None
        if dose is None or not dose.confidence.usable:
            return self.say(f"{phrase}.no-dose", drugs=self.drugs, drug=option.drug.name)
        return self.say(phrase, drugs=self.drugs, drug=option.drug.name, dose=dose.text)

    def replace_label(self, option: Option) -> str:
        """Say what the swap does, in one line."""
        return self._labelled("replace", option)

    def create_description(self, option: Option) -> str:
        """Say what draft is created."""
        return self._labelled("replace.create", option)

    def delete_description(self, order: Order) -> str:
        """Say what draft is removed."""
        return self.say("remove.delete", drugs=self._names((order,)))

    @property
    def remove_label(self) -> str:
        """Say what the removal leaves."""
        stays = any(
            recognition.drug_class == CHEMOTHERAPY for order in self.decision.orders for recognition in order.recognitions
        )
        return self.say("remove.keep-chemotherapy" if stays else "remove", drugs=self.drugs)
