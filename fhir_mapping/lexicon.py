"""The knowledge, prepared for reading: how a text is searched for the things that decisions rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from knowledge.lookup import Knowledge

ROS1_CONCEPTS = frozenset({"ros1-gene", "ros1-test"})
PD_L1_CONCEPTS = frozenset({"pd-l1-test", "pd-l1-gene"})
TRANSFORMATION = "transformation-to-small-cell"

_RUN = re.compile(r"[a-z0-9]+")


class Mention:
    """Finds where a text names one of some concepts; texts that cannot are passed over at the speed of ``in``."""

    def __init__(self, knowledge: Knowledge, concepts: frozenset[str]) -> None:
        sets = [knowledge.value_sets[id_] for id_ in sorted(concepts) if id_ in knowledge.value_sets]
        self._patterns = tuple(knowledge.pattern(each.id) for each in sets)
        texts = [text for each in sets for text in (*each.texts, *each.exact_texts)]
        self._needles = tuple({max(_RUN.findall(text.lower()), key=len, default=text) for text in texts})

    def may_be_within(self, lowered: str) -> bool:
        """Return False if a text in lower case surely does not name it."""
        return any(needle in lowered for needle in self._needles)

    def within(self, text: str) -> bool:
        """Return True if the text names it."""
        return self.may_be_within(text.lower()) and any(each.search(text) for each in self._patterns)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the text names it."""
        if self.may_be_within(text.lower()):
            for pattern in self._patterns:
                yield from (found.span() for found in pattern.finditer(text) if any(map(str.isalpha, found.group())))


class Lexicon:
    """One knowledge with its prepared searches."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.ros1 = Mention(knowledge, ROS1_CONCEPTS)
        self.pd_l1 = Mention(knowledge, PD_L1_CONCEPTS)
        self.transformation = Mention(knowledge, frozenset({TRANSFORMATION}))
        self.atypical_signal = Mention(knowledge, frozenset({"atypical-signal"}))
        self.any_topic = Mention(knowledge, ROS1_CONCEPTS | PD_L1_CONCEPTS | {TRANSFORMATION})


@lru_cache(maxsize=4)
def lexicon_of(knowledge: Knowledge) -> Lexicon:
    """Return the lexicon of a knowledge, made once."""
    return Lexicon(knowledge)
