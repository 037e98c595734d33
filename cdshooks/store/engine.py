"""The connection to the store: SQLite, which many processes of one machine may share, or PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

_PATIENCE_SECONDS = 2
"""So long a statement waits for a lock or the server; a request is not worth more."""

_READING_SECONDS = 30
"""So long a statement of a report may take: nobody's order waits for it."""

_READS_ONLY = "reads_only"

_FILE = "file"
"""Under this name a connection to SQLite notes which file it has open."""

_MIGRATION_LOCK = 7_005_101
"""Any number that no other program locks in the same PostgreSQL database."""


class StoreError(Exception):
    """The store cannot be had; the message names no password."""


class _NewerError(Exception):
    def __init__(self) -> None:
        super().__init__("its schema is of a newer version of this service")


_MIGRATING = Lock()
"""Alembic keeps what it works on for the whole process."""


def open_store(
    url: str, *, connections: int = 5, durable: bool = False, writes: bool = True, new: bool = True
) -> Engine:
    """Return the store of this URL with its schema brought up to date; raise StoreError if it cannot be had.

    ``durable``: what is committed is on disk, across a power cut. Without ``writes`` it is only read, and waits for
    no writer. Unless it may be ``new``, a file that is not there is not made.
    """
    parsed = make_url(url)
    if not new and parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        message = f"there is no store {shown(url)}; expected the one of the service: its settings name it"
        raise StoreError(message)
    make = _sqlite if parsed.get_backend_name() == "sqlite" else _postgresql
    engine = make(parsed, connections, durable=durable)
    try:
        migrate(engine)
    except (SQLAlchemyError, _NewerError) as error:
        engine.dispose()
        why = str(error) if isinstance(error, _NewerError) else _why(parsed, error)
        message = f"the store {shown(url)} cannot be opened ({why})"
        raise StoreError(message) from None
    return engine if writes else engine.execution_options(**{_READS_ONLY: True})


def shown(url: str) -> str:
    """Return the URL of a store without its password."""
    return make_url(url).render_as_string(hide_password=True)


def _why(url: URL, error: SQLAlchemyError) -> str:
    """Say why a store cannot be opened, and what to look at; a server's own words could hold anything."""
    if url.get_backend_name() != "sqlite":
        return f"{type(error).__name__}: does its server answer, and are user, password and database right?"
    folder = Path(url.database or "").absolute().parent
    if not folder.is_dir():
        return f"there is no folder {folder}: make it"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"this user may not write in the folder {folder}"
    return str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__


def migrate(engine: Engine) -> None:
    """Bring the schema up to date; processes that start together wait for each other."""
    from alembic import command  # noqa: PLC0415 - slow to import, and most processes need it once or never
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(files("cdshooks.store").joinpath("migrations")))
    with _MIGRATING, engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise _NewerError from None


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one state of the store and keeps no writer waiting."""
    with engine.connect().execution_options(**{_READS_ONLY: True}) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            connection.execute(text(f"SET LOCAL statement_timeout = {_READING_SECONDS * 1000}"))
        yield connection


def _sqlite(url: URL, connections: int, *, durable: bool) -> Engine:
    engine = create_engine(url, pool_size=connections, connect_args={"timeout": _PATIENCE_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - of the driver
        connection.isolation_level = None  # we begin our transactions ourselves, see below
        connection.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for each other
        # NORMAL: a power cut may cost the last moments, never the file
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        record.info[_FILE] = _file(url)

    @event.listens_for(engine, "checkout")
    def _check(_: Any, record: ConnectionPoolEntry, __: object) -> None:  # noqa: ANN401 - of the driver
        if record.info[_FILE] != _file(url):
            raise DisconnectionError  # the pool connects anew

    event.listen(engine, "begin", _begin)
    return engine


def _file(url: URL) -> tuple[int, int] | None:
    """Return which file stands at the path: what is written to one that was removed or replaced is lost at the end."""
    try:
        found = os.stat(url.database or "")  # noqa: PTH116 - for each use of a connection: a Path would cost more
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin(connection: Any) -> None:  # noqa: ANN401 - of SQLAlchemy
    reads = connection.get_execution_options().get(_READS_ONLY)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")  # so that two writers wait instead of failing


def _postgresql(url: URL, connections: int, *, durable: bool) -> Engine:
    options = f"-c statement_timeout={_PATIENCE_SECONDS * 1000}"
    if durable:
        options += " -c synchronous_commit=on"  # whatever the server's own default is
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        pool_timeout=_PATIENCE_SECONDS,
        pool_pre_ping=True,  # a restart of the server costs no request
        connect_args={
            "connect_timeout": _PATIENCE_SECONDS,
            "tcp_user_timeout": _PATIENCE_SECONDS * 1000,  # a server that is gone without a word is not waited for
            "options": options,
        },
    )
