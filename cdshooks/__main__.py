"""``python -m cdshooks``: serve with granian until a signal ends it."""

from __future__ import annotations

import os
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from cdshooks.settings import Settings, SettingsError

_WAITING_PER_THREAD = 4
"""A worker takes up to this many requests per thread; more wait in the socket's queue, not in memory."""


def main() -> int:
    """Serve; return 2 if the settings are wrong."""
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stderr.write(f"CDS services are listed at {settings.public_base_url}/cds-services\n")
    Granian(
        "cdshooks.wsgi:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backpressure=settings.threads * _WAITING_PER_THREAD,
        websockets=False,
        log_level=LogLevels.error,  # it warns of more threads than cores, which are meant: they wait, not compute
        respawn_failed_workers=True,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
