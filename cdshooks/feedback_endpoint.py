"""The feedback endpoint of one CDS service: 2xx means that what was told is on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cdshooks import log
from cdshooks.endpoint import CALLER, Answer, read_body, refuse, require_json
from cdshooks.feedback import KeepsFeedback, read

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class FeedbackEndpoint:
    """Takes what became of the cards of one service."""

    def __init__(self, service_id: str, kept_by: KeepsFeedback, max_body_bytes: int) -> None:
        self._service = service_id
        self._kept_by = kept_by
        self._limit = max_body_bytes

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Keep it and say how much that was, or say what is wrong."""
        try:
            require_json(environ)
            told = read(read_body(environ, self._limit))
            self._kept_by.keep(self._service, environ.get(CALLER), told)
        except Exception as error:  # noqa: BLE001 - whatever happens, the client gets an OperationOutcome
            return refuse(error)
        log.event("feedback", service=self._service, status=200, feedback=len(told))
        return Answer(200, msgspec.json.encode({"kept": len(told)}))
