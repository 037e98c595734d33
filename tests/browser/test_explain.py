"""Explain in a real browser: from the demo EHR, from a pasted text, from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ehr import order, visit

_JOURNEY = Path(__file__).parents[1] / "journeys" / "ihc-positive-only" / "request.json"


def test_from_the_demo_to_why(page: Page, sandbox: str) -> None:
    """The answer in the demo leads to its explanation; the address holds nothing of the patient."""
    visit(page, sandbox)
    order(page, "pembrolizumab")
    page.get_by_text("What was sent and answered").click()
    page.get_by_role("link", name="Explain this answer").click()

    expect(page.get_by_text("Rules that applied")).to_be_visible()
    expect(page.locator("#result article.card")).to_have_count(1)
    expect(page.locator("#result")).to_contain_text("Observation/demo-ros1-ros1-ngs")
    assert page.url == f"{sandbox}/explain"
    page.reload()
    expect(page.get_by_label("Paste or drop")).to_have_value("")


def test_facts_stand_in_clinicians_words(page: Page, sandbox: str) -> None:
    """Each with its date and the resource that says so; patient and encounter are told as what they are."""
    visit(page, sandbox, "demo-ros1-g2032r")
    order(page, "crizotinib")
    page.get_by_text("What was sent and answered").click()
    page.get_by_role("link", name="Explain this answer").click()

    change = page.locator("#result .event").filter(has_text="Resistance")
    expect(change).to_contain_text("3 Nov 2026")
    expect(change).to_contain_text("G2032R, by ctDNA NGS")
    expect(change).to_contain_text("Observation/demo-ros1-g2032r-plasma")
    item = page.locator("#result .items > li")
    expect(item.filter(has_text="Patient/demo-ros1-g2032r").first).to_contain_text("the patient, born 22 Jun 1968")
    expect(item.filter(has_text="Encounter/").first).to_contain_text("the encounter in which the order is placed")


def test_words_of_the_record_are_told_as_such(page: Page, sandbox: str) -> None:
    """As code, without the marks around them; an address that names nothing is no error."""
    request = json.loads(_JOURNEY.read_text(encoding="utf-8"))
    for entry in request["prefetch"]["conditions"]["entry"]:
        entry["resource"]["code"]["text"] = "Lung cancer, `NSCLC` <img src=x>"
    page.goto(f"{sandbox}/explain#%")
    page.get_by_label("Paste or drop").fill(json.dumps(request))
    page.get_by_role("button", name="Explain", exact=True).click()

    words = page.locator("#result .why code").filter(has_text="NSCLC").first
    expect(words).to_have_text("Lung cancer, `NSCLC` <img src=x>")


def test_a_file_is_explained(page: Page, sandbox: str) -> None:
    """Each resource with its use, each rule with its answer, and the card."""
    page.goto(f"{sandbox}/explain")
    page.locator("#file").set_input_files(_JOURNEY)

    expect(page.locator("#result article.card h3")).to_contain_text("ROS1 positive by screening only")
    expect(page.locator("#result")).to_contain_text("Observation/ihc")
    page.get_by_text("Rules that did not apply").click()
    expect(page.get_by_text("not applied", exact=True).first).to_be_visible()


_PATIENTS = Path(__file__).parents[2] / "cdshooks" / "web" / "demo" / "patients"


def _order(page: Page, drug: str) -> None:
    page.get_by_role("combobox", name="What would be ordered?").fill(drug)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("patient", "drug", "says"),
    [
        ("demo-ros1", "carboplatin +", "ROS1 fusion found (CD74, NGS"),
        ("demo-ros1-stage-two", "durvalumab", "ROS1 fusion found"),
        ("demo-ros1-interaction", "entrectinib", "entrectinib + itraconazole"),
    ],
)
def test_a_bundle_is_explained_with_an_order(page: Page, sandbox: str, patient: str, drug: str, says: str) -> None:
    """A record without an order is asked what would be ordered; it gets the card that the demo EHR gets."""
    page.goto(f"{sandbox}/explain")
    page.get_by_label("Paste or drop").fill((_PATIENTS / f"{patient}.json").read_text(encoding="utf-8"))
    page.get_by_role("button", name="Explain").click()
    _order(page, drug)

    expect(page.locator("#result article.card h3")).to_contain_text(says)


def test_a_folder_of_ndjson_is_explained_patient_by_patient(page: Page, sandbox: str, tmp_path: Path) -> None:
    """One file per type, two patients: each gets an own answer; a line that cannot be read is told."""
    lines: dict[str, list[str]] = {}
    for patient in ("demo-ros1", "demo-ros1-negative"):
        bundle = json.loads((_PATIENTS / f"{patient}.json").read_text(encoding="utf-8"))
        for entry in bundle["entry"]:
            lines.setdefault(entry["resource"]["resourceType"], []).append(json.dumps(entry["resource"]))
    lines["Observation"].append("{")
    for name, each in lines.items():
        (tmp_path / f"{name}.ndjson").write_text("\n".join(each), encoding="utf-8")
    page.goto(f"{sandbox}/explain")
    page.locator("#folder").set_input_files(tmp_path)

    expect(page.locator("#record-problems")).to_contain_text("is no JSON")
    page.get_by_label("Patient").select_option("demo-ros1")
    _order(page, "pembrolizumab")
    expect(page.locator("#result article.card h3")).to_contain_text("ROS1 fusion found")
    expect(page.locator("#result")).not_to_contain_text("demo-ros1-negative")
    page.get_by_label("Patient").select_option("demo-ros1-negative")
    _order(page, "pembrolizumab")
    expect(page.locator("#result")).to_contain_text("None. The service has nothing to say about these orders.")


def test_a_link_to_a_rule_holds_nothing_of_the_patient(page: Page, sandbox: str) -> None:
    """The address names the rule; whoever opens it brings the request, and is led to what the rule says of it."""
    page.goto(f"{sandbox}/explain#ici-ros1-ihc-only")
    expect(page.locator("#status")).to_contain_text("it holds no patient data")
    page.locator("#file").set_input_files(_JOURNEY)
    named = page.locator("#result li.named")
    expect(named).to_be_in_viewport()
    page.get_by_text("Rules that did not apply").click()
    page.locator("#result a[href^='#']").last.click()
    assert page.url.startswith(f"{sandbox}/explain#")
    assert "?" not in page.url


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("request.json", '{\n "hook": "order-select",\n "context": {,}\n}', "(line 3"),
        ("bundle.json", '{"resourceType": "Bundle", "entry": {}}', "entry of the Bundle is no list"),
        ("note.xml", "<Bundle>\n</Bundle>", "is no JSON"),
        ("request.json", '{"hook": "patient-view", "hookInstance": "x", "context": {}}', "Expected: order-select or"),
    ],
)
def test_what_cannot_be_explained_is_told(page: Page, sandbox: str, name: str, text: str, says: str) -> None:
    """With what is wrong and where, and what the service expects."""
    page.goto(f"{sandbox}/explain")
    page.locator("#file").set_input_files({"name": name, "mimeType": "text/plain", "buffer": text.encode()})
    expect(page.locator(".paste, #result").filter(has_text=says)).to_have_count(1)


def test_a_folder_without_json_is_told(page: Page, sandbox: str, tmp_path: Path) -> None:
    """Nothing happens in silence."""
    for name in ("a.xml", "b.csv"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    page.goto(f"{sandbox}/explain")
    page.locator("#folder").set_input_files(tmp_path)
    expect(page.locator("#status")).to_contain_text("There is no JSON among this")
