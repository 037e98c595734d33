"""Looking things up in the knowledge: which concept, drug or method a code or a text means.

Only what at least one published source confirms is ever matched; the rest is kept as documentation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from knowledge.codes import NO_SYSTEM, CodeSystems
from knowledge.disclosure import Disclosure
from knowledge.mentions import Mentions
from knowledge.model import (
    BaselineCheck,
    Citation,
    Code,
    CodePrefix,
    CodeSystem,
    DecisionRow,
    Drug,
    DrugClass,
    InteractionClass,
    Method,
    Orderable,
    RejectedCode,
    Release,
    Resistance,
    ResistanceCell,
    Rule,
    Source,
    Statement,
    Status,
    Topic,
    ValueSet,
    Wording,
)
from knowledge.site import Overlay
from knowledge.thresholds import worded
from knowledge.words import Hit, WordIndex, Words

_BIOSIMILAR_SUFFIX = r"(?:-[A-Za-z]{4})?"  # four letters after the name, as in "-rwlc"
_GLUED_DOSE = re.compile(r"(?<=[A-Za-z]{5})(?=[0-9])")  # between a name and the dose in "name200mg"
_PLACEHOLDER = re.compile(r"\{([a-z0-9_-]+)\}")
_CACHED_TEXTS = 8192
_LONGEST_CACHED_TEXT = 512  # longer texts are rare and differ; they are searched anew

_Named = TypeVar(
    "_Named",
    Source,
    ValueSet,
    Method,
    DrugClass,
    Drug,
    Orderable,
    BaselineCheck,
    InteractionClass,
    Resistance,
    Statement,
    Rule,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugMatch:
    """A drug that a code or a text names; if only the class is certain, ``drug`` is the id of the class."""

    drug: str
    drug_class: str
    by: str  # the title of the code system, or "text"
    value: str  # the code, or the words


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that the files state, loaded and checked."""

    release: Release
    wording: Wording
    code_systems: tuple[CodeSystem, ...]
    sources: tuple[Source, ...]
    value_sets: tuple[ValueSet, ...]
    methods: tuple[Method, ...]
    drug_classes: tuple[DrugClass, ...]
    drugs: tuple[Drug, ...]
    orderables: tuple[Orderable, ...]
    resistance: tuple[Resistance, ...]
    baseline_checks: tuple[BaselineCheck, ...]
    interactions: tuple[InteractionClass, ...]
    statements: tuple[Statement, ...]
    rules: tuple[Rule, ...]
    rejected_codes: tuple[RejectedCode, ...]
    decision_table: tuple[DecisionRow, ...]
    disclosure: Disclosure
    overlay: Overlay | None = None  # of the site
    local_systems: tuple[CodeSystem, ...] = ()  # the site's own


class _CodeIndex:
    """From (system, code) to the ids that hold it, exactly or by a prefix."""

    def __init__(self, systems: CodeSystems) -> None:
        self._systems = systems
        self._exact: defaultdict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
        self._prefixes: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._products: defaultdict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)

    def add(self, id_: str, codes: Iterable[Code], prefixes: Iterable[CodePrefix] = ()) -> None:
        for code in codes:
            if code.confidence.usable:
                for form in self._systems.forms(code.system, code.code):
                    self._exact[code.system, form] |= {id_}
                if product := self._systems.product(code.system, code.code):
                    self._products[code.system, product] |= {id_}
        for prefix in prefixes:
            if prefix.confidence.usable:
                self._prefixes[prefix.system].append((self._systems.normal(prefix.system, prefix.prefix), id_))

    def exact(self, system: str, code: str) -> frozenset[str]:
        keys = ((system, form) for form in self._systems.forms(system, code))
        return frozenset().union(*(self._exact.get(key, frozenset()) for key in keys))

    def by_product(self, system: str, code: str) -> frozenset[str]:
        """Return the ids that hold a package of the product that a code is about."""
        product = self._systems.product(system, code)
        return self._products.get((system, product), frozenset()) if product else frozenset()

    def by_prefix(self, system: str, code: str) -> frozenset[str]:
        if system not in self._prefixes:
            return frozenset()
        normal = self._systems.normal(system, code)
        return frozenset(id_ for prefix, id_ in self._prefixes[system] if normal.startswith(prefix))


def _active(things: Iterable[_Named]) -> Iterator[_Named]:
    return (thing for thing in things if getattr(thing, "status", Status.ACTIVE) is Status.ACTIVE)


def _by_id(things: Iterable[_Named]) -> Mapping[str, _Named]:
    return MappingProxyType({thing.id: thing for thing in _active(things)})


def _speaking(rules: Iterable[Rule], release: Release) -> tuple[Rule, ...]:
    topics = [topic.id for topic in release.topics]
    return tuple(
        sorted(map(worded, _active(rules)), key=lambda rule: (topics.index(rule.topic), -rule.priority, rule.id))
    )


def _rank(method: Method) -> tuple[int, bool, str]:
    return (method.rank, method.specimen is not None, method.id)


class Knowledge:
    """All knowledge, immutable, with every index built once."""

    def __init__(self, content: Content) -> None:
        self.release = content.release
        self.disclosure = content.disclosure
        self.decision_table = content.decision_table
        self.overlay = content.overlay
        self.sources = _by_id(content.sources)
        self.drug_classes = _by_id(content.drug_classes)
        self.drugs = _by_id(content.drugs)
        self.orderables = _by_id(content.orderables)
        self.baseline_checks = _by_id(content.baseline_checks)
        self.interactions = _by_id(content.interactions)
        self.value_sets = _by_id(content.value_sets)
        self.methods = _by_id(content.methods)
        self.statements = _by_id(content.statements)
        self.resistance = MappingProxyType({each.protein_change: each for each in _active(content.resistance)})
        self.wording: Mapping[str, str] = MappingProxyType(content.wording.phrases)
        self.rejected_codes = content.rejected_codes
        self.rules = _speaking(content.rules, content.release)
        self._topics = {topic.id: topic for topic in content.release.topics}
        self.code_systems = CodeSystems(content.code_systems, content.local_systems)
        self._combinations = tuple(drug for drug in self.drugs.values() if drug.components)
        self._index_codes()
        self._index_words()

    def _index_codes(self) -> None:
        self._concept_codes, self._drug_codes, self._class_codes, self._method_codes = (
            _CodeIndex(self.code_systems) for _ in range(4)
        )
        for value_set in self.value_sets.values():
            self._concept_codes.add(value_set.id, value_set.codes, value_set.prefixes)
        for drug in self.drugs.values():
            self._drug_codes.add(drug.id, drug.codes)
        for drug_class in self.drug_classes.values():
            self._class_codes.add(drug_class.id, drug_class.codes, drug_class.prefixes)
        for method in self.methods.values():
            self._method_codes.add(method.id, method.codes)

    def _index_words(self) -> None:
        self._concept_words = WordIndex({v.id: Words(v.texts, v.exact_texts) for v in self.value_sets.values()})
        self._method_words = WordIndex({m.id: Words(m.texts) for m in self.methods.values()})
        self._drug_words = WordIndex(
            {d.id: Words((d.name, *d.brands, *d.names), suffix=_BIOSIMILAR_SUFFIX) for d in self.drugs.values()}
        )
        self._interactor_words = WordIndex(
            {
                f"{each.id}/{member.name}": Words((member.name, *member.names))
                for each in self.interactions.values()
                for member in each.members
                if member.confidence.usable
            }
        )
        self._mentions = Mentions(self._concept_words.patterns)
        self._cached_concepts_in = lru_cache(_CACHED_TEXTS)(self._concept_words.ids)

    @property
    def edition(self) -> str:
        """Name the release, and the site's overlay if there is one: "2026.11.0", "2026.11.0+riverside-3"."""
        overlay = self.overlay
        return self.release.version + (f"+{overlay.id}-{overlay.version}" if overlay else "")

    def topic(self, id_: str) -> Topic:
        """Return a topic of the release."""
        return self._topics[id_]

    def citations(self, rule: Rule) -> tuple[Citation, ...]:
        """Return what a rule cites: its own sources, then those of the statements that its card names."""
        words = f"{rule.card.summary} {rule.card.detail}" if rule.card else ""
        named = (self.statements[id_] for id_ in _PLACEHOLDER.findall(words) if id_ in self.statements)
        cited = (citation for statement in named for citation in statement.related_artifact)
        return tuple(dict.fromkeys((*rule.related_artifact, *cited)))

    def effect(self, change: str, drug: str) -> ResistanceCell | None:
        """Return what is verified of a drug against a change of the ROS1 protein; None if nothing is."""
        listed = self.resistance.get(change)
        cells = (cell for cell in listed.drugs if cell.drug == drug and cell.confidence.usable) if listed else ()
        return next((cell for cell in cells if cell.effect != "not-verified"), None)

    def system(self, uri: str | None) -> str | None:
        """Return the canonical URI of the code system that ``uri`` names, or None if we do not know it."""
        return self.code_systems.canonical(uri or NO_SYSTEM)

    def concepts(self, system: str | None, code: str | None) -> frozenset[str]:
        """Return the ids of the value sets that hold the code, itself or by a prefix."""
        canonical = self.system(system)
        if canonical is None or not code:
            return frozenset()
        return self._concept_codes.exact(canonical, code) | self._concept_codes.by_prefix(canonical, code)

    def concepts_in(self, text: str | None) -> frozenset[str]:
        """Return the ids of the value sets one of whose texts occurs in ``text``."""
        if not text:
            return frozenset()
        return self._concept_words.ids(text) if len(text) > _LONGEST_CACHED_TEXT else self._cached_concepts_in(text)

    def pattern(self, value_set: str) -> re.Pattern[str]:
        """Return the whole-word pattern of a value set's texts; it never matches if the set has none."""
        return self._concept_words.patterns[value_set]

    def drugs_by_code(self, system: str | None, code: str | None) -> tuple[DrugMatch, ...]:
        """Return the drug that a code names; else the class that it surely belongs to; else nothing."""
        canonical = self.system(system)
        if canonical is None or not code:
            return ()
        by = self.code_systems.by_uri[canonical].title
        drugs = self._drug_codes.exact(canonical, code) or self._drug_codes.by_product(canonical, code)
        if len(drugs) > 1:  # ten digits that could be the NDC of either: we cannot tell
            return ()
        if drugs:
            return tuple(self._match(drug, by, code.strip()) for drug in drugs)
        classes = self._class_codes.exact(canonical, code) or self._class_codes.by_prefix(canonical, code)
        return tuple(DrugMatch(drug=id_, drug_class=id_, by=by, value=code.strip()) for id_ in sorted(classes))

    def is_published(self, system: str | None) -> bool:
        """Tell whether a code system is one that all know: neither unknown here nor a site's own."""
        canonical = self.system(system)
        return canonical is not None and self.code_systems.is_published(canonical)

    def may_matter(self, system: str | None, code: str | None) -> bool | None:
        """Return False for a code that no table holds, but of which its system tells that it is of no drug of ours.

        None: there is no code, or its system is not known.
        """
        canonical = self.system(system)
        if canonical is None or not code or not code.strip():
            return None
        return self.code_systems.may_matter(canonical, code)

    def drugs_in(self, text: str | None, *, ordered: bool = True) -> tuple[DrugMatch, ...]:
        """Return the drugs that a text is about, in its order; a fixed combination stands for its components.

        ``ordered`` False: the text tells what was given, so that in doubt a drug counts as only mentioned.
        """
        found: dict[str, str] = {}
        words = _GLUED_DOSE.sub(" ", text or "")
        for hit in self._drug_words.hits(words):
            if hit.id in found or self._mentions.holds(words, hit.start, hit.end, ordered=ordered):
                continue
            found[hit.id] = words[hit.start : hit.end]
        for combination in self._combinations:
            if found.keys() >= set(combination.components):
                parts = [found.pop(component) for component in combination.components]
                found.setdefault(combination.id, " / ".join(parts))
        return tuple(self._match(drug, "text", words) for drug, words in found.items())

    def drug_names_in(self, text: str) -> tuple[Hit, ...]:
        """Return every place where a text names a drug, also one that is only mentioned."""
        return self._drug_words.hits(text)

    def interactors_in(self, text: str) -> tuple[tuple[str, str], ...]:
        """Return the drugs of interaction classes that a text names: the id of the class, the name of the drug."""
        found = (id_.partition("/") for id_ in sorted(self._interactor_words.ids(text)))
        return tuple((class_, name) for class_, _, name in found)

    def _match(self, drug: str, by: str, value: str) -> DrugMatch:
        return DrugMatch(drug=drug, drug_class=self.drugs[drug].drug_class, by=by, value=value)

    def method_by_code(self, system: str | None, code: str | None) -> Method | None:
        """Return the laboratory method that a code names."""
        canonical = self.system(system)
        ids = self._method_codes.exact(canonical, code) if canonical is not None and code else frozenset()
        return max((self.methods[id_] for id_ in ids), key=_rank, default=None)

    def methods_in(self, text: str | None) -> tuple[Method, ...]:
        """Return the laboratory methods that a text names, best rank first, the more telling one first among equals."""
        ids = {hit.id for hit in self._method_words.hits(text)} if text else set()
        return tuple(sorted((self.methods[id_] for id_ in ids), key=_rank, reverse=True))
