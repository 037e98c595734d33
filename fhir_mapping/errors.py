"""What can go wrong in reading FHIR.

MappingError
└── DuplicateKeyError: a resource that matters holds a key twice, so that nobody can say which value is meant
"""

from __future__ import annotations


class MappingError(Exception):
    """The base of every error that this package raises."""


class DuplicateKeyError(MappingError):
    """A resource that matters holds a JSON key twice; ``path`` is where the resource stands in the request."""

    def __init__(self, path: str, key: str) -> None:
        super().__init__(f"{path}: the key {key!r} stands twice in one object; send it once")
        self.path = path
        self.key = key
