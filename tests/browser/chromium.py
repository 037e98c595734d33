"""The Chromium of the browser tests: the system's, or one that Playwright downloaded; `make browser` gets one.

``python -m tests.browser.chromium`` says which is used; where there is none, it downloads one, for which it needs no
root, and fails with what to do where that cannot be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
WITHOUT = (
    "no Chromium that starts: install your system's package (Debian: apt-get install chromium), or run"
    " .venv/bin/playwright install --with-deps chromium"
)


def launch(playwright: Playwright) -> Browser:
    """Start the first Chromium that there is; raise Error if there is none, or it cannot start."""
    return playwright.chromium.launch(executable_path=_system(), args=_arguments())


def _system() -> str | None:
    """Return where the system's Chromium is; None leaves it to Playwright."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def _arguments() -> list[str]:
    """Return what Chromium needs where tests run as root, as in a container."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def _started() -> str:
    """Return which Chromium starts, or nothing."""
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except Error:
            return ""
        told = f"Chromium {browser.version}, {_system() or 'downloaded by Playwright'}"
        browser.close()
        return told


def _download() -> None:
    """Let Playwright download the Chromium that fits it: only the headless one."""
    playwright = Path(sys.executable).with_name("playwright")
    subprocess.run([playwright, "install", "--only-shell", "chromium"], check=False)  # noqa: S603 - our own command


if __name__ == "__main__":
    found = _started()
    if not found:
        _download()
        found = _started()
    if not found:
        sys.exit(WITHOUT)
    sys.stdout.write(f"{found}\n")
