"""SNOMED CT can be left out: codes outside the Global Patient Set, or all of them; the service still works."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cdshooks.app import create_app
from cdshooks.settings import Settings, SnomedCt
from knowledge.licensing import LicensedCodes
from knowledge.loader import load

_SNOMED = "http://snomed.info/sct"
_JOURNEYS = Path(__file__).parents[1] / "journeys"
_READABLE = ("ros1-fusion-pembrolizumab", "brain-metastases", "ros1-negative-pembrolizumab", "melanoma-nivolumab")
_GPS = {"254637007", "254632001", "94225005", "10828004", "260385009", "373808002"}
_LICENSED = {"716125002", "423121009", "399390009", "1222837003"}


@pytest.fixture(scope="module", params=[SnomedCt.GPS, SnomedCt.OFF])
def without(request: pytest.FixtureRequest) -> FlaskClient:
    """Return a client of the service with fewer or no SNOMED CT codes."""
    return create_app(Settings.for_sandbox(snomed_ct=request.param)).test_client()


@pytest.fixture(scope="module")
def off() -> FlaskClient:
    """Return a client of the service without any SNOMED CT code."""
    return create_app(Settings.for_sandbox(snomed_ct=SnomedCt.OFF)).test_client()


def _answer(client: FlaskClient, body: bytes) -> tuple[int, list[tuple[str, str]]]:
    answer = client.post("/cds-services/ros1-nsclc", data=body, content_type="application/json")
    cards = answer.get_json().get("cards", ())
    return answer.status_code, [(card["summary"], card["detail"]) for card in cards]


@pytest.mark.parametrize("journey", _READABLE)
def test_words_and_other_codes_carry_the_decision(journey: str, without: FlaskClient, client: FlaskClient) -> None:
    """Records that have words beside their codes get the same cards with and without SNOMED CT."""
    body = (_JOURNEYS / journey / "request.json").read_bytes()

    assert _answer(without, body) == _answer(client, body)


@pytest.mark.parametrize(
    "journey", [pytest.param(path.parent, id=path.parent.name) for path in _JOURNEYS.glob("*/request.json")]
)
def test_off_means_that_a_snomed_code_is_a_code_of_an_unknown_system(
    journey: Path, off: FlaskClient, client: FlaskClient
) -> None:
    """Nothing else changes: every journey is answered as if its SNOMED CT codes were those of a system nobody knows."""
    body = (journey / "request.json").read_bytes()

    assert _answer(off, body) == _answer(client, body.replace(_SNOMED.encode(), b"urn:uuid:unknown"))


@pytest.mark.parametrize(
    ("which", "known"),
    [(LicensedCodes.ALL, _GPS | _LICENSED), (LicensedCodes.FREE, _GPS), (LicensedCodes.NONE, set())],
)
def test_a_site_recognises_the_codes_that_it_may_use(which: LicensedCodes, known: set[str]) -> None:
    """All, those of the Global Patient Set, or none; never more."""
    knowledge = load(codes=which)

    recognised = {
        code for code in _GPS | _LICENSED if knowledge.concepts(_SNOMED, code) or knowledge.drugs_by_code(_SNOMED, code)
    }
    assert recognised == known


def test_other_systems_keep_all_their_codes() -> None:
    """Leaving out SNOMED CT takes no code of RxNorm, LOINC or ICD-10-CM along."""
    knowledge, without = load(), load(codes=LicensedCodes.NONE)

    for name in ("value_sets", "methods", "drugs", "drug_classes"):
        for id_, thing in getattr(knowledge, name).items():
            kept = getattr(without, name)[id_].codes
            assert kept == tuple(code for code in thing.codes if code.system != _SNOMED), id_


def test_no_product_that_a_card_orders_is_one_of_snomed_ct(off: FlaskClient) -> None:
    """Drafts and prefetch still say what they say without a licence."""
    for drug in load().drugs.values():
        assert not (drug.ros1 and drug.ros1.product and drug.ros1.product.system == _SNOMED), drug.id
    assert _SNOMED not in off.get("/cds-services").get_data(as_text=True)
