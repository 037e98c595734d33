"""YAML without surprises: only null, true, false and plain numbers are resolved, and no key may stand twice.

PyYAML would read ``0123`` as 83, ``no`` as False and ``2026-11-20`` as a date, and let the last of two equal keys win.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, NamedTuple

import yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser where PyYAML was built with it

_TAG = "tag:yaml.org,2002:"
_RESOLVED = {
    "null": (re.compile(r"^(?:~|null|)$"), ["~", "n", ""]),
    "bool": (re.compile(r"^(?:true|false)$"), ["t", "f"]),
    "int": (re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789")),
    "float": (re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789")),
}


class YamlProblem(NamedTuple):
    """What is wrong with a YAML text and in which line (counted from 1)."""

    line: int
    got: str
    expected: str


class _StrictLoader(_Base):  # type: ignore[misc]  # the base is the C loader or the Python loader
    """A safe loader that knows no dates, octals, ``yes``/``no`` or tags, and notes keys that stand twice."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    yaml_constructors: ClassVar[dict[str | None, Any]] = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problems: list[YamlProblem] = []

    def strict_mapping(self, node: yaml.MappingNode) -> dict[Any, Any]:
        """Construct a mapping and note every key that stands in it twice."""
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str):
                self.problems.append(YamlProblem(line, f"the key {key!r}", "a key that is text"))
                continue
            if key in mapping:
                self.problems.append(YamlProblem(line, f"the key {key!r} a second time", "each key once"))
            mapping[key] = self.construct_object(value_node, deep=True)
        return mapping


def _refuse_tag(_loader: object, node: yaml.Node) -> None:
    """Refuse a tag such as ``!!timestamp``: plain YAML is enough here."""
    raise yaml.constructor.ConstructorError(problem=f"the tag {node.tag}", problem_mark=node.start_mark)


for _name, (_pattern, _first) in _RESOLVED.items():
    _StrictLoader.add_implicit_resolver(_TAG + _name, _pattern, _first)
    _StrictLoader.add_constructor(_TAG + _name, getattr(yaml.constructor.SafeConstructor, f"construct_yaml_{_name}"))
_StrictLoader.add_constructor(_TAG + "str", lambda loader, node: loader.construct_scalar(node))
_StrictLoader.add_constructor(_TAG + "seq", lambda loader, node: loader.construct_sequence(node, deep=True))
_StrictLoader.add_constructor(_TAG + "map", _StrictLoader.strict_mapping)
_StrictLoader.add_constructor(None, _refuse_tag)


def read_yaml(text: str) -> tuple[Any, list[YamlProblem]]:
    """Read one YAML document; the value (None if the text cannot be parsed) and all that is wrong with it."""
    loader = _StrictLoader(text)
    try:
        return loader.get_single_data(), loader.problems
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, [*loader.problems, YamlProblem(line, error.problem or "no YAML", "one YAML document")]
    except yaml.YAMLError as error:  # a character that YAML does not allow
        return None, [*loader.problems, YamlProblem(1, str(error).replace("\n", " "), "one YAML document")]
    finally:
        loader.dispose()
