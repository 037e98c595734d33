"""What all tests share: the check of requirement ids, and the folder of examples that others wrote."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from cdshooks import log
from cdshooks.app import create_app
from cdshooks.settings import Settings
from tests.conformance.table import requirements

# A busy machine is no reason to fail.
settings.register_profile("shared", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


# A crash inside the app is logged by its place only: let a failing test show that line.
log.configure("error", open(2, "wb", buffering=0, closefd=False))  # noqa: SIM115 - open as long as the tests run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stop if a test names a requirement that is not in the table."""
    known = {requirement["id"] for requirement in requirements()}
    for item in items:
        unknown = {id_ for marker in item.iter_markers("requirement") for id_ in marker.args} - known
        if unknown:
            message = f"{item.nodeid} names unknown requirements: {', '.join(sorted(unknown))}"
            raise pytest.UsageError(message)


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    """Return a client of the app as it is served, with every service."""
    return create_app(Settings.for_sandbox()).test_client()


@pytest.fixture(scope="session")
def examples() -> Path:
    """Return the folder of published examples and recorded requests; skip where it is not there."""
    folder = Path(os.environ.get("CDS_EXAMPLES") or Path(__file__).parents[2] / "shared" / "examples")
    if not folder.is_dir():
        pytest.skip("the examples of others are not here (set CDS_EXAMPLES)")
    return folder
