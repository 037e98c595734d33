"""Recognising codes however senders write them: alias URIs, missing prefixes, NDC in 10 and 11 digits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from knowledge.model import CodeSystem

NDC = "ndc"  # the short name of the one code system whose codes have several lengths
NO_SYSTEM = ""  # the URI, so to speak, of a site's codes that its EHR sends without a system

_MOST_PARTS = 12  # of a URI
_NDC_SHAPES = {(5, 4, 2), (5, 4, 1), (5, 3, 2), (4, 4, 2)}  # digits of labeler, product and package
_NDC_PRODUCTS = {shape[:2] for shape in _NDC_SHAPES}
_NDC_DIGITS = 11
_PRODUCT_DIGITS = 9  # of an NDC in 11 digits: labeler and product


def ndc_forms(code: str) -> tuple[str, ...]:
    """Return the 11-digit forms that an NDC may stand for: one, or three for ten digits without hyphens, or none."""
    parts = code.strip().split("-")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return ()
    if tuple(map(len, parts)) in _NDC_SHAPES:
        return ("".join(part.zfill(size) for part, size in zip(parts, (5, 4, 2), strict=True)),)
    if len(parts) > 1:
        return ()
    digits = parts[0]
    padded = (f"0{digits}", f"{digits[:5]}0{digits[5:]}", f"{digits[:9]}0{digits[9:]}")
    return {_NDC_DIGITS: (digits,), 10: padded}.get(len(digits), ())


def ndc_product(code: str) -> str | None:
    """Return labeler and product of an NDC, in nine digits; None if it can be read in two ways, or is none.

    The package is how much is sold together: it does not change what is in it.
    """
    parts = code.strip().split("-")
    if tuple(map(len, parts)) in _NDC_PRODUCTS and all(part.isascii() and part.isdigit() for part in parts):
        return "".join(part.zfill(size) for part, size in zip(parts, (5, 4), strict=True))
    forms = ndc_forms(code)
    return forms[0][:_PRODUCT_DIGITS] if len(forms) == 1 else None


class CodeSystems:
    """The code systems: canonical URIs, and one form for each code."""

    def __init__(self, systems: Iterable[CodeSystem], local: Iterable[CodeSystem] = ()) -> None:
        """Take the systems that all know, and those of a site, which have neither aliases nor editions."""
        self.by_name: Mapping[str, CodeSystem] = MappingProxyType({system.name: system for system in systems})
        self.by_uri = {system.uri: system for system in self.by_name.values()}
        self._uris = {uri: system.uri for system in self.by_name.values() for uri in (system.uri, *system.aliases)}
        self._loose_uris = {_loose(uri): canonical for uri, canonical in self._uris.items()}
        for system in local:
            self.by_uri[system.uri] = system
            self._uris[system.uri] = system.uri

    def canonical(self, uri: str) -> str | None:
        """Return the canonical URI of the code system that ``uri`` names, or None if we do not know it."""
        exact = self._uris.get(uri)
        if exact is not None or not uri:
            return exact
        return self._loose_uris.get(_loose(uri)) or self._edition_of(uri)

    def _edition_of(self, uri: str) -> str | None:
        """Return the system of which an edition or a version is named: ``system/edition/version/1``, ``system|1``."""
        parts = _loose(uri).partition("|")[0].split("/")[:_MOST_PARTS]
        shorter = ("/".join(parts[:count]) for count in range(len(parts), 1, -1))
        return next((self._loose_uris[each] for each in shorter if each in self._loose_uris), None)

    def normal(self, uri: str, code: str) -> str:
        """Return the form of a code that we compare: no outer blanks, one case, nothing that does not count in it."""
        system, text = self.by_uri[uri], code.strip().casefold()
        if system.optional_prefix and not text.startswith(system.optional_prefix.casefold()):
            text = system.optional_prefix.casefold() + text
        return text.translate(str.maketrans("", "", system.ignore)) if system.ignore else text

    def product(self, uri: str, code: str) -> str | None:
        """Return the product that a code of packages is about; None for any other code."""
        return ndc_product(code) if self.by_uri[uri].name == NDC else None

    def is_published(self, uri: str) -> bool:
        """Tell whether a system is one that all know, not a site's own."""
        return self.by_uri[uri].name in self.by_name

    def may_matter(self, uri: str, code: str) -> bool:
        """Return False for a code whose group tells that it is of no drug that we ask for, and for a site's own."""
        if not self.is_published(uri):
            return False
        system = self.by_uri[uri]
        groups = [self.normal(uri, each) for each in system.drug_groups]
        return not groups or any(_is_within(self.normal(uri, code), each) for each in groups)

    def forms(self, uri: str, code: str) -> tuple[str, ...]:
        """Return every normal form that a sender's code may stand for."""
        if self.by_uri[uri].name == NDC:
            return ndc_forms(code)
        return (self.normal(uri, code),)


def _is_within(code: str, group: str) -> bool:
    """Tell whether a code lies in a group, or is a group that holds it."""
    return code.startswith(group) or group.startswith(code)


def _loose(uri: str) -> str:
    return re.sub(r"^https:", "http:", uri.strip().casefold()).rstrip("/")
