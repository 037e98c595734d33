"""The pages for everybody: nothing that axe-core finds, dark and light, wide and narrow, on screen and paper."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.ehr import order, visit
from tests.browser.launcher import launch_url

Scheme = Literal["dark", "light"]
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


def _page(browser: Browser, scheme: Scheme, width: int) -> Page:
    """Return a page without the policy: the checker runs its own script in it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    return context.new_page()


def _accessible_and_within(page: Page) -> None:
    """Hold a page to the checker and to its width, and close it."""
    assert _violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1100, 1440])
def test_the_demo_is_accessible(browser: Browser, sandbox: str, scheme: Scheme, width: int) -> None:
    """With a card, every detail open, and the list of the order box shown; nothing runs out of a narrow page."""
    page = _page(browser, scheme, width)
    visit(page, sandbox)
    order(page, "carboplatin +")
    page.get_by_text("What was sent and answered").click()
    page.get_by_text("Keep the order, and say why").click()
    assert _violations(page) == []
    page.get_by_role("combobox", name="Add a drug or regimen").fill("pem")
    page.keyboard.press("ArrowDown")
    _accessible_and_within(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1440])
def test_explain_is_accessible(browser: Browser, sandbox: str, scheme: Scheme, width: int) -> None:
    """With an explanation, every group open."""
    page = _page(browser, scheme, width)
    visit(page, sandbox)
    order(page, "carboplatin +")
    page.get_by_text("What was sent and answered").click()
    page.get_by_role("link", name="Explain this answer").click()
    page.get_by_text("Rules that did not apply").click()
    expect(page.locator("#result article.card")).to_be_visible()
    _accessible_and_within(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1440])
def test_the_smart_app_is_accessible(browser: Browser, sandbox: str, scheme: Scheme, width: int) -> None:
    """Where it starts, and with options side by side, or below each other where a panel is narrow."""
    page = _page(browser, scheme, width)
    page.goto(f"{sandbox}/smart/launch")
    expect(page.get_by_label("FHIR server")).to_be_visible()
    assert _violations(page) == []
    page.goto(launch_url(sandbox, f"{sandbox}/fhir", "demo-ros1-g2032r"))
    expect(page.get_by_role("table", name="Options side by side")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(4)
    _accessible_and_within(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1440])
def test_the_report_is_accessible(browser: Browser, sandbox: str, scheme: Scheme, width: int) -> None:
    """With its charts drawn, a rule and its numbers opened, what was not shown, and a candidate."""
    page = _page(browser, scheme, width)
    page.goto(f"{sandbox}/report#ros1-not-tested")
    expect(page.locator("#ros1-not-tested .chart svg").first).to_be_visible()
    page.locator("#ros1-not-tested .numbers > summary").click()
    expect(page.locator("table[data-name='Not shown']")).to_be_visible()
    expect(page.locator(".candidate table")).to_be_visible()
    _accessible_and_within(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/about", "/rules/ici-before-ros1-inhibitor"])
def test_what_the_service_tells_of_itself_is_accessible(
    browser: Browser, sandbox: str, scheme: Scheme, path: str
) -> None:
    """In a narrow panel tables scroll by themselves, and the page does not."""
    page = _page(browser, scheme, 400)
    page.goto(sandbox + path)
    _accessible_and_within(page)


@pytest.mark.parametrize("width", [400, 1440])
def test_a_record_is_asked_about_accessibly(browser: Browser, sandbox: str, width: int) -> None:
    """The part of Explain that asks what would be ordered."""
    page = _page(browser, "light", width)
    page.goto(f"{sandbox}/explain")
    page.get_by_label("Paste or drop").fill(
        '{"resourceType": "Patient", "id": "a"}\n{"resourceType": "Patient", "id": "b"}\n{'
    )
    page.get_by_role("button", name="Explain").click()
    page.get_by_role("combobox", name="What would be ordered?").fill("pem")
    expect(page.get_by_role("listbox")).to_be_visible()
    assert _violations(page) == []
    page.context.close()


def test_the_theme_can_be_chosen_and_stays(page: Page, sandbox: str) -> None:
    """Dark stays dark after a reload, whatever the system has."""
    visit(page, sandbox)
    for _ in range(2):
        page.locator("#theme").click()
    expect(page.locator("#theme")).to_have_text("Theme: dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_paper_gets_record_and_advice_without_the_controls(page: Page, sandbox: str) -> None:
    """What cannot be pressed on paper is not printed."""
    visit(page, sandbox)
    order(page, "pembrolizumab")
    page.emulate_media(media="print")

    expect(page.locator("article.card")).to_be_visible()
    expect(page.locator("#timeline")).to_be_visible()
    expect(page.get_by_role("combobox")).to_be_hidden()
    expect(page.locator("#patients")).to_be_hidden()
