"""The JSON Schemas and the types say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import fields

import knowledge
from knowledge import disclosure, model, site

SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(str(knowledge.__file__)).parent / "schema").glob("*.schema.json")
}
TYPES = {
    "release": model.Release,
    "wording": model.Wording,
    "code_systems": model.CodeSystemList,
    "rejected_codes": model.RejectedCodeList,
    "source": model.Source,
    "value_set": model.ValueSet,
    "method": model.Method,
    "drug_class": model.DrugClass,
    "drug": model.Drug,
    "orderable": model.Orderable,
    "resistance": model.Resistance,
    "baseline_check": model.BaselineCheck,
    "interaction": model.InteractionClass,
    "statement": model.Statement,
    "rule": model.Rule,
    "decision_table": model.DecisionTable,
    "disclosure": disclosure.Disclosure,
    "overlay": site.Overlay,
}
SHARED = {"code": model.Code, "prefix": model.CodePrefix, "citation": model.Citation}
OF_AN_OVERLAY = {"silentMode"}  # what a site's overlay alone may set
SUGGESTION = SCHEMAS["rule"]["$defs"]["suggestion"]["anyOf"][1]


def _objects(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for part in schema:
            yield from _objects(part)
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from _objects(part)


def test_every_schema_has_its_type() -> None:
    """No kind of file is without a schema or without a type."""
    assert SCHEMAS.keys() == {*TYPES, "defs"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_lets_nothing_unknown_in(name: str) -> None:
    """Every object names its keys; only the phrases of the wording have free names."""
    Draft202012Validator.check_schema(SCHEMAS[name])
    closed = [each.get("additionalProperties") for each in _objects(SCHEMAS[name]) if each.get("title") != "phrases"]

    assert [value for value in closed if value is not False] == (
        [{"type": "string", "minLength": 1}] if name == "wording" else []
    )


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        *((SCHEMAS[name], type_) for name, type_ in TYPES.items()),
        *((SCHEMAS["defs"]["$defs"][name], type_) for name, type_ in SHARED.items()),
        (SUGGESTION, model.OrderTests),
    ],
    ids=[*TYPES, *SHARED, "suggestion"],
)
def test_a_schema_has_the_keys_of_its_type(schema: dict[str, Any], type_: type[Any]) -> None:
    """What the schema lets through, the type can hold, and what the type needs, the schema demands."""
    assert schema["properties"].keys() == {field.encode_name for field in fields(type_)} - OF_AN_OVERLAY
    assert {field.encode_name for field in fields(type_) if field.required} <= set(schema["required"])
