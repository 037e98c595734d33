"""The folder in which the workers of one server count together, removed at its end, or by the next start."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from stat import S_ISDIR
from tempfile import TemporaryDirectory, gettempdir

_PREFIX = "ros1-cds-metrics-"
_LOCK = "lock"
"""Held as long as the server or one of its workers lives: the kernel lets go of it, however they end."""


@contextmanager
def counters_folder() -> Iterator[str]:
    """Make the folder and hold it; first remove those of servers that were killed, as nobody else would."""
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        _remove_if_left(folder)
    with TemporaryDirectory(prefix=_PREFIX) as made, Path(made, _LOCK).open("wb") as lock:
        flock(lock, LOCK_EX)
        yield made


def _remove_if_left(folder: Path) -> None:
    """Remove a folder of ours that nobody holds; one without a lock may just be made."""
    try:
        state = folder.lstat()
        if not S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
            return
        with (folder / _LOCK).open("rb") as lock:
            flock(lock, LOCK_EX | LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # held, just made or just removed
        return
