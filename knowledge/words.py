"""Finding known words in free text: whole words, any case, any kind of hyphen."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

_TOKEN = re.compile(r"[a-z0-9]+")
_HYPHEN = r"[\s\-\u2010-\u2015\u2212]?"  # a hyphen in our words is any hyphen, a space or nothing: PD-L1, PD L1, PDL1
_NEVER = re.compile(r"(?!)")


class Words(NamedTuple):
    """The words that mean one thing; ``exact`` only as written, ``suffix`` is a pattern that may follow any of them."""

    texts: tuple[str, ...]
    exact: tuple[str, ...] = ()
    suffix: str = ""


class Hit(NamedTuple):
    """Words found in a text: whose they are and where they stand."""

    id: str
    start: int
    end: int


def pattern_of(words: Words) -> re.Pattern[str]:
    """Compile words to one whole-word pattern; it never matches if there are none."""
    loose, exact = _alternatives(words.texts), _alternatives(words.exact)
    branches = "|".join([f"(?i:{loose})"] * bool(loose) + [exact] * bool(exact))
    return re.compile(rf"(?<![A-Za-z0-9])(?:{branches}){words.suffix}(?![A-Za-z0-9])") if branches else _NEVER


def _alternatives(texts: Iterable[str]) -> str:
    return "|".join(_loose(text) for text in sorted(texts, key=len, reverse=True))  # the longest first


def _loose(text: str) -> str:
    return r"\s+".join(_HYPHEN.join(map(re.escape, word.split("-"))) for word in text.split())


def _first_tokens(text: str) -> Iterator[str]:
    """What the first token of ``text`` can be in the wild: ``PD-L1`` begins with ``pd`` or ``pdl1``."""
    parts = _TOKEN.findall(text.split(maxsplit=1)[0].lower())
    return ("".join(parts[:count]) for count in range(1, len(parts) + 1))


class WordIndex:
    """Finds which of many words occur in a text, trying only the patterns whose first token is there."""

    def __init__(self, words: Mapping[str, Words]) -> None:
        self.patterns = {id_: pattern_of(each) for id_, each in words.items()}
        self._ids_by_token: defaultdict[str, set[str]] = defaultdict(set)
        for id_, each in words.items():
            for token in (token for text in (*each.texts, *each.exact) for token in _first_tokens(text)):
                self._ids_by_token[token].add(id_)

    def _candidates(self, text: str) -> set[str]:
        tokens = self._ids_by_token.keys() & _TOKEN.findall(text.lower())
        return set().union(*(self._ids_by_token[token] for token in tokens))

    def ids(self, text: str) -> frozenset[str]:
        """Return the ids of which a word occurs in ``text``."""
        return frozenset(id_ for id_ in self._candidates(text) if self.patterns[id_].search(text))

    def hits(self, text: str) -> tuple[Hit, ...]:
        """Return every place where a word stands, in order, without those that lie inside a longer one."""
        candidates = [(id_, self.patterns[id_]) for id_ in self._candidates(text)]
        hits = [Hit(id_, *found.span()) for id_, pattern in candidates for found in pattern.finditer(text)]
        longest = (hit for hit in hits if not _inside_another(hit, hits))
        return tuple(sorted(longest, key=lambda hit: (hit.start, hit.id)))


def _inside_another(hit: Hit, hits: Iterable[Hit]) -> bool:
    return any(other.start <= hit.start and hit.end <= other.end and hit[1:] != other[1:] for other in hits)
