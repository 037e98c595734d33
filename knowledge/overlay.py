"""A site's overlay laid over the knowledge: what it adds is added, what it switches is switched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from msgspec.structs import replace as with_fields

from knowledge.codes import NO_SYSTEM, CodeSystems
from knowledge.lookup import Content
from knowledge.model import Code, CodeSystem, Confidence, Drug, Method, Rule, Status, ValueSet
from knowledge.site import LocalCode, LocalText, Overlay
from knowledge.thresholds import with_number

_LOCAL = "local"  # the kind of a site's code
TARGETS = {"value_set": "valueSet", "method": "method", "drug": "drug"}  # what may be meant, and its key in the file


class Owner(NamedTuple):
    """What a code or a text means."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}s/{self.id}"


def merged(content: Content, overlay: Overlay) -> Content:
    """Return the content with what a checked overlay adds and switches."""
    systems = CodeSystems(content.code_systems)
    codes: defaultdict[Owner, list[Code]] = defaultdict(list)
    texts: defaultdict[Owner, list[str]] = defaultdict(list)
    for local in overlay.codes:
        for owner in owners(local):
            codes[owner].append(_code(local, systems))
    for words in overlay.texts:
        for owner in owners(words):
            texts[owner].append(words.text)

    def more(kind: str, thing: ValueSet | Method | Drug) -> tuple[tuple[Code, ...], tuple[str, ...]]:
        owner = Owner(kind, thing.id)
        return (*thing.codes, *codes[owner]), tuple(texts[owner])

    def value_set(thing: ValueSet) -> ValueSet:
        all_codes, words = more("value_set", thing)
        return with_fields(thing, codes=all_codes, texts=(*thing.texts, *words))

    def method(thing: Method) -> Method:
        all_codes, words = more("method", thing)
        return with_fields(thing, codes=all_codes, texts=(*thing.texts, *words))

    def drug(thing: Drug) -> Drug:
        all_codes, words = more("drug", thing)
        return with_fields(thing, codes=all_codes, names=(*thing.names, *words))

    return replace(
        content,
        value_sets=tuple(map(value_set, content.value_sets)),
        methods=tuple(map(method, content.methods)),
        drugs=tuple(map(drug, content.drugs)),
        rules=tuple(_rules(content.rules, overlay)),
        local_systems=_local_systems(overlay, systems),
        overlay=overlay,
    )


def owners(local: LocalCode | LocalText) -> tuple[Owner, ...]:
    """Return what a local code or text means."""
    return tuple(Owner(kind, getattr(local, kind)) for kind in TARGETS if getattr(local, kind))


def uri_of(local: LocalCode, systems: CodeSystems) -> str:
    """Return the URI under which a local code is compared: of a known system, or as the site writes it."""
    if local.system is None:
        return NO_SYSTEM
    if local.system in systems.by_name:
        return systems.by_name[local.system].uri
    return systems.canonical(local.system) or local.system


def _code(local: LocalCode, systems: CodeSystems) -> Code:
    return Code(
        system=uri_of(local, systems),
        code=local.code,
        display=local.display,
        kind=_LOCAL,
        confidence=Confidence.VERIFIED_1,  # by the site itself
    )


def _local_systems(overlay: Overlay, systems: CodeSystems) -> tuple[CodeSystem, ...]:
    uris = dict.fromkeys(uri_of(local, systems) for local in overlay.codes)
    return tuple(
        CodeSystem(name=uri, title=f"local code of {overlay.id}", uri=uri, related_artifact=())
        for uri in uris
        if uri not in systems.by_uri
    )


def _rules(rules: tuple[Rule, ...], overlay: Overlay) -> Iterator[Rule]:
    for rule in rules:
        changed = rule
        for threshold in overlay.thresholds:
            if threshold.rule == rule.id:
                changed = with_number(changed, threshold.fact, threshold.value)
        if rule.id in overlay.rules.enable:
            changed = with_fields(changed, status=Status.ACTIVE)
        if rule.id in overlay.rules.silent:
            changed = with_fields(changed, silent_mode=True)
        if rule.id not in overlay.rules.disable:
            yield changed
