"""Invented counts for the report of a sandbox: the same in every run, and in no ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from random import Random
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from cdshooks.account import Compared, Said, Why
from cdshooks.report.rows import MONDAY, WEEK, Cards, Client, Comparisons, Names, Responses, Rows, Times, Withheld

_FULL_DAYS, _OTHER_DAYS = 0.35, 0.1
"""How far a week's count, and how long an answer takes, lie from the usual, at one standard deviation."""


class _Client(Struct, frozen=True, kw_only=True):
    iss: str
    tenant: str | None
    share: float
    feedback: float  # the share of outcomes that it tells


class _Rule(Struct, frozen=True, kw_only=True, rename="camel"):
    rule: str
    per_week: float
    accepted: tuple[float, float]  # share in the first week, and in the last
    overridden: float
    milliseconds: float
    reasons: Mapping[str, float]  # codes with their weights; none was given for ""


class _Withheld(Struct, frozen=True, kw_only=True, rename="camel"):
    rule: str
    why: Why
    weeks: int  # the last ones
    per_week: float
    indicators: Mapping[str, float]  # with their weights; "none" for no card of its own


class _Said(Struct, frozen=True, kw_only=True):
    rules: tuple[str, ...] = ()  # those that apply in this release only
    cards: tuple[tuple[str, str], ...] = ()
    refused: bool = False


class _Kind(Struct, frozen=True, kw_only=True, rename="camel"):
    per_week: float
    current: _Said
    other: _Said


class _Candidate(Struct, frozen=True, kw_only=True):
    release: str
    candidate: str
    weeks: int  # the last ones
    same: float  # a week
    failed: float
    kinds: tuple[_Kind, ...]


class _Invented(Struct, frozen=True, kw_only=True):
    clients: tuple[_Client, ...]
    rules: tuple[_Rule, ...]
    withheld: tuple[_Withheld, ...]
    candidate: _Candidate


class _Card(NamedTuple):
    week: int
    client: Client
    rule: str
    outcome: str | None
    code: str | None


def invented(first: int, last: int, systems: Mapping[str, str]) -> Rows:
    """Return the rows of these weeks; ``systems`` names the code system of each reason."""
    cards: Counter[_Card] = Counter()
    times: Counter[tuple[int, Client, str, int]] = Counter()
    responses: Counter[tuple[str, int]] = Counter()
    story = _story()
    for rule in story.rules:
        dice = Random(rule.rule)  # noqa: S311 - invented data, the same in every run
        for week in range(first, last + 1):
            for client in story.clients:
                for card in _cards(rule, client, week, (week - first) / max(last - first, 1), dice):
                    cards[card] += 1
                    took = max(round(dice.gauss(rule.milliseconds, rule.milliseconds * _OTHER_DAYS)), 1)
                    times[week, card.client, rule.rule, took] += 1
                    if card.outcome:
                        responses[rule.rule, round(dice.lognormvariate(3, 0.6))] += 1
    return Rows(
        cards=[
            Cards(each.week, each.client, each.rule, each.outcome, systems.get(each.code or ""), each.code, cards[each])
            for each in cards
        ],
        times=[Times(*key, count) for key, count in times.items()],
        responses=[Responses(*key, count) for key, count in responses.items()],
        unknown=0,
        withheld=tuple(_withheld(story.withheld, first, last)),
        comparisons=tuple(_comparisons(story.candidate, first, last)),
    )


def watching(names: Names) -> Names:
    """Return the names with those rules in silent mode that are so in the story."""
    silent = {each.rule for each in _story().withheld if each.why is Why.SILENT}
    return names._replace(rules={id_: name._replace(silent=id_ in silent) for id_, name in names.rules.items()})


@cache
def _story() -> _Invented:
    return msgspec.json.decode(files(__package__).joinpath("outcomes.json").read_bytes(), type=_Invented)


def _cards(rule: _Rule, client: _Client, week: int, progress: float, dice: Random) -> Iterator[_Card]:
    usual = rule.per_week * client.share
    accepted = rule.accepted[0] + (rule.accepted[1] - rule.accepted[0]) * progress
    for _ in range(_number(usual, dice)):
        chance = dice.random() / client.feedback if client.feedback else 1
        outcome = "accepted" if chance < accepted else "overridden" if chance < accepted + rule.overridden else None
        code = None
        if outcome == "overridden":
            code = dice.choices(list(rule.reasons), weights=list(rule.reasons.values()))[0] or None
        yield _Card(week, Client(client.iss, client.tenant), rule.rule, outcome, code)


def _number(usual: float, dice: Random) -> int:
    return max(int(dice.gauss(usual, usual**0.5 * _FULL_DAYS) + dice.random()), 0)


def _withheld(stories: Iterable[_Withheld], first: int, last: int) -> Iterator[Withheld]:
    for story in stories:
        dice = Random(f"{story.rule} {story.why}")  # noqa: S311 - invented data, the same in every run
        for week in range(max(first, last - story.weeks + 1), last + 1):
            indicators, weights = list(story.indicators), list(story.indicators.values())
            drawn = Counter(dice.choices(indicators, weights=weights, k=_number(story.per_week, dice)))
            for indicator, number in drawn.items():
                shown = None if indicator == "none" else indicator
                yield Withheld(story.rule, story.why, shown, number, *_moments(week, number, dice))


def _comparisons(story: _Candidate, first: int, last: int) -> Iterator[Comparisons]:
    dice = Random(story.candidate)  # noqa: S311 - invented data, the same in every run
    outcomes = [(Compared.SAME, story.same, _Said(), _Said()), (Compared.FAILED, story.failed, _Said(), _Said())]
    outcomes += [(Compared.DIFFERS, each.per_week, each.current, each.other) for each in story.kinds]
    for week in range(max(first, last - story.weeks + 1), last + 1):
        for outcome, per_week, current, other in outcomes:
            if number := _number(per_week, dice):
                said = Said(*astuple(current)), Said(*astuple(other))
                times = _moments(week, number, dice)
                yield Comparisons(story.release, story.candidate, outcome, *said, number, *times)


def _moments(week: int, number: int, dice: Random) -> tuple[int, int]:
    """Return when the first and the last of so many were."""
    start, times = MONDAY + week * WEEK, sorted(dice.randrange(WEEK) for _ in range(number))
    return start + times[0], start + times[-1]
