"""What the service tells of its knowledge: the whole, and each rule that is in use with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, to_builtins

from knowledge.lookup import Knowledge
from knowledge.model import Change, Citation, DecisionRow, OverrideReason, Rule


class _Told(Struct, frozen=True, kw_only=True, rename="camel"):
    """The shape of all: in JSON the members are in camelCase."""


class Cited(_Told, frozen=True):
    """A source as a reader needs it, with the place that a rule cites."""

    title: str
    short: str
    publisher: str | None
    edition: str | None
    date: str | None
    locator: str | None
    strength: str | None
    doi: str | None
    pmid: str | None
    url: str | None
    accessed: str
    confidence: str


class Attribute(_Told, frozen=True):
    """A characteristic of patients: how it is used, and by which rules."""

    id: str
    title: str
    used: bool
    use: str
    rules: tuple[str, ...]


class RuleTold(_Told, frozen=True):
    """All that a page about a rule shows."""

    id: str
    title: str
    topic: str
    speaks: str  # "critical" | "warning" | "info" | "adds" | "silent"
    adds_to: tuple[str, ...]
    also_silences: tuple[str, ...]
    option: bool
    silent_mode: bool
    summary: str | None
    detail: str | None
    addition: str | None
    when: tuple[str, ...]  # lines, indented by two blanks for each step
    rows: tuple[DecisionRow, ...]
    citations: tuple[Cited, ...]
    confidence: str
    effective: str
    history: tuple[Change, ...]
    last_review_date: str
    review_by: str
    attributes: tuple[Attribute, ...]
    developer: str
    funding: str
    release: str
    note: str | None


class Told(_Told, frozen=True):
    """All that the page about the service shows."""

    title: str
    description: str
    usage_requirements: str
    release: str
    release_date: str
    overlay: str | None
    developer: str
    funding: str
    last_review_date: str
    intended_users: tuple[str, ...]
    does: tuple[str, ...]
    does_not: tuple[str, ...]
    limits: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    override_reasons: tuple[OverrideReason, ...]
    rules: tuple[RuleTold, ...]


def about(knowledge: Knowledge) -> Mapping[str, Any]:
    """Return what is told, in the types of JSON."""
    release, stated, overlay = knowledge.release, knowledge.disclosure, knowledge.overlay
    told: Mapping[str, Any] = to_builtins(
        Told(
            title=release.service["title"],
            description=release.service["description"],
            usage_requirements=release.service.get("usageRequirements", ""),
            release=knowledge.edition,
            release_date=release.date,
            overlay=f"{overlay.id} {overlay.version}" if overlay else None,
            developer=stated.developer,
            funding=stated.funding,
            last_review_date=stated.last_review_date,
            intended_users=stated.intended_users,
            does=stated.does,
            does_not=stated.does_not,
            limits=stated.limits,
            attributes=_attributes(knowledge, knowledge.rules),
            override_reasons=release.override_reasons,
            rules=tuple(_rule(rule, knowledge) for rule in knowledge.rules),
        )
    )
    return told


def _rule(rule: Rule, knowledge: Knowledge) -> RuleTold:
    card = rule.card
    return RuleTold(
        id=rule.id,
        title=rule.title,
        topic=knowledge.topic(rule.topic).display,
        speaks="silent" if rule.silence else (card.indicator if card else None) or "adds",
        adds_to=rule.adds_to,
        also_silences=tuple(knowledge.topic(topic).display for topic in rule.silences),
        option=rule.site_option,
        silent_mode=rule.silent_mode,
        summary=card.summary if card else None,
        detail=card.detail if card else None,
        addition=card.addition if card else None,
        when=tuple(_condition(rule.when, 0)),
        rows=tuple(row for row in knowledge.decision_table if row.row in rule.rows),
        citations=tuple(_cited(each, knowledge) for each in knowledge.citations(rule)),
        confidence=rule.confidence,
        effective=" to ".join(rule.effective_period.values()),
        history=rule.history,
        last_review_date=rule.last_review_date,
        review_by=rule.review_by,
        attributes=_attributes(knowledge, (rule,)),
        developer=knowledge.disclosure.developer,
        funding=knowledge.disclosure.funding,
        release=knowledge.edition,
        note=rule.note,
    )


def _attributes(knowledge: Knowledge, rules: tuple[Rule, ...]) -> tuple[Attribute, ...]:
    asked = {rule.id: frozenset(_facts(rule.when)) for rule in rules}
    told = []
    for each in knowledge.disclosure.attributes:
        users = tuple(id_ for id_, facts in asked.items() if not facts.isdisjoint(each.facts))
        told.append(Attribute(id=each.id, title=each.title, used=bool(users), use=each.use, rules=users))
    return tuple(told)


def _facts(when: Mapping[str, Any]) -> Iterator[str]:
    if "fact" in when:
        yield when["fact"]
        return
    for inner in when.values():
        for part in inner if isinstance(inner, list) else [inner]:
            yield from _facts(part)


def _condition(when: Mapping[str, Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    if "fact" in when:
        asks = " and ".join(
            f"{name.replace('_', ' ')} {_values(value)}" for name, value in when.items() if name != "fact"
        )
        yield f"{indent}{when['fact']} {asks}"
        return
    for operator, inner in when.items():
        yield f"{indent}{operator} of:" if isinstance(inner, list) else f"{indent}{operator}:"
        for part in inner if isinstance(inner, list) else [inner]:
            yield from _condition(part, depth + 1)


def _values(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _cited(citation: Citation, knowledge: Knowledge) -> Cited:
    source = knowledge.sources[citation.source]
    return Cited(
        title=source.title,
        short=source.short,
        publisher=source.publisher,
        edition=source.edition,
        date=source.date,
        locator=citation.locator,
        strength=citation.strength,
        doi=source.doi,
        pmid=source.pmid,
        url=source.url,
        accessed=source.accessed,
        confidence=source.confidence,
    )
