"""A CDS service that takes its time, behind small limits: one request at a time, one waiting, not for long."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from cdshooks.app import create_app
from cdshooks.request import HookRequest
from cdshooks.settings import Settings
from tests.cdshooks import hello

SECONDS = 1.0
PATIENCE_SECONDS = 0.3

_settings = Settings.for_sandbox(threads=1, queue=1, queue_milliseconds=int(PATIENCE_SECONDS * 1000))


def respond(_: HookRequest) -> Sequence[object]:
    """Answer late."""
    time.sleep(SECONDS)
    return ()


application = create_app(_settings, services=(replace(hello.service(_settings), respond=respond),))
