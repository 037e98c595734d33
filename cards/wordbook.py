"""The words of cards that do not depend on the patient, put together once for each combination and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from cards import choices
from cards.decision import Advice
from cards.errors import RuleError
from cards.model import Coding, Link, Source
from cards.options import LeftOut, Needs, Offers, Option, offers_for
from cards.patient import ROS1_INHIBITOR
from cards.text import either, listing
from cards.wording import say
from knowledge.lookup import Knowledge
from knowledge.model import OrderTests, Rule, RuleCard

PLACEHOLDER = re.compile(r"\{([\w-]+)\}")
_SOFT_BREAK = re.compile(r"(?<!\n)\n(?!\n|- )")
"""A line that goes on in the next, in the files for reading's sake: some clients show it as a line break."""

_MOST_KEPT = 1024
"""More combinations than this never occur together; an attacker could ask for them."""


class Subject(NamedTuple):
    """What a card is about, free of the patient."""

    drugs: tuple[str, ...]  # ids, each once
    affected: tuple[str, ...]  # those of them that a change on file concerns most
    classes: tuple[str, ...]  # of the drugs, each once
    needs: Needs
    chemotherapy_stays: bool
    formulary: tuple[str, ...]


class Replacement(NamedTuple):
    """The words of a suggestion that replaces the orders by a drug."""

    drug: str
    label: str
    description: str


class Testing(NamedTuple):
    """The words of a suggestion that orders tests; ``holding`` if it also removes the orders."""

    tests: tuple[tuple[str, str], ...]  # ids of orderables, each with what its draft orders
    label: str
    holding: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """A card as its rules state it, with only the placeholders left that depend on the patient."""

    indicator: str
    summary: str
    short_summary: str  # names the class of the drugs in place of each
    detail: tuple[str, ...]  # paragraphs
    source: Source
    replacements: tuple[Replacement, ...]
    testing: tuple[Testing, ...]
    additions: tuple[Replacement, ...]  # drugs to add, with nothing removed
    order_missing: bool  # offer to order the baseline checks that are missing
    removal: str | None  # the label of the suggestion that only removes the orders
    remove_each: bool  # a suggestion for each order that removes it alone
    override_reasons: tuple[Coding, ...]
    links: tuple[Link, ...]  # of the site


class Wordbook:
    """The words of one knowledge release."""

    def __init__(self, knowledge: Knowledge, *, rule_pages: str = "", app_url: str = "") -> None:
        """Start with empty pages: there are as many as combinations of rules, drugs and options.

        ``rule_pages`` is the URL below which each rule has its page, if there is one; ``app_url`` is where clients
        launch the SMART app that shows the evidence, if cards shall link to it.
        """
        self.knowledge = knowledge
        self._rule_pages = rule_pages
        self._app_url = app_url
        self._kept: dict[tuple[object, ...], CardWords] = {}

    def words(self, advice: Advice, subject: Subject) -> CardWords:
        """Return the words of a card; raise RuleError if the rule that speaks has none."""
        key = (advice.rule.id, tuple([rule.id for rule in advice.additions]), subject)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = self._card(advice, subject)
        return found

    def removal(self, drugs: tuple[str, ...]) -> str:
        """Say which draft an action removes."""
        return self._say("remove.delete", drugs=self._names(drugs))

    def removal_alone(self, drugs: tuple[str, ...]) -> str:
        """Label the suggestion that removes one order."""
        return self._say("remove", drugs=self._names(drugs))

    def _card(self, advice: Advice, subject: Subject) -> CardWords:
        card = advice.rule.card
        if card is None or card.summary is None or card.indicator is None:
            message = f"rule {advice.rule.id} speaks, but has no card with indicator and summary"
            raise RuleError(message)
        alone = len(subject.drugs) == 1  # the summary of an addition is about its one drug
        own = (rule.card.summary for rule in advice.additions if rule.card and rule.adds_to)
        summary = next((each for each in own if each and alone), card.summary)
        drugs, affected, rules = (
            self._names(subject.drugs),
            self._names(subject.affected),
            (advice.rule, *advice.additions),
        )
        offers = offers_for(subject.needs, self.knowledge, subject.formulary)
        active = either(each.drug.name for each in offers.options if each.is_active)
        summary = summary.replace("{active}", active).replace("{affected}", affected)
        sources = self._sources(rules, offers, subject)
        paragraphs = self._detail(card, advice.additions, self._options(offers, subject), sources)
        return CardWords(
            indicator=advice.indicator,
            summary=summary.replace("{drugs}", drugs),
            short_summary=summary.replace("{drugs}", self._classes(subject.classes)),
            detail=tuple(part.replace("{drugs}", drugs).replace("{affected}", affected) for part in paragraphs),
            source=self._source(advice.rule),
            replacements=self._replacing(drugs, offers, subject) if "replace" in card.suggestions else (),
            additions=self._offered("add", drugs, offers) if "add" in card.suggestions else (),
            testing=tuple(self.testing(drugs, each) for each in card.suggestions if isinstance(each, OrderTests)),
            order_missing="order-missing" in card.suggestions,
            removal=self._removal(drugs, subject) if "remove" in card.suggestions else None,
            remove_each="remove-each" in card.suggestions,
            override_reasons=tuple(map(self._override_reason, card.override_reasons)),
            links=(*self._app(advice.rule), *self._links(advice.rule.topic)),
        )

    def _detail(self, card: RuleCard, added: tuple[Rule, ...], options: str, sources: str) -> tuple[str, ...]:
        """Return the paragraphs, with what other rules add, the statements that rules use, the options, the sources."""
        words = card.detail.replace("{additions}", "\n\n".join(map(_addition, added)))
        words = _SOFT_BREAK.sub(" ", words)
        for id_, statement in self.knowledge.statements.items():
            words = words.replace(f"{{{id_}}}", statement.text.strip())
        found = "" if "{resistance}" in words else "{resistance}\n\n"  # a card with options tells what they rest on
        words = words.replace("{options}", found + options).replace("{sources}", sources)
        return tuple(part.strip() for part in words.split("\n\n") if part.strip())

    def _names(self, drugs: tuple[str, ...]) -> str:
        known = self.knowledge.drugs
        return listing(known[id_].name if id_ in known else self._say(f"drugs.class.{id_}") for id_ in drugs)

    def _classes(self, classes: tuple[str, ...]) -> str:
        return listing(self._say(f"drugs.class.{id_}") for id_ in classes)

    def _sources(self, rules: tuple[Rule, ...], offers: Offers, subject: Subject) -> str:
        """Name each source once: those of the rules, of the statements they use, of what is known against a change."""
        cited = [citation for rule in rules for citation in self.knowledge.citations(rule)]
        offered = (*(each.drug.id for each in offers.options), *(each.drug.id for each in offers.left_out))
        drugs = (*subject.drugs, *offered)
        cells = (self.knowledge.effect(change, drug) for change in subject.needs.changes for drug in drugs)
        cited += [citation for cell in cells if cell for citation in cell.related_artifact]
        names = dict.fromkeys(self.knowledge.sources[citation.source].short for citation in cited)
        return self._say("sources", sources="; ".join(names), release=self.knowledge.edition)

    def _source(self, rule: Rule) -> Source:
        release = self.knowledge.release
        display = self.knowledge.topic(rule.topic).display
        overlay = self.knowledge.overlay
        named = {"label": release.source_label, "overlay": overlay.id, "version": overlay.version} if overlay else {}
        return Source(
            label=self._say("source.overlay", **named) if named else release.source_label,
            url=f"{self._rule_pages}{rule.id}" if self._rule_pages else release.source_url,
            topic=Coding(code=rule.topic, system=release.topic_system, display=display),
        )

    def _app(self, rule: Rule) -> Iterator[Link]:
        """Yield the link to the SMART app, if there is one; what it is told is an id of ours."""
        if self._app_url:
            context = msgspec.json.encode({"rule": rule.id}).decode()
            yield Link(label=self._say("link.app"), url=self._app_url, type="smart", app_context=context)

    def _links(self, topic: str) -> tuple[Link, ...]:
        links = self.knowledge.overlay.links if self.knowledge.overlay else ()
        return tuple(
            Link(label=each.label, url=each.url, type="absolute")
            for each in links
            if topic in (each.topics or (topic,))
        )

    def _override_reason(self, id_: str) -> Coding:
        reason = next(reason for reason in self.knowledge.release.override_reasons if reason.id == id_)
        return Coding(code=reason.code, system=reason.system, display=reason.display)

    # --- options and suggestions ---------------------------------------------------------------------------------

    def _options(self, offers: Offers, subject: Subject) -> str:
        if not subject.needs.fusion:
            return ""
        left_out = self._left_out(offers.left_out)
        if not offers.options:
            none = self._say("options.none-left" if left_out else "options.none")
            return "\n\n".join(filter(None, (none, left_out)))
        heading = self._say("options.formulary" if subject.formulary else "options")
        options = "\n".join(
            (heading, *(choices.line(each, subject.needs.setting, self.knowledge) for each in offers.options))
        )
        return "\n\n".join(filter(None, (options, left_out)))

    def _left_out(self, left_out: tuple[LeftOut, ...]) -> str:
        """Say in one line which drugs are not offered, and why."""
        drugs = [choices.why_left_out(each, self.knowledge) for each in left_out]
        return self._say("options.left-out", drugs=", ".join(drugs)) if drugs else ""

    def _replacing(self, drugs: str, offers: Offers, subject: Subject) -> tuple[Replacement, ...]:
        """Return the drugs to replace the orders by; none beside a ROS1 inhibitor that runs or is ordered already."""
        another = subject.needs.running or subject.needs.ordered
        if another and ROS1_INHIBITOR not in subject.classes:
            return ()
        return self._offered("replace", drugs, offers)

    def _offered(self, how: str, drugs: str, offers: Offers) -> tuple[Replacement, ...]:
        return tuple(self._replacement(how, drugs, option) for option in offers.options if option.swap)

    def _replacement(self, how: str, drugs: str, option: Option) -> Replacement:
        kind = "" if option.dose else ".no-dose"
        values = {"drugs": drugs, "drug": option.drug.name, "dose": option.dose.text if option.dose else ""}
        return Replacement(
            drug=option.drug.id,
            label=self._say(f"{how}{kind}", **values),
            description=self._say(f"replace.create{kind}", **values),
        )

    def testing(self, drugs: str, suggestion: OrderTests) -> Testing:
        """Return the words of a suggestion that orders tests."""
        tests = [self.knowledge.orderables[id_] for id_ in suggestion.order]
        names = listing(test.name for test in tests)
        return Testing(
            tests=tuple((test.id, self._say("order.create", text=test.text)) for test in tests),
            label=self._say("order", tests=names),
            holding=self._say("order.hold", drugs=drugs, tests=names) if suggestion.remove else None,
        )

    def _removal(self, drugs: str, subject: Subject) -> str:
        return self._say("remove.keep-chemotherapy" if subject.chemotherapy_stays else "remove", drugs=drugs)

    def _say(self, phrase: str, **values: str) -> str:
        return say(self.knowledge, phrase, **values)


def _addition(rule: Rule) -> str:
    """Return what a rule adds to the card of another."""
    card = rule.card
    if card is None:
        return ""
    return (card.detail if rule.adds_to else card.addition or "").strip()
