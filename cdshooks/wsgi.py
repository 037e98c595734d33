"""The WSGI application of one worker: loads everything, answers once to itself, and only then is ready to serve."""

from __future__ import annotations

import gc
import os

from cdshooks import __version__, log, metrics, tracing
from cdshooks.app import create_app
from cdshooks.setting_values import variable
from cdshooks.settings import Settings
from cdshooks.store.records import Records
from cdshooks.warmup import warm

metrics.forget_the_dead()
_settings = Settings.from_environment(os.environ)
application = create_app(_settings, records=Records.of(_settings))
warm(application)
if _settings.otlp_endpoint:  # only now: nobody called yet
    tracing.start(
        _settings.otlp_endpoint,
        version=__version__,
        lost=lambda: log.event("traces-lost", level=log.Level.ERROR, setting=variable("otlp_endpoint")),
    )
log.configure(_settings.log_level)
log.event("started", level=log.Level.WARNING if _settings.sandbox else log.Level.INFO, profile=_settings.profile)

# What is loaded now stays for good: without this, full collections over it are the slowest percent of all requests.
gc.collect()
gc.freeze()
