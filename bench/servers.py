"""Real servers to measure: one granian worker each, pinned to one core, started alike."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

THREADS = 16
HOST = "127.0.0.1"
_START_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server and the processes that it consists of."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server so far, workers included."""
        root = psutil.Process(self.process.pid)
        return sum(sum(each.cpu_times()[:2]) for each in (root, *root.children(recursive=True)))

    def memory(self) -> int:
        """Return the resident bytes of the largest process: the worker."""
        root = psutil.Process(self.process.pid)
        return max(each.memory_info().rss for each in (root, *root.children(recursive=True)))


@contextmanager
def ours(**settings: str) -> Iterator[Server]:
    """Start the service as ``make serve`` does."""
    port = _free_port()
    settings = {"host": HOST, "port": str(port), "threads": str(THREADS), "profile": "sandbox", **settings}
    environment = {f"ROS1_CDS_{name.upper()}": value for name, value in settings.items()}
    with _running("ros1-cds", port, [sys.executable, "-m", "cdshooks", "serve"], environment) as server:
        yield server


@contextmanager
def granian(name: str, application: str) -> Iterator[Server]:
    """Start any WSGI application under the same server with the same settings."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning", application]
    with _running(name, port, command, {}) as server:
        yield server


@contextmanager
def slow_fhir(wait: float) -> Iterator[Server]:
    """Start a FHIR server that answers after ``wait`` seconds, on the client's core."""
    port = _free_port()
    command = [sys.executable, "-m", "bench.slow", str(port), str(wait)]
    with _running("slow FHIR server", port, command, {}, core=1) as server:
        yield server


@contextmanager
def _running(
    name: str, port: int, command: list[str], environment: dict[str, str], *, core: int = 0
) -> Iterator[Server]:
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(process, port)
        _pin(process.pid, core=core if (os.cpu_count() or 1) > core else 0)
        yield Server(name=name, port=port, process=process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def pin_client() -> None:
    """Keep this process off the servers' core, where there is another."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})


def _pin(pid: int, *, core: int) -> None:
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        if hasattr(process, "cpu_affinity"):
            process.cpu_affinity([core])
            for thread in process.threads():
                os.sched_setaffinity(thread.id, {core})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            message = f"the server ended with {process.returncode} before it answered"
            raise RuntimeError(message)
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            time.sleep(0.5)
            return
    message = f"the server did not listen within {_START_SECONDS} s"
    raise RuntimeError(message)
