"""Reading JSON into FHIR types: strictly where it fits, element by element where it does not."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from fhir_mapping.datatypes import CodeableConcept, Coding, Quantity, Reference
from fhir_mapping.decoding import decode, refuse_duplicate_keys
from fhir_mapping.errors import DuplicateKeyError, MappingError
from fhir_mapping.resources.medication_request import MedicationRequest
from fhir_mapping.resources.observation import Observation

ROS1 = CodeableConcept(coding=(Coding(code="c"),), text="ROS1")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"code": {"coding": [{"code": "c"}], "text": "ROS1"}}, Observation(code=ROS1)),
        ({"code": {"coding": {"code": "c"}, "text": "ROS1"}}, Observation(code=ROS1)),
        ({"code": [{"coding": [{"code": "c"}], "text": "ROS1"}]}, Observation(code=ROS1)),
        ({"code": {"coding": [{"code": "c"}], "text": ["ROS1"]}}, Observation(code=ROS1)),
        ({"code": "ROS1"}, Observation(code=CodeableConcept(text="ROS1"))),
        ({"code": {"coding": [{"code": 5}]}}, Observation(code=CodeableConcept(coding=(Coding(code="5"),)))),
        ({"interpretation": {"text": "x"}}, Observation(interpretation=(CodeableConcept(text="x"),))),
        ({"component": None, "valueString": None, "code": None}, Observation()),
        ({"interpretation": [None, {"text": "x"}]}, Observation(interpretation=(CodeableConcept(text="x"),))),
        ({"valueQuantity": {"value": "1.10"}}, Observation(value_quantity=Quantity(value=Decimal("1.10")))),
        (
            {"valueQuantity": {"value": 1.10, "unit": 5}},
            Observation(value_quantity=Quantity(value=Decimal("1.1"), unit="5")),
        ),
        ({"valueInteger": "7"}, Observation(value_integer=7)),
        ({"valueInteger": 7.0, "id": 1}, Observation(value_integer=7, id="1")),
        ({"valueBoolean": "true"}, Observation(value_boolean=True)),
        ({"subject": "Patient/1"}, Observation(subject=Reference(reference="Patient/1"))),
        ([{"valueString": "x"}], Observation(value_string="x")),
    ],
    ids=str,
)
def test_an_unexpected_shape_is_read_for_what_it_means(sent: object, read: Observation) -> None:
    """Lists and single elements, numbers and strings stand for one another; nothing is a problem then."""
    assert decode(json.dumps(sent).encode(), Observation) == (read, ())


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"valueString": "x", "code": 5}, "Observation.code: expected an object, got a number"),
        (
            {"valueString": "x", "code": [{"text": "a"}, {"text": "b"}]},
            "Observation.code: expected an object, got a list",
        ),
        ({"valueString": "x", "status": {"a": 1}}, "Observation.status: expected a string, got an object"),
        (
            {"valueString": "x", "valueBoolean": "maybe"},
            "Observation.valueBoolean: expected true or false, got a string",
        ),
        ({"valueString": "x", "valueInteger": 7.5}, "Observation.valueInteger: expected a whole number, got a number"),
        ({"valueString": "x", "note": [{"text": 1}, 5]}, "Observation.note[1]: expected an object, got a number"),
        (
            {"valueString": "x", "valueQuantity": {"value": "many"}},
            "Observation.valueQuantity.value: expected a number, got a string",
        ),
        (
            {"valueString": "x", "valueQuantity": {"value": True}},
            "Observation.valueQuantity.value: expected a number, got true or false",
        ),
    ],
)
def test_what_does_not_fit_is_left_out_and_named(sent: dict[str, Any], problem: str) -> None:
    """The rest is kept."""
    read = decode(json.dumps(sent).encode(), Observation)

    assert read.value is not None
    assert read.value.value_string == "x"
    assert read.problems == (problem,)


@pytest.mark.parametrize("content", [b"", b"{", b"nonsense", b'{"id": "\xff"}', b"[" * 100_000, b"5", b"null", b'"x"'])
def test_what_is_no_resource_is_a_problem_and_no_error(content: bytes) -> None:
    """Nothing is read of it, and that is said."""
    read = decode(content, MedicationRequest)

    assert read.value is None
    assert read.problems


def test_deep_nesting_beside_what_is_read_is_a_problem_and_no_error() -> None:
    """A thousand levels are no reason to crash."""
    read = decode(b'{"code": {"text": "ROS1"}, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", Observation)

    assert read.problems


@pytest.mark.parametrize(
    "sent",
    [
        b'{"a": 1, "a": 1}',
        b'{"x": {"a": 1, "b": 2, "a": 3}}',
        b'{"x": [{"a": 1,"a" : 2}]}',
        b'{"x":[{"a":1,\n"a"\n:2}]}',
        b'{"text":"a\\u0022:b","a":1,"a":2}',
        b'{"text":"a\\":b","a":1,"\\u0061":2}',
        b'{"text":"a\\"\\u003ab","a":1,"a":2}',
        b'{"text":"a\\u003Ab","a":1,"a":2}',
        b'{"a":1e400,"a":' + b"9" * 5000 + b"}",
    ],
)
def test_a_key_that_stands_twice_is_found_anywhere(sent: bytes) -> None:
    """However it is written."""
    with pytest.raises(DuplicateKeyError) as caught:
        refuse_duplicate_keys(sent, "here")

    assert isinstance(caught.value, MappingError)
    assert (caught.value.path, caught.value.key) == ("here", "a")


@pytest.mark.parametrize(
    "sent",
    [
        b'{"a": 1, "b": {"a": 1}}',
        b'{"a":"\\":\\":","b":"x :y"}',
        b'[{"a": 1}, {"a": 1}]',
        b'{"text":"a\\u0022:b"}',
        b"{",
        b"[" * 100_000,
    ],
)
def test_the_same_key_in_two_objects_is_no_fault(sent: bytes) -> None:
    """Nor is what cannot be read at all: that is said elsewhere."""
    refuse_duplicate_keys(sent, "here")
