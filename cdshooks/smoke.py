"""Acts as an EHR against a running deployment, and says in words what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
import requests

from cdshooks.schema import load
from cdshooks.warmup import empty_request

_SECONDS = 10
_SLOW_SECONDS = 0.5
_LIFE_SECONDS = 120
_SERVICES = "/cds-services/"


class SmokeError(Exception):
    """The smoke test itself cannot be done as it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One thing that was tried, and what is wrong with it, if anything is."""

    name: str
    fault: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ehr:
    """How the EHR signs: without a key it sends no token."""

    key: str = field(default="", repr=False)
    iss: str = ""
    kid: str = ""
    algorithm: str = "ES384"
    tenant: str = ""
    base_url: str = ""
    public_base_url: str = ""

    def headers(self, url: str) -> dict[str, str]:
        """Return the header with a new token for this URL, by its public name."""
        if not self.key:
            return {}
        now = int(time.time())
        audience = self.public_base_url + url.removeprefix(self.base_url) if self.public_base_url else url
        claims = {"iss": self.iss, "aud": audience, "iat": now, "exp": now + _LIFE_SECONDS, "jti": str(uuid4())}
        if self.tenant:
            claims["tenant"] = self.tenant
        token = jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": self.kid})
        return {"Authorization": f"Bearer {token}"}


def asked(base_url: str, *, key: str | None, public_base_url: str, **token: str) -> tuple[str, Ehr]:
    """Return the base URL and the EHR that are asked for; raise SmokeError with every fault."""
    base = base_url.rstrip("/")
    faults = [*_url_faults("BASE_URL", base)]
    faults += _url_faults("--public-base-url", public_base_url.rstrip("/")) if public_base_url else ()
    signs = {"--iss": token["iss"], "--kid": token["kid"]}
    if not key:
        given = {**signs, "--tenant": token["tenant"], "--public-base-url": public_base_url}
        faults += (f"{name} is given without --key: no token would be sent" for name, text in given.items() if text)
    else:
        faults += (f"{name} is missing: no token is believed without it" for name, text in signs.items() if not text)
    ehr = Ehr(base_url=base, public_base_url=public_base_url.rstrip("/"), **token)
    if key:
        try:
            ehr = replace(ehr, key=Path(key).read_text(encoding="utf-8"))
            ehr.headers(base)
        except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
            faults.append(
                f"the key {key} cannot sign {ehr.algorithm}: {type(error).__name__}; expected a private key in PEM of"
                " the kind that --algorithm names"
            )
    if faults:
        raise SmokeError("\n".join(faults))
    return base, ehr


def _url_faults(name: str, url: str) -> Iterator[str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        yield f"{name} is {url!r}; expected a URL such as https://cds.example.org"
    elif _SERVICES in f"{parts.path}/":
        yield f"{name} is {url!r}; expected it without /cds-services: {url.partition(_SERVICES[:-1])[0]}"


def smoke(base: str, ehr: Ehr, origin: str = "") -> Iterator[Result]:
    """Try what an EHR does, one thing after the other; stop where nothing further can be tried."""
    url = f"{base}/cds-services"
    try:
        answer = requests.get(url, headers=ehr.headers(url), timeout=_SECONDS)
    except requests.RequestException as error:
        yield Result(name="discovery", fault=f"{url} cannot be reached: {type(error).__name__}")
        return
    listed, fault = _listed(answer)
    yield Result(name="discovery", fault=fault, note="" if url.startswith("https:") else "not https: for a trial only")
    for entry in listed:
        yield from _service(f"{url}/{entry['id']}", entry, ehr)
    for id_ in dict.fromkeys(entry["id"] for entry in listed):
        yield _preflight(f"{url}/{id_}", f"{id_}: CORS preflight", origin)
        yield _feedback(f"{url}/{id_}/feedback", f"{id_}: feedback", ehr)


def _listed(answer: requests.Response) -> tuple[list[dict[str, Any]], str]:
    if answer.status_code != requests.codes.ok:
        return [], _status(answer, "discovery")
    document = _json(answer)
    faults = load("discovery").faults(document)
    if faults:
        return [], f"discovery breaks the standard: {faults[0].what}"
    listed: list[dict[str, Any]] = document["services"] if isinstance(document, dict) else []
    return listed, "" if listed else "discovery lists no service"


def _service(url: str, entry: Mapping[str, Any], ehr: Ehr) -> Iterator[Result]:
    """Call a service for a patient without data and without orders: once, and once more with the same token."""
    name = f"{entry['id']}, {entry['hook']}"
    headers = ehr.headers(url)
    body = empty_request(dict(entry))
    try:
        answer = requests.post(url, json=body, headers=headers, timeout=_SECONDS)
        again = requests.post(url, json=body, headers=headers, timeout=_SECONDS) if headers else None
        without = requests.post(url, json=body, timeout=_SECONDS) if headers else None
    except requests.RequestException as error:
        yield Result(name=name, fault=f"{url} cannot be reached: {type(error).__name__}")
        return
    yield Result(name=name, fault=_cards(answer), note=_slow(answer.elapsed.total_seconds()))
    if again is not None and answer.ok and again.ok:
        yield Result(name=f"{name}: a token used twice", fault="it was believed twice; tokens must count once")
    if without is not None and without.ok:
        yield Result(
            name=f"{name}: no token", fault="it was answered without a token: the service is open to everybody"
        )


def _cards(answer: requests.Response) -> str:
    if answer.status_code != requests.codes.ok:
        return _status(answer, "the hook")
    faults = load("response").faults(_json(answer))
    return f"the answer breaks the standard: {faults[0].what}" if faults else ""


def _slow(seconds: float) -> str:
    return f"it took {seconds * 1000:.0f} ms; clinicians wait" if seconds > _SLOW_SECONDS else ""


def _preflight(url: str, name: str, origin: str) -> Result:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    try:
        answer = requests.options(url, headers={"Origin": origin or "https://example.org", **asked}, timeout=_SECONDS)
    except requests.RequestException as error:
        return Result(name=name, fault=f"{url} cannot be reached: {type(error).__name__}")
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    if not answer.ok:
        return Result(name=name, fault=f"{answer.status_code}: a browser's preflight has no token and must be answered")
    if allowed == "*" and answer.headers.get("Access-Control-Allow-Credentials"):
        return Result(name=name, fault="every origin is admitted, with credentials")
    if origin and allowed not in (origin, "*"):
        return Result(name=name, fault=f"the origin {origin} is not admitted: list it in ROS1_CDS_CORS_ORIGINS")
    return Result(name=name, note="" if allowed else "no web page may call; give --origin if yours must")


def _feedback(url: str, name: str, ehr: Ehr) -> Result:
    """Send feedback about a card that nobody gave: it is kept, and counts for none."""
    told = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": "2000-01-01T00:00:00Z"}
    try:
        answer = requests.post(url, json={"feedback": [told]}, headers=ehr.headers(url), timeout=_SECONDS)
    except requests.RequestException as error:
        return Result(name=name, fault=f"{url} cannot be reached: {type(error).__name__}")
    return Result(name=name, fault="" if answer.ok else _status(answer, "feedback"))


_REFUSED = (
    "the token was refused. Its iss, kid, audience (the public base URL) and times must be as the service's settings"
    " say; the service's log has the reason"
)
_NOT_SENT = (
    "no token was sent, and the service asks for one: give --key, --iss and --kid of a client that its settings list"
)


def _status(answer: requests.Response, what: str) -> str:
    """Say in words what a status means for whoever sets this up."""
    means = {
        401: _REFUSED if "Authorization" in answer.request.headers else _NOT_SENT,
        404: f"there is nothing at {answer.url}: is the base URL right, and is a proxy taking a part of the path away?",
        503: "the service is overloaded, or what it keeps tokens in is away",
    }
    return (
        f"{what} was answered with {answer.status_code}: {means.get(answer.status_code, 'see the log of the service')}"
    )


def _json(answer: requests.Response) -> object:
    try:
        document: object = answer.json()
    except ValueError:
        return None
    return document
