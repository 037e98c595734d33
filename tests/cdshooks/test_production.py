"""Production over real HTTP: two workers, a key set at a URL, a restart."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from tests.cdshooks.deployment import BASE, EHR, ROOT, served
from tests.cdshooks.tokens import ISS, Signer, bearer

URL = "/cds-services/ros1-nsclc"
REQUEST = json.loads((ROOT / "tests/journeys/ros1-fusion-pembrolizumab/request.json").read_text(encoding="utf-8"))


def call(address: str, token: str) -> int:
    """Call the service on a connection of its own, so that any worker may answer; return the status."""
    return requests.post(address + URL, json=REQUEST, headers=bearer(token), timeout=20).status_code


def good() -> str:
    """Return a token for the service."""
    return EHR.token(BASE + URL)


@pytest.mark.requirement("T1", "T7", "T8", "D8")
def test_production_from_start_to_restart(tmp_path: Path) -> None:
    """Tokens are required and count once, whichever worker sees them, and again after a restart."""
    with served(tmp_path) as address:
        assert requests.get(f"{address}/cds-services", timeout=20).status_code == 200
        assert requests.post(address + URL, json=REQUEST, timeout=20).status_code == 401
        token = good()
        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(lambda _: call(address, token), range(16))) == [200] + [401] * 15
            assert set(pool.map(lambda _: call(address, good()), range(16))) == {200}
    with served(tmp_path) as address:
        assert call(address, token) == 401
        assert call(address, good()) == 200


class Keys(BaseHTTPRequestHandler):
    """The key server of an EHR."""

    def do_GET(self) -> None:
        """Answer with the key set."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(EHR.jwks())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.requirement("T6")
def test_keys_at_a_url(tmp_path: Path) -> None:
    """A sandbox may require tokens too, and fetch keys from a key server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as keys:
        threading.Thread(target=keys.serve_forever, daemon=True).start()
        clients = json.dumps([{"iss": ISS, "jku": f"http://127.0.0.1:{keys.server_port}/jwks.json"}])
        with served(tmp_path, profile="sandbox", require_jwt="true", clients=clients) as address:
            assert call(address, good()) == 200
            assert call(address, Signer().token(BASE + URL)) == 401
        keys.shutdown()


@pytest.mark.requirement("S6", "O1", "S3")
def test_a_browser_reads_every_refusal(tmp_path: Path) -> None:
    """The origin of the settings gets its name back on 400, 401, 404, 405, 413 and 415, others get none."""
    with served(tmp_path, max_body_bytes="1048576", workers="1") as address:
        url, feedback, large = address + URL, f"{address}{URL}/feedback", b" " * 1048577
        for origin, told in (
            ("https://ehr.example.org", "https://ehr.example.org"),
            ("https://evil.example.org", None),
        ):
            headers = {"Origin": origin, "Content-Type": "application/json"}
            elsewhere = EHR.token(f"{BASE}{URL}/none")
            answers = {
                401: requests.post(url, json=REQUEST, headers=headers, timeout=20),
                400: requests.post(feedback, json={}, headers=headers | bearer(good()), timeout=20),
                404: requests.post(f"{url}/none", json={}, headers=headers | bearer(elsewhere), timeout=20),
                405: requests.put(url, headers=headers | bearer(good()), timeout=20),
                413: requests.post(url, data=large, headers=headers | bearer(good()), timeout=20),
                415: requests.post(url, headers=headers | bearer(good()) | {"Content-Type": "text/plain"}, timeout=20),
            }
            for status, answer in answers.items():
                assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")
                assert answer.headers.get("Access-Control-Allow-Origin") == told
                assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.requirement("T7", "T8")
def test_without_the_store_nobody_is_believed(tmp_path: Path) -> None:
    """When it cannot be told whether a token was used, the answer is 503 and to come again, never cards."""
    with served(tmp_path, workers="1") as address:
        assert call(address, good()) == 200
        for file in tmp_path.glob("store.sqlite3*"):
            file.write_bytes(b"no database " * 1000)
        answer = requests.post(address + URL, json=REQUEST, headers=bearer(good()), timeout=20)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["issue"][0]["details"]["coding"] == [{"code": "store-unavailable"}]
        assert requests.get(f"{address}/healthz", timeout=20).status_code == 200
