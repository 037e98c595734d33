"""Fetching from a real FHIR server over real connections: what it brings, and what every fault of it becomes."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import pytest

from cdshooks import fallback as fallback_
from cdshooks import hooks, log, metrics, tracing
from cdshooks.fallback import Fallback, Fetches
from cdshooks.prefetch import PrefetchResult, PrefetchState
from cdshooks.request import OfferedHook, read
from cdshooks.settings import Settings, WhenUnfetched
from tests.cdshooks.bodies import context, encoded
from tests.cdshooks.fhir_stub import Answer, Asked, Stub, bundle, in_chunks, outcome, resource, serving, zipped

TEMPLATES = {
    "observations": "Observation?patient={{context.patientId}}&category=laboratory&_sort=-date",
    "conditions": "Condition?patient={{context.patientId}}",
}
OFFERED = {name: OfferedHook.of(hook) for name, hook in hooks.find().items()}
RESULT = {"resourceType": "Observation", "id": "1", "subject": {"reference": "Patient/patient-1"}}
MEDICATION = {"resourceType": "Medication", "id": "m1", "code": {"text": "a drug"}}
PATIENCE = 10_000  # milliseconds; a busy machine is no reason to fail
BRIEF = 250
MEGABYTE = 1024 * 1024


@pytest.fixture
def server() -> Iterator[Stub]:
    """Return a FHIR server that finds nothing, until it is told otherwise."""
    with serving(lambda _: bundle()) as stub:
        yield stub


def fallback(**settings: Any) -> Fallback:  # noqa: ANN401 - values of settings
    """Return a fallback as a sandbox has it."""
    return Fallback(
        Settings.for_sandbox(**{"fetch_milliseconds": PATIENCE, "when_unfetched": "refuse", **settings}), TEMPLATES
    )


def fetches(server: Stub | str, *, settings: Mapping[str, Any] | None = None, **request: Any) -> Fetches:  # noqa: ANN401
    """Return what can be fetched for a request that names this server."""
    base = server if isinstance(server, str) else server.base
    body = encoded(**{"fhirServer": base, "prefetch": {"conditions": None}, **request})
    return fallback(**(settings or {})).of(read(body, OFFERED))


def fetched(server: Stub | str, **more: Any) -> PrefetchResult:  # noqa: ANN401 - as above
    """Return how the key that was not sent came."""
    data = fetches(server, **more)
    data.fetch()
    return data.result("observations")


@dataclass
class _Span:
    """A span that says what it was told, also when it is entered."""

    name: str
    told: dict[str, Any]
    spans: list[_Span]

    def __enter__(self) -> Self:
        """Note that it began."""
        self.spans.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""

    def set_attribute(self, key: str, value: object) -> None:
        """Note what it is told."""
        self.told[key] = value


def token(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return a fhirAuthorization."""
    whole = {"access_token": "s3cret", "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": "ros1-cds"}
    return {**whole, **members}


@pytest.mark.requirement("F4", "F5", "G1")
def test_an_absent_key_is_fetched_with_the_token(server: Stub) -> None:
    """The template becomes the query, the token its header; what it brings counts as if it had been sent."""
    server.respond = lambda _: bundle(RESULT)

    result = fetched(server, fhirAuthorization=token())

    assert (result.state, len(result.resources)) == (PrefetchState.SATISFIED, 1)
    [asked] = server.asked
    assert asked.path == "/fhir/Observation"
    assert asked.query == {"patient": ["Patient/patient-1"], "category": ["laboratory"], "_sort": ["-date"]}
    assert asked.headers["Authorization"] == "Bearer s3cret"
    assert "Cookie" not in asked.headers


def test_an_answer_in_chunks_and_packed_is_read(server: Stub) -> None:
    """Servers choose how they send: gzip and chunks are unpacked."""
    packed = Answer(body=gzip.compress(bundle(RESULT).body), headers={"Content-Encoding": "gzip"})
    server.respond = lambda _: in_chunks(packed)

    assert fetched(server).state is PrefetchState.SATISFIED


def test_without_a_token_none_is_sent(server: Stub) -> None:
    """An open server, as in a sandbox, is asked without one; so it is with the empty token that real clients send."""
    fetched(server)
    fetched(server, fhirAuthorization=token(access_token=""))

    assert len(server.asked) == 2
    assert not any("Authorization" in asked.headers for asked in server.asked)


@pytest.mark.requirement("G1", "G2")
@pytest.mark.parametrize(
    "sent",
    [
        None,
        {"resourceType": "Bundle", "type": "searchset"},
        {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]},
        {"resourceType": "Bundle", "entry": [{"resource": RESULT}]},
    ],
    ids=["null", "empty", "OperationOutcome", "data"],
)
def test_what_was_sent_is_not_fetched_again(server: Stub, sent: object) -> None:
    """Null and empty mean that there is nothing, an OperationOutcome that the query failed: none is asked for again."""
    data = fetches(server, prefetch={"conditions": None, "observations": sent})

    assert not data.fetch()
    assert server.asked == []


def test_nothing_is_fetched_without_a_server(server: Stub) -> None:
    """No fhirServer: the key stays absent."""
    result = fetched(server, fhirServer=...)

    assert result.state is PrefetchState.ABSENT
    assert result.unfetched is None


def test_no_request_waits_for_a_key_that_is_fetched_only_beside_others(server: Stub) -> None:
    """Where it alone is missing it is left, where others are fetched it comes along."""
    settings = Settings.for_sandbox(fetch_milliseconds=PATIENCE)
    source = Fallback(settings, TEMPLATES, only_beside=frozenset({"conditions"}))
    alone = source.of(read(encoded(fhirServer=server.base, prefetch={"observations": None}), OFFERED))
    beside = source.of(read(encoded(fhirServer=server.base), OFFERED))

    assert not alone.fetch()
    assert server.asked == []
    assert beside.fetch()
    assert server.paths == ["/fhir/Condition", "/fhir/Observation"]


@pytest.mark.requirement("G3")
def test_further_pages_are_followed(server: Stub) -> None:
    """Of our own search and of a Bundle that the client sent, until there is no next link."""
    pages = [bundle({**RESULT, "id": str(number)}, next_=f"{server.base}?page={number}") for number in range(3)]
    server.respond = lambda asked: pages[int(asked.query["page"][0]) + 1] if "page" in asked.query else pages[0]
    pages[-1] = bundle(RESULT, total=3)
    first = {"resourceType": "Bundle", "total": 3, "entry": [{"resource": RESULT}]}
    first["link"] = [{"relation": "next", "url": f"{server.base}?page=0"}]

    searched = fetched(server)
    continued = fetched(server, prefetch={"conditions": None, "observations": first})

    for result in (searched, continued):
        assert (result.state, len(result.resources), result.problem) == (PrefetchState.SATISFIED, 3, None)


@pytest.mark.parametrize("link", ["?page=2", "/fhir?page=2", "Observation?page=2"])
def test_a_relative_next_link_is_followed(server: Stub, link: str) -> None:
    """FHIR lets servers write links relative to their base."""
    server.respond = lambda asked: bundle(RESULT) if "page" in asked.query else bundle(RESULT, next_=link)

    assert len(fetched(server).resources) == 2


@pytest.mark.requirement("F7", "G3")
@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("http://127.0.0.1:1/fhir?page=2", "at another address"),
        ("http://localhost:{port}/fhir?page=2", "at another address"),
        ("https://127.0.0.1:{port}/fhir?page=2", "at another address"),
        ("http://127.0.0.1:{port}/other?page=2", "at another address"),
        ("http://127.0.0.1:{port}/fhir/../other?page=2", "at another address"),
        ("http://127.0.0.1:{port}/fhir/%2e%2e/other", "at another address"),
        ("http://127.0.0.1:{port}/fhirs?page=2", "at another address"),
        ("http://127.0.0.1:{port}@evil.example.org/fhir", "no plain http or https URL"),
        ("//evil.example.org/fhir?page=2", "no plain http or https URL"),
        ("file:///etc/passwd", "no plain http or https URL"),
        ("", "no plain http or https URL"),
        ("http://127.0.0.1:{port}/fhir?page=" + "9" * 5000, "no plain http or https URL"),
    ],
)
def test_a_next_link_to_another_place_is_not_followed(server: Stub, link: str, words: str) -> None:
    """Neither to another origin nor out of the base: the page that came counts, and the rest is said to be missing."""
    server.respond = lambda _: bundle(RESULT, next_=link.format(port=server.port))

    result = fetched(server, fhirAuthorization=token())

    assert (result.state, len(result.resources)) == (PrefetchState.INCOMPLETE, 1)
    assert words in (result.problem or "")
    assert len(server.asked) == 1


def test_pages_without_end_are_given_up(server: Stub) -> None:
    """After twenty pages, or when they lead in a circle, the rest is said to be missing."""
    server.respond = lambda asked: bundle(
        RESULT, next_=f"{server.base}?page={int(asked.query.get('page', ['0'])[0]) + 1}"
    )
    endless = fetched(server)
    server.respond = lambda _: bundle(RESULT, next_=f"{server.base}?page=1")
    circle = fetched(server)

    assert (endless.state, len(endless.resources)) == (PrefetchState.INCOMPLETE, 20)
    assert "more than 20" in (endless.problem or "")
    assert (circle.state, len(circle.resources)) == (PrefetchState.INCOMPLETE, 2)
    assert "in a circle" in (circle.problem or "")


def test_a_total_above_the_entries_is_incomplete(server: Stub) -> None:
    """A server that offers no next link, but says that it found more: it is not all."""
    server.respond = lambda _: bundle(RESULT, total=40)

    assert fetched(server).problem == "the search found 40, but 1 were sent"


def test_a_page_that_fails_leaves_the_others(server: Stub) -> None:
    """What came counts; why there is no more is said, with what the server says."""
    server.respond = lambda asked: (
        outcome("page expired", status=410) if asked.query.get("page") else bundle(RESULT, next_="?page=1")
    )
    result = fetched(server)

    assert (result.state, len(result.resources)) == (PrefetchState.INCOMPLETE, 1)
    assert "HTTP status 410" in (result.problem or "")
    assert "page expired" in (result.problem or "")


FAULTS: dict[str, tuple[Answer, str]] = {
    "401": (Answer(status=401), "refused the access (HTTP status 401)"),
    "403": (outcome("not for you", status=403), "refused the access (HTTP status 403)"),
    "404": (Answer(status=404), "HTTP status 404"),
    "500": (outcome("out of order", status=500), "HTTP status 500"),
    "429 with a long Retry-After": (Answer(status=429, headers={"Retry-After": "30"}), "HTTP status 429"),
    "429 with nonsense": (Answer(status=429, headers={"Retry-After": "soon"}), "HTTP status 429"),
    "503 for good": (Answer(status=503), "HTTP status 503"),
    "a redirect": (Answer(status=302, headers={"Location": "http://127.0.0.1:1/"}), "not followed (HTTP status 302)"),
    "204": (Answer(status=204), "HTTP status 204"),
    "a connection that is dropped": (Answer(drop=True), "broke off"),
    "half a body": (Answer(body=b"{}", headers={"Content-Length": "100"}), ""),
    "HTML": (Answer(body=b"<p>Log in</p>", content_type="text/html"), "not FHIR JSON"),
    "XML": (Answer(body=b"<Bundle/>", content_type="application/fhir+xml"), "not FHIR JSON"),
    "no content type": (Answer(body=b"{}", content_type=None), "not FHIR JSON"),
    "nothing": (Answer(), "not FHIR JSON"),
    "half a JSON text": (Answer(body=b'{"resourceType": "Bundle"'), "not FHIR JSON"),
    "bytes that are not UTF-8": (Answer(body=b'{"resourceType": "\xff"}'), "not FHIR JSON"),
    "deep nesting": (Answer(body=b'{"a":' * 100_000 + b"1" + b"}" * 100_000), "nested too deeply"),
    "deep nesting in a resource": (
        Answer(body=b'{"resourceType":"Bundle","entry":[{"resource":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}"),
        "nested too deeply",
    ),
    "an OperationOutcome": (outcome("no such parameter"), "answered with an error"),
    "a number": (Answer(body=b"7"), "answered with an error"),
    "a huge body": (Answer(body=b" " * (2 * MEGABYTE)), "more data than this server takes"),
    "a gzip bomb": (zipped(50 * MEGABYTE), "more data than this server takes"),
    "a gzip bomb in chunks": (in_chunks(zipped(50 * MEGABYTE)), "more data than this server takes"),
    "broken gzip": (Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"}), "broke off"),
    "too slow": (Answer(wait=2), "no answer in time"),
    "a byte at a time": (Answer(body=b"{}" + b" " * 1000, drip=0.02), "no answer in time"),
}


@pytest.mark.requirement("G4", "F7")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_server_is_said_and_costs_no_more_than_the_time(server: Stub, name: str) -> None:
    """The key stays absent with the reason in our own words; the whole attempt ends with its time."""
    answer, words = FAULTS[name]
    server.respond = lambda _: answer
    started = time.monotonic()

    result = fetched(server, settings={"fetch_milliseconds": BRIEF * 2, "max_body_bytes": MEGABYTE})

    assert result.state is PrefetchState.ABSENT
    assert words in (result.unfetched or "")
    assert result.resources == ()
    assert time.monotonic() - started < 4


def test_what_an_outcome_says_is_quoted_on_cards_only(server: Stub) -> None:
    """The words of the server may hold anything: they stand in ``problem``, never in our own reason."""
    server.respond = lambda _: outcome("row of Jane Doe is locked", status=500)

    result = fetched(server)

    assert "Jane Doe" in (result.problem or "")
    assert "Jane Doe" not in (result.unfetched or "")


def test_a_failure_can_become_a_card(server: Stub) -> None:
    """Where clients show an error as "all clear", a setting turns what could not be had into a failed key."""
    server.respond = lambda _: Answer(status=500)

    assert fetched(server, settings={"when_unfetched": WhenUnfetched.CARD}).state is PrefetchState.FAILED


@pytest.mark.parametrize(
    "first", [Answer(status=503), Answer(status=429, headers={"Retry-After": "0"}), Answer(drop=True)]
)
def test_what_may_have_passed_is_tried_again(server: Stub, first: Answer) -> None:
    """A busy server and a lost connection get another try, as reading changes nothing."""
    answers = [first, bundle(RESULT)]
    server.respond = lambda _: answers.pop(0)

    assert fetched(server).state is PrefetchState.SATISFIED
    assert len(server.asked) == 2


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=401), Answer(status=404), outcome("no")])
def test_what_will_not_pass_is_not_tried_again(server: Stub, answer: Answer) -> None:
    """An error that the next try would meet too, and an OperationOutcome, are taken as they are."""
    server.respond = lambda _: answer

    fetched(server)

    assert len(server.asked) == 1


def test_retry_after_is_honoured_inside_the_time(server: Stub) -> None:
    """A second is waited for where there is time for it; a wait that is longer than the time is not begun."""
    answers = [Answer(status=503, headers={"Retry-After": after}) for after in ("1", "9")]
    answers.insert(1, bundle(RESULT))
    server.respond = lambda _: answers.pop(0)
    started = time.monotonic()
    assert fetched(server).state is PrefetchState.SATISFIED
    assert time.monotonic() - started >= 1

    started = time.monotonic()
    assert fetched(server, settings={"fetch_milliseconds": 8000}).state is PrefetchState.ABSENT
    assert time.monotonic() - started < 6


def test_all_is_fetched_side_by_side_over_kept_connections(server: Stub) -> None:
    """Two keys and three references take the time of the slowest, and the next request finds the connections open."""

    def respond(asked: Asked) -> Answer:
        time.sleep(0.2)
        kind, _, id_ = asked.path.removeprefix("/fhir/").partition("/")
        return resource({**MEDICATION, "id": id_}) if kind == "Medication" else bundle()

    server.respond = respond
    source = fallback()
    started = time.monotonic()
    for _ in range(2):
        data = source.of(read(encoded(fhirServer=server.base), OFFERED))
        data.fetch([f"Medication/m{number}" for number in range(3)], type_="Medication")
        assert [data.result(key).state for key in TEMPLATES] == [PrefetchState.EMPTY] * 2
        assert len(data.referred) == 3
    assert time.monotonic() - started < 0.2 * 8
    assert len(server.asked) == 10
    assert len({asked.connection for asked in server.asked}) == 5


@pytest.mark.parametrize(
    ("reference", "read_", "words"),
    [
        ("Medication/m1", True, None),
        ("Medication/m1/_history/3", True, None),
        ("{base}/Medication/m1", True, None),
        ("http://elsewhere.example.org/fhir/Medication/m1", False, "another address"),
        ("Medication/other", True, "another resource"),
        ("Patient/m1", False, "missing or unusable"),
        ("Medication/../Patient/m1", False, "missing or unusable"),
        ("Medication?patient=2", False, ""),
        ("Medication/m1?patient=2", False, "missing or unusable"),
        ("urn:uuid:b5b0a5a1-0000-4000-8000-000000000000", False, ""),
        ("observations", False, ""),
    ],
)
def test_a_reference_is_read(server: Stub, reference: str, read_: bool, words: str | None) -> None:  # noqa: FBT001
    """A resource of the type that is asked for, on this server, and the very one."""
    server.respond = lambda _: resource(MEDICATION)
    data = fetches(server, prefetch=dict.fromkeys(TEMPLATES))
    reference = reference.format(base=server.base)

    data.fetch([reference], type_="Medication")

    assert (len(server.asked) == 1) is read_
    assert bool(data.referred) is (words is None)
    assert (words or "") in (data.result(reference).unfetched or "")


def test_references_are_bounded(server: Stub) -> None:
    """No more than twenty are read: a record full of them must not keep the server busy."""
    server.respond = lambda asked: resource({**MEDICATION, "id": asked.path.rsplit("/", 1)[1]})
    data = fetches(server, prefetch=dict.fromkeys(TEMPLATES))

    data.fetch([f"Medication/m{number}" for number in range(25)], type_="Medication")

    assert (len(server.asked), len(data.referred)) == (20, 20)


def test_what_went_wrong_is_told_of_that_alone(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a read that fails, and after it, those that succeed are counted, traced and logged as brought."""

    def respond(asked: Asked) -> Answer:
        id_ = asked.path.rsplit("/", 1)[1]
        return Answer(status=500) if id_ == "bad" else resource({**MEDICATION, "id": id_})

    counted: list[str] = []
    spans: list[_Span] = []
    logged: list[Any] = []
    monkeypatch.setattr(metrics, "fetched", counted.append)
    monkeypatch.setattr(log, "event", lambda _, **members: logged.append(members["reasons"]))
    monkeypatch.setattr(tracing, "span", lambda name, **told: _Span(name, told, spans))
    server.respond = respond
    data = fetches(server, prefetch=dict.fromkeys(TEMPLATES))

    data.fetch(["Medication/m1", "Medication/bad", "Medication/m2"], type_="Medication")
    data.fetch(["Medication/m3"], type_="Medication")

    assert counted == ["brought", "error_status", "brought", "brought"]
    outcomes = [each.told["cds.outcome"] for each in spans if each.name == "fetch"]
    assert sorted(outcomes) == ["brought", "brought", "brought", "error_status"]
    assert {each.told["cds.fetch"] for each in spans if each.name == "fetch"} == {"Medication"}
    assert logged == [{"Medication": "error_status"}, {}]


def test_all_calls_for_a_request_share_its_time(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second call gets no time of its own: what the first one used up is gone."""
    server.respond = lambda _: resource(MEDICATION)
    data = fetches(server)
    with monkeypatch.context() as past:
        past.setattr(fallback_, "monotonic", lambda: time.monotonic() - PATIENCE / 1000)  # all its time ago
        data.fetch()

    data.fetch(["Medication/m1"], type_="Medication")

    assert "no answer in time" in (data.result("Medication/m1").unfetched or "")
    assert server.asked == []


def test_each_thing_is_tried_once(server: Stub) -> None:
    """A second call fetches only what is new."""
    server.respond = lambda _: Answer(status=500)
    data = fetches(server)

    assert data.fetch()
    assert not data.fetch()
    assert data.fetch(["Medication/m1"], type_="Medication")
    assert len(server.asked) == 2


@pytest.mark.requirement("F3")
def test_a_key_that_the_scopes_do_not_cover_is_not_tried(server: Stub) -> None:
    """Scopes of SMART v1 and v2 are understood; a missing one is said."""
    result = fetched(server, fhirAuthorization=token(scope="launch patient/Condition.read user/Medication.rs"))

    assert server.asked == []
    assert "do not cover it (Observation)" in (result.unfetched or "")


@pytest.mark.requirement("F3")
def test_what_a_granular_scope_leaves_out_is_missing(server: Stub) -> None:
    """A token for vital signs brings some Observations: what it does not bring is not known to be absent."""
    scope = "patient/Observation.rs?category=vital-signs"

    assert fetched(server, fhirAuthorization=token(scope=scope)).state is PrefetchState.INCOMPLETE
    scope = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
    assert fetched(server, fhirAuthorization=token(scope=scope)).state is PrefetchState.EMPTY


def test_what_failed_stays_failed_whatever_the_token_covers(server: Stub) -> None:
    """A search that brought an error on each page is not taken for one of which some came."""
    refusal = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    first = {"resourceType": "Bundle", "entry": [{"resource": refusal}]}
    first["link"] = [{"relation": "next", "url": f"{server.base}?page=1"}]
    server.respond = lambda _: bundle(refusal)
    narrow = token(scope="patient/Observation.rs?category=vital-signs")

    result = fetched(server, prefetch={"conditions": None, "observations": first}, fhirAuthorization=narrow)

    assert len(server.asked) == 1
    assert result.state is PrefetchState.FAILED


def test_a_read_is_whole_whatever_a_granular_scope_leaves_out(server: Stub) -> None:
    """One resource is there or not; only of a search may a part be missing."""
    server.respond = lambda _: resource(MEDICATION)
    narrow = token(scope="patient/Medication.rs?status=active")
    data = fetches(server, prefetch=dict.fromkeys(TEMPLATES), fhirAuthorization=narrow)

    data.fetch(["Medication/m1"], type_="Medication")

    assert data.result("Medication/m1").state is PrefetchState.SATISFIED


@pytest.mark.requirement("F6")
def test_a_token_that_breaks_the_header_is_not_sent_and_never_shown(server: Stub) -> None:
    """Line ends in a token would write headers of their own."""
    data = fetches(server, fhirAuthorization=token(access_token="a\r\nX-Evil: 1"))  # noqa: S106 - no secret
    data.fetch()

    assert server.asked == []
    assert "cannot be sent" in (data.result("observations").unfetched or "")
    assert "Evil" not in repr(data.result("observations"))


@pytest.mark.requirement("F6")
def test_the_token_does_not_stand_in_the_request_s_own_words() -> None:
    """Whatever shows a request shows no token."""
    request = read(encoded(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=token()), OFFERED)

    assert "s3cret" not in repr(request)


def test_an_id_cannot_change_the_query(server: Stub) -> None:
    """What separates parameters in a URL, and values in FHIR, is escaped in ids."""
    fetched(server, context=context(patientId="1&code=x,2|3#y"))

    assert server.asked[0].query["patient"] == ["Patient/1&code=x\\,2\\|3#y"]
    assert "code" not in server.asked[0].query


@pytest.mark.parametrize("bound", [{"fetch_waiting": 2}, {"threads": 3}], ids=str)
def test_requests_that_wait_are_bounded(server: Stub, bound: dict[str, int]) -> None:
    """Beyond the bound nothing waits: it is said at once that too many do; one thread at least is never among them."""
    server.respond = lambda _: Answer(wait=1.5)
    source = fallback(**bound, fetch_milliseconds=1200)
    body = encoded(fhirServer=server.base)

    def ask(_: int) -> tuple[float, str]:
        data = source.of(read(body, OFFERED))
        started = time.monotonic()
        data.fetch()
        return time.monotonic() - started, data.result("observations").unfetched or ""

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(ask, range(8)))

    busy = [seconds for seconds, words in answers if "too many requests" in words]
    assert len(busy) == 6
    assert max(busy) < 0.9


def test_redirects_and_cookies_carry_nothing(server: Stub) -> None:
    """A cookie that one answer sets is not sent with the next request."""
    server.respond = lambda _: Answer(
        status=302, headers={"Set-Cookie": "session=1; Path=/", "Location": f"{server.base}/Observation"}
    )
    source = fallback()
    for _ in range(2):
        source.of(read(encoded(fhirServer=server.base, prefetch={"conditions": None}), OFFERED)).fetch()

    assert len(server.asked) == 2
    assert not any("Cookie" in asked.headers for asked in server.asked)


@pytest.mark.requirement("F6")
def test_no_library_logs_what_is_asked_for(server: Stub, caplog: pytest.LogCaptureFixture) -> None:
    """A URL holds the id of the patient; a strange header makes the library below warn of it, with the URL."""
    server.respond = lambda _: Answer(body=b"{}", headers={"X-Strange\nand": "more"})
    caplog.set_level("DEBUG")

    fetched(server)

    assert "patient-1" not in caplog.text


def test_a_proxy_of_the_environment_is_not_used(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor are its credentials: patients' data go to the FHIR server, and from there."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert fetched(server).state is PrefetchState.EMPTY
