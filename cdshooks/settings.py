"""Every setting, its default and its environment variable (``ROS1_CDS_`` and the name in capitals)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

PREFIX = "ROS1_CDS_"

_MEGABYTE = 1024 * 1024
_URL = re.compile(r"^https?://[^\s/?#]+(/[^\s?#]*)?$")
_ORIGIN = re.compile(r"^https?://[^\s/?#]+$")
_WORD = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


class SettingsError(Exception):
    """Settings have values that cannot be; found at start, every fault at once."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class PrefetchScope(StrEnum):
    """Which laboratory results prefetch asks for."""

    LABORATORY = "laboratory"  # all of them, as most laboratories send ROS1 under a code of their own
    CODED = "coded"  # those with the codes that we know, for a site that has mapped its codes


class SnomedCt(StrEnum):
    """Which SNOMED CT codes are recognised; words and the codes of other systems always are."""

    ALL = "all"  # needs a SNOMED CT licence, or a member country's
    GPS = "gps"  # the Global Patient Set, free to use
    OFF = "off"


class LogLevel(StrEnum):
    """From which severity on the log speaks."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one server process."""

    host: str = "127.0.0.1"
    """The address to listen on."""

    port: int = 8080
    """The port to listen on."""

    workers: int = 1
    """Server processes: one per core."""

    threads: int = 16
    """Requests that one worker handles at a time; with one, a slow request would stop all others."""

    public_base_url: str = ""
    """The base URL that clients call, as their tokens name it; never guessed from a request. Empty: http://HOST:PORT."""

    max_body_bytes: int = 20 * _MEGABYTE
    """Larger bodies are refused with 413."""

    prefetch: PrefetchScope = PrefetchScope.LABORATORY
    """Which laboratory results prefetch asks for: "laboratory" or "coded"."""

    formulary: tuple[str, ...] = ()
    """Ids of the drugs that the site prefers, in its order, separated by commas; the overlay may hold them instead."""

    overlay: str = ""
    """The folder of the site's overlay; empty: none."""

    snomed_ct: SnomedCt = SnomedCt.ALL
    """Which SNOMED CT codes are recognised: "all", "gps" or "off"."""

    cors_origins: tuple[str, ...] = ("*",)
    """Origins of browser clients, separated by commas; "*" admits every origin (no credentials are ever allowed)."""

    log_level: LogLevel = LogLevel.INFO
    """debug, info, warning or error."""

    def __post_init__(self) -> None:
        """Derive the public base URL if it is not set."""
        url = self.public_base_url or f"http://{self.host}:{self.port}"
        object.__setattr__(self, "public_base_url", url.rstrip("/"))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables; raise SettingsError with every fault."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for name in (field.name for field in fields(cls)):
            text = environment.get(PREFIX + name.upper(), "").strip()
            if not text:
                continue
            try:
                values[name] = _READERS[name](text)
            except ValueError as error:
                faults.append(f"{PREFIX}{name.upper()} is {text[:80]!r}; expected {error}")
        known = {PREFIX + field.name.upper() for field in fields(cls)}
        unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
        faults += (f"{name} is no setting; the settings are {', '.join(sorted(known))}" for name in unknown)
        if faults:
            raise SettingsError(tuple(faults))
        return cls(**values)


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        message = f"a whole number from {low} to {high}"
        raise ValueError(message)

    return read


def _matching(pattern: re.Pattern[str], expected: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if pattern.match(text):
            return text
        raise ValueError(expected)

    return read


def _list_of(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    return lambda text: tuple(read(part.strip()) for part in text.split(",") if part.strip())


def _one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(text: str) -> StrEnum:
        if text in tuple(kind):
            return kind(text)
        raise ValueError(" or ".join(kind))

    return read


def _origins(text: str) -> tuple[str, ...]:
    origin = _matching(_ORIGIN, '"*", or origins such as https://ehr.example.org separated by commas')
    return ("*",) if text == "*" else _list_of(origin)(text)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "host": _matching(re.compile(r"^\S+$"), "an address or a host name"),
    "port": _number(1, 65535),
    "workers": _number(1, 256),
    "threads": _number(1, 256),
    "public_base_url": _matching(_URL, "an absolute http or https URL without query"),
    "max_body_bytes": _number(_MEGABYTE, 1024 * _MEGABYTE),
    "prefetch": _one_of(PrefetchScope),
    "formulary": _list_of(_matching(_WORD, "ids of drugs such as examplinib, separated by commas")),
    "overlay": str,
    "snomed_ct": _one_of(SnomedCt),
    "cors_origins": _origins,
    "log_level": _one_of(LogLevel),
}
