"""The ledger behind the real server: several workers, an ordinary stop, a restart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from sqlalchemy import distinct, func, select

from cdshooks.store.engine import open_store
from cdshooks.store.models import IssuedAnswer, IssuedCard
from tests.cdshooks.conftest import free_port, wait_for

ROOT = Path(__file__).parents[3]
REQUEST = json.loads((ROOT / "tests/journeys/ros1-fusion-pembrolizumab/request.json").read_text(encoding="utf-8"))


def test_a_stop_leaves_no_answer_behind(url: str) -> None:
    """Two workers are told to stop right after their last answers: each answer is in the store, with its cards."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        "ROS1_CDS_PROFILE": "sandbox",
        "ROS1_CDS_PORT": str(port),
        "ROS1_CDS_WORKERS": "2",
        "ROS1_CDS_STORE": url,
    }

    def ask(_: int) -> list[str]:
        answer = requests.post(f"{address}/cds-services/ros1-nsclc", json=REQUEST, timeout=30)
        assert answer.status_code == 200
        return [card["uuid"] for card in answer.json()["cards"]]

    command = [sys.executable, "-m", "cdshooks", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}) as server:  # noqa: S603 - ours
        try:
            wait_for(address, server)
            with ThreadPoolExecutor(4) as pool:
                given = [uuid for cards in pool.map(ask, range(60)) for uuid in cards]
        finally:
            server.terminate()
            server.wait(timeout=30)
    store = open_store(url)
    with store.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(IssuedAnswer)) == 60
        assert set(connection.scalars(select(distinct(IssuedCard.uuid)))) == set(given)
    store.dispose()
