"""The log: one JSON line per event on standard error, made only of members that are listed here.

Never a resource, an id of a patient, a token, free text or a traceback. It is not ``logging``: a record of that costs
more than reading a small request, and takes any text. A line that cannot be written is lost, and /readyz says so.
"""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, BinaryIO, TypedDict, Unpack

import msgspec


class Level(IntEnum):
    """How severe an event is."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


class Members(TypedDict, total=False):
    """All that a line can hold beside time, level and event."""

    profile: str  # production or sandbox
    service: str  # the id of a CDS service
    hook: str
    status: int  # HTTP
    milliseconds: float
    cards: int  # how many
    error: str  # the slug of an error
    client: str  # the iss of a CDS Client, as the settings list it
    reason: str  # why a caller was not believed or its keys could not be had: one of our own words
    exception: str  # the class of an exception
    places: tuple[str, ...]  # file names and line numbers of our code
    release: str  # of the knowledge
    rules: tuple[str, ...]  # ids
    undetermined: tuple[str, ...]  # ids of rules
    silent: tuple[str, ...]  # ids of rules in silent mode that applied
    withheld: dict[str, str]  # ids of rules whose card is not shown, and why
    data: dict[str, str]  # how each part of the record arrived
    reasons: dict[str, str]  # why a prefetch key, or a type of resource, could not be fetched: names of Why
    other_patient_resources: int  # how many
    unread_resources: int  # how many
    setting: str  # the environment variable of a setting
    waiting: int  # how many accounts wait to be written to the ledger
    lost: int  # how many accounts were not
    feedback: int  # how many cards a client told of


class Sink:
    """Where the lines go, and from which level on; silent until the server configures it."""

    level: int = sys.maxsize
    stream: BinaryIO = sys.stderr.buffer
    broken: bool = False  # whether the last line could not be written


class _Noted(threading.local):
    """What this thread noted for its next line, and which request it works on."""

    members: Members = {}  # noqa: RUF012 - replaced, never changed
    request = ""


_noted = _Noted()
_encode = msgspec.json.Encoder().encode


def begin(request: str) -> None:
    """Name the request that this thread works on: its id is on every line from now on."""
    _noted.request = request


def note(**members: Unpack[Members]) -> None:
    """Keep members for the next line of this thread: one per request, not two that somebody must bring together."""
    _noted.members = members


def event(name: str, *, level: Level = Level.INFO, **members: Unpack[Members]) -> None:
    """Write one event as a line, with what was noted before."""
    noted, _noted.members = _noted.members, {}
    if level < Sink.level:
        return
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line: dict[str, Any] = {"time": now, "level": level.name.lower(), "event": name, **members, **noted}
    if _noted.request:
        line["request"] = _noted.request
    try:
        Sink.stream.write(_encode(line) + b"\n")
        Sink.stream.flush()
    except (OSError, ValueError):  # nobody reads, the disk is full, it is closed: no answer may fail for that
        Sink.broken = True
    else:
        Sink.broken = False


def configure(level: str, stream: BinaryIO | None = None) -> None:
    """Write events of this level ("info") and above, to standard error if no stream is given."""
    Sink.level = Level[level.upper()]
    Sink.stream = stream or sys.stderr.buffer
