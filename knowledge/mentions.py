"""Telling the drug that a text is about from one that it only mentions: "flush after ...", "...-induced colitis"."""

from __future__ import annotations

import re
from collections.abc import Mapping

_AROUND = 80  # characters before and after a name that are read
_ARTICLE = r"[\s,:(]*(?:(?:the|each|every|first|last|next|dose|of)\s+)*\Z"  # between a word and the name
_BETWEEN = r"\A(?:[\s/-]+\w+){0,2}?[\s/-]+"  # at most two words between the name and what follows
_WITH = r"(?!\s+with\b)"  # "associated with" is "given together with"
_NEVER = re.compile(r"(?!)")
_A_DOSE = re.compile(r"\A[\s,(]*[0-9]")
_A_WORD = re.compile(r"[A-Za-z]")


class Mentions:
    """Tells whether a name in a text is only mentioned, by the words around it."""

    def __init__(self, patterns: Mapping[str, re.Pattern[str]]) -> None:
        """Take the patterns of the value sets that hold the words."""
        self._time = _pattern("", patterns, "mention-time", _ARTICLE)
        self._purpose = _pattern("", patterns, "mention-purpose", _ARTICLE)
        self._cause = _pattern(r"\A[\s-]*", patterns, "mention-cause", _WITH)
        self._effect = _pattern(_BETWEEN, patterns, "adverse-effect", "")

    def holds(self, text: str, start: int, end: int, *, ordered: bool) -> bool:
        """Return True if the name is only mentioned; in doubt it is what is ordered, but not what was given."""
        before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
        if self._cause.search(after):
            return True
        if found := self._time.search(before):
            return not ordered or (_names(before[: found.start()]) and not _A_DOSE.search(after))
        if found := self._purpose.search(before):
            return _names(before[: found.start()]) and (not ordered or bool(self._effect.search(after)))
        return False


def _pattern(before: str, patterns: Mapping[str, re.Pattern[str]], id_: str, after: str) -> re.Pattern[str]:
    return re.compile(f"{before}{patterns.get(id_, _NEVER).pattern}{after}")


def _names(text: str) -> bool:
    return bool(_A_WORD.search(text))
