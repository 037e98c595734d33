"""What a setting is: its default, what is written about it, and how its value is read from a text or from TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import Field, dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar

import msgspec

PREFIX = "ROS1_CDS_"

FILE = f"{PREFIX}SETTINGS"
"""The environment variable that names the settings file."""

_Value = TypeVar("_Value")
_Kind = TypeVar("_Kind", bound=StrEnum)

MEGABYTE = 1024 * 1024
ANY_ORIGIN = "*"
_SHOWN = 80
_ALIKE = 0.75

_URL = re.compile(r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")
_ORIGIN = re.compile(r"^https?://[^\s/?#@]+$")
_WORD = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def setting(
    default: _Value,
    read: Callable[[object], _Value],
    about: str,
    *,
    sandbox: _Value | None = None,
    secret: bool = False,
) -> _Value:
    """Declare a setting: default, reader, what it does; ``sandbox`` is the default of that profile if it is another."""
    metadata = {"read": read, "about": about, "sandbox": sandbox, "secret": secret}
    declared: Any = field(default=default, repr=not secret, metadata=metadata)
    value: _Value = declared
    return value


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


@dataclass(slots=True, kw_only=True)
class Read:
    """What was read: the values by the names of their settings, the settings that could not be read, every fault."""

    values: dict[str, Any]
    unreadable: set[str]
    faults: list[str]


def read_all(declared: Iterable[Field[Any]], environment: Mapping[str, str]) -> Read:
    """Return the values of those settings that the environment or the settings file gives."""
    settings = {field.name: field for field in declared}
    from_file, faults = _file(environment.get(FILE, "").strip())
    read = Read(values={}, unreadable=set(settings) if faults else set(), faults=faults)
    faults += [_unknown(name, settings, " in the settings file") for name in sorted(from_file.keys() - settings)]
    known = {FILE, *map(variable, settings)}
    variables = {name for name in environment if name.startswith(PREFIX)}
    faults += [_unknown(name, known) for name in sorted(variables - known)]
    for name, field_ in settings.items():
        text = environment.get(variable(name), "").strip()
        if not text and name not in from_file:
            continue
        raw, called = (text, variable(name)) if text else (from_file[name], f"{name} in the settings file")
        try:
            read.values[name] = field_.metadata["read"](raw)
        except ValueError as error:
            got = "not as it must be" if field_.metadata["secret"] else repr(raw)[:_SHOWN]
            read.unreadable.add(name)
            read.faults.append(f"{called} is {got}; expected {error}")
    return read


def _unknown(name: str, known: Collection[str], place: str = "") -> str:
    """Say that a name is none of a setting, and which was meant, or which there are where it stands."""
    by_word = {each.removeprefix(PREFIX): each for each in known}
    meant = [by_word[word] for word in get_close_matches(name.removeprefix(PREFIX), by_word, cutoff=_ALIKE)]
    told = f"perhaps {' or '.join(meant)} is meant" if meant else f"expected one of {', '.join(sorted(known))}"
    return f"{name}{place} is no setting; {told}; docs/settings.md says what each is"


def _file(path: str) -> tuple[dict[str, Any], list[str]]:
    """Return the settings file's values, and what is wrong with it."""
    if not path:
        return {}, []
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8")), []
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return {}, [f"{FILE} is {path!r}; expected a readable TOML file: {reason}"]


def number(low: int, high: int) -> Callable[[object], int]:
    """Read a whole number within bounds."""

    def read(raw: object) -> int:
        text = raw if isinstance(raw, str) else str(raw)
        if not isinstance(raw, bool) and text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        message = f"a whole number from {low} to {high}"
        raise ValueError(message)

    return read


def yes_or_no(raw: object) -> bool:
    """Read true or false."""
    if raw in (True, False, "true", "false"):
        return raw in (True, "true")
    message = "true or false"
    raise ValueError(message)


def matching(pattern: str | re.Pattern[str], expected: str) -> Callable[[object], str]:
    """Read a text of a form."""
    form = re.compile(pattern)

    def read(raw: object) -> str:
        if isinstance(raw, str) and form.match(raw):
            return raw
        raise ValueError(expected)

    return read


url = matching(_URL, "an absolute http or https URL without query")
base_url = matching(_URL, "base URLs such as https://ehr.example.org/fhir, separated by commas")
drug_id = matching(_WORD, "ids of drugs such as examplinib, separated by commas")
store_url = matching(
    r"^(sqlite:///|postgresql://[^\s/]*/)\S+$", "sqlite:///path or postgresql://user:password@host/database"
)
_origin = matching(_ORIGIN, '"*", or origins such as https://ehr.example.org separated by commas')


def network(raw: object) -> str:
    """Read a network."""
    try:
        return str(ip_network(str(raw)))
    except ValueError:
        message = "networks such as 10.1.0.0/16, separated by commas"
        raise ValueError(message) from None


def readable_file(raw: object) -> str:
    """Read the path of a file that is there."""
    if isinstance(raw, str) and Path(raw).is_file():
        return raw
    message = "a file that can be read"
    raise ValueError(message)


def list_of(read: Callable[[object], _Value]) -> Callable[[object], tuple[_Value, ...]]:
    """Read a list: texts separated by commas, or an array of TOML."""

    def read_list(raw: object) -> tuple[_Value, ...]:
        items = [part.strip() for part in raw.split(",")] if isinstance(raw, str) else raw
        if not isinstance(items, list):
            items = [items]
        good: list[_Value] = []
        wrong: dict[str, str] = {}
        for item in items:
            try:
                good += [] if item == "" else [read(item)]
            except ValueError as error:
                wrong[repr(item)[:_SHOWN]] = str(error)
        if wrong:
            message = f"{next(iter(wrong.values()))}; not so: {', '.join(wrong)}"
            raise ValueError(message)
        return tuple(good)

    return read_list


def one_of(kind: type[_Kind]) -> Callable[[object], _Kind]:
    """Read one of a few words."""

    def read(raw: object) -> _Kind:
        if raw in tuple(kind):
            return kind(str(raw))
        raise ValueError(" or ".join(kind))

    return read


def some_of(kind: type[_Kind]) -> Callable[[object], tuple[_Kind, ...]]:
    """Read at least one of a few words."""
    read = list_of(one_of(kind))

    def read_some(raw: object) -> tuple[_Kind, ...]:
        found = read(raw)
        if found:
            return found
        message = f"at least one of {', '.join(kind)}"
        raise ValueError(message)

    return read_some


def origins(raw: object) -> tuple[str, ...]:
    """Read the origins of browser clients, or "*" for all."""
    return (ANY_ORIGIN,) if raw in (ANY_ORIGIN, [ANY_ORIGIN]) else list_of(_origin)(raw)


def tables_of(kind: type[_Value], example: str) -> Callable[[object], tuple[_Value, ...]]:
    """Read an array of tables: as TOML has it, or as JSON."""

    def read(raw: object) -> tuple[_Value, ...]:
        try:
            tables = msgspec.json.decode(raw) if isinstance(raw, str) else raw
            return msgspec.convert(tables, tuple[kind, ...])  # type: ignore[valid-type]
        except msgspec.MsgspecError as error:
            message = f"tables such as {example}; {error}"
            raise ValueError(message) from None

    return read


def shown(declared: Field[Any], value: object) -> str:
    """Return a value as it may be printed."""
    match value:
        case _ if declared.metadata["secret"] and value != declared.default:
            return "(set, not shown)"
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(str(item) for item in value)
        case _:
            return str(value)
