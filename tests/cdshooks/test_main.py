"""The server as ``python -m cdshooks`` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import requests

from cdshooks.app import create_app
from cdshooks.registry import Service
from cdshooks.request import HookRequest
from cdshooks.settings import Settings
from cdshooks.warmup import warm
from tests.cdshooks.conftest import free_port, wait_for
from tests.cdshooks.hello import application

ROOT = Path(__file__).parents[2]


@pytest.fixture
def served() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start the server with one thread on a free port; return its base URL and its process."""
    port = free_port()
    environment = {**os.environ, "ROS1_CDS_PORT": str(port), "ROS1_CDS_THREADS": "1", "ROS1_CDS_PROFILE": "sandbox"}
    with subprocess.Popen([sys.executable, "-m", "cdshooks", "serve"], cwd=ROOT, env=environment) as process:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process), process
        finally:
            process.send_signal(signal.SIGTERM)


def test_the_server_starts_answers_and_ends(served: tuple[str, subprocess.Popen[bytes]]) -> None:
    """The command serves on the port of the settings, lists its services, and ends cleanly on a signal."""
    base_url, process = served
    assert requests.get(f"{base_url}/cds-services", timeout=5).json()["services"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


def test_idle_connections_lock_nobody_out(served: tuple[str, subprocess.Popen[bytes]]) -> None:
    """An EHR's pool of kept-alive connections, each used once, leaves room for the next client."""
    base_url, _ = served
    pool = [requests.Session() for _ in range(100)]
    try:
        assert all(session.get(f"{base_url}/healthz", timeout=5).ok for session in pool)
    finally:
        for session in pool:
            session.close()


def test_a_warm_up_calls_every_service() -> None:
    """A service that answers is ready."""
    warm(application)


def test_a_service_that_cannot_answer_does_not_start() -> None:
    """A service that fails even on a patient without data stops the start, and is named."""

    def respond(_: HookRequest) -> Sequence[object]:
        message = "no knowledge"
        raise LookupError(message)

    broken = Service(id="broken", hooks=("order-sign",), title="x", description="x", respond=respond)
    with pytest.raises(RuntimeError, match="broken cannot answer order-sign"):
        warm(create_app(Settings.for_sandbox(), services=(broken,)))
