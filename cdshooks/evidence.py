"""What a record says and which options follow, for the SMART app: the cards' own facts, words and options, as JSON.

It is asked as patient-view would ask: an envelope, a context without orders, the prefetch. Nothing is fetched or kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from cards import choices, gaps
from cards.decision import Decision
from cards.options import Offers, Option, needs_of, offers_for
from cards.resistance import in_full
from cards.told import Told, facts_in_words, status_in_words
from cards.wording import say
from cdshooks.hooks.patient_view import HOOK
from cdshooks.request import HookRequest, OfferedHook, read
from knowledge.lookup import Knowledge

_OFFERED = {HOOK.name: OfferedHook.of(HOOK)}


class _Json(Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of all: in JSON the members are in camelCase."""


class SourceShown(_Json, frozen=True):
    """A source that a statement rests on."""

    name: str
    title: str
    url: str | None


class OptionShown(_Json, frozen=True):
    """One drug, piece by piece."""

    drug: str
    brands: tuple[str, ...]
    approval: str
    brain: str
    outcomes: tuple[str, ...]
    against: tuple[str, ...]
    dose: str
    checks: str
    sources: tuple[SourceShown, ...]


class EvidenceShown(_Json, frozen=True):
    """The evidence for one patient; every text is Markdown, and the record's own words in it are quoted."""

    release: str
    as_of: str
    status: str
    facts: tuple[Told, ...]  # newest first
    heading: str  # of the options, or why there are none
    options: tuple[OptionShown, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]  # what resistance means here; what was not found, did not arrive or could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceService:
    """What is needed to tell the evidence: the knowledge, the site's order of drugs, and a decision without orders."""

    knowledge: Knowledge
    formulary: tuple[str, ...]
    decide: Callable[[HookRequest], Decision]

    def told(self, body: bytes) -> bytes:
        """Return the evidence for a record as JSON; raise HookError if the request cannot be read."""
        knowledge = self.knowledge
        decision = self.decide(read(body, _OFFERED))
        needs = needs_of(decision.facts, (), knowledge, decision.as_of)
        offers = offers_for(needs, knowledge, self.formulary)
        shown = EvidenceShown(
            release=decision.release,
            as_of=decision.as_of.isoformat(),
            status=status_in_words(decision, knowledge),
            facts=facts_in_words(decision, knowledge),
            heading=self._heading(offers, fusion=needs.fusion),
            options=tuple(self._option(each, needs.setting) for each in offers.options),
            left_out=tuple(choices.why_left_out(each, knowledge) for each in offers.left_out),
            notes=tuple(filter(None, (in_full(decision.facts, knowledge), gaps.missing(decision, knowledge)))),
        )
        return msgspec.json.encode(shown)

    def _heading(self, offers: Offers, *, fusion: bool) -> str:
        if not fusion:
            return say(self.knowledge, "told.no-options")
        if not offers.options:
            return say(self.knowledge, "options.none-left" if offers.left_out else "options.none")
        return say(self.knowledge, "told.options.formulary" if self.formulary else "told.options")

    def _option(self, option: Option, setting: str) -> OptionShown:
        told = choices.choice(option, setting, self.knowledge)
        return OptionShown(
            drug=option.drug.name,
            brands=option.drug.brands,
            approval=told.approval,
            brain=told.brain,
            outcomes=told.outcomes,
            against=told.against,
            dose="; ".join(filter(None, (told.dose, told.no_code))),
            checks=told.checks,
            sources=tuple(self._sources(option, setting)),
        )

    def _sources(self, option: Option, setting: str) -> Iterator[SourceShown]:
        for id_ in dict.fromkeys(citation.source for citation in choices.citations(option, setting)):
            source = self.knowledge.sources[id_]
            url = source.url or (f"https://doi.org/{source.doi}" if source.doi else None)
            yield SourceShown(name=source.short, title=source.title, url=url)
