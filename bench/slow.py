"""The service beside a slow one, to see what requests that wait do to requests that do not."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from cdshooks import registry
from cdshooks.app import create_app
from cdshooks.registry import Service
from cdshooks.request import HookRequest
from cdshooks.settings import Settings

WAIT_SECONDS = 0.1


def _wait(_: HookRequest) -> Sequence[object]:
    time.sleep(WAIT_SECONDS)
    return ()


_settings = Settings.from_environment(os.environ)
_slow = Service(id="slow", hooks=("order-select",), title="Slow", description="Waits", respond=_wait)
app = create_app(_settings, (*registry.find(_settings), _slow))
