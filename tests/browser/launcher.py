"""Another EHR: a FHIR server that asks for a token, and its authorization server, at an origin of their own."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.serving import make_server

from cdshooks.cors import with_cors
from cdshooks.web.demo.authorization import with_authorization
from cdshooks.web.demo.fhir_server import with_demo_fhir
from tests.cdshooks.conftest import free_port

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CLIENT = "ros1-cds"
TOKEN = "a-secret-token"  # noqa: S105 - of invented patients


def _style_only(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve the style of the page on which the user authorizes, and nothing else."""
    if environ["PATH_INFO"] != "/about.css":
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]
    style = files("cdshooks.web").joinpath("pages/about.css").read_bytes()
    start_response("200 OK", [("Content-Type", "text/css"), ("Content-Length", str(len(style)))])
    return [style]


@contextmanager
def another_ehr(app: str) -> Iterator[str]:
    """Serve an EHR at which the app of this base URL is registered; yield the base URL of its FHIR server."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    served = with_demo_fhir(_style_only, base, TOKEN)
    served = with_authorization(served, base, {CLIENT: f"{app}/smart/callback"}, TOKEN)
    server = make_server("127.0.0.1", port, with_cors(served, ("*",)), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{base}/fhir"
    finally:
        server.shutdown()
        thread.join()


def launch_url(app: str, iss: str, patient: str = "demo-ros1", **more: str) -> str:
    """Return the URL that the EHR opens to launch the app with a patient."""
    context = json.dumps({"patient": patient, **more}).encode()
    launch = urlsafe_b64encode(context).rstrip(b"=").decode()
    return f"{app}/smart/launch?{urlencode({'iss': iss, 'launch': launch})}"
