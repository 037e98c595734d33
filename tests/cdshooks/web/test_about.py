"""What the service tells of itself: the page, the rules' pages, and the same as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient
from msgspec import convert
from msgspec.structs import replace

from cards.situation import FACTS
from cdshooks.app import create_app
from cdshooks.settings import Settings
from knowledge.about import about
from knowledge.loader import load, load_content
from knowledge.lookup import Knowledge
from knowledge.model import Change
from tests.cdshooks.deployment import EHR, ROOT
from tests.cdshooks.hello import service
from tests.cdshooks.tokens import BASE, production

KNOWLEDGE = load()
REQUEST = json.loads((ROOT / "tests/journeys/ros1-fusion-pembrolizumab/request.json").read_text(encoding="utf-8"))
ATTRIBUTES = {  # those that 45 CFR 170.315(b)(11) asks for
    "race",
    "ethnicity",
    "language",
    "sexual-orientation",
    "gender-identity",
    "sex",
    "date-of-birth",
    "social-determinants",
    "health-status",
}
PAGES = ["/about", *(f"/rules/{rule.id}" for rule in KNOWLEDGE.rules)]
VOID = {"meta", "link"}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """Return a client of the app as it is served."""
    return create_app(Settings.for_sandbox()).test_client()


class Outline(HTMLParser):
    """Reads a page: its tags, its links, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.scoped: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        values = dict(attrs)
        self.tags.append(tag)
        self.links += [each for each in (values.get("href"),) if each]
        self.scoped += ["scope" in values] if tag == "th" else []
        assert not [name for name in values if name.startswith("on") or name == "style"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Hold that it closes what was opened last."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_holds_no_script(client: FlaskClient, path: str) -> None:
    """Every tag is closed, there is one heading of the page, headings of tables say what they head, links lead on."""
    answer = client.get(path)
    page = Outline(answer.text)
    assert (answer.status_code, answer.content_type, page.open) == (200, "text/html; charset=utf-8", [])
    assert "script" not in page.tags
    assert page.tags.count("h1") == page.tags.count("main") == page.tags.count("title") == 1
    assert all(page.scoped)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert "frame-ancestors 'none'" in policy
    for link in page.links:
        if not link.startswith("https://") and not link.startswith("http://"):
            assert client.get(urljoin(path, link)).status_code == 200, link


def test_every_page_has_a_way_back(client: FlaskClient, tmp_path: Path) -> None:
    """To the pages that there are: in production that is the page about the service alone."""
    closed = create_app(production(tmp_path, EHR)).test_client()
    for path in PAGES:
        back = {urljoin(path, link) for link in Outline(client.get(path).text).links}
        assert {"/", "/explain", "/report", "/about"} <= back, path
        back = {urljoin(path, link) for link in Outline(closed.get(path).text).links}
        assert back & {"/", "/explain", "/report", "/about"} == {"/about"}, path


def test_the_same_is_had_as_json(client: FlaskClient) -> None:
    """By its own path, or where a client asks for JSON and not for HTML."""
    told = client.get("/about.json").get_json()
    assert client.get("/about", headers={"Accept": "application/json"}).get_json() == told
    assert client.get("/about", headers={"Accept": "text/html, application/json"}).content_type.startswith("text/html")
    about = told["services"]["ros1-nsclc"]
    assert about["release"] == KNOWLEDGE.edition
    assert [rule["id"] for rule in about["rules"]] == [rule.id for rule in KNOWLEDGE.rules]
    assert client.get(f"/rules/{about['rules'][0]['id']}.json").get_json() == about["rules"][0]
    assert client.get("/rules/none").status_code == 404


def test_an_old_link_leads_to_a_page(client: FlaskClient, tmp_path: Path) -> None:
    """A browser reads that the rule is gone and where the others are, without a token; a program gets JSON."""
    for served in (client, create_app(production(tmp_path, EHR)).test_client()):
        answer = served.get("/rules/gone<b>", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert (answer.status_code, answer.content_type) == (404, "text/html; charset=utf-8")
        assert "gone" not in answer.text
        page = Outline(answer.text)
        assert page.open == []
        links = [urljoin("/rules/gone", link) for link in page.links]
        assert "/about" in links
        assert all(served.get(link).status_code == 200 for link in links)
    told = client.get("/rules/gone", headers={"Accept": "application/json"})
    assert (told.status_code, told.get_json()["resourceType"]) == (404, "OperationOutcome")


def test_the_page_of_a_rule_is_no_other_page(client: FlaskClient) -> None:
    """None of the links is marked as the page that is open."""
    assert 'aria-current="page"' not in client.get(PAGES[1]).text
    assert client.get("/about").text.count('aria-current="page"') == 1


def test_a_rule_tells_what_changed_and_since_when_it_is_in_effect() -> None:
    """Each change with its date and release, on the page and as JSON."""
    change = {"date": "2027-02-01", "release": "2027.02.0", "change": "Asks for the stage, too <b>"}
    changed = [replace(rule, history=(convert(change, Change),)) for rule in KNOWLEDGE.rules]
    knowledge = Knowledge(dataclasses.replace(load_content(None, []), rules=tuple(changed)))
    sandbox = Settings.for_sandbox()
    hello = create_app(sandbox, [dataclasses.replace(service(sandbox), about=about(knowledge))])
    path = f"/rules/{changed[0].id}"

    assert hello.test_client().get(f"{path}.json").get_json()["history"] == [change]
    page = hello.test_client().get(path).text
    assert "2027-02-01 (release 2027.02.0): Asks for the stage, too &lt;b&gt;" in page
    assert f"{changed[0].effective_period['start']}: in effect for the first time" in page


def _asked(when: Any) -> Iterator[str]:  # noqa: ANN401 - a condition as YAML holds it
    """Yield the facts that stand anywhere in a condition."""
    for name, inner in when.items() if isinstance(when, Mapping) else enumerate(when):
        if name == "fact":
            yield inner
        elif not isinstance(inner, str | int | float):
            yield from _asked(inner)


def test_every_attribute_that_the_rule_asks_for_is_told_of_every_rule() -> None:
    """None is left out, each names facts that there are, and the use that is told is the one that the rule makes."""
    attributes = KNOWLEDGE.disclosure.attributes
    assert {each.id for each in attributes} == ATTRIBUTES
    assert {fact for each in attributes for fact in each.facts} <= FACTS.keys()
    told = create_app(Settings.for_sandbox()).test_client().get("/about.json").get_json()["services"]["ros1-nsclc"]
    for rule, told_of in zip(KNOWLEDGE.rules, told["rules"], strict=True):
        asked = set(_asked(rule.when))
        expected = {each.id for each in attributes if asked & set(each.facts)}
        assert {each["id"] for each in told_of["attributes"] if each["used"]} == expected
        assert told_of["citations"]
        assert told_of["developer"]
        assert told_of["funding"]
        assert told_of["lastReviewDate"] == rule.last_review_date
    used = {each["id"]: each["rules"] for each in told["attributes"] if each["used"]}
    assert used.keys() == {"date-of-birth", "health-status"}
    assert "patient-under-18" in used["date-of-birth"]


def test_a_card_links_to_the_page_of_the_rule_that_speaks() -> None:
    """Where the public base URL is stated; a guessed one is no place to send a clinician."""
    stated = create_app(Settings.for_sandbox(public_base_url=f"{BASE}/cds")).test_client()
    (card,) = stated.post("/cds-services/ros1-nsclc", json=REQUEST).get_json()["cards"]
    assert card["source"]["url"] == f"{BASE}/cds/rules/ici-before-ros1-inhibitor"
    guessed = create_app(Settings.for_sandbox()).test_client()
    (card,) = guessed.post("/cds-services/ros1-nsclc", json=REQUEST).get_json()["cards"]
    assert "url" not in card["source"]


def test_the_pages_need_no_token(tmp_path: Path) -> None:
    """They are for everybody, in production too."""
    client = create_app(production(tmp_path, EHR)).test_client()
    assert {client.get(path).status_code for path in ("/about", "/about.json", "/about.css", PAGES[1])} == {200}
