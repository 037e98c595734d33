"""The folder of the counters: held as long as a server lives, removed when nobody does."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from cdshooks.counters_folder import counters_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_gone_at_the_end(temporary: Path) -> None:
    """Nothing is left of a server that ended by itself."""
    with counters_folder() as folder:
        assert Path(folder).parent == temporary
    assert list(temporary.iterdir()) == []


def test_what_a_killed_server_left_is_removed(temporary: Path) -> None:
    """Otherwise a container that is killed again and again fills its /tmp, which is memory."""
    left = temporary / "ros1-cds-metrics-killed"
    left.mkdir()
    for name in ("lock", "counter_7.db"):
        (left / name).write_bytes(b"")
    with counters_folder() as folder:
        assert list(temporary.iterdir()) == [Path(folder)]


def test_what_is_not_left_stays(temporary: Path) -> None:
    """That of another server, one that is just being made, a link, and what others call so."""
    made, elsewhere, file = (temporary / name for name in ("ros1-cds-metrics-made", "other", "ros1-cds-metrics-file"))
    made.mkdir()
    elsewhere.mkdir()
    (elsewhere / "lock").write_bytes(b"")
    file.write_bytes(b"")
    link = temporary / "ros1-cds-metrics-link"
    link.symlink_to(elsewhere)
    with counters_folder() as first, counters_folder() as second:
        assert set(temporary.iterdir()) == {made, elsewhere, file, link, Path(first), Path(second)}
        assert (elsewhere / "lock").exists()
