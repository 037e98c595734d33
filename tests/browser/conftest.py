"""A sandbox as a process of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.browser.chromium import WITHOUT, launch
from tests.cdshooks.conftest import free_port, wait_for


@contextmanager
def serving(tmp_path_factory: pytest.TempPathFactory, **changed: str) -> Iterator[str]:
    """Start the service as a sandbox, with settings that are changed; yield its base URL."""
    port = free_port()
    store = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.sqlite3"
    settings = {"port": str(port), "profile": "sandbox", "log_level": "error", "store": store, **changed}
    environment = {**os.environ, **{f"ROS1_CDS_{name.upper()}": value for name, value in settings.items()}}
    with subprocess.Popen([sys.executable, "-m", "cdshooks", "serve"], env=environment) as process:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the service as a sandbox; return its base URL."""
    with serving(tmp_path_factory) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium; where there is none, what it is for is skipped and said, but in CI it fails."""
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except Error:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(WITHOUT)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a new page; at the end, it must have met no error and broken no policy."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if _wrong(message.type, message.location) else None)
    yield page
    context.close()
    assert errors == []


def _wrong(kind: str, location: object) -> bool:
    """Tell whether a message of the console is an error; that a service refuses is told there and on the page."""
    return kind == "error" and not any(path in str(location) for path in ("/cds-services/", "/explain.json"))
