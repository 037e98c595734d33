"""The words of cards that do not depend on the patient, put together once and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cards.decision import Advice
from cards.errors import RuleError
from cards.model import Coding, Source
from cards.options import Option, candidates
from cards.text import listing
from cards.wording import say
from knowledge.lookup import Knowledge
from knowledge.model import Dose, Rule

PLACEHOLDER = re.compile(r"\{([\w-]+)\}")
_SOFT_BREAK = re.compile(r"(?<!\n)\n(?!\n|- )")
"""A line that goes on in the next, in the files for reading's sake: some clients show it as a line break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """A card as its rules state it, with only the placeholders left that depend on the patient."""

    indicator: str
    summary: str
    detail: str
    source: Source
    suggestions: tuple[str, ...]
    override_reasons: tuple[Coding, ...]


class Wordbook:
    """The words of one knowledge release."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Start with empty pages: there are as many as combinations of rules that apply together."""
        self.knowledge = knowledge
        self.candidates = candidates(knowledge)
        self._cards: dict[tuple[str, ...], CardWords] = {}
        self._options: dict[tuple[str, str, str], str] = {}

    def words(self, advice: Advice) -> CardWords:
        """Return the words of a card; raise RuleError if the rule that speaks has none."""
        key = (advice.rule.id, *(rule.id for rule in advice.additions))
        found = self._cards.get(key)
        if found is None:
            found = self._cards[key] = self._card(advice)
        return found

    def option(self, option: Option, setting: str) -> str:
        """Return the line on a drug: approval, brain, response in this setting, dose, what to check first."""
        key = (option.drug.id, option.approval.scope, setting)
        found = self._options.get(key)
        if found is None:
            found = self._options[key] = self._option(option, setting)
        return found

    def _card(self, advice: Advice) -> CardWords:
        card = advice.rule.card
        if card is None or card.summary is None or card.indicator is None:
            message = f"rule {advice.rule.id} speaks, but has no card with indicator and summary"
            raise RuleError(message)
        added = [rule.card for rule in advice.additions if rule.card]
        return CardWords(
            indicator=card.indicator,
            summary=next((each.summary for each in added if each.summary), card.summary),
            detail=self._detail(card.detail, [each.detail.strip() for each in added], (advice.rule, *advice.additions)),
            source=self._source(advice.rule.topic),
            suggestions=card.suggestions,
            override_reasons=tuple(map(self._override_reason, card.override_reasons)),
        )

    def _detail(self, words: str, additions: list[str], rules: tuple[Rule, ...]) -> str:
        """Put in what the rules add, the statements that they use, and their sources."""
        words = _SOFT_BREAK.sub(" ", words.replace("{additions}", "\n\n".join(additions)))
        for id_, statement in self.knowledge.statements.items():
            words = words.replace(f"{{{id_}}}", statement.text.strip())
        cited = (citation for rule in rules for citation in self.knowledge.citations(rule))
        names = dict.fromkeys(self.knowledge.sources[citation.source].short for citation in cited)
        release = self.knowledge.release.version
        return words.replace("{sources}", say(self.knowledge, "sources", sources="; ".join(names), release=release))

    def _source(self, topic: str) -> Source:
        release = self.knowledge.release
        display = self.knowledge.topic(topic).display
        return Source(
            label=release.source_label,
            url=release.source_url,
            topic=Coding(code=topic, system=release.topic_system, display=display),
        )

    def _override_reason(self, id_: str) -> Coding:
        reason = next(reason for reason in self.knowledge.release.override_reasons if reason.id == id_)
        return Coding(code=reason.code, system=reason.system, display=reason.display)

    def _option(self, option: Option, setting: str) -> str:
        use = option.use
        year = (option.approval.date or "")[:4]
        date = self._say("options.scope.date", date=year) if year else ""
        facts = [self._say(f"options.scope.{option.approval.scope}", region=option.approval.region, date=date)]
        if use.cns_active is not None:
            facts.append(self._say("options.cns-active" if use.cns_active else "options.cns-limited"))
        facts.extend(each.text for each in use.outcomes if each.setting == setting and each.confidence.usable)
        facts.append(self._dose(option.dose))
        if use.baseline:
            facts.append(self._say("options.baseline", baseline=use.baseline))
        brands = f" ({listing(option.drug.brands)})" if option.drug.brands else ""
        return self._say("options.drug", drug=option.drug.name, brands=brands, facts="; ".join(facts))

    def _dose(self, dose: Dose | None) -> str:
        if dose is None:
            return self._say("options.dose-not-verified")
        administration = f", {dose.administration}" if dose.administration else ""
        source = self.knowledge.sources[dose.related_artifact[0].source].short
        return self._say("options.dose", dose=dose.text, administration=administration, source=source)

    def _say(self, phrase: str, **values: str) -> str:
        return say(self.knowledge, phrase, **values)
