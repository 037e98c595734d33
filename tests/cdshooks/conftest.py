"""The hello-world service, in this process and behind a real server."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import requests
from flask.testing import FlaskClient

from tests.cdshooks.hello import application

START_SECONDS = 60


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    """Return a client of the hello-world app, without a server."""
    return application.test_client()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start granian with the hello-world app on a free port; return its base URL."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--blocking-threads", "16", "--no-ws", "--log-level", "warning", "tests.cdshooks.hello:application"]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own command
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(base_url: str, process: subprocess.Popen[bytes]) -> str:
    """Return the base URL once the server is healthy."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            if requests.get(f"{base_url}/healthz", timeout=1).ok:
                return base_url
        except requests.ConnectionError:
            time.sleep(0.05)
    raise TimeoutError(base_url)
