"""What a clinician does in the demo EHR."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Request, expect


def visit(page: Page, sandbox: str, patient: str = "demo-ros1") -> None:
    """Open the record of a patient."""
    page.goto(f"{sandbox}/?patient={patient}")
    expect(page.locator(".event").first).to_be_visible()


def order(page: Page, text: str) -> None:
    """Type into the order box, take the first match, and wait for the answer."""
    page.get_by_role("combobox", name="Add a drug or regimen").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text(" ms).")


def feedback_of(page: Page) -> list[dict[str, Any]]:
    """Return the list into which every feedback goes that the page sends from now on."""
    sent: list[dict[str, Any]] = []

    def keep(request: Request) -> None:
        if "/feedback" in request.url:
            sent.append(request.post_data_json or {})

    page.on("request", keep)
    return sent
