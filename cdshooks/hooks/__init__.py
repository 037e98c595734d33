"""One module per hook, found by looking in this folder; each declares ``HOOK``, as HL7's hook library publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from cdshooks.context import Hook


def find() -> Mapping[str, Hook]:
    """Return every hook of this folder by its name."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    hooks: list[Hook] = [module.HOOK for module in modules]
    return MappingProxyType({hook.name: hook for hook in hooks})
