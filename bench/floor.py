"""The floor to measure against: the same server and framework, but only ``json.loads`` and a constant answer."""

from __future__ import annotations

import json

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/cds-services/ros1-nsclc")
def constant() -> Response:
    """Parse the body and answer without looking at it."""
    json.loads(request.get_data())
    return Response(b'{"cards":[]}', mimetype="application/json")
