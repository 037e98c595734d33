"""What is disclosed of the whole of the knowledge, as disclosure.yaml states it."""

from __future__ import annotations

from knowledge.terms import Data


class SourceAttribute(Data, frozen=True, kw_only=True):
    """A characteristic of patients, by the facts that rules ask for when they use it."""

    id: str
    title: str
    facts: tuple[str, ...] = ()  # none: not used
    use: str


class Disclosure(Data, frozen=True, kw_only=True):
    """Who made the knowledge, for whom, what it does and does not, and where it ends."""

    last_review_date: str
    developer: str
    funding: str
    intended_users: tuple[str, ...]
    does: tuple[str, ...]
    does_not: tuple[str, ...]
    limits: tuple[str, ...]
    attributes: tuple[SourceAttribute, ...]
