"""The demo EHR in a real browser: every patient's story, and what a clinician can do about a card."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.ehr import feedback_of, order, visit

_STORIES = [
    ("demo-ros1", "carboplatin +", "Critical: ROS1 fusion found (CD74, NGS"),
    ("demo-ros1", "alectinib", "alectinib not active or not approved for ROS1"),
    ("demo-ros1", "crizotinib", "Crizotinib has limited brain activity"),
    ("demo-ros1-high-pd-l1", "Keytruda", "Critical: ROS1 fusion found (EZR, NGS"),
    ("demo-ros1-ihc-only", "pembrolizumab", "Warning: ROS1 positive by screening only (IHC"),
    ("demo-ros1-pending", "pembrolizumab", "Warning: ROS1 result pending (NGS"),
    ("demo-ros1-conflicting", "pembrolizumab", "Warning: Conflicting ROS1 results"),
    ("demo-ros1-not-informative", "pembrolizumab", "Warning: ROS1 result not informative"),
    ("demo-ros1-not-tested", "pembrolizumab", "No ROS1 result found"),
    ("demo-ros1-negative", "pembrolizumab", None),
    ("demo-ros1-stage-two", "durvalumab", "Information: ROS1 fusion found"),
    ("demo-ros1-g2032r", "crizotinib", "G2032R"),
    ("demo-ros1-on-inhibitor", "pembrolizumab", "Critical: ROS1 inhibitor active"),
    ("demo-ros1-recent-ici", "crizotinib", "Warning: Recent checkpoint inhibitor"),
    ("demo-ros1-interaction", "entrectinib", "Warning: entrectinib + itraconazole"),
    ("demo-ros1-report", "pembrolizumab", "Critical: ROS1 fusion found (CD74, RNA NGS"),
    ("demo-melanoma", "nivolumab", None),
]


@pytest.mark.parametrize(("patient", "drug", "says"), _STORIES)
def test_each_patient_gets_the_advice_that_the_story_promises(
    page: Page, sandbox: str, patient: str, drug: str, says: str | None
) -> None:
    """One card with its indicator in words, or none: real hooks over HTTP, with prefetch by the templates."""
    visit(page, sandbox, patient)
    order(page, drug)

    cards = page.locator("article.card")
    if says is None:
        expect(cards).to_have_count(0)
        expect(page.locator("#status")).to_contain_text("Nothing to say")
    else:
        expect(cards).to_have_count(1)
        assert says in str(cards.first.get_attribute("aria-label"))


def test_a_suggestion_changes_the_drafts_and_is_told(page: Page, sandbox: str) -> None:
    """The checkpoint inhibitor is replaced, chemotherapy stays, feedback is sent, and the new order is asked about."""
    sent = feedback_of(page)
    visit(page, sandbox)
    order(page, "carboplatin +")
    expect(page.locator(".draft")).to_have_count(3)

    page.get_by_role("button", name="Replace pembrolizumab with taletrectinib").click()

    expect(page.locator("#status")).to_contain_text(re.compile(r"Feedback was (sent|not taken \(HTTP 404)"))
    drafts = page.locator(".draft strong").all_inner_texts()
    assert drafts[:2] == ["carboplatin", "pemetrexed"]
    assert len(drafts) == 3
    assert "taletrectinib" in drafts[2]
    expect(page.locator("article.card h3")).to_contain_text("Before taletrectinib")
    (feedback,) = sent[0]["feedback"]
    assert feedback["outcome"] == "accepted"
    assert feedback["acceptedSuggestions"][0]["id"]


def test_an_override_says_why(page: Page, sandbox: str) -> None:
    """The reason that was chosen goes back with its code, and the order stays."""
    sent = feedback_of(page)
    visit(page, sandbox)
    order(page, "pembrolizumab")

    page.get_by_text("Keep the order, and say why").click()
    page.get_by_label("Reason").select_option(index=1)
    page.get_by_label("Comment, if any").fill("tumour board, 20 November")
    page.get_by_role("button", name="Keep the order").click()

    expect(page.locator("#status")).to_contain_text("The order stays.")
    expect(page.locator(".draft")).to_have_count(1)
    (feedback,) = sent[0]["feedback"]
    assert feedback["outcome"] == "overridden"
    assert feedback["overrideReason"]["reason"]["code"]
    assert feedback["overrideReason"]["userComment"] == "tumour board, 20 November"


def test_signing_waits_until_the_card_was_seen(page: Page, sandbox: str) -> None:
    """Signing fires order-sign; with a card the signature is a second step, without one it is done."""
    visit(page, sandbox)
    order(page, "pembrolizumab")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#status")).to_contain_text("Not signed yet")
    page.get_by_role("button", name="Sign as it is").click()
    expect(page.locator("#status")).to_contain_text("Signed: pembrolizumab")

    visit(page, sandbox, "demo-ros1-negative")
    order(page, "pembrolizumab")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#status")).to_contain_text("Signed: pembrolizumab")


def test_what_was_sent_stands_one_click_away(page: Page, sandbox: str) -> None:
    """The request is a whole order-select with its prefetch, the response holds the card, each with its time."""
    visit(page, sandbox)
    order(page, "pembrolizumab")
    page.get_by_text("What was sent and answered").click()

    entry = page.locator("#exchange-list > li").first
    expect(entry).to_contain_text(re.compile(r"HTTP 200.*prefetch \d+ ms, answer \d+ ms"))
    entry.get_by_text("Request", exact=True).click()
    entry.get_by_text("Response", exact=True).click()
    request = json.loads(entry.get_by_role("region", name="Request").inner_text())
    response = json.loads(entry.get_by_role("region", name="Response").inner_text())
    assert request["hook"] == "order-select"
    assert request["context"]["selections"] == [f"MedicationRequest/{_only(request)['id']}"]
    assert request["prefetch"]["observations"]["resourceType"] == "Bundle"
    assert response["cards"][0]["indicator"] == "critical"


def _only(request: dict[str, dict[str, dict[str, list[dict[str, dict[str, str]]]]]]) -> dict[str, str]:
    (entry,) = request["context"]["draftOrders"]["entry"]
    return entry["resource"]


def test_text_of_records_and_cards_never_runs(page: Page, sandbox: str) -> None:
    """Markup in a record is text; a card's Markdown loses scripts, handlers, images and strange links."""
    visit(page, sandbox, "demo-ros1-report")
    expect(page.get_by_text("<b>Reviewed</b> & signed.")).to_be_visible()
    detail = "**Bold** <img src=x onerror=alert(1)><script>alert(1)</script> [go](javascript:alert(1)) [ok](https://example.org)"
    card = {"summary": "<i>Plain</i>", "detail": detail, "indicator": "info", "source": {"label": "<u>Us</u>"}}

    def answer(route: Route) -> None:
        route.fulfill(json={"cards": [card]})

    page.route("**/cds-services/ros1-nsclc", answer)
    order(page, "pembrolizumab")

    shown = page.locator("article.card")
    expect(shown.get_by_text("<i>Plain</i>")).to_be_visible()
    expect(shown.locator("strong")).to_have_text("Bold")
    expect(shown.locator("img, script, i, u, a[href^=javascript]")).to_have_count(0)
    expect(shown.get_by_role("link", name="ok")).to_have_attribute("rel", "noopener noreferrer")


def test_a_refusal_is_shown_as_what_it_is(page: Page, sandbox: str) -> None:
    """A service that cannot answer is told with its status and reason, never as if it had nothing to say."""
    visit(page, sandbox)
    outcome = {"resourceType": "OperationOutcome", "issue": [{"details": {"text": "The results were not sent."}}]}

    def answer(route: Route) -> None:
        route.fulfill(status=412, json=outcome)

    page.route("**/cds-services/ros1-nsclc", answer)
    order(page, "pembrolizumab")

    expect(page.locator("article.problem")).to_contain_text("could not answer (HTTP 412)")
    expect(page.locator("article.problem")).to_contain_text("The results were not sent.")


def test_the_order_box_works_by_keyboard(page: Page, sandbox: str) -> None:
    """Arrows choose, Enter takes, Escape closes; a text that is no drug is ordered as written."""
    visit(page, sandbox)
    box = page.get_by_role("combobox")
    box.fill("pem")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("pemetrexed")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.fill("lisinopril 10 mg")
    page.keyboard.press("Enter")
    expect(page.locator(".draft strong")).to_have_text(["lisinopril 10 mg"])
    expect(page.locator("#status")).to_contain_text("Nothing to say")


def test_it_can_be_pointed_at_another_service(page: Page, sandbox: str) -> None:
    """The base URL of the form counts: discovery, hooks and feedback go there."""
    visit(page, sandbox)
    page.locator("#servers > summary").click()
    page.get_by_label("CDS service base URL").fill(sandbox.replace("127.0.0.1", "localhost"))
    page.get_by_role("button", name="Use these").click()
    expect(page.locator(".event").first).to_be_visible()
    order(page, "pembrolizumab")
    expect(page.locator("article.card")).to_have_count(1)


def test_a_name_that_is_only_near_is_asked_about(page: Page, sandbox: str) -> None:
    """A slip of the key still finds the drug, and no drug is taken for another without being chosen."""
    visit(page, sandbox)
    box = page.get_by_role("combobox")
    for text, drug in [("keytrda", "pembrolizumab"), ("nivolumap", "nivolumab")]:
        box.fill(text)
        expect(page.get_by_role("option", name=f"{drug} Did you mean this?")).to_be_visible()

    box.fill("nivolumab")  # named in full: not the regimen that begins with it
    expect(page.get_by_role("option").first).to_contain_text("Opdivo")
    box.fill("imatinib")  # a drug of its own, two letters from another
    page.keyboard.press("Enter")
    expect(page.locator(".draft")).to_have_count(0)
    expect(page.get_by_role("option", selected=True)).to_contain_text("Order as written")
    page.keyboard.press("Enter")
    expect(page.locator(".draft strong")).to_have_text(["imatinib"])


@pytest.mark.parametrize("body", ["<html>", "{}", "[]"])
def test_an_answer_without_cards_is_no_silence(page: Page, sandbox: str, body: str) -> None:
    """What is no CDS Hooks response is told as such, whatever its status."""
    visit(page, sandbox)

    def answer(route: Route) -> None:
        route.fulfill(status=200, body=body)

    page.route("**/cds-services/ros1-nsclc", answer)
    order(page, "pembrolizumab")

    expect(page.locator("article.problem")).to_contain_text("no CDS Hooks response")
    expect(page.locator("#status")).to_contain_text("1 service could not answer")
    expect(page.locator("#status")).not_to_contain_text("Nothing to say")


def test_nothing_is_ordered_before_the_record_is_there(page: Page, sandbox: str) -> None:
    """Between two patients there are no drafts: neither those of the one before, nor any for the next."""
    visit(page, sandbox, "demo-ros1-negative")
    order(page, "pembrolizumab")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/fhir/.*demo-melanoma"), hold)
    page.get_by_role("button", name="Mia Winter").click()
    expect(page.get_by_role("heading", name="Mia Winter")).to_be_visible()

    expect(page.locator(".draft")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign")).to_have_count(0)
    page.get_by_role("combobox").fill("nivolumab")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("was not ordered")
    for route in held:
        route.continue_()
    page.unroute_all()
    expect(page.locator(".event").first).to_be_visible()
    order(page, "nivolumab")
    expect(page.locator(".draft strong")).to_have_text(["nivolumab"])


def test_a_patient_who_is_not_there_is_not_replaced(page: Page, sandbox: str) -> None:
    """An address with an id that the server does not know opens nobody's record."""
    page.goto(f"{sandbox}/?patient=nobody")
    expect(page.locator("#status")).to_contain_text("There is no patient nobody")
    expect(page.get_by_role("heading", level=1)).to_have_count(0)


def test_what_a_colon_announces_is_read_at_a_glance(page: Page, sandbox: str) -> None:
    """Of conflicting results both stand on the card, without opening its details."""
    visit(page, sandbox, "demo-ros1-conflicting")
    order(page, "pembrolizumab")
    lead = page.locator("article.card > .detail")
    expect(lead).to_contain_text("positive, by FISH")
    expect(lead).to_contain_text("negative, by DNA NGS")


def test_the_keyboard_stays_where_the_work_is(page: Page, sandbox: str) -> None:
    """A button that goes when pressed leaves the focus at the advice, and the next Tab leads to the card."""
    visit(page, sandbox)
    order(page, "pembrolizumab")
    page.get_by_role("button", name="Replace pembrolizumab with taletrectinib").press("Enter")
    expect(page.locator("#status")).to_contain_text("Done: Replace")
    expect(page.get_by_role("region", name="Advice", exact=True)).to_be_focused()

    page.get_by_role("button", name="Sign", exact=True).press("Enter")
    expect(page.locator("#status")).to_contain_text("Not signed yet")
    expect(page.get_by_role("region", name="Advice", exact=True)).to_be_focused()
    page.get_by_role("button", name="Sign as it is").press("Enter")
    expect(page.get_by_role("combobox")).to_be_focused()
