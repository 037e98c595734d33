"""The ledger behind the real server: several workers, an ordinary stop, a restart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import requests
from sqlalchemy import func, select

from cdshooks.store.engine import open_store
from cdshooks.store.models import IssuedAnswer, IssuedCard
from tests.cdshooks.conftest import free_port, wait_for

ROOT = Path(__file__).parents[3]
REQUEST = json.loads((ROOT / "tests/journeys/ros1-fusion-pembrolizumab/request.json").read_text(encoding="utf-8"))


@contextmanager
def served(url: str, **settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a sandbox with two workers and this store; yield its address and process."""
    port = free_port()
    environment = {
        "ROS1_CDS_PROFILE": "sandbox",
        "ROS1_CDS_PORT": str(port),
        "ROS1_CDS_WORKERS": "2",
        "ROS1_CDS_STORE": url,
        **{f"ROS1_CDS_{name.upper()}": value for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "cdshooks", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}) as server:  # noqa: S603 - ours
        try:
            yield wait_for(f"http://127.0.0.1:{port}", server), server
        finally:
            server.terminate()
            server.wait(timeout=30)


def ask(address: str) -> list[str]:
    """Order pembrolizumab; return the uuids of the cards."""
    answer = requests.post(f"{address}/cds-services/ros1-nsclc", json=REQUEST, timeout=30)
    assert answer.status_code == 200
    return [card["uuid"] for card in answer.json()["cards"]]


def test_a_stop_leaves_no_answer_behind(url: str) -> None:
    """Two workers are told to stop right after their last answers: each answer is in the store, with its cards."""
    with served(url) as (address, _), ThreadPoolExecutor(4) as pool:
        given = [uuid for cards in pool.map(ask, [address] * 60) for uuid in cards]
    store = open_store(url)
    with store.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(IssuedAnswer)) == 60
        assert set(connection.scalars(select(IssuedCard.uuid).distinct())) == set(given)
    store.dispose()


def test_what_is_lost_is_shown_by_whichever_worker_is_asked(tmp_path: Path) -> None:
    """With the store away all are answered; readiness and metrics tell what both workers lost and what waits there."""
    with served(f"sqlite:///{tmp_path}/nowhere/store.sqlite3", ledger_queue="3") as (address, server):
        asked = 0
        with ThreadPoolExecutor(8) as pool:
            while asked < 40 or down(address) < 2:  # until both workers got some
                asked += len(list(pool.map(ask, [address] * 8)))
        told = until(address, lambda counts: counts["lost"] + counts["waiting"] == asked and counts["down"] == 2)
        assert told["status"] == "degraded"
        assert told["failing"] == ["ledger"]
        lost = told["counts"]["ledger"]["lost"]
        assert lost >= asked - 2 * (4 + 3)
        text = requests.get(f"{address}/metrics", timeout=5).text
        assert f'ros1_cds_ledger_answers_total{{outcome="lost"}} {lost}.0' in text
        assert f"ros1_cds_ledger_waiting {told['counts']['ledger']['waiting']}.0" in text
        psutil.Process(server.pid).children()[0].kill()
        until(address, lambda counts: (counts["down"], counts["lost"]) == (1, lost))


def down(address: str) -> int:
    """Return how many workers could not write."""
    count: int = requests.get(f"{address}/readyz", timeout=5).json()["counts"]["ledger"]["down"]
    return count


def until(address: str, holds: Any) -> Any:  # noqa: ANN401 - JSON
    """Return what readiness tells once its counts of the ledger hold."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(requests.ConnectionError):  # of a worker that was killed
            told = requests.get(f"{address}/readyz", timeout=5).json()
            if holds(told["counts"]["ledger"]):
                return told
        time.sleep(0.1)
    raise TimeoutError(address)
