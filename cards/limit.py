"""A client's limit of cards: the gravest are kept, and the last card says what is left out."""

from __future__ import annotations

from msgspec.structs import replace

from cards.decision import Advice
from cards.model import Card, Indicator
from cards.text import listing
from cards.wording import say
from knowledge.lookup import Knowledge

_GRAVITY = tuple(map(str, Indicator))  # least first


def gravest(advice: tuple[Advice, ...], most: int | None) -> tuple[tuple[Advice, ...], tuple[Advice, ...]]:
    """Return what is shown and what is left out, each in its order; of equally grave advice the first is shown."""
    if most is None or len(advice) <= most:
        return advice, ()
    places = sorted(range(len(advice)), key=lambda place: (-_GRAVITY.index(advice[place].indicator), place))[:most]
    shown = tuple(each for place, each in enumerate(advice) if place in places)
    return shown, tuple(each for place, each in enumerate(advice) if place not in places)


def with_left_out(cards: tuple[Card, ...], left_out: tuple[Advice, ...], knowledge: Knowledge) -> tuple[Card, ...]:
    """Return the cards, the last of them with a paragraph on what the client's limit leaves out."""
    if not left_out or not cards:
        return cards
    named = listing(
        say(knowledge, "left-out.card", topic=knowledge.topic(each.rule.topic).display, indicator=each.indicator)
        for each in left_out
    )
    told = say(knowledge, "left-out", most=str(len(cards)), cards=named)
    return (*cards[:-1], replace(cards[-1], detail=f"{cards[-1].detail}\n\n{told}"))
