"""Tells whether a genomic variant (Genomics Reporting, mCODE) of ROS1 is a fusion, and whether it is there.

A fusion needs a word or a structure that says so: "ROS1 Fusion", a change type that fuses, or exactly two genes of
which the other is known to fuse with ROS1. A mutation, an amplification, a germline variant or a list of genes is
none; but ROS1 with one gene that it is known to fuse with is a fusion, whatever else the variant describes (the
example of mCODE gives a fusion's two genes and a substitution).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from fhir_mapping.concepts import concepts_of, distinct, meanings_of, texts_of
from fhir_mapping.datatypes import CodeableConcept, Coding
from fhir_mapping.facts import Ros1Finding
from fhir_mapping.lexicon import Lexicon
from fhir_mapping.resources.observation import Component, Observation, reported_value, value_codes, value_words
from fhir_mapping.ros1.clauses import Naming
from fhir_mapping.ros1.statement import Note, Statement, settled, statement_of
from fhir_mapping.ros1.text import read

_ROS1 = "ROS1"
_MOST_GENES_OF_A_FUSION = 2
_LISTED = re.compile(r"\s*(?:[,;/&+]|::|\band\b)\s*")
_LONGEST_READ = 1000  # characters of the words of a variation
_GENES = ("fusion-partner-gene", "other-gene")
_CHANGES = {"not-a-fusion", "uncertain-significance"}
_TYPES = {"coding-change-type", "molecular-consequence"}
_HGVS = {"protein-change", "coding-change"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What the components of a variant say."""

    genes: tuple[str, ...]  # symbols, each once; ROS1 as "ROS1"
    words: tuple[str, ...]  # the variation, in the record's words
    fuses: bool  # its change type is one of a fusion
    otherwise_changed: bool  # a change of sequence or of copy number is given
    germline: bool
    significance_open: bool  # what it signifies is said to be uncertain
    changes: tuple[str, ...] = ()  # of the protein, as the record writes them


def variant_statement(observation: Observation, lexicon: Lexicon) -> Statement | None:
    """Return what a variant says of a ROS1 fusion, or None if it is no variant that names ROS1."""
    variant = variant_of(observation, lexicon)
    if _ROS1 not in variant.genes and not any(map(lexicon.ros1.within, variant.words)):
        return None
    value = statement_of(observation, lexicon, naming=Naming.ANY_FUSION)
    has_value = value.reported or observation.data_absent_reason
    is_variant = "genomic-variant" in concepts_of(observation.code, lexicon.knowledge)
    if not has_value and not is_variant and not any(map(lexicon.ros1.within, variant.words)):
        return None  # a list of the genes studied
    said = _read(variant, lexicon, Naming.ANY_FUSION)
    told = _read(variant, lexicon, Naming.NOTHING).finding  # what the words state themselves, beyond naming it
    finding, note = value.finding, value.note
    if not has_value and said.partner in variant.genes:
        told = said.finding  # it names the fusion and both genes
    if finding is None or (told and told is not finding):
        finding, note = (told, None) if finding is None else (Ros1Finding.INDETERMINATE, Note.CONTRADICTION)
    words = (*value.words, *variant.words)
    statement = Statement(finding=finding, note=note, partner=said.partner or value.partner, words=words)
    if finding in (Ros1Finding.POSITIVE, Ros1Finding.NEGATIVE):
        named = said.finding is Ros1Finding.POSITIVE or value.partner is not None
        statement = _weighed(statement, replace(variant, fuses=variant.fuses or named), lexicon, named=named)
    return replace(statement, reported=_reported(observation, variant))


def _read(variant: Variant, lexicon: Lexicon, naming: Naming) -> Statement:
    """Read the words of the variation; with one or two genes they need not name ROS1 again."""
    implied = _ROS1 in variant.genes and len(variant.genes) <= _MOST_GENES_OF_A_FUSION
    readings = (read(text, lexicon, implied=implied, naming=naming) for text in variant.words)
    return settled([each for found in readings for each in found])


def _weighed(said: Statement, variant: Variant, lexicon: Lexicon, *, named: bool) -> Statement:
    """Return the statement if it is about a fusion of ROS1, else an indeterminate one that says why."""
    others = [gene for gene in variant.genes if gene != _ROS1]
    note = _why_not(said, variant, others, lexicon, named=named)
    if note:
        return replace(said, finding=Ros1Finding.INDETERMINATE, note=note, partner=None)
    partner = said.partner or (others[0] if len(others) == 1 and said.finding is Ros1Finding.POSITIVE else None)
    return replace(said, partner=partner)


def _why_not(said: Statement, variant: Variant, others: list[str], lexicon: Lexicon, *, named: bool) -> Note | None:
    if variant.germline:
        return Note.GERMLINE
    if said.other_change or (variant.otherwise_changed and not variant.fuses):
        return Note.OTHER_CHANGE
    if said.finding is Ros1Finding.NEGATIVE:
        about_ros1 = variant.fuses or not variant.words or any(map(lexicon.ros1.within, variant.words))
        return None if about_ros1 else Note.OTHER_CHANGE
    if variant.significance_open:
        return Note.SIGNIFICANCE_OPEN
    if named or (variant.fuses and len(others) <= 1):
        return None
    return Note.SEVERAL_GENES if others else Note.TYPE_NOT_STATED


def variant_of(observation: Observation, lexicon: Lexicon) -> Variant:
    """Read the components of a variant."""
    parts = [(each, _meanings(each.code, lexicon)) for each in observation.component]
    genes = distinct(gene for each, means in parts if "gene-studied" in means for gene in _genes(each, lexicon))
    words = distinct(text for each, means in parts if "variation-code" in means for text in value_words(each))
    types = [each.value_codeable_concept for each, means in parts if means & _TYPES]
    type_meanings = frozenset().union(*(meanings_of(each, lexicon.knowledge) for each in types))
    changes = any(means & _HGVS and reported_value(each) for each, means in parts)
    copies = any("copy-number" in means and reported_value(each) for each, means in parts)
    spoken = frozenset().union(*(lexicon.knowledge.concepts_in(text[:_LONGEST_READ]) for text in words))
    sources = [each.value_codeable_concept for each, means in parts if "genomic-source-class" in means]
    return Variant(
        genes=genes,
        words=words,
        fuses="fusion-structure" in type_meanings or _are_partners(genes, lexicon),
        otherwise_changed=changes or copies or not _CHANGES.isdisjoint(type_meanings | spoken),
        significance_open=any(
            "uncertain-significance" in meanings_of(each.value_codeable_concept, lexicon.knowledge)
            for each, means in parts
            if "implication" in means
        ),
        germline=any("germline" in meanings_of(each, lexicon.knowledge) for each in sources),
        changes=distinct(text for each, means in parts if "protein-change" in means for text in value_codes(each)),
    )


def _meanings(code: CodeableConcept | None, lexicon: Lexicon) -> frozenset[str]:
    """Return what the code of a component means; a code in words is read, whatever its system."""
    named = (each.code.replace("-", " ") for each in (code.coding if code else ()) if each.code)
    return meanings_of(code, lexicon.knowledge).union(*map(lexicon.knowledge.concepts_in, named))


def _genes(component: Component, lexicon: Lexicon) -> Iterator[str]:
    """Yield the gene symbols of a component; several codings with one display are one gene."""
    concept = component.value_codeable_concept or CodeableConcept()
    named = [*_symbols(concept, lexicon), *(part for part in _LISTED.split(component.value_string or "") if part)]
    if not named:
        named = [part for text in texts_of(concept) for part in _LISTED.split(text)]
    yield from (_ROS1 if lexicon.ros1.within(symbol) else symbol for symbol in named if symbol)


def _are_partners(genes: Sequence[str], lexicon: Lexicon) -> bool:
    """Return True for ROS1 and one gene that it is known to fuse with."""
    others = [gene for gene in genes if gene != _ROS1]
    return len(genes) == _MOST_GENES_OF_A_FUSION and any(
        "fusion-partner-gene" in lexicon.knowledge.concepts_in(gene) for gene in others
    )


def _symbols(concept: CodeableConcept, lexicon: Lexicon) -> Iterable[str]:
    for coding in concept.coding:
        if "ros1-gene" in lexicon.knowledge.concepts(coding.system, coding.code):
            yield _ROS1
        else:
            yield coding.display or _symbol_of(coding, lexicon) or ""


def _symbol_of(coding: Coding, lexicon: Lexicon) -> str | None:
    """Return the symbol of a gene that came as a code only, or the code if we do not know it."""
    system = lexicon.knowledge.system(coding.system)
    known = (code for id_ in _GENES for code in lexicon.knowledge.value_sets[id_].codes)
    return next((each.display for each in known if (each.system, each.code) == (system, coding.code)), coding.code)


def _reported(observation: Observation, variant: Variant) -> str | None:
    value = reported_value(observation)
    label = "; ".join(variant.words) or ", ".join(variant.genes)
    return f"{label}: {value}" if value else label or None
