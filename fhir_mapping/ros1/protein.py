"""Changes of a protein as reports write them: one- or three-letter, with or without ``p.``, brackets or a sequence."""

from __future__ import annotations

import re
from typing import NamedTuple

_ONE_LETTER = {
    "ala": "A",
    "arg": "R",
    "asn": "N",
    "asp": "D",
    "cys": "C",
    "gln": "Q",
    "glu": "E",
    "gly": "G",
    "his": "H",
    "ile": "I",
    "leu": "L",
    "lys": "K",
    "met": "M",
    "phe": "F",
    "pro": "P",
    "ser": "S",
    "thr": "T",
    "trp": "W",
    "tyr": "Y",
    "val": "V",
    "xaa": "X",
    "ter": "*",
}  # the amino acids as IUPAC and HGVS write them
_THREE = "(?i:" + "|".join(_ONE_LETTER) + ")"
_ONE = "[ACDEFGHIKLMNPQRSTVWXY]"
_SEQUENCE = r"(?:(?:N[MP]_|ENS[TP])[0-9]{1,15}(?:\.[0-9]{1,3})?(?:\s?\([A-Za-z0-9]{1,12}\))?\s?:\s?)?"
_CHANGE = re.compile(
    rf"(?<![A-Za-z0-9.]){_SEQUENCE}(?P<p>[pP]\.\s?)?\(?"
    rf"(?:(?P<from3>{_THREE})(?P<at3>[1-9][0-9]{{0,3}})(?P<to3>{_THREE}|\*)"
    rf"|(?P<from1>{_ONE})(?P<at1>[1-9][0-9]{{1,3}})(?P<to1>{_ONE}|\*))\)?(?![A-Za-z0-9])"
)


class Mention(NamedTuple):
    """A change that a text names, in its one-letter form, and where it stands."""

    change: str
    start: int
    end: int


def changes_in(text: str) -> tuple[Mention, ...]:
    """Return the substitutions that a text names; a synonymous one changes nothing."""
    return tuple(
        Mention(_canonical(found), *found.span())
        for found in _CHANGE.finditer(text)
        if _canonical(found)[0] != _canonical(found)[-1]
    )


def _canonical(found: re.Match[str]) -> str:
    if found["at1"]:
        return f"{found['from1']}{found['at1']}{found['to1']}"
    before, after = found["from3"].lower(), found["to3"].lower()
    return f"{_ONE_LETTER[before]}{found['at3']}{_ONE_LETTER.get(after, after)}"
