"""Invented counts of what became of cards, for the report of a sandbox: the same in every run, and in no ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from random import Random
from typing import NamedTuple

import msgspec
from msgspec import Struct

from cdshooks.report.rows import Cards, Client, Responses, Rows, Times

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


class _Invented(Struct, frozen=True, kw_only=True):
    clients: tuple[_Client, ...]
    rules: tuple[_Rule, ...]


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
    )


@cache
def _story() -> _Invented:
    return msgspec.json.decode(files(__package__).joinpath("outcomes.json").read_bytes(), type=_Invented)


def _cards(rule: _Rule, client: _Client, week: int, progress: float, dice: Random) -> Iterator[_Card]:
    usual = rule.per_week * client.share
    accepted = rule.accepted[0] + (rule.accepted[1] - rule.accepted[0]) * progress
    for _ in range(max(int(dice.gauss(usual, usual**0.5 * _FULL_DAYS) + dice.random()), 0)):
        chance = dice.random() / client.feedback if client.feedback else 1
        outcome = "accepted" if chance < accepted else "overridden" if chance < accepted + rule.overridden else None
        code = None
        if outcome == "overridden":
            code = dice.choices(list(rule.reasons), weights=list(rule.reasons.values()))[0] or None
        yield _Card(week, Client(client.iss, client.tenant), rule.rule, outcome, code)
