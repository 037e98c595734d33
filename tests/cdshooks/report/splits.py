"""What who subtracts has to try."""

from __future__ import annotations

from collections.abc import Iterator


def splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to make a total of parts."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for others in splits(total - first, parts - 1):
            yield (first, *others)
