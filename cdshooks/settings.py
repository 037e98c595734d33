"""Every setting, its default and its environment variable (``ROS1_CDS_`` and the name in capitals)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
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


class Profile(StrEnum):
    """How much the service trusts whoever calls it."""

    PRODUCTION = "production"  # closed: who may call and where data come from is listed
    SANDBOX = "sandbox"  # open, for invented patients only


class WhenUnfetched(StrEnum):
    """What is answered when data that a decision needs were not sent and could not be fetched."""

    REFUSE = "refuse"  # 412, as the standard asks
    CARD = "card"  # a card that says what was not checked, for clients that show an error as "all clear"


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

    profile: Profile = Profile.PRODUCTION
    """production, or sandbox: open, for invented patients only."""

    fhir_servers: tuple[str, ...] = ()
    """Base URLs of the FHIR servers that missing data are fetched from, separated by commas; in a sandbox none: any."""

    fhir_networks: tuple[str, ...] = ()
    """Networks such as 10.1.0.0/16 in which these servers stand, if they stand in no public one."""

    fhir_ca_file: str = ""
    """A file of certificates (PEM) that these servers' certificates are checked with, if not the usual ones."""

    fetch_milliseconds: int = 400
    """The time that fetching may take, all of it."""

    fetch_waiting: int = 8
    """Requests that may wait for FHIR servers at a time; never more than threads less one."""

    demo_fhir_token: str = field(default="", repr=False)
    """The bearer token that the sandbox's own FHIR server asks for, if it asks for one."""

    when_unfetched: WhenUnfetched = WhenUnfetched.REFUSE
    """What is answered when needed data could not be had: "refuse" (412) or "card"."""

    cors_origins: tuple[str, ...] = ("*",)
    """Origins of browser clients, separated by commas; "*" admits every origin (no credentials are ever allowed)."""

    log_level: LogLevel = LogLevel.INFO
    """debug, info, warning or error."""

    def __post_init__(self) -> None:
        """Derive the public base URL if it is not set."""
        url = self.public_base_url or f"http://{self.host}:{self.port}"
        object.__setattr__(self, "public_base_url", url.rstrip("/"))

    @property
    def sandbox(self) -> bool:
        """Whether the service is open, for invented patients only."""
        return self.profile is Profile.SANDBOX

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables; raise SettingsError with every fault."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for name in (each.name for each in fields(cls)):
            text = environment.get(PREFIX + name.upper(), "").strip()
            if not text:
                continue
            try:
                values[name] = _READERS[name](text)
            except ValueError as error:
                faults.append(f"{PREFIX}{name.upper()} is {text[:80]!r}; expected {error}")
        known = {PREFIX + each.name.upper() for each in fields(cls)}
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


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        message = "networks such as 10.1.0.0/16, separated by commas"
        raise ValueError(message) from None


def _file(text: str) -> str:
    if Path(text).is_file():
        return text
    message = "a file that can be read"
    raise ValueError(message)


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
    "profile": _one_of(Profile),
    "fhir_servers": _list_of(_matching(_URL, "base URLs such as https://ehr.example.org/fhir, separated by commas")),
    "fhir_networks": _list_of(_network),
    "fhir_ca_file": _file,
    "fetch_milliseconds": _number(10, 60_000),
    "fetch_waiting": _number(1, 256),
    "demo_fhir_token": _matching(re.compile(r"^[A-Za-z0-9._~+/=-]+$"), "a bearer token"),
    "when_unfetched": _one_of(WhenUnfetched),
    "cors_origins": _origins,
    "log_level": _one_of(LogLevel),
}
