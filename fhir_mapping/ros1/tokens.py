"""The words of a report that say something about ROS1: which they are and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from fhir_mapping.lexicon import ROS1_CONCEPTS
from knowledge.lookup import Knowledge


class Kind(StrEnum):
    """What a word is for."""

    ROS1 = "ros1"
    FUSION = "fusion"  # ROS1 joined with a partner: CD74::ROS1
    GENE = "gene"  # another gene or marker
    PARTNER = "partner"  # a gene that ROS1 fuses with, standing alone
    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"
    PENDING = "pending"
    NOT_TESTED = "not-tested"
    STRUCTURE = "structure"  # fusion, rearrangement ...
    OTHER_CHANGE = "other-change"  # mutation, amplification ...
    SIGNIFICANCE = "significance"  # "of uncertain significance"
    NEGATION = "negation"
    OPEN_NEGATIVE = "open-negative"  # negative, and turns what follows into its opposite: "no evidence of"
    HEDGE = "hedge"  # possible, if ...
    QUESTION = "question"  # the mark
    GENERAL = "general"  # speaks of patients or tumours in general
    TEST_NAME = "test-name"  # assay, panel ...
    UNKNOWN_PARTNER = "unknown-partner"
    METHOD = "method"


class Token(NamedTuple):
    """One word, or several that belong together."""

    kind: Kind
    start: int
    end: int
    partner: str | None = None  # of a FUSION


_KIND_OF = {
    "other-gene": Kind.GENE,
    "fusion-partner-gene": Kind.PARTNER,
    "result-positive": Kind.POSITIVE,
    "result-negative": Kind.NEGATIVE,
    "result-indeterminate": Kind.INDETERMINATE,
    "result-pending": Kind.PENDING,
    "result-not-tested": Kind.NOT_TESTED,
    "result-elsewhere": Kind.NOT_TESTED,
    "fusion-structure": Kind.STRUCTURE,
    "not-a-fusion": Kind.OTHER_CHANGE,
    "uncertain-significance": Kind.SIGNIFICANCE,
    "negation": Kind.NEGATION,
    "hedge": Kind.HEDGE,
    "general-statement": Kind.GENERAL,
    "test-name": Kind.TEST_NAME,
    "unknown-partner": Kind.UNKNOWN_PARTNER,
} | dict.fromkeys(ROS1_CONCEPTS, Kind.ROS1)
_ALONE = {
    Kind.ROS1,
    Kind.FUSION,
    Kind.GENE,
    Kind.PARTNER,
    Kind.STRUCTURE,
    Kind.METHOD,
    Kind.TEST_NAME,
}  # never hide, nor are hidden
GENES = {Kind.ROS1, Kind.FUSION, Kind.GENE}
_SYMBOL = re.compile(
    r"(?<![A-Za-z0-9.])[A-Z]{2,7}[0-9]{1,3}[A-Z]?[0-9]?(?![A-Za-z0-9])"
)  # the shape of most gene symbols
_CAPITALS = re.compile(r"[A-Z]{3,7}")
_CHANGE = re.compile(
    r"(?<![A-Za-z0-9.])(?:[cgmn]\.[-*]?[0-9][^\s,;|]*|p\.\(?[A-Z][^\s,;|]*|rs[0-9]{3,}|[A-Z][0-9]{3,4}[A-Z*])(?![A-Za-z0-9])"
)  # a change of sequence: c.1A>G, p.(Val600Glu), rs123, V600E
_QUESTION = re.compile(r"(?<!\.)(?<!\.\()\?(?!:)")  # "?::ROS1" names no partner, "p.?" no change of the protein
_TRIAL = re.compile(r"\bNCT[0-9]{8}\b")
_TO_NEXT_WORD = re.compile(r"[\s\-\u2010-\u2015\u2212]*(?:been\s+)?")
_PLACE = r"(?:\s?\([^()]{1,40}\)|\s(?:exons?|introns?|ex|e)\.?\s?[0-9]{1,2})?"  # of the break in a gene
_JOIN = r"\s?(?P<join>::?|[-\u2010-\u2015\u2212/_])\s?"
_JOINS = (":", "-", "/", "_", *map(chr, range(0x2010, 0x2016)), "\u2212")
_LEFT = re.compile(rf"(?P<partner>[A-Za-z0-9?]{{1,12}}){_PLACE}{_JOIN}\Z")
_RIGHT = re.compile(rf"{_PLACE}{_JOIN}(?P<partner>[A-Za-z0-9?]{{1,12}})")
_UNNAMED = {"v", "?", "unknown"}  # what stands for a partner that is not known
_REACH = 60  # characters beside ROS1 in which a partner is looked for


class Scanner:
    """Finds the tokens of a text."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._positive = knowledge.pattern("result-positive")
        self._negation = knowledge.pattern("negation")
        self._next_word = knowledge.pattern("negation-of-next-word")
        self._partner = knowledge.pattern("fusion-partner-gene")
        self._other_gene = knowledge.pattern("other-gene")
        self._structure = knowledge.pattern("fusion-structure")
        self._knowledge = knowledge
        self.positive_from = max((each.positive_from or 0 for each in knowledge.methods.values()), default=0)
        """Per cent of cells below which a positive word is in doubt."""

    def tokens(self, text: str) -> tuple[Token, ...]:
        """Return the tokens of a clause in their order; a longer word hides those inside it."""
        meant = self._knowledge.concepts_in(text) & _KIND_OF.keys()
        hits = ((_KIND_OF[id_], hit) for id_ in meant for hit in self._knowledge.pattern(id_).finditer(text))
        found = {Token(kind, *hit.span()) for kind, hit in hits}
        found |= {Token(Kind.GENE, *hit.span()) for hit in _SYMBOL.finditer(text) if not self._is_known(hit.group())}
        found |= {Token(Kind.OTHER_CHANGE, *hit.span()) for hit in _CHANGE.finditer(text)}
        found |= {Token(Kind.QUESTION, *hit.span()) for hit in _QUESTION.finditer(text)}
        found |= {Token(Kind.GENERAL, *hit.span()) for hit in _TRIAL.finditer(text)}
        found = self._governing(text, found)
        methods = {Token(Kind.METHOD, *span) for span in self._methods(text)}
        found = methods | {each for each in found if not _is_part_of(methods, each)}
        fusions = {fusion for token in found if token.kind is Kind.ROS1 and (fusion := self._fusion(text, token))}
        kept = [self._opened(text, token) for token in _outside(_visible(found), fusions, len(text))]
        return tuple(sorted({*kept, *fusions}, key=lambda token: (token.start, token.end, token.kind)))

    def _governing(self, text: str, tokens: set[Token]) -> set[Token]:
        """Return the tokens without a "non" or "never" whose next word is none of them: "non-small cell"."""
        narrow = [each for each in tokens if each.kind is Kind.NEGATION and self._next_word.fullmatch(text, *each[1:3])]
        if not narrow:
            return tokens
        starts = {each.start for each in tokens}
        return tokens - {each for each in narrow if _next_word_at(text, each.end) not in starts}

    def _is_known(self, symbol: str) -> bool:
        known = self._knowledge.concepts_in(symbol)
        return bool(known & _KIND_OF.keys()) or bool(self._knowledge.methods_in(symbol))

    def _methods(self, text: str) -> Iterator[tuple[int, int]]:
        for method in self._knowledge.methods_in(text):
            yield from (hit.span() for hit in _words_of(method.texts).finditer(text))

    def _opened(self, text: str, token: Token) -> Token:
        words = text[token.start : token.end]
        opens = token.kind is Kind.NEGATIVE and self._negation.match(words) and not self._positive.search(words)
        return token._replace(kind=Kind.OPEN_NEGATIVE) if opens else token

    def _fusion(self, text: str, ros1: Token) -> Token | None:
        """Return the fusion that ROS1 is written in, if it is joined with a partner."""
        before, after = text[max(0, ros1.start - _REACH) : ros1.start], text[ros1.end : ros1.end + _REACH]
        left = _LEFT.search(before) if before.rstrip().endswith(_JOINS) else None
        right = _RIGHT.match(after)
        named = self._structure.match(after.lstrip()) is not None
        if left and self._is_partner(left["partner"], left["join"], named=named):
            return Token(Kind.FUSION, ros1.start - len(before) + left.start(), ros1.end, _named(left["partner"]))
        if right and self._is_partner(right["partner"], right["join"], named=False):
            return Token(Kind.FUSION, ros1.start, ros1.end + right.end(), _named(right["partner"]))
        return None

    def _is_partner(self, symbol: str, join: str, *, named: bool) -> bool:
        """Return True if a symbol joined with ROS1 is its partner; ``named``: the next word is "fusion" or the like."""
        if join == "::" or self._partner.fullmatch(symbol):
            return True
        if join in "/_:" or self._other_gene.fullmatch(symbol) or self._negation.fullmatch(symbol):
            return False
        gene_like = _SYMBOL.fullmatch(symbol) or (named and _CAPITALS.fullmatch(symbol))
        return bool(gene_like) and not self._knowledge.methods_in(symbol)


@lru_cache(maxsize=4)
def scanner_of(knowledge: Knowledge) -> Scanner:
    """Return the scanner of a knowledge, made once."""
    return Scanner(knowledge)


def gene_groups(text: str, tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the genes, those of one list together: "ALK, RET and ROS1" is one group."""
    groups: list[list[Token]] = []
    for token in (each for each in tokens if each.kind in GENES):
        if groups and _LISTED.fullmatch(text, groups[-1][-1].end, max(token.start, groups[-1][-1].end)):
            groups[-1].append(token)
        else:
            groups.append([token])
    return groups


_LISTED = re.compile(r"[\s,/&+]*(?:(?:and|or|nor|and/or)[\s,/&+]*)?", re.IGNORECASE)


@lru_cache(maxsize=256)
def _words_of(texts: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    return re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])", re.IGNORECASE)


def _next_word_at(text: str, end: int) -> int:
    between = _TO_NEXT_WORD.match(text, end)
    return between.end() if between else end


def _is_part_of(methods: Iterable[Token], change: Token) -> bool:
    """Return True for the word "expression" of "protein expression", which names a method."""
    hidden = change.kind is Kind.OTHER_CHANGE
    return hidden and any(each.start < change.end and change.start < each.end for each in methods)


def _named(partner: str) -> str | None:
    return None if partner.lower() in _UNNAMED else partner


def _outside(tokens: Iterable[Token], fusions: Iterable[Token], length: int) -> Iterator[Token]:
    """Yield the tokens that are not part of a fusion."""
    inside: list[Token | None] = [None] * length
    for fusion in fusions:
        inside[fusion.start : fusion.end] = [fusion] * (fusion.end - fusion.start)
    return (each for each in tokens if not inside[each.start] or inside[each.start] is not inside[each.end - 1])


def _visible(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens that no longer word hides; "negative for" does not hide that it is negative."""
    reach = reach_of_results = 0  # how far the words that begin earlier, or here and are longer, go
    spans = groupby(sorted(tokens, key=lambda each: (each.start, -each.end)), key=lambda each: (each.start, each.end))
    for (_, end), group in spans:
        same = list(group)
        for token in same:
            limit = reach_of_results if token.kind is Kind.NEGATIVE else reach
            if token.kind in _ALONE or end > limit:
                yield token
        kinds = {token.kind for token in same} - _ALONE
        reach = max(reach, end) if kinds else reach
        reach_of_results = max(reach_of_results, end) if kinds - {Kind.NEGATION} else reach_of_results
