"""The parts of a clause, one for each gene or list of genes, and how their results stand to one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fhir_mapping.ros1.findings import NEGATIVES, NEGATORS, RESULTS
from fhir_mapping.ros1.tokens import Kind, Token

OURS = {Kind.ROS1, Kind.FUSION}


@dataclass(slots=True)
class Segment:
    """A part of a clause: where it stands, its tokens, and its genes."""

    start: int
    end: int
    tokens: list[Token]
    genes: list[Token]
    is_heading: bool = False  # names what was tested; the results follow

    @property
    def is_ours(self) -> bool:
        """True if it names ROS1."""
        return any(token.kind in OURS for token in self.genes)

    def kinds(self) -> set[Kind]:
        """Return the kinds of its tokens."""
        return {token.kind for token in self.tokens}

    def first(self, kinds: Iterable[Kind]) -> int | None:
        """Return where the first token of some kinds stands."""
        return next((token.start for token in self.tokens if token.kind in set(kinds)), None)


def leaves_open(segment: Segment) -> bool:
    """Return True if a "no" of the segment may reach into the next one: "no ALK fusion or ROS1 fusion detected"."""
    kinds = segment.kinds()
    return bool(kinds & NEGATORS) and Kind.POSITIVE not in kinds


def leads(segment: Segment) -> bool:
    """Return True if the result stands before the genes: "negative for ALK"."""
    first = segment.first(RESULTS | NEGATORS)
    return first is not None and bool(segment.genes) and first < segment.genes[0].start


def by_gene(segment: Segment) -> list[Segment]:
    """Cut "ALK negative ROS1 positive" before each gene if it begins with one and its results differ."""
    results = {Kind.NEGATIVE if token.kind in NEGATIVES else token.kind for token in segment.tokens} & RESULTS
    genes = [token for token in segment.genes if token.kind in {Kind.ROS1, Kind.FUSION, Kind.GENE}]
    first = segment.first(RESULTS | NEGATORS)
    if len(results) <= 1 or len(genes) <= 1 or first is None or first < genes[0].start:
        return [segment]
    cuts = [_with_its_negator(gene, segment.tokens) for gene in genes[1:]]
    starts, ends = [segment.start, *cuts], [*cuts, segment.end]
    parts = []
    for start, end in zip(starts, ends, strict=True):
        tokens = [token for token in segment.tokens if start <= token.start < end]
        parts.append(Segment(start, end, tokens, [gene for gene in genes if start <= gene.start < end]))
    return parts


def _with_its_negator(gene: Token, tokens: Sequence[Token]) -> int:
    """Return where a gene begins, or the "without" right before it, or a "no ROS1 fusion" that it is part of."""
    around = [each.start for each in tokens if each.start < gene.start < each.end]
    before = max((each for each in tokens if each.end <= gene.start), key=lambda each: each.end, default=gene)
    return min([*around, before.start if before.kind in NEGATORS else gene.start])
