"""The service as it is deployed: production, as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cdshooks.conftest import free_port, wait_for
from tests.cdshooks.tokens import BASE, ISS, Signer

__all__ = ["BASE", "EHR", "ROOT", "running", "served"]

ROOT = Path(__file__).parents[2]
EHR = Signer()


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[str]:
    """Start the server in production with two workers; yield its address."""
    with running(folder, **settings) as (address, _):
        yield address


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start the server in production with two workers; yield its address and process."""
    port = int(settings.get("port", free_port()))
    jwks = folder / "jwks.json"
    jwks.write_bytes(EHR.jwks())
    environment = {
        "ROS1_CDS_PORT": str(port),
        "ROS1_CDS_WORKERS": "2",
        "ROS1_CDS_PUBLIC_BASE_URL": BASE,
        "ROS1_CDS_CLIENTS": json.dumps([{"iss": ISS, "jwks": str(jwks)}]),
        "ROS1_CDS_STORE": f"sqlite:///{folder}/store.sqlite3",
        "ROS1_CDS_CORS_ORIGINS": "https://ehr.example.org",
        **{f"ROS1_CDS_{name.upper()}": value for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "cdshooks", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}) as process:  # noqa: S603 - ours
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process), process
        finally:
            process.terminate()
            process.wait(timeout=30)
