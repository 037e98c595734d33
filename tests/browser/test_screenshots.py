"""The pictures of the documentation: they show what is; `make screenshots` puts them into docs/images."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.ehr import order, visit
from tests.browser.launcher import launch_url

_LARGEST = 100_000  # bytes
_COLOURS = 256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where pictures go: a folder that is asked for, else one that is forgotten."""
    return Path(os.environ.get("SCREENSHOTS") or tmp_path)


def _take(page: Page, file: Path, *, width: int, height: int) -> None:
    page.set_viewport_size(ViewportSize(width=width, height=height))
    page.mouse.move(0, 0)
    shown = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    shown.quantize(_COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    assert file.stat().st_size < _LARGEST


def test_pictures_of_the_demo(page: Page, sandbox: str, folder: Path) -> None:
    """Light, dark, narrow, and the order box."""
    visit(page, sandbox)
    order(page, "carboplatin +")
    _take(page, folder / "demo.png", width=1280, height=1000)
    page.emulate_media(color_scheme="dark")
    _take(page, folder / "demo-dark.png", width=1280, height=1000)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(ViewportSize(width=400, height=860))
    visit(page, sandbox)
    order(page, "pembrolizumab")
    _take(page, folder / "demo-narrow.png", width=400, height=860)


def test_pictures_of_the_smart_app(page: Page, sandbox: str, folder: Path) -> None:
    """Options side by side after resistance, wide and in a narrow panel."""
    page.goto(launch_url(sandbox, f"{sandbox}/fhir", "demo-ros1-g2032r"))
    expect(page.get_by_role("table", name="Options side by side")).to_be_visible()
    _take(page, folder / "smart-app.png", width=1280, height=1000)
    page.evaluate("document.querySelector('.options').scrollIntoView()")
    _take(page, folder / "smart-app-narrow.png", width=400, height=860)


def test_a_picture_of_explain(page: Page, sandbox: str, folder: Path) -> None:
    """The rules that applied, and what was understood of the record."""
    visit(page, sandbox)
    order(page, "pembrolizumab")
    page.get_by_text("What was sent and answered").click()
    page.get_by_role("link", name="Explain this answer").click()
    expect(page.locator("#result article.card")).to_be_visible()
    page.get_by_role("heading", name="Resources").scroll_into_view_if_needed()
    page.evaluate("document.querySelectorAll('#result h2')[3].scrollIntoView()")
    _take(page, folder / "explain.png", width=1000, height=860)


def test_a_picture_of_the_report(page: Page, sandbox: str, folder: Path) -> None:
    """What a committee sees first: the figures, the rules that stand out, and each rule beside the others."""
    page.set_viewport_size(ViewportSize(width=1280, height=1100))
    page.goto(f"{sandbox}/report")
    expect(page.locator(".chart svg").first).to_be_visible()
    _take(page, folder / "report.png", width=1280, height=1100)


def test_a_picture_of_what_is_watched_on_the_report(page: Page, sandbox: str, folder: Path) -> None:
    """Rules in silent mode beside others that were not shown, and how a candidate release differs."""
    page.goto(f"{sandbox}/report")
    expect(page.locator(".chart svg").first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1100})
    page.evaluate("document.querySelector('#withheld-title').parentElement.scrollIntoView()")
    _take(page, folder / "report-watched.png", width=1280, height=1100)
