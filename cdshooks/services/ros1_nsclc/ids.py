"""Ids for cards, suggestions and drafts."""

from __future__ import annotations

import os
from collections.abc import Iterator

_IDS_AT_ONCE = 10  # as many as a card with its suggestions and drafts needs


def uuids() -> Iterator[str]:
    """Yield random UUIDs (RFC 9562, version 4); the system is asked for the bits of several at once."""
    while True:
        digits = os.urandom(16 * _IDS_AT_ONCE).hex()
        for start in range(0, len(digits), 32):
            each = digits[start : start + 32]
            variant = "89ab"[int(each[16], 16) % 4]
            yield f"{each[:8]}-{each[8:12]}-4{each[13:16]}-{variant}{each[17:20]}-{each[20:]}"
