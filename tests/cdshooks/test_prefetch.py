"""Prefetch comes in many shapes; each is told apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from cdshooks.prefetch import PrefetchResult, PrefetchState, read_value
from cdshooks.request import read
from tests.cdshooks.bodies import encoded
from tests.cdshooks.hello import OFFERED

OBSERVATION = {"resourceType": "Observation", "id": "1"}
MATCH = {"resource": OBSERVATION, "search": {"mode": "match"}}
NEXT = {"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}


def outcome(severity: str, **issue: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return an OperationOutcome with one issue."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "processing", **issue}]}


def bundle(*entries: Any, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return a searchset."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries), **members}


def both_ways(value: Any) -> PrefetchResult:  # noqa: ANN401 - any JSON value
    """Read the value in a request and by itself, which must not differ; return the result."""
    result = read(encoded(prefetch={"key": value}), OFFERED).prefetched("key")
    alone = read_value("key", Raw(json.dumps(value).encode()), path="prefetch.key")
    assert (result.state, result.problem, paths(result)) == (alone.state, alone.problem, paths(alone))
    return result


def paths(result: PrefetchResult) -> list[str]:
    """Return the places of the resources."""
    return [resource.path for resource in result.resources]


SATISFIED = {
    "a searchset": (
        bundle(MATCH, MATCH, total=2),
        ["prefetch.key.entry[0].resource", "prefetch.key.entry[1].resource"],
    ),
    "a collection": (bundle(MATCH) | {"type": "collection"}, ["prefetch.key.entry[0].resource"]),
    "a Bundle without type": ({"resourceType": "Bundle", "entry": [MATCH]}, ["prefetch.key.entry[0].resource"]),
    "entries without search mode": (bundle({"resource": OBSERVATION}, total=1), ["prefetch.key.entry[0].resource"]),
    "included resources beside the matches": (
        bundle(MATCH, {"resource": OBSERVATION, "search": {"mode": "include"}}, total=1),
        ["prefetch.key.entry[0].resource", "prefetch.key.entry[1].resource"],
    ),
    "a server's information beside the matches": (
        bundle(MATCH, {"resource": outcome("information"), "search": {"mode": "outcome"}}, total=1),
        ["prefetch.key.entry[0].resource"],
    ),
    "other links than next": (
        bundle(MATCH, link=[{"relation": "self", "url": "x"}]),
        ["prefetch.key.entry[0].resource"],
    ),
    "a single resource": (OBSERVATION, ["prefetch.key"]),
    "the wrapper of CDS Hooks 0.x": (
        {"response": {"status": "200 OK"}, "resource": OBSERVATION},
        ["prefetch.key.resource"],
    ),
    "that wrapper with a status that is a number": (
        {"response": {"status": 200}, "resource": OBSERVATION},
        ["prefetch.key.resource"],
    ),
    "a searchset in the answer to a batch": (
        bundle({"response": {"status": "200"}, "resource": bundle(MATCH, MATCH)}) | {"type": "batch-response"},
        ["prefetch.key.entry[0].resource.entry[0].resource", "prefetch.key.entry[0].resource.entry[1].resource"],
    ),
    "a searchset in that wrapper": (
        {"response": {"status": "200"}, "resource": bundle(MATCH)},
        ["prefetch.key.resource.entry[0].resource"],
    ),
}


@pytest.mark.requirement("G6")
@pytest.mark.parametrize(("value", "places"), SATISFIED.values(), ids=SATISFIED)
def test_a_key_is_satisfied_by(value: object, places: list[str]) -> None:
    """Every shape in which clients send resources gives those resources, each with its place."""
    result = both_ways(value)
    assert (result.state, result.problem) == (PrefetchState.SATISFIED, None)
    assert paths(result) == places
    assert json.loads(bytes(result.resources[0].content)) == OBSERVATION


EMPTY = {
    "null": None,
    "a searchset without entries": bundle(total=0),
    "a Bundle without entry": {"resourceType": "Bundle", "type": "searchset", "total": 0},
    "a server's information and nothing else": bundle({"resource": outcome("warning"), "search": {"mode": "outcome"}}),
    "the old wrapper with null": {"response": {"status": "200 OK"}, "resource": None},
}


@pytest.mark.requirement("G1")
@pytest.mark.parametrize("value", EMPTY.values(), ids=EMPTY)
def test_a_key_is_empty_with(value: object) -> None:
    """Null and a search without entries mean that the client looked and there is nothing."""
    result = both_ways(value)
    assert (result.state, result.problem, result.resources) == (PrefetchState.EMPTY, None, ())


ABSENT = {"another key": {"other": None}, "no keys": {}, "null": None, "no prefetch": ...}


@pytest.mark.requirement("G1", "G5", "P6")
@pytest.mark.parametrize("prefetch", ABSENT.values(), ids=ABSENT)
def test_a_key_that_was_not_sent_is_absent(prefetch: object) -> None:
    """A request may hold other keys, none, or no prefetch at all."""
    assert read(encoded(prefetch=prefetch), OFFERED).prefetched("key").state == PrefetchState.ABSENT


FAILED = {
    "an OperationOutcome": (outcome("error", details={"text": "no scope"}), "the EHR's query failed: no scope"),
    "one with diagnostics": (outcome("fatal", diagnostics="timed out"), "the EHR's query failed: timed out"),
    "one with a code only": (outcome("error"), "the EHR's query failed: processing"),
    "one without issues": ({"resourceType": "OperationOutcome"}, "the EHR's query failed: it gave no reason"),
    "one that only informs": (outcome("information"), "the EHR sent a message in place of data"),
    "one that cannot be read": (
        {"resourceType": "OperationOutcome", "issue": 5},
        "the EHR's query failed with a reason that cannot be read",
    ),
    "a searchset with nothing but an error": (
        bundle({"resource": outcome("error", details={"text": "no scope"}), "search": {"mode": "outcome"}}),
        "the EHR's query failed: no scope",
    ),
    "the old wrapper with an error status": (
        {"response": {"status": "404 Not Found"}, "resource": None},
        "the EHR's query failed: HTTP status 404 Not Found",
    ),
    "the old wrapper without a status": ({"response": 5}, "the EHR's query failed: HTTP status unknown"),
    "an empty object": ({}, "not a FHIR resource: an object without resourceType"),
    "an object of another kind": ({"id": "1"}, "not a FHIR resource: an object without resourceType"),
    "a resourceType that is no text": ({"resourceType": 5}, "not a FHIR resource: its resourceType is not a text"),
    "a text": ("[]", "not a FHIR resource but a text"),
    "a number": (5, "not a FHIR resource but a number"),
    "a boolean": (False, "not a FHIR resource but a boolean"),
    "an array": ([MATCH], "not a FHIR resource but an array"),
    "a Bundle whose entry is no array": (
        {"resourceType": "Bundle", "entry": {}},
        "not a readable Bundle: its entry is not an array",
    ),
}


@pytest.mark.requirement("G2")
@pytest.mark.parametrize(("value", "problem"), FAILED.values(), ids=FAILED)
def test_a_key_has_failed_with(value: object, problem: str) -> None:
    """An OperationOutcome, and whatever is no FHIR resource, means failed, never empty."""
    result = both_ways(value)
    assert (result.state, result.problem, result.resources) == (PrefetchState.FAILED, problem, ())


INCOMPLETE = {
    "a next link": (bundle(MATCH, link=[NEXT]), "more pages were not sent"),
    "a next link and no entry": (bundle(link=[NEXT]), "more pages were not sent"),
    "a larger total": (bundle(MATCH, total=7), "the search found 7, but 1 were sent"),
    "an error among the entries": (
        bundle(MATCH, {"resource": outcome("error", details={"text": "one shard"}), "search": {"mode": "outcome"}}),
        "the EHR's query failed: one shard",
    ),
    "an error without search mode": (
        bundle({"resource": OBSERVATION}, {"resource": outcome("error", diagnostics="one shard")}),
        "the EHR's query failed: one shard",
    ),
    "an entry without resource": (bundle(MATCH, {"fullUrl": "https://ehr.example.org/1"}), "entry 1 holds no resource"),
    "an entry that is no object": (bundle(MATCH, 5), "entry 1 cannot be read; entry 1 holds no resource"),
    "a total that is no number": (
        bundle(MATCH, total="1"),
        "its link or total cannot be read, so pages may be missing",
    ),
    "a link that is no array": (bundle(MATCH, link={}), "its link or total cannot be read, so pages may be missing"),
}


@pytest.mark.requirement("G2", "G3")
@pytest.mark.parametrize(("value", "problem"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_a_key_is_incomplete_with(value: object, problem: str) -> None:
    """More pages, a partial search, or an entry that cannot be read: what is not there is not known to be absent."""
    result = both_ways(value)
    assert (result.state, result.problem) == (PrefetchState.INCOMPLETE, problem)


def test_long_messages_of_the_ehr_are_shortened() -> None:
    """An EHR's message is quoted up to 200 characters."""
    result = both_ways(outcome("error", details={"text": "x" * 5000}))
    assert result.problem == f"the EHR's query failed: {'x' * 200}..."


def test_one_odd_key_leaves_the_others_whole() -> None:
    """A key of another shape changes nothing for its neighbours."""
    odd = read(encoded(prefetch={"odd": 5, "good": bundle(MATCH, total=1), "none": None}), OFFERED)
    states = {key: odd.prefetched(key).state for key in ("odd", "good", "none", "other")}
    assert states == {
        "odd": PrefetchState.FAILED,
        "good": PrefetchState.SATISFIED,
        "none": PrefetchState.EMPTY,
        "other": PrefetchState.ABSENT,
    }


@pytest.mark.parametrize("entry", [1, {}], ids=["numbers", "empty objects"])
def test_a_flood_of_entries_that_cannot_be_read_is_left_alone(entry: object) -> None:
    """Reading stops early, says so, and does not pass for an answer."""
    result = both_ways(bundle(MATCH, *[entry] * 5000, MATCH))

    assert result.state is PrefetchState.INCOMPLETE
    assert "the rest was not read" in (result.problem or "")
    assert len(result.problem or "") < 1000


def test_a_bundle_within_that_has_more_pages_is_incomplete() -> None:
    """What is missing within is missing."""
    result = both_ways(bundle({"resource": bundle(MATCH, link=[NEXT])}))

    assert (result.state, result.problem) == (PrefetchState.INCOMPLETE, "more pages were not sent")
