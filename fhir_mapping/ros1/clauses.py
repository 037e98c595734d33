"""What one clause of a report says of ROS1.

A clause is cut into segments, one for each gene or list of genes; only the segment of ROS1 decides. A segment without a
result takes the one it is listed with ("ALK rearrangement and ROS1 rearrangement: negative"). Whatever can be read in
two ways is read as indeterminate.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fhir_mapping.facts import Ros1Finding
from fhir_mapping.ros1.counts import counts_fewer, only_counts
from fhir_mapping.ros1.findings import CHANGES, NEGATIVES, NEGATORS, RESULTS, TURN, UNDECIDED, finding_of
from fhir_mapping.ros1.segments import OURS, Segment, by_gene, leads, leaves_open
from fhir_mapping.ros1.tokens import GENES, Kind, Scanner, Token, gene_groups

_CUT = re.compile(r",|\||\t|[()\[\]]|\s[-\u2010-\u2015\u2212/]\s|\band\b", re.IGNORECASE)
_FILLER = re.compile(
    r"the|for|with|are|was|were|has|been|this|via|using|performed|genes?|status|results?|final|report|reported"
    r"|interpretation|findings?|conclusion|comment|tissue|specimen|sample|abnormal|exons?|introns?|breakpoints?|involving"
)  # says nothing by itself
_ANSWERED_NO = re.compile(r"[:=]\s*no?\s*\Z", re.IGNORECASE)
_FOR = re.compile(r"\s+for\b", re.IGNORECASE)
_ASKED = {Kind.POSITIVE, Kind.STRUCTURE, Kind.FUSION, *NEGATORS, *NEGATIVES}
_GOES_ON = {Kind.METHOD, Kind.POSITIVE, Kind.STRUCTURE, Kind.OTHER_CHANGE, Kind.TEST_NAME}
_APART = re.compile(r"\b(?:without|with\s+no|in\s+the\s+absence\s+of)\b", re.IGNORECASE)  # what follows is not there
_COUNT = re.compile(r"[0-9]")  # "3 VUS" are others
_END = re.compile(r"[\s.,;)]*")
_OR = re.compile(r"\b(?:n?or)\b", re.IGNORECASE)
_AND_OR = re.compile(r"\b(?:n?or|and)\b|/", re.IGNORECASE)
_MARKER = re.compile(r"\b[A-Za-z]{1,3}-?[0-9]{1,3}\b")  # "p40 positive" is of another protein
_WORD = re.compile(r"[A-Za-z]{3,}")


class Naming(StrEnum):
    """What it takes in a text that to name a fusion is to report it."""

    NOTHING = "nothing"  # a name is no result
    WITH_PARTNER = "with-partner"  # "CD74-ROS1" is
    ANY_FUSION = "any-fusion"  # "ROS1 fusion" is, too
    WITH_DISEASE = "with-disease"  # "NSCLC with ROS1 fusion" is, too


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a segment says; no finding if it says nothing or nothing clear of a fusion."""

    finding: Ros1Finding | None = None
    partner: str | None = None
    other_change: bool = False  # it speaks of another change of the gene


class Clause:
    """One clause with its segments."""

    def __init__(self, text: str, scanner: Scanner) -> None:
        self.text = text
        self.tokens = scanner.tokens(text)
        self._positive_from = scanner.positive_from
        self._starts = [token.start for token in self.tokens]
        self._groups = gene_groups(text, self.tokens)
        self._joined = bytearray(len(text))  # 1 where a word or a list of genes must not be cut
        unread = list(text)
        for token in self.tokens:
            unread[token.start : token.end] = " " * (token.end - token.start)
            self._joined[token.start : token.end] = b"\1" * (token.end - token.start)
        for start, end in ((group[0].start, group[-1].end) for group in self._groups):
            self._joined[start:end] = b"\1" * (end - start)
        self._unread = "".join(unread)

    @property
    def names_a_gene(self) -> bool:
        """True if it names any gene."""
        return bool(self._groups)

    @property
    def says_a_result_by_a_method(self) -> bool:
        """True for "FISH positive" and "fusion detected by RNA sequencing", and nothing else."""
        kinds = {token.kind for token in self.tokens}
        begins = bool(self.tokens) and not self.text[: self.tokens[0].start].strip()
        return begins and Kind.METHOD in kinds and self.says_only_a_result

    @property
    def takes_back(self) -> bool:
        """True for "result is considered negative", said in a clause of its own; not for "not an artefact"."""
        kinds = {token.kind for token in self.tokens}
        doubts, denies = Kind.INDETERMINATE in kinds, bool(kinds & (NEGATIVES | NEGATORS))
        return doubts != denies and not kinds & _GOES_ON and self.says_only_a_result

    @property
    def is_general(self) -> bool:
        """True if it speaks of patients or drugs in general."""
        return any(token.kind is Kind.GENERAL for token in self.tokens)

    @property
    def names_a_structure(self) -> bool:
        """True if it speaks of a fusion or the like."""
        return any(token.kind is Kind.STRUCTURE for token in self.tokens)

    @property
    def says_only_a_result(self) -> bool:
        """True if it names no gene and every word of it belongs to a result."""
        whole = self._segment(0, len(self.text))
        unsaid = self._leftover(0, len(self.text)) or _MARKER.search(self._unread)
        return not self._groups and bool(whole.tokens) and not unsaid

    def about_ros1(self, *, naming: Naming) -> Verdict:
        """Return what the segment of ROS1 says, or the one it is listed with."""
        headed = [part for each in self._segments() for part in self._by_heading(each)]
        segments = [part for each in headed for part in by_gene(each)]
        verdicts = [self._judge(each, naming=naming) for each in segments]
        ours = [number for number, each in enumerate(segments) if each.is_ours]
        found = [self._resolve(segments, verdicts, number) for number in ours]
        if {Ros1Finding.POSITIVE, Ros1Finding.NEGATIVE} <= {each.finding for each in found}:
            return Verdict(Ros1Finding.INDETERMINATE)
        return next((each for each in found if each.finding), found[0] if found else Verdict())

    def as_value(self, *, naming: Naming) -> Verdict:
        """Return what a clause without genes says, given that it is about ROS1."""
        parts = [part for part in self._pieces() if part.tokens and self._is_plain(part)]
        verdicts = [
            each for each in (self._judge(part, naming=naming) for part in parts) if each.finding or each.other_change
        ]
        findings = {each.finding for each in verdicts}
        if len(findings) > 1 and {Ros1Finding.POSITIVE, Ros1Finding.NEGATIVE} <= findings:
            return Verdict(Ros1Finding.INDETERMINATE)
        return verdicts[0] if verdicts else Verdict()

    def _is_plain(self, part: Segment) -> bool:
        """Return True if the result of a part is about the test and not about, say, the tumour in the sample."""
        if part.kinds() & {Kind.STRUCTURE, *CHANGES, *UNDECIDED}:
            return True
        first = part.first(RESULTS | NEGATORS)
        if first is None:
            return True
        of_else = _FOR.match(self.text, part.tokens[-1].end, part.end)  # "positive for weight loss"
        return not self._leftover(part.start, first) and not (of_else and self._leftover(of_else.end(), part.end))

    def _leftover(self, start: int, end: int) -> set[str]:
        """Return the words between two places that no token and no filler accounts for."""
        words = (word.lower() for word in _WORD.findall(self._unread[start:end]))
        return {word for word in words if not _FILLER.fullmatch(word)}

    def _pieces(self) -> list[Segment]:
        """Cut the clause at separators that do not stand inside a list of genes or a word."""
        cuts = [found.span() for found in _CUT.finditer(self.text) if not any(self._joined[slice(*found.span())])]
        cuts = sorted([*cuts, *self._cuts_apart()])
        starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(self.text)]
        return [self._segment(start, end) for start, end in zip(starts, ends, strict=True)]

    def _cuts_apart(self) -> Iterator[tuple[int, int]]:
        """Yield where "positive for ROS1 without ALK rearrangement" turns to what is missing of another gene."""
        for found in _APART.finditer(self.text):
            before, after = self._segment(0, found.start()), self._segment(found.end(), len(self.text))
            if before.is_ours and Kind.POSITIVE in before.kinds() and after.genes and not after.is_ours:
                yield found.start(), found.start()
        for found in TURN.finditer(self.text):
            before, after = self._segment(0, found.start()), self._segment(found.end(), len(self.text))
            denied = before.genes and not before.is_ours and before.kinds() & (NEGATIVES | NEGATORS)
            if denied and after.is_ours:
                yield found.start(), found.start()

    def _by_heading(self, segment: Segment) -> list[Segment]:
        """Cut "ALK/ROS1/RET fusion panel: RET fusion detected" after the panel: the result is of another gene."""
        ours = max((token.start for token in segment.genes if token.kind in OURS), default=segment.end)
        tests = [token.start for token in segment.tokens if token.kind is Kind.TEST_NAME and token.start > ours]
        words = [self._word(token) for token in segment.genes]
        later = [(n, token) for n, token in enumerate(segment.genes) if token.start > ours]
        turn = next((t.start for n, t in later if words[n] in words[:n] or (tests and tests[0] < t.start)), None)
        if turn is None:
            return [segment]
        heading, rest = self._segment(segment.start, turn), self._segment(turn, segment.end)
        heading.is_heading = not heading.kinds() & (RESULTS | NEGATORS)
        return [heading, rest] if heading.is_heading else [segment]

    def _word(self, token: Token) -> str:
        return self.text[token.start : token.end].upper()

    def _segment(self, start: int, end: int) -> Segment:
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        tokens = list(self.tokens[first:last])
        return Segment(start, end, tokens, [token for token in tokens if token.kind in GENES])

    def _segments(self) -> list[Segment]:
        """Join pieces without a gene to the gene before them while that has no result and they say nothing else."""
        segments: list[Segment] = []
        for piece in self._pieces():
            if piece.genes or not segments:
                segments.append(piece)
            elif self._belongs(piece, segments[-1]):
                last = segments[-1]
                segments[-1] = Segment(last.start, piece.end, [*last.tokens, *piece.tokens], last.genes)
        return segments

    def _belongs(self, piece: Segment, last: Segment) -> bool:
        """Return True if a piece without a gene goes on about the gene before it, or takes back what was said of it."""
        kinds, before = piece.kinds(), last.kinds()
        if self._leftover(piece.start, piece.end):
            return False
        if Kind.FUSION in before and piece.tokens and piece.tokens[0].kind is Kind.OTHER_CHANGE:
            return False  # "CD74-ROS1 | mutations: none"
        if Kind.SIGNIFICANCE in kinds:
            return kinds == {Kind.SIGNIFICANCE} and not _COUNT.search(self._unread, piece.start, piece.end)
        contradicts = Kind.POSITIVE in before and kinds & NEGATIVES and kinds <= NEGATIVES
        return bool(contradicts) or not before & RESULTS

    def _judge(self, part: Segment, *, naming: Naming) -> Verdict:
        kinds = part.kinds()
        partner = next((token.partner for token in part.tokens if token.kind is Kind.FUSION and token.partner), None)
        if Kind.GENERAL in kinds or part.is_heading:
            return Verdict()
        if Kind.QUESTION in kinds:
            return Verdict(Ros1Finding.INDETERMINATE) if kinds & _ASKED else Verdict()
        if Kind.HEDGE in kinds or only_counts(self.text, part):
            return Verdict(Ros1Finding.INDETERMINATE)
        finding = finding_of(part.tokens, self.text)
        if kinds & CHANGES and not kinds & {Kind.STRUCTURE, Kind.FUSION}:
            undecided = finding in (Ros1Finding.PENDING, Ros1Finding.INDETERMINATE)
            return Verdict(finding if undecided else None, other_change=True)
        if finding is None and self._names_a_fusion(part, naming):
            finding = Ros1Finding.POSITIVE
        if finding is Ros1Finding.POSITIVE and (Kind.SIGNIFICANCE in kinds or self._is_doubtful(part)):
            return Verdict(Ros1Finding.INDETERMINATE)
        return Verdict(finding, partner)

    def _is_doubtful(self, part: Segment) -> bool:
        """Return True for "detected in 2% of nuclei", too few for FISH to call positive, and for "present: No"."""
        if _ANSWERED_NO.search(self.text, part.start, part.end):
            return True
        return counts_fewer(self.text, self.tokens, self._positive_from)

    def _names_a_fusion(self, part: Segment, naming: Naming) -> bool:
        kinds = part.kinds()
        if kinds & {*RESULTS, Kind.NEGATION, Kind.TEST_NAME} or any(token.kind is Kind.GENE for token in part.genes):
            return False
        if Kind.FUSION in kinds:
            return naming is not Naming.NOTHING
        if naming not in (Naming.ANY_FUSION, Naming.WITH_DISEASE):
            return False
        alone = naming is Naming.WITH_DISEASE or not self._leftover(part.start, part.end)
        return Kind.STRUCTURE in kinds and Kind.METHOD not in kinds and alone

    def _resolve(self, segments: Sequence[Segment], verdicts: Sequence[Verdict], ours: int) -> Verdict:
        own = verdicts[ours]
        if segments[ours].is_heading:
            return own
        general = any(token.kind is Kind.GENERAL and token.end <= segments[ours].start for token in self.tokens)
        if own.finding is Ros1Finding.POSITIVE and (general or any(map(self._leaves_open, segments[:ours]))):
            return Verdict(Ros1Finding.INDETERMINATE)
        if own.finding or own.other_change or segments[ours].kinds() & (RESULTS | NEGATORS | {Kind.GENERAL}):
            return own
        before = next((n for n in range(ours - 1, -1, -1) if verdicts[n].finding), None)
        after = next((n for n in range(ours + 1, len(segments)) if verdicts[n].finding), None)
        if before is not None and leads(segments[before]):
            lent = verdicts[before].finding
        elif after is not None and not leads(segments[after]):
            lent = verdicts[after].finding
        else:
            return Verdict(Ros1Finding.NEGATIVE) if self._ends_denied_list(segments, ours) else own
        return Verdict(Ros1Finding.INDETERMINATE if lent is Ros1Finding.POSITIVE else lent, own.partner)

    def _ends_denied_list(self, segments: Sequence[Segment], ours: int) -> bool:
        """Return True for the last of "negative for EGFR mutation, ALK rearrangement and ROS1 rearrangement".

        "No EGFR mutation and ROS1 rearrangement" may mean either; with "or" it does not.
        """
        first, last = segments[0], segments[ours]
        nothing_else = not any(self._leftover(each.start, each.end) for each in segments[1 : ours + 1])
        if not (first.genes and leads(first) and nothing_else and Kind.STRUCTURE in last.kinds()):
            return False
        said_more = any(token.kind is Kind.POSITIVE or token.kind in UNDECIDED for token in self.tokens)
        if said_more or not _END.fullmatch(self.text, last.tokens[-1].end):
            return False
        complete = bool(first.kinds() & NEGATIVES)
        gene = next(token.start for token in last.genes if token.kind in OURS)
        return (_AND_OR if complete else _OR).search(self.text, segments[ours - 1].end if ours else 0, gene) is not None

    def _leaves_open(self, segment: Segment) -> bool:
        """Return True if a "no" before may reach here; not that of "no smoking history, ROS1 fusion detected"."""
        of_genes = segment.genes or segment.kinds() & {Kind.STRUCTURE, *CHANGES}
        return leaves_open(segment) and bool(of_genes or not self._leftover(segment.start, segment.end))
