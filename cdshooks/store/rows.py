"""An account -> the rows of the ledger: hashed, bounded, and nothing that is free text."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

from cdshooks import __version__
from cdshooks.account import Account, Caller, Compared, Comparison, Decided

_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_LONGEST = 2000

_NOTHING = Decided(release="")


class Hasher:
    """Keyed hashes: who knows an id but not the secret cannot find its rows; without a secret there are none."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def __call__(self, kind: str, caller: Caller | None, id_: str | None) -> str | None:
        """Return the hash of one kind of id; two clients may use the same id for two patients."""
        if not self._secret or not id_:
            return None
        parts = (kind, caller.iss if caller else "", (caller and caller.tenant) or "", id_)
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._secret, text.encode("utf-8", "replace"), sha256).hexdigest()


def new_id() -> str:
    """Return an id for an answer, one that no other process gives."""
    return uuid4().hex


def answer_row(id_: str, account: Account, hashed: Hasher) -> dict[str, Any]:
    """Return the row of an answer."""
    caller, decided = account.caller, account.decided or _NOTHING
    return {
        "id": id_,
        "answered_at": int(account.at),
        "service": account.service,
        "hook": account.hook,
        "hook_instance": uuid_or_none(account.hook_instance),
        "request": uuid_or_none(account.request_id),
        "status": account.status,
        "error": account.error,
        "milliseconds": account.milliseconds,
        **caller_columns(caller),
        "patient_hash": hashed("patient", caller, account.patient_id),
        "user_hash": hashed("user", caller, account.user_id),
        "encounter_hash": hashed("encounter", caller, account.encounter_id),
        "release": decided.release or None,
        "code": __version__,
        "rules": list(decided.rules),
        "undetermined": list(decided.undetermined),
        "data": dict(decided.data),
    }


def card_rows(id_: str, account: Account) -> Iterator[dict[str, Any]]:
    """Yield the rows of the cards of an answer."""
    for position, (speaker, card) in enumerate(account.cards()):
        yield {
            "answer": id_,
            "position": position,
            "uuid": card.uuid,
            "rule": speaker.rule if speaker else None,
            "topic": speaker.topic if speaker else None,
            "indicator": card.indicator,
            "suggestions": list(card.suggestions),
            "fingerprint": speaker.fingerprint if speaker else None,
        }


def withheld_rows(id_: str, account: Account) -> Iterator[dict[str, Any]]:
    """Yield the rows of what an answer does not show."""
    for position, each in enumerate(account.decided.withheld if account.decided else ()):
        yield {"answer": id_, "position": position, **each._asdict(), "why": str(each.why)}


def comparison_row(id_: str, comparison: Comparison) -> dict[str, Any]:
    """Return the row of a comparison."""
    current, other = comparison.current, comparison.other
    failed = comparison.outcome is Compared.FAILED
    return {
        "id": id_,
        "compared_at": int(comparison.at),
        "service": comparison.service,
        "hook": comparison.hook,
        "request": uuid_or_none(comparison.request_id),
        **caller_columns(comparison.caller),
        "release": comparison.release,
        "candidate": comparison.candidate,
        "outcome": str(comparison.outcome),
        "only_current": [] if failed else sorted({*current.rules} - {*other.rules}),
        "only_candidate": sorted({*other.rules} - {*current.rules}),
        "current_cards": list(map(list, current.cards)),
        "candidate_cards": list(map(list, other.cards)),
        "current_refused": current.refused,
        "candidate_refused": other.refused,
    }


def caller_columns(caller: Caller | None) -> dict[str, str | None]:
    """Return who called, in a form that every database takes."""
    tenant = caller.tenant if caller else None
    return {
        "client": caller.iss[:_LONGEST] if caller else None,
        "tenant": tenant.replace("\0", "")[:_LONGEST] if tenant else None,
    }


def uuid_or_none(text: str) -> str | None:
    """Return a UUID, with its hyphens or without; None for anything else, which could be any text."""
    return text.lower() if _UUID.fullmatch(text) else None
