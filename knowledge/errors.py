"""Errors of the knowledge package.

::

    KnowledgeError    the content does not load; ``faults`` are all of its faults
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with the content: the file, the place in it, what stands there and what should."""

    file: str
    path: str
    got: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path or '(whole file)'}: got {self.got}; expected {self.expected}"


class KnowledgeError(Exception):
    """The content does not load; ``faults`` holds every fault, by file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.path, fault.expected)))
        lines = "".join(f"\n  {fault}" for fault in self.faults)
        super().__init__(f"The knowledge has faults ({len(self.faults)}):{lines}")
