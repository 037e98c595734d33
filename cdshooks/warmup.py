"""One request of each kind before the first client's: caches are filled, and what cannot answer does not start."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask

from cdshooks.endpoint import OURSELVES

_OK = 200


def warm(app: Flask) -> None:
    """Call every service for every hook that it is listed for; raise RuntimeError if it does not answer with cards."""
    client = app.test_client()
    for entry in client.get("/cds-services", environ_overrides=OURSELVES).get_json()["services"]:
        answer = client.post(f"/cds-services/{entry['id']}", json=empty_request(entry), environ_overrides=OURSELVES)
        if answer.status_code != _OK:
            message = f"{entry['id']} cannot answer {entry['hook']}: {json.dumps(answer.get_json())}"
            raise RuntimeError(message)


def empty_request(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a request for a patient without data and without orders, to a service as discovery lists it."""
    return {
        "hook": entry["hook"],
        "hookInstance": "00000000-0000-4000-8000-000000000000",
        "context": {
            "userId": "Practitioner/warm-up",
            "patientId": "warm-up",
            "selections": [],
            "draftOrders": {"resourceType": "Bundle", "type": "collection"},
        },
        "prefetch": dict.fromkeys(entry.get("prefetch", {})),
    }
