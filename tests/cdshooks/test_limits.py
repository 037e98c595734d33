"""More requests than the service can take, over real HTTP."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from cdshooks.schema import load
from tests.cdshooks.bodies import PATH, request
from tests.cdshooks.conftest import free_port, wait_for
from tests.cdshooks.slow import PATIENCE_SECONDS, SECONDS

OUTCOME = load("operation-outcome")


@pytest.fixture(scope="module")
def slow() -> Iterator[str]:
    """Start the slow service; return its base URL."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--blocking-threads", "6", "--no-ws", "--log-level", "error", "tests.cdshooks.slow:application"]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own command
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


@pytest.mark.requirement("D8", "S3", "S6")
def test_too_many_requests_are_told_to_come_again(slow: str) -> None:
    """One is answered, the others get 503, Retry-After and an OperationOutcome that a browser can read."""
    with ThreadPoolExecutor(4) as pool:
        headers = {"Origin": "https://ehr.example.org"}
        answers = list(
            pool.map(lambda _: requests.post(slow + PATH, json=request(), headers=headers, timeout=20), range(4))
        )
    refused = [answer for answer in answers if answer.status_code == 503]
    assert sorted(answer.status_code for answer in answers) == [200, 503, 503, 503]
    for answer in refused:
        assert (answer.headers["Retry-After"], answer.headers["Access-Control-Allow-Origin"]) == ("1", "*")
        assert OUTCOME.faults(answer.json()) == ()
        assert answer.json()["issue"][0]["details"]["coding"] == [{"code": "overloaded"}]
        assert answer.elapsed.total_seconds() < SECONDS


def test_health_and_preflight_are_answered_at_the_limit(slow: str) -> None:
    """A busy service is not taken for a dead one; a waiting request is answered when there is room in time."""
    busy = threading.Thread(target=lambda: requests.post(slow + PATH, json=request(), timeout=20))
    busy.start()
    time.sleep(SECONDS - PATIENCE_SECONDS / 2)
    assert requests.get(f"{slow}/healthz", timeout=20).status_code == 200
    assert requests.options(slow + PATH, timeout=20).status_code == 204
    busy.join()
    assert requests.post(slow + PATH, json=request(), timeout=20).status_code == 200
