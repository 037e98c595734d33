"""The report in a real browser: charts that say what their tables say, by keyboard, on paper, without scripts."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect


def test_each_table_of_figures_has_its_chart(page: Page, sandbox: str) -> None:
    """Drawn from the table, so that both say the same; each is named for who does not see it."""
    page.goto(f"{sandbox}/report")
    shown = page.locator(".report > section:not(.each) > .chart, .report > section:not(.each) > * > .chart")
    expect(shown).to_have_count(4)
    for chart in shown.all():
        expect(chart.get_by_role("img")).to_be_visible()
        assert "in the table" in str(chart.get_by_role("img").get_attribute("aria-label"))
    assert page.locator(".chart").count() == page.locator("table[data-chart]").count()


def test_bars_are_as_long_as_the_table_says(page: Page, sandbox: str) -> None:
    """The shares of the first rule."""
    page.goto(f"{sandbox}/report")
    table = page.locator("table[data-name='By rule']")
    cells = table.locator("tbody tr").first.locator("td[data-value]")
    fired, accepted, *_ = (float(str(cell.get_attribute("data-value"))) for cell in cells.all())
    chart = page.locator("section[aria-labelledby='rules-title'] .chart > svg")
    expect(chart).to_be_visible()
    width = float(str(chart.locator("rect.accepted").first.get_attribute("width")))
    whole = sum(
        float(str(chart.locator(f"rect.{series}").first.get_attribute("width")))
        for series in ("accepted", "overridden", "ignored")
    )
    assert abs(width / whole - accepted / fired) < 0.002


def test_a_rule_is_opened_by_its_link_with_the_keyboard(page: Page, sandbox: str) -> None:
    """From the list of those that stand out to the rule with its weeks, reasons and clients; the address names it."""
    page.goto(f"{sandbox}/report")
    link = page.locator(".low a").first
    link.focus()
    page.keyboard.press("Enter")
    opened = page.locator("details[open].panel")
    expect(opened).to_have_count(1)
    expect(opened.locator("> summary")).to_be_focused()
    expect(opened.get_by_role("img").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("details[open].panel")).to_have_count(0)


def test_what_scrolls_can_be_reached_by_keyboard(page: Page, sandbox: str) -> None:
    """A table that is wider than a narrow page takes the focus; one that fits does not stand in the way."""
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{sandbox}/report")
    region = page.get_by_role("region", name="By rule: table")
    expect(region).to_have_attribute("tabindex", "0")
    page.get_by_role("region", name="Not shown: table").focus()
    page.keyboard.press("ArrowRight")
    page.set_viewport_size({"width": 1440, "height": 800})
    expect(region).to_have_attribute("tabindex", "-1")
    expect(page.get_by_role("region", name="Not shown: table")).to_have_attribute("tabindex", "-1")


def test_what_was_not_shown_is_listed_with_rules_that_are_watched_first(page: Page, sandbox: str) -> None:
    """Each with why, what it would have been and what it is now; a rule leads to its page."""
    page.goto(f"{sandbox}/report")
    rows = page.locator("table[data-name='Not shown'] tbody tr")
    expect(rows.first).to_contain_text("in silent mode")
    expect(rows.last).not_to_contain_text("in silent mode")
    expect(rows.filter(has_text="critical")).to_contain_text("Shown when the order was selected")
    link = rows.first.get_by_role("link")
    title = str(link.text_content())
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_how_a_candidate_differs_is_told_in_the_words_of_the_rules(page: Page, sandbox: str) -> None:
    """Most frequent first, cards of both side by side; a rule of the candidate only has no page to lead to."""
    page.goto(f"{sandbox}/report")
    section = page.get_by_role("region", name="A candidate release: 2027.01.0", exact=True)
    expect(section).to_contain_text("Tried beside 2026.11.0")
    expect(section.locator(".tiles div")).to_have_count(4)
    rows = section.locator("tbody tr")
    times = [int(text.replace(",", "")) for text in rows.locator("td:first-child").all_text_contents()]
    assert times == sorted(times, reverse=True)
    first = rows.first.locator("td")
    expect(first.nth(1)).to_contain_text("info")
    expect(first.nth(2)).to_contain_text("warning")
    expect(rows.filter(has_text="no card")).to_have_count(2)
    assert rows.locator("code").all_text_contents() == ["invented-new-rule"]


def test_paper_gets_charts_and_numbers_without_controls(page: Page, sandbox: str) -> None:
    """Also those that are folded away on the screen; that the data are invented is printed, too."""
    page.goto(f"{sandbox}/report")
    expect(page.locator(".chart svg").first).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("section[aria-labelledby='weeks-title'] tbody tr").first).to_be_visible()
    expect(page.locator("table[data-name='Not shown'] tbody tr").first).to_be_visible()
    expect(page.locator(".candidate tbody tr").first).to_be_visible()
    expect(page.locator(".notice")).to_be_visible()
    expect(page.locator(".downloads")).to_be_hidden()
    expect(page.locator("#theme")).to_be_hidden()
    page.set_viewport_size({"width": 690, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_without_scripts_the_tables_say_all(browser: Browser, sandbox: str) -> None:
    """Charts are an addition."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sandbox}/report")
    expect(page.locator("table[data-name='By rule'] tbody tr").first).to_be_visible()
    expect(page.locator("table[data-name='Over time'] tbody tr").first).to_be_visible()
    context.close()


def test_it_is_downloaded(page: Page, sandbox: str) -> None:
    """As CSV, under a name that says from which data it is."""
    page.goto(f"{sandbox}/report")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.startswith("ros1-cds-report-invented-")
