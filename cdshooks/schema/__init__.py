"""The JSON Schemas of CDS Hooks, written from the standard: a fast gate says whether, ``jsonschema`` says why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from itertools import islice
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError

from cdshooks.errors import MOST_ISSUES, Issue, IssueType

_MOST_ITEMS = 100
_DEEPEST = 8
"""Explaining looks no further into an array, nor deeper: it is slow, and a hostile body may be a million items long."""

_SHOWN = frozenset({"hook", "resourceType", "indicator", "selectionBehavior", "type"})
"""Members whose value is a word of the protocol; of any other only the type is told."""

_WORD = 40

_CODES = {"required": IssueType.REQUIRED, "type": IssueType.STRUCTURE, "maxLength": IssueType.TOO_LONG}


class Schema:
    """One JSON Schema, compiled twice: for speed and for words."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._gate = jsonschema_rs.Draft202012Validator(dict(schema))
        self._explainer = Draft202012Validator(dict(schema))

    def holds(self, document: object) -> bool:
        """Return whether the document is valid."""
        return self._gate.is_valid(document)

    def faults(self, document: object, root: str = "") -> tuple[Issue, ...]:
        """Return what is wrong with the document, each fault as an issue; ``root`` is the document's own path."""
        if self.holds(document):
            return ()
        errors = islice(self._explainer.iter_errors(_shortened(document)), MOST_ISSUES)
        return tuple(_issue(error, root) for error in errors) or (
            Issue(what=f"Beyond its first {_MOST_ITEMS} items, {root or 'the body'} is not as the standard asks"),
        )


def load(name: str, *, part: str | None = None) -> Schema:
    """Return the schema of this folder with that file name, without ``.json``; or that of a part it defines."""
    schema = json.loads(files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return Schema({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]} if part else schema)


def kind(value: object) -> str:
    """Return what sort of JSON value it is, without telling the value."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return f"a text of {len(value)} characters" if value else "an empty text"
        case list():
            return f"an array of {len(value)}" if value else "an empty array"
        case _:
            return "an object" if value else "an empty object"


def _shortened(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {key: _shortened(member, depth + 1) for key, member in value.items()}
    if isinstance(value, list):
        return [_shortened(item, depth + 1) for item in value[:_MOST_ITEMS]]
    return value


def _issue(error: ValidationError, root: str) -> Issue:
    where = _path(root, error.absolute_path)
    if error.validator in ("required", "dependentRequired"):
        missing = error.message.split("'")[1]
        described = error.schema.get("properties", {}).get(missing, {}) if isinstance(error.schema, dict) else {}
        path = _path(where, [missing])
        return Issue(
            what=f"{path} is missing", code=IssueType.REQUIRED, where=path, expected=described.get("description")
        )
    described = error.schema if isinstance(error.schema, dict) else {}
    return Issue(
        what=f"{where or 'The body'} is not as the standard asks ({error.validator})",
        code=_CODES.get(str(error.validator), IssueType.VALUE),
        where=where or None,
        got=_got(where, error.instance),
        expected=described.get("description"),
    )


def _path(root: str, steps: Any) -> str:  # noqa: ANN401 - a deque or a list of keys and positions
    path = root
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


def _got(where: str, value: object) -> str:
    word = where.rpartition(".")[2] in _SHOWN and isinstance(value, str) and 0 < len(value) <= _WORD
    return repr(value) if word else kind(value)
