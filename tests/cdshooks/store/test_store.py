"""What is kept: once, for all processes, after a restart, and no longer than needed."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, select, text

from cdshooks.settings import Settings
from cdshooks.store.engine import StoreError, migrate, open_store
from cdshooks.store.models import Base, SeenToken
from cdshooks.store.seen_tokens import SeenTokens
from tests.cdshooks.store.conftest import newer

NOW = 1_700_000_000.0


def test_the_steps_lead_to_the_models(store: Engine) -> None:
    """What the migrations make is what the models describe; running them again changes nothing."""
    migrate(store)
    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


@pytest.mark.requirement("T8")
def test_a_token_is_new_once(store: Engine) -> None:
    """The pair of issuer and jti counts, not one of them, nor both written together."""
    seen = SeenTokens(store)
    pairs = [("a", "1"), ("a", "2"), ("b", "1"), ("a1", ""), ("", "a1"), ("a", "\0"), ("a", "é" * 5000)]
    assert all(seen.first(iss, jti, expires=NOW + 60, now=NOW) for iss, jti in pairs)
    assert not any(seen.first(iss, jti, expires=NOW + 60, now=NOW) for iss, jti in pairs)


@pytest.mark.requirement("T8")
def test_a_restart_forgets_nothing(url: str) -> None:
    """A store that is closed and opened again knows the token."""
    first = open_store(url)
    assert SeenTokens(first).first("a", "1", expires=NOW + 60, now=NOW)
    first.dispose()
    again = open_store(url)
    assert not SeenTokens(again).first("a", "1", expires=NOW + 60, now=NOW)
    again.dispose()


def test_what_has_expired_is_forgotten(store: Engine) -> None:
    """Expired tokens leave the store within a minute or with the next token; others stay."""
    seen = SeenTokens(store)
    seen.first("a", "short", expires=NOW + 10, now=NOW)
    seen.first("a", "long", expires=NOW + 600, now=NOW)
    seen.first("a", "next", expires=NOW + 600, now=NOW + 61)
    with store.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(SeenToken)) == 2
    assert not seen.first("a", "long", expires=NOW + 600, now=NOW + 62)


def use(url: str) -> int:
    """Open the store in a process of its own and use the same fifty tokens; return how many were new."""
    store = open_store(url)
    seen = SeenTokens(store)
    with ThreadPoolExecutor(4) as pool:
        new = pool.map(lambda jti: seen.first("a", str(jti), expires=NOW + 60, now=NOW), range(50))
        count = sum(new)
    store.dispose()
    return count


@pytest.mark.requirement("T8")
def test_workers_share_what_they_have_seen(url: str) -> None:
    """Processes that open an empty store at the same moment and use the same tokens find each new once, together."""
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert sum(pool.map(use, [url] * 3)) == 50


def test_a_store_that_answers_and_cannot_keep_a_token_is_not_ready(url: str) -> None:
    """A standby that only reads, then a database that was lost and made anew: both answer, and refuse every token."""
    store = open_store(url)
    seen = SeenTokens(store)
    assert seen.reachable()
    postgresql = store.dialect.name == "postgresql"
    with store.begin() as connection:
        connection.execute(
            text("SET SESSION default_transaction_read_only = on" if postgresql else "PRAGMA query_only = ON")
        )
    assert not seen.reachable()
    store.dispose()
    assert seen.reachable()
    with store.begin() as connection:
        connection.execute(text("DROP TABLE seen_token"))
    assert not seen.reachable()
    with pytest.raises(StoreError):
        seen.first("a", "1", expires=NOW + 60, now=NOW)
    store.dispose()


@pytest.mark.requirement("T8")
def test_nothing_is_kept_in_a_file_that_was_removed(tmp_path: Path) -> None:
    """Not ready, and no token believed, until there is a store again at the path: then every connection uses that."""
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    store = open_store(url)
    seen = SeenTokens(store)
    with ThreadPoolExecutor(4) as pool:  # several connections
        assert all(pool.map(lambda jti: seen.first("a", str(jti), expires=NOW + 60, now=NOW), range(20)))
        assert seen.reachable()
        for file in tmp_path.glob("store.sqlite3*"):
            file.unlink()
        assert not any(pool.map(lambda _: seen.reachable(), range(8)))
        with pytest.raises(StoreError):
            seen.first("a", "x", expires=NOW + 60, now=NOW)
        again = open_store(url)
        assert all(pool.map(lambda jti: seen.first("a", str(jti), expires=NOW + 60, now=NOW), range(20)))
    assert seen.reachable()
    assert not SeenTokens(again).first("a", "7", expires=NOW + 60, now=NOW)
    again.dispose()
    store.dispose()


def test_a_store_that_goes_away_is_an_error_soon(store: Engine) -> None:
    """Whether a token was used cannot be told then: neither yes nor no is guessed."""
    seen = SeenTokens(store)
    with store.begin() as connection:
        connection.execute(text("DROP TABLE seen_token"))
    start = time.monotonic()
    with pytest.raises(StoreError):
        seen.first("a", "1", expires=NOW + 60, now=NOW)
    assert time.monotonic() - start < 5


def test_a_store_that_is_not_there_shows_no_password(tmp_path: Path) -> None:
    """Neither the error nor the settings print it."""
    url = "postgresql://user:very-secret@127.0.0.1:1/nowhere"
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "secret" not in repr(Settings(store=url))
    with pytest.raises(StoreError, match=f"there is no folder {tmp_path}/nowhere: make it"):
        open_store(f"sqlite:///{tmp_path}/nowhere/store.sqlite3")
    (tmp_path / "no-store").write_bytes(b"no database " * 1000)
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(f"sqlite:///{tmp_path}/no-store")
    with pytest.raises(StoreError, match="there is no store"):
        open_store(f"sqlite:///{tmp_path}/none", new=False)
    assert not (tmp_path / "none").exists()


def test_a_store_of_a_newer_version_is_told_as_such(url: str) -> None:
    """As any other store that cannot be had: whoever can do without goes on without."""
    newer(url)
    with pytest.raises(StoreError, match="its schema is of a newer version of this service"):
        open_store(url)


def test_a_database_that_is_gone_without_a_word_is_not_waited_for(url: str) -> None:
    """The system gives a connection up after seconds, not after a quarter of an hour."""
    store = open_store(url)
    if store.dialect.name == "postgresql":
        with store.connect() as connection:
            driver: Any = connection.connection.driver_connection
            assert driver.info.get_parameters()["tcp_user_timeout"] == "2000"
    store.dispose()
