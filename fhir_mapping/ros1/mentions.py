"""Which changes of the ROS1 protein a text reports as present.

A change counts only if its gene is ROS1: the gene before it, or the one that "in" or "of" names after it. A change that
the knowledge lists is recognised in all that a clause says of ROS1, and in the clause after one about ROS1 alone
("Gene: ROS1; variant: G2032R"); any other only right beside the gene's name, because it may belong to a gene that the
text does not name in a way that we know. What is denied, doubtful, pending, general or only tested for is not there. In
doubt nothing is reported: a change is never invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fhir_mapping.lexicon import Lexicon
from fhir_mapping.ros1.findings import NEGATIVES, NEGATORS, UNDECIDED
from fhir_mapping.ros1.protein import Mention, changes_in
from fhir_mapping.ros1.segments import OURS
from fhir_mapping.ros1.tokens import GENES, Kind, Token, gene_groups, scanner_of

_CLAUSES = re.compile(r"[\n\r;•]+|\.(?=\s|\Z)")
_PIECES = re.compile(r",|\||\band\b|\bor\b|\bbut\b|\bwith\b|\s[-\u2010-\u2015\u2212]\s", re.IGNORECASE)
_BELONGS = re.compile(
    r"\W{0,3}(?:[a-z]{4,12}\W{1,3}){0,2}(?:in|of|on|within)\s(?:the\s)?(?:[a-z]{4,6}\s)?", re.IGNORECASE
)
_BESIDE = re.compile(r"\W{0,3}")
_WORD = re.compile(r"[A-Za-z]{2,}")
_FILLER = re.compile(
    r"the|an|and|or|with|in|of|by|at|mutations?|mutated|mutant|mut|variants?|changes?|alterations?|substitutions?|missense"
    r"|point|gene|protein|amino|acid|kinase|domain|exons?|resistance|acquired|secondary|somatic|pathogenic|likely"
    r"|solvent|front|gatekeeper|vaf|af|allele|allelic|frequency|fraction|variant|result|finding|tier|hgvs|ngs|plasma"
    r"|ctdna|tissue|tumou?r|fusion|rearrangement|new|also|was|were|is|are|nm|np|on|target|known|confirmed|reported",
    re.IGNORECASE,
)  # says nothing by itself about whether a change is there, nor of another gene
_DOUBT = {Kind.HEDGE, Kind.GENERAL}
_DENIED = {*NEGATIVES, *UNDECIDED, Kind.NEGATION}
_MOST_CLAUSES = 20  # that are read of one text
_LONGEST_CLAUSE = 2000  # characters
_LONGEST_RESULT = 200  # characters of the next clause, which may hold the result of this one
_MOST_CHANGES = 20  # that are told of one clause


class Reported(NamedTuple):
    """A change that a text reports, and the words that do."""

    change: str
    words: str


def changes_reported(text: str, lexicon: Lexicon, *, implied: bool, named: bool) -> tuple[Reported, ...]:
    """Return the changes of ROS1 that a text reports as present.

    ``implied``: the text is about ROS1, so that it need not name the gene; ``named``: to name a change is to report it.
    """
    if not changes_in(text):
        return ()
    parts = [part for part in _CLAUSES.split(text) if part and not part.isspace()]
    wanted = [n for n, part in enumerate(parts) if changes_in(part)]
    found: list[Reported] = []
    for number in wanted[:_MOST_CLAUSES]:
        if not (implied or lexicon.ros1.within(parts[number])):
            before = parts[number - 1] if number else ""
            if not lexicon.ros1.within(before) or not _is_of_ros1_alone(before[-_LONGEST_CLAUSE:], lexicon):
                continue
        clause = _Clause(_clipped(parts[number]), lexicon, implied=implied)
        following = parts[number + 1][:_LONGEST_RESULT] if number + 1 < len(parts) else ""
        found += [Reported(each.change, clause.text.strip()) for each in clause.present(following, named=named)]
    return tuple(dict.fromkeys(found))


class _Clause:
    """One clause with its changes, its genes and its pieces."""

    def __init__(self, text: str, lexicon: Lexicon, *, implied: bool) -> None:
        self.text = text
        self._lexicon = lexicon
        self._implied = implied
        self.mentions = changes_in(text)[:_MOST_CHANGES]
        tokens = scanner_of(lexicon.knowledge).tokens(text)
        inside = [each for each in tokens if not any(m.start < each.end and each.start < m.end for m in self.mentions)]
        self._tokens = inside
        self._groups = gene_groups(text, inside)
        self._genes = [token for token in inside if token.kind in GENES]

    def present(self, following: str, *, named: bool) -> Iterator[Mention]:
        """Yield the changes of ROS1 that are there; ``following`` is the next clause, which may hold their result."""
        ours = [each for each in self.mentions if self._is_ours(each)]
        after = self._result_of(following) if ours else set()
        for mention in ours:
            if self._is_there(mention, after, named=named):
                yield mention

    def _is_there(self, mention: Mention, after: set[Kind], *, named: bool) -> bool:
        start, end = self._region(mention)
        pieces = list(self._pieces(0, len(self.text)))
        at = next(n for n, (first, last) in enumerate(pieces) if first <= mention.start < last)
        own, before = self._kinds(*pieces[at]), [self._kinds(*piece) for piece in pieces[:at]]
        if self._is_doubtful(mention, pieces, at) or any(
            each & NEGATORS and Kind.POSITIVE not in each for each in before
        ):
            return False
        kinds = self._kinds(start, end)
        if kinds & _DENIED:
            return Kind.POSITIVE in own and not own & _DENIED
        if Kind.POSITIVE in kinds:
            return True
        if after:
            return after == {Kind.POSITIVE}
        denied_later = self._kinds(mention.end, len(self.text)) & _DENIED
        return not denied_later and Kind.TEST_NAME not in kinds and (named or not self._leftover())

    def _is_doubtful(self, mention: Mention, pieces: Sequence[tuple[int, int]], at: int) -> bool:
        """Return True if the clause leaves the change open or speaks in general.

        What stands after the result does not: "detected after crizotinib", "detected, resistant to crizotinib".
        """
        start, end = pieces[at]
        result = next(
            (each.start for each in self._tokens if each.kind is Kind.POSITIVE and start <= each.start < end), None
        )
        for token in (each for each in self._tokens if each.kind in _DOUBT):
            later = result is not None and token.start >= max(result, mention.end)
            told = self.text[token.start : token.end]
            drug = token.kind is Kind.GENERAL and bool(self._lexicon.knowledge.drugs_in(told))
            if not (later and (token.start >= end or drug)):
                return True
        return False

    def _kinds(self, start: int, end: int) -> set[Kind]:
        return {token.kind for token in self._tokens if start <= token.start < end}

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for cut in _PIECES.finditer(self.text, start, end):
            if not any(m.start <= cut.start() < m.end for m in self.mentions):
                yield start, cut.start() + 1
                start = cut.start() + 1
        yield start, end

    def _result_of(self, following: str) -> set[Kind]:
        """Return what the next clause says if it is nothing but a result."""
        tokens = scanner_of(self._lexicon.knowledge).tokens(following)
        kinds = {token.kind for token in tokens}
        if kinds & GENES or changes_in(following):
            return set()
        return kinds & {Kind.POSITIVE, *_DENIED, *_DOUBT}

    def _leftover(self) -> bool:
        """Return True if the clause says anything beside genes, changes and results."""
        unread = list(self.text)
        spans = [(each.start, each.end) for each in self._tokens] + [(each.start, each.end) for each in self.mentions]
        for start, end in spans:
            unread[start:end] = " " * (end - start)
        return any(not _FILLER.fullmatch(word) for word in _WORD.findall("".join(unread)))

    def _region(self, mention: Mention) -> tuple[int, int]:
        """Return the part of the clause that may speak of the change: up to the other genes on either side."""
        others = [each for each in self._genes if each.kind not in OURS and not self._listed_with_ours(each)]
        first = max((each.end for each in others if each.end <= mention.start), default=0)
        last = min((each.start for each in others if each.start >= mention.end), default=len(self.text))
        if first:
            cut = _PIECES.search(self.text, first, mention.start)
            first = cut.start() if cut else first
        if last < len(self.text):
            cuts = [cut.start() for cut in _PIECES.finditer(self.text, mention.end, last)]
            last = cuts[-1] if cuts else last
        return first, last

    def _group(self, gene: Token) -> Sequence[Token]:
        return next((group for group in self._groups if gene in group), [gene])

    def _listed_with_ours(self, gene: Token) -> bool:
        return any(each.kind in OURS for each in self._group(gene))

    def _is_ours(self, mention: Mention) -> bool:
        """Return True if the gene of the change is ROS1."""
        listed = mention.change in self._lexicon.knowledge.resistance
        gene, beside = self._gene_of(mention)
        if gene is None:
            return self._implied or listed  # of a clause that follows one about ROS1 alone
        group = self._group(gene)
        if not any(each.kind in OURS for each in group):
            return False
        return listed or (len(group) == 1 and (beside or self._implied))

    def _gene_of(self, mention: Mention) -> tuple[Token | None, bool]:
        """Return the gene that a change belongs to, and whether it stands right beside it."""
        after = next((each for each in self._genes if each.start >= mention.end), None)
        if after and _BELONGS.fullmatch(self.text, mention.end, after.start):
            return after, True
        before = next((each for each in reversed(self._genes) if each.end <= mention.start), None)
        if before:
            return before, self._only_fillers(before.end, mention.start)
        if after:
            return after, _BESIDE.fullmatch(self.text, mention.end, after.start) is not None
        return None, False

    def _only_fillers(self, start: int, end: int) -> bool:
        between = list(self.text[start:end])
        for each in self.mentions:
            if start <= each.start and each.end <= end:
                between[each.start - start : each.end - start] = " " * (each.end - each.start)
        return all(_FILLER.fullmatch(word) for word in _WORD.findall("".join(between)))


def _is_of_ros1_alone(text: str, lexicon: Lexicon) -> bool:
    """Return True if ROS1 is the only gene of a clause: the next one may go on about it."""
    tokens = scanner_of(lexicon.knowledge).tokens(text)
    return all(token.kind in OURS for token in tokens if token.kind in GENES)


def _clipped(part: str) -> str:
    """Return a clause without the far end of a very long one: its beginning may hold the "no" that counts."""
    return part[:_LONGEST_CLAUSE]
