"""The SMART app in a real browser: launched from a card, by another EHR, standalone; and by who may not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import serving
from tests.browser.ehr import order, visit
from tests.browser.launcher import TOKEN, another_ehr, launch_url


@pytest.fixture(scope="module")
def ehr(sandbox: str) -> Iterator[str]:
    """Return the FHIR server of an EHR at another origin, which asks for a token."""
    with another_ehr(sandbox) as iss:
        yield iss


def _shown(page: Page, status: str = "ROS1 fusion confirmed") -> None:
    expect(page.get_by_role("heading", name=status)).to_be_visible()


def _not_shown(page: Page, why: str) -> None:
    expect(page.locator("#status")).to_contain_text(why)
    expect(page.locator(".event, .options")).to_have_count(0)


def _requests(page: Page) -> list[Request]:
    """Return the list into which every request goes from now on."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - a listener must be a function
    return sent


def test_a_card_opens_the_evidence_for_its_patient(page: Page, sandbox: str) -> None:
    """From the demo EHR, by the card's SMART link; the rule that spoke is named."""
    visit(page, sandbox, "demo-ros1-g2032r")
    order(page, "crizotinib")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Evidence for this patient").click()
    app = opened.value

    _shown(app)
    expect(app.locator("#banner")).to_contain_text("Luis Moreno")
    expect(app.get_by_role("link", name="ros1-change-resistant-another-active")).to_be_visible()
    row = app.get_by_role("row").filter(has_text="taletrectinib")
    expect(row.get_by_role("cell").filter(has_text="against G2032R")).to_be_visible()
    expect(app.locator(".event").first).to_contain_text("3 Nov 2026")


def test_another_ehr_launches_it(page: Page, sandbox: str, ehr: str) -> None:
    """The record is read with that EHR's token; the token goes nowhere else, and neither it nor the record stays."""
    sent = _requests(page)
    page.goto(launch_url(sandbox, ehr))

    _shown(page)
    assert page.url == f"{sandbox}/smart/callback"
    bearers = {each.url.partition("/fhir/")[0] for each in sent if "authorization" in each.headers}
    assert bearers == {ehr.removesuffix("/fhir")}
    assert not [each.url for each in sent if TOKEN in each.url or TOKEN in (each.post_data or "")]
    assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    asked = next(each.url for each in sent if "/demo/authorize" in each.url)
    assert "patient%2FObservation.rs" in asked
    assert "%2F*" not in asked
    page.reload()
    _not_shown(page, "Open it again from the patient's record.")


def test_it_can_be_opened_without_an_ehr(page: Page, sandbox: str, ehr: str) -> None:
    """Standalone: a server is named, a patient chosen there."""
    page.goto(f"{sandbox}/smart/launch")
    expect(page.get_by_label("FHIR server")).to_have_value(f"{sandbox}/fhir")
    page.get_by_label("FHIR server").fill(ehr)
    page.get_by_role("button", name="Sign in there").click()
    page.get_by_role("link", name="Rosa Vogel").click()

    _shown(page)
    expect(page.locator("#banner")).to_contain_text("Rosa Vogel")


def test_only_servers_that_are_listed_may_launch_it(
    page: Page, sandbox: str, ehr: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Another is not even asked; and if it were, the policy of the page would not let it be."""
    with serving(tmp_path_factory, smart_servers=json.dumps([{"iss": f"{sandbox}/fhir", "client_id": "x"}])) as strict:
        sent = _requests(page)
        page.goto(launch_url(strict, ehr))
        _not_shown(page, "this FHIR server may not launch the app")
        assert not [each.url for each in sent if each.url.startswith(ehr)]
        other = page.context.new_page()  # its console may tell of the policy
        other.goto(f"{strict}/smart/callback")
        said = other.evaluate("url => fetch(url).then(() => 'reached', () => 'not reached')", f"{ehr}/metadata")
        assert said == "not reached"
        policy = page.request.get(f"{strict}/smart/callback").headers["content-security-policy"]
        assert f"connect-src 'self' {sandbox};" in policy


@pytest.mark.parametrize("iss", ["javascript:alert(1)", "nonsense", "http://user:word@127.0.0.1/fhir", "file:///etc"])
def test_what_is_no_fhir_server_launches_nothing(page: Page, sandbox: str, iss: str) -> None:
    """Whatever stands in the address."""
    page.goto(launch_url(sandbox, iss))

    _not_shown(page, "this FHIR server may not launch the app")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"authorization_endpoint": "javascript:document.title='run'"}, "authorization_endpoint is no https URL"),
        ({"token_endpoint": "data:text/plain,x"}, "token_endpoint is no https URL"),
        ({"code_challenge_methods_supported": ["plain"]}, "does not support PKCE with S256"),
    ],
)
def test_a_hostile_configuration_leads_nowhere(
    page: Page, sandbox: str, ehr: str, changed: dict[str, object], said: str
) -> None:
    """Endpoints are checked before anybody is sent there."""

    def answer(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), **changed}, headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/.well-known/smart-configuration", answer)
    page.goto(launch_url(sandbox, ehr))

    _not_shown(page, said)
    assert page.title() == "Launch · ros1-cds"


def test_an_answer_that_this_tab_did_not_ask_for_is_not_taken(page: Page, sandbox: str, ehr: str) -> None:
    """A code under a state that is not known, or one that comes a second time, is not exchanged."""
    sent = _requests(page)
    page.goto(f"{sandbox}/smart/callback?code=stolen&state=unknown")
    _not_shown(page, "it was not begun in this tab")
    page.goto(launch_url(sandbox, ehr))
    _shown(page)
    answer = next(each.url for each in sent if "/smart/callback?code=" in each.url and "stolen" not in each.url)
    page.goto(answer)
    _not_shown(page, "it was not begun in this tab")
    assert len([each for each in sent if each.url.endswith("/demo/token")]) == 1


def test_a_refusal_is_told(page: Page, sandbox: str, ehr: str) -> None:
    """In the words of the authorization server."""
    page.goto(launch_url(sandbox, ehr, patient="nobody"))

    _not_shown(page, "invalid_request, no such launch")


def test_a_record_that_cannot_be_read_whole_is_not_shown_as_whole(page: Page, sandbox: str, ehr: str) -> None:
    """A search that fails is said; a link to a next page elsewhere is not followed, and the part is said to be one."""
    page = page.context.new_page()  # its console may tell of what fails
    sent = _requests(page)
    elsewhere = {"relation": "next", "url": "http://127.0.0.1:9/fhir/Condition?page=2"}

    def linked(route: Route) -> None:
        found = route.fetch().json()
        route.fulfill(json={**found, "link": [elsewhere]}, headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/fhir/Condition?*", linked)
    page.route("**/fhir/MedicationRequest?*", lambda route: route.abort())
    page.goto(launch_url(sandbox, ehr))

    _shown(page)
    notes = page.locator("#evidence .panel").first
    expect(notes).to_contain_text("medications: could not be had from the EHR")
    expect(notes).to_contain_text("diagnoses: the EHR sent only a part of them")
    assert not [each.url for each in sent if ":9/" in each.url]


def test_text_of_a_record_is_only_text(page: Page, sandbox: str, ehr: str) -> None:
    """In the banner, in facts: nothing of it runs, and nothing of it is drawn."""
    hostile = "<img src=x onerror=alert(1)>[x](https://evil.example.org)"

    def renamed(route: Route) -> None:
        patient = {**route.fetch().json(), "name": [{"text": hostile}]}
        route.fulfill(json=patient, headers={"Access-Control-Allow-Origin": "*"})

    def reworded(route: Route) -> None:
        found = json.dumps(route.fetch().json()).replace("CD74::ROS1", "CD74::ROS1 " + hostile)
        route.fulfill(body=found, content_type="application/fhir+json", headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/fhir/Patient/*", renamed)
    page.route("**/fhir/Observation?*", reworded)
    page.goto(launch_url(sandbox, ehr))

    _shown(page)
    expect(page.locator("#banner")).to_contain_text("<img src=x")
    expect(page.locator("#evidence img, #banner img, a[href*='evil']")).to_have_count(0)
