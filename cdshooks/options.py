"""What a client may set with each request, in ``extension``: how many cards it takes, and which it has seen already.

The conventions are those of Da Vinci CRD (``davinci-crd.configuration``) and of HL7's PDDI guide
(``configuration-items``, elsewhere ``pddi-configuration-items``). What is not set, or not as it must be, leaves every
card shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

_CRD = "davinci-crd.configuration"
_PDDI = "configuration-items"
_READ = (_CRD, _PDDI, "pddi-configuration-items")

_MOST_CARDS = "max-cards"
_CACHE = "cache-for-order-sign-filtering"
_REPEATED = "filter-out-repeated-alerts"
_OVERRIDDEN = "filter-out-overridden-days"
_MOST_DAYS = 365
_LONGEST = 10_000
"""Longer configurations are not looked at; ours have a few words."""


class ClientOptions(Struct, frozen=True, kw_only=True):
    """What the client of one request has set; nothing by default."""

    max_cards: int | None = None  # the gravest are shown
    cache_for_order_sign: bool = False  # at order-select: remember what is shown
    filter_repeated: bool = False  # at order-sign: leave out what was shown at order-select
    overridden_days: int = 0  # leave out what the user overrode in so many days

    @property
    def remembers(self) -> bool:
        """Whether the cards of this answer may be asked for again."""
        return self.cache_for_order_sign or bool(self.overridden_days)

    @property
    def looks_back(self) -> bool:
        """Whether what was shown before counts for this answer."""
        return self.filter_repeated or bool(self.overridden_days)


NOTHING_SET = ClientOptions()


def read_options(extension: Mapping[str, Raw]) -> ClientOptions:
    """Return what is set; whatever cannot be read is as if it were not sent."""
    found: dict[str, Any] = {}
    for name in _READ:
        if name in extension:
            found |= _members(extension[name])
    if not found:
        return NOTHING_SET
    return ClientOptions(
        max_cards=_number(found.get(_MOST_CARDS)) or None,
        cache_for_order_sign=found.get(_CACHE) is True,
        filter_repeated=found.get(_REPEATED) is True,
        overridden_days=min(_number(found.get(_OVERRIDDEN)), _MOST_DAYS),
    )


def _members(text: Raw) -> dict[str, Any]:
    content = memoryview(text)
    if len(content) > _LONGEST:
        return {}
    try:
        members = msgspec.json.decode(content)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _number(value: object) -> int:
    """Return a whole number above zero; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def listed(hook: str, *, most_cards: int, history: bool) -> Mapping[str, Any]:
    """Return the ``extension`` of a listed service: what may be set for a hook; ``history``: earlier ones are known."""
    crd = {
        "code": _MOST_CARDS,
        "type": "integer",
        "name": "Maximum cards",
        "description": "The most cards that are returned: the gravest ones. The last card names what is left out.",
        "default": most_cards,
    }
    told: dict[str, Any] = {f"{_CRD}-options": [crd]}
    return told | {_PDDI: list(_history(hook))} if history else told


def _history(hook: str) -> Iterator[dict[str, Any]]:
    if hook == "order-select":
        yield {
            "code": _CACHE,
            "type": "boolean",
            "name": "Remember for order-sign",
            "description": "Whether the cards of this answer may be left out at order-sign.",
            "default": False,
        }
    if hook == "order-sign":
        yield {
            "code": _REPEATED,
            "type": "boolean",
            "name": "Leave out what order-select showed",
            "description": "Whether a card is left out that the same user saw at order-select, for the same orders on"
            " the same facts.",
            "default": False,
        }
    yield {
        "code": _OVERRIDDEN,
        "type": "integer",
        "name": "Leave out what was overridden, in days",
        "description": "A card is left out that the same user overrode in so many days, for the same orders on the same"
        " facts. 0: none is.",
        "default": 0,
    }
