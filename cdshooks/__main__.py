"""``python -m cdshooks``: serve with granian until a signal ends it."""

from __future__ import annotations

import os
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from cdshooks.settings import Settings, SettingsError

_CONNECTIONS = 1024
"""A worker holds up to this many connections. Idle ones that are kept alive count, so it must be far above the threads:
an EHR's connection pool would otherwise lock everybody else out."""


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
        backpressure=_CONNECTIONS,
        websockets=False,
        log_level=LogLevels.error,  # it warns of more threads than cores, which are meant: they wait, not compute
        respawn_failed_workers=True,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
