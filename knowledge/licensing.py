"""Leaving out codes that a site has no licence for; words and the codes of other systems still match."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from msgspec.structs import replace as with_fields

from knowledge.lookup import Content
from knowledge.model import Code, CodePrefix, Drug, DrugClass, Method, ValueSet


class LicensedCodes(StrEnum):
    """Which codes of a system that needs a licence are used."""

    ALL = "all"
    FREE = "free"  # those that its free source lists
    NONE = "none"


_Coded = TypeVar("_Coded", ValueSet, Method, DrugClass, Drug)


def licensed(content: Content, which: LicensedCodes) -> Content:
    """Return the content without the codes that need a licence (FREE), or without their systems' codes (NONE)."""
    if which is LicensedCodes.ALL:
        return content
    free = {system.uri: system.free_source for system in content.code_systems if system.free_source}

    def stays(code: Code | CodePrefix) -> bool:
        return code.system not in free or (which is LicensedCodes.FREE and free[code.system] in code.sources)

    def filtered(things: tuple[_Coded, ...]) -> tuple[_Coded, ...]:
        return tuple(with_fields(each, codes=tuple(filter(stays, each.codes))) for each in things)

    def without_prefixes(things: tuple[ValueSet, ...]) -> tuple[ValueSet, ...]:
        return tuple(with_fields(each, prefixes=tuple(filter(stays, each.prefixes))) for each in things)

    return replace(
        content,
        value_sets=without_prefixes(filtered(content.value_sets)),
        methods=filtered(content.methods),
        drug_classes=filtered(content.drug_classes),
        drugs=filtered(content.drugs),
    )
