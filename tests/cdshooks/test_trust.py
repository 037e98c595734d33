"""Whom a token convinces, and whom not."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from cdshooks import log
from cdshooks.app import create_app
from cdshooks.errors import DeclarationError, Refusal, UnauthorizedError
from cdshooks.key_sets import KeySet
from cdshooks.settings import Algorithm, Settings, TrustedClient
from cdshooks.store.engine import open_store
from cdshooks.store.seen_tokens import SeenTokens
from cdshooks.trust import Issuer, Verifier
from tests.cdshooks.bodies import PATH, request
from tests.cdshooks.hello import service
from tests.cdshooks.tokens import BASE, ISS, Signer, bearer, production

AUDIENCE = f"{BASE}/cds-services/hello-world"
EHR = Signer()
RSA = Signer("RS384", kid="rsa")
STRANGER = Signer()
CLIENT = TrustedClient(iss=ISS, jku=f"{ISS}/jwks.json", tenants=("north", "south"))


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    """Return a verifier that trusts one EHR, which has an EC and an RSA key."""
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    return Verifier(
        issuers={ISS: Issuer(CLIENT, KeySet(lambda: EHR.jwks(RSA)))},
        algorithms=("ES384", "RS384"),
        skew=30,
        lifetime=600,
        seen=SeenTokens(store),
    )


def token(**changed: Any) -> str:  # noqa: ANN401 - claims
    """Return a good token of the EHR, but for what is changed."""
    return EHR.token(**({"tenant": "north"} | changed))


def now(seconds: float = 0) -> int:
    """Return the time that far from now."""
    return int(time.time() + seconds)


def changed_payload() -> str:
    """Return a good token whose claims were changed after it was signed."""
    header, _, signature = token().split(".")
    payload = token(jti="mine").split(".")[1]
    return f"{header}.{payload}.{signature}"


def without_signature(algorithm: str) -> str:
    """Return a token that says it needs no signature."""
    parts: list[dict[str, Any]] = [
        {"alg": algorithm, "typ": "JWT", "kid": "key-1"},
        {"iss": ISS, "aud": AUDIENCE, "iat": now(), "exp": now(60), "jti": "1", "tenant": "north"},
    ]
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), ""])


def signed_with_the_public_key() -> str:
    """Return a token that takes the EHR's public key for a shared secret."""
    claims = {"iss": ISS, "aud": AUDIENCE, "iat": now(), "exp": now(60), "jti": "1", "tenant": "north"}
    return jwt.encode(claims, EHR.jwk["x"], algorithm="HS384", headers={"kid": "key-1"})


GOOD: dict[str, Callable[[], str]] = {
    "ES384": token,
    "RS384": lambda: RSA.token(tenant="south"),
    "several audiences": lambda: token(audience=["https://other.example.org", AUDIENCE]),
    "an audience with two slashes": lambda: token(audience=f"{BASE}//cds-services/hello-world/"),
    "a clock that is a little behind": lambda: token(iat=now(-320), exp=now(-20)),
    "a clock that is a little ahead": lambda: token(iat=now(20), exp=now(320)),
    "times with fractions": lambda: token(iat=time.time(), exp=time.time() + 60.5),
    "the key set's URL in the header": lambda: EHR.signed(
        {"iss": ISS, "aud": AUDIENCE, "iat": now(), "exp": now(60), "jti": "1", "tenant": "north"}, jku=CLIENT.jku
    ),
}


@pytest.mark.requirement("T2", "T3", "T5")
@pytest.mark.parametrize("made", GOOD.values(), ids=GOOD)
def test_a_good_token_convinces(verifier: Verifier, made: Callable[[], str]) -> None:
    """Each names the client that calls."""
    assert verifier.verify(f"Bearer {made()}", {AUDIENCE}).iss == CLIENT.iss


BAD: dict[str, tuple[Callable[[], str], Refusal]] = {
    "nothing": (lambda: "", Refusal.UNREADABLE),
    "no token": (lambda: "let me in", Refusal.UNREADABLE),
    "no JSON": (lambda: "a.b.c", Refusal.UNREADABLE),
    "no base64": (lambda: "ä.ö.ü", Refusal.UNREADABLE),
    "five parts, as if encrypted": (lambda: "a.b.c.d.e", Refusal.UNREADABLE),
    "open brackets": (lambda: f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.e30.e30", Refusal.UNREADABLE),
    "a megabyte": (lambda: "a" * 1_000_000, Refusal.UNREADABLE),
    "no iss": (lambda: token(iss=...), Refusal.UNREADABLE),
    "no aud": (lambda: token(aud=...), Refusal.UNREADABLE),
    "no exp": (lambda: token(exp=...), Refusal.UNREADABLE),
    "no iat": (lambda: token(iat=...), Refusal.UNREADABLE),
    "no jti": (lambda: token(jti=...), Refusal.UNREADABLE),
    "an empty jti": (lambda: token(jti=""), Refusal.NO_JTI),
    "exp in words": (lambda: token(exp="tomorrow"), Refusal.UNREADABLE),
    "exp without end": (lambda: token(exp=1e308), Refusal.LIVES_TOO_LONG),
    "another issuer": (lambda: token(iss="https://evil.example.org"), Refusal.UNKNOWN_ISSUER),
    "the issuer with a slash": (lambda: token(iss=f"{ISS}/"), Refusal.UNKNOWN_ISSUER),
    "another service": (lambda: token(audience=f"{BASE}/cds-services/other"), Refusal.WRONG_AUDIENCE),
    "another host": (lambda: token(audience=f"https://evil.example.org{PATH}"), Refusal.WRONG_AUDIENCE),
    "our service as a part of another URL": (lambda: token(audience=f"{AUDIENCE}.evil"), Refusal.WRONG_AUDIENCE),
    "no audience in the list": (lambda: token(audience=[]), Refusal.WRONG_AUDIENCE),
    "expired": (lambda: token(iat=now(-400), exp=now(-31)), Refusal.EXPIRED),
    "issued in the future": (lambda: token(iat=now(60), exp=now(120)), Refusal.FROM_THE_FUTURE),
    "not yet valid": (lambda: token(nbf=now(60)), Refusal.FROM_THE_FUTURE),
    "a long life": (lambda: token(exp=now(3600)), Refusal.LIVES_TOO_LONG),
    "issued long ago": (lambda: token(iat=now(-3600)), Refusal.LIVES_TOO_LONG),
    "another tenant": (lambda: token(tenant="east"), Refusal.UNKNOWN_TENANT),
    "no tenant": (lambda: token(tenant=...), Refusal.UNKNOWN_TENANT),
    "signed by a stranger": (lambda: STRANGER.token(tenant="north"), Refusal.WRONG_SIGNATURE),
    "changed after signing": (changed_payload, Refusal.WRONG_SIGNATURE),
    "an unknown key": (lambda: Signer(kid="other").token(tenant="north"), Refusal.UNKNOWN_KEY),
    "none as algorithm": (lambda: without_signature("none"), Refusal.WRONG_ALGORITHM),
    "NONE as algorithm": (lambda: without_signature("NONE"), Refusal.WRONG_ALGORITHM),
    "no signature": (lambda: without_signature("ES384"), Refusal.WRONG_SIGNATURE),
    "a shared secret": (signed_with_the_public_key, Refusal.WRONG_ALGORITHM),
    "an algorithm not in the settings": (lambda: Signer("ES256").token(tenant="north"), Refusal.WRONG_ALGORITHM),
    "an RSA algorithm with an EC key": (lambda: Signer("RS384").token(tenant="north"), Refusal.UNKNOWN_KEY),
    "keys from elsewhere": (
        lambda: EHR.signed(
            {"iss": ISS, "aud": AUDIENCE, "iat": now(), "exp": now(60), "jti": "1", "tenant": "north"},
            jku="https://evil.example.org/jwks.json",
        ),
        Refusal.WRONG_JKU,
    ),
    "an access token": (
        lambda: EHR.signed(
            {"iss": ISS, "aud": AUDIENCE, "iat": now(), "exp": now(60), "jti": "1", "tenant": "north"}, typ="at+jwt"
        ),
        Refusal.WRONG_TYPE,
    ),
}


@pytest.mark.requirement("T3", "T4", "T5", "T6", "T7")
@pytest.mark.parametrize(("made", "reason"), BAD.values(), ids=BAD)
def test_a_bad_token_is_refused(verifier: Verifier, made: Callable[[], str], reason: Refusal) -> None:
    """Each for its own reason, which the log gets."""
    with pytest.raises(UnauthorizedError) as caught:
        verifier.verify(f"Bearer {made()}", {AUDIENCE})
    assert caught.value.reason == reason


@pytest.mark.requirement("T7", "T8")
def test_a_token_counts_once(verifier: Verifier) -> None:
    """The second use is refused; a forged use before the first does not use it up."""
    good = token()
    forged = STRANGER.token(tenant="north", jti=jwt.decode(good, options={"verify_signature": False})["jti"])
    with pytest.raises(UnauthorizedError):
        verifier.verify(f"Bearer {forged}", {AUDIENCE})
    assert verifier.verify(f"Bearer {good}", {AUDIENCE})
    with pytest.raises(UnauthorizedError) as caught:
        verifier.verify(f"bearer {good}", {AUDIENCE})
    assert caught.value.reason == Refusal.USED_BEFORE


WORKED_EXAMPLE = (
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5leGFtcGxlLmNvbS9q"
    "d2tfdXJpIn0.eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1z"
    "ZXJ2aWNlcy9zb21lLXNlcnZpY2UiLCJleHAiOjE0MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJh"
    "NWItOGVlYzZhMzNhYzFlIiwidGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.d1WfLjGRKlcWB94l9do4cM8R"
    "EXeYJLL6SGUBO8VHZhfM8mwKYP70EMxJ67War4TQblEpaQrp11wx5p7oPFm2ETYgCicS84vXWEIYTdjooZdooCSDf2L8-i4awdoUwiEb"
)
"""The worked example of CDS Hooks 2.0.1, "Trusting CDS Clients" (HL7, CC BY 4.0), and its key set."""

STANDARD_KEYS = {
    "keys": [
        {
            "kty": "EC",
            "use": "sig",
            "crv": "P-384",
            "kid": "example-kid",
            "x": "46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
            "y": "XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI",
            "alg": "ES384",
        }
    ]
}


@pytest.mark.requirement("T2", "T3")
def test_the_standards_own_token_is_believed_in_its_time(verifier: Verifier) -> None:
    """The worked example verifies with its key set; its life of more than three years needs a setting of its own."""
    client = TrustedClient(
        iss="https://fhir-ehr.example.com/",
        jku="https://fhir-ehr.example.com/jwk_uri",
        tenants=("2ddd6c3a-8e9a-44c6-a305-52111ad302a2",),
    )
    keys = KeySet(lambda: json.dumps(STANDARD_KEYS).encode())
    of_its_time = replace(verifier, issuers={client.iss: Issuer(client, keys)}, clock=lambda: 1_400_000_000.0)
    audience = {"https://cds.example.org/cds-services/some-service"}
    with pytest.raises(UnauthorizedError) as caught:
        of_its_time.verify(f"Bearer {WORKED_EXAMPLE}", audience)
    assert caught.value.reason == Refusal.LIVES_TOO_LONG
    assert replace(of_its_time, lifetime=4 * 366 * 86400).verify(f"Bearer {WORKED_EXAMPLE}", audience) == (
        client.iss,
        "2ddd6c3a-8e9a-44c6-a305-52111ad302a2",
    )


def test_an_empty_list_of_tenants_admits_none(verifier: Verifier) -> None:
    """It admitted every one; a client without the list has no tenants to tell apart."""
    keys = verifier.issuers[ISS].keys
    nobody, anybody = (
        replace(verifier, issuers={ISS: Issuer(TrustedClient(iss=ISS, jku=CLIENT.jku, tenants=tenants), keys)})
        for tenants in ((), None)
    )

    with pytest.raises(UnauthorizedError) as caught:
        nobody.verify(f"Bearer {token()}", {AUDIENCE})
    assert caught.value.reason == Refusal.UNKNOWN_TENANT
    assert anybody.verify(f"Bearer {token()}", {AUDIENCE}) == (ISS, "north")


def app(folder: Path, **changed: Any) -> FlaskClient:  # noqa: ANN401 - settings
    """Return a client of the hello-world app in production."""
    settings = production(folder, EHR, cors_origins=("https://ehr.example.org",), **changed)
    return create_app(settings, services=(service(settings),)).test_client()


@pytest.mark.requirement("T1", "T5", "B6")
def test_every_path_has_its_audience(tmp_path: Path) -> None:
    """A hook takes tokens for its URL; feedback for its own or its service's; discovery needs none unless told."""
    client = app(tmp_path)
    assert client.get("/cds-services").status_code == 200
    assert client.get("/healthz").status_code == 200
    for path in (PATH, f"/{PATH}", f"{PATH}/feedback", "/cds-services/unknown", "/", "/cds-services/%2e%2e/healthz"):
        assert client.post(path, json=request()).status_code == 401, path
    assert client.post(PATH, json=request(), headers=bearer(EHR.token())).status_code == 200
    assert client.post(PATH, json=request(), headers=bearer(EHR.token(f"{BASE}/cds-services"))).status_code == 401
    feedback = f"{PATH}/feedback"
    assert client.post(feedback, json={}, headers=bearer(EHR.token(BASE + feedback))).status_code == 404
    assert client.post(feedback, json={}, headers=bearer(EHR.token(BASE + PATH))).status_code == 404


@pytest.mark.requirement("T1", "T5")
def test_discovery_may_be_protected(tmp_path: Path) -> None:
    """With the setting, discovery takes only tokens for its own URL."""
    client = app(tmp_path, require_jwt_for_discovery=True)
    assert client.get("/cds-services").status_code == 401
    assert client.get("/cds-services", headers=bearer(EHR.token())).status_code == 401
    assert client.get("/cds-services", headers=bearer(EHR.token(f"{BASE}/cds-services"))).status_code == 200


@pytest.mark.requirement("S4", "S6", "O1", "T7")
def test_a_refusal_tells_nothing(tmp_path: Path) -> None:
    """Every 401 is the same, readable for a browser; the log has the reason and nothing of the token."""
    client = app(tmp_path)
    lines = io.BytesIO()
    before = log.Sink.level, log.Sink.stream
    log.configure("info", lines)
    expired = EHR.token(iat=now(-400), exp=now(-300), jti="very-secret-jti")
    try:
        headers = [{}, bearer("nonsense"), bearer(expired), bearer(STRANGER.token(iss="https://evil.example.org"))]
        answers = [
            client.post(PATH, json=request(), headers={**header, "Origin": "https://ehr.example.org"})
            for header in headers
        ]
    finally:
        log.Sink.level, log.Sink.stream = before
    assert {(answer.status_code, answer.data) for answer in answers} == {(401, answers[0].data)}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {"https://ehr.example.org"}
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["reason"] for line in logged] == ["no-token", "unreadable", "expired", "unknown-issuer"]
    assert b"secret" not in lines.getvalue()
    assert b"evil" not in lines.getvalue()
    assert expired.encode()[:30] not in lines.getvalue()


@pytest.mark.requirement("O1")
def test_a_preflight_needs_no_token(tmp_path: Path) -> None:
    """A browser asks without one, for every path, discovery protected or not."""
    client = app(tmp_path, require_jwt_for_discovery=True)
    for path in ("/cds-services", PATH, f"{PATH}/feedback"):
        answer = client.options(path, headers={"Origin": "https://ehr.example.org"})
        assert answer.status_code == 204
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_what_cannot_be_trusted_with_does_not_start(tmp_path: Path) -> None:
    """A key file that is not there, or is none, and a store that cannot be opened are told together."""
    settings = Settings(
        public_base_url=BASE,
        clients=(TrustedClient(iss="a", jwks="/nowhere"), TrustedClient(iss="b", jwks=str(Path(__file__)))),
        store=f"sqlite:///{tmp_path}/nowhere/store.sqlite3",
    )
    with pytest.raises(DeclarationError) as caught:
        create_app(settings, services=(service(settings),))
    assert len(caught.value.faults) == 3


def test_more_algorithms_may_be_set(tmp_path: Path) -> None:
    """A site whose EHR signs with ES256 says so."""
    signer = Signer("ES256")
    settings = production(tmp_path, signer, jwt_algorithms=(Algorithm.ES256,))
    http = create_app(settings, services=(service(settings),)).test_client()
    assert http.post(PATH, json=request(), headers=bearer(signer.token())).status_code == 200
