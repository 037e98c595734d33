"""The conformance table: requirements, the tests that hold each, and docs/conformance.md made of both."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "conformance.md"

_MARKER = "pytest.mark.requirement"
_HEAD = """\
# Conformance

What CDS Hooks asks of a CDS Service (2.0.1; "3.0" marks what the 2026 ballot adds), and the tests that hold it.
Levels are the standard's key words; BP is its best-practice page, "-" what real clients and validators ask beyond it,
CRD and PDDI what HL7's guides of that name ask.

Made by `make docs` from `tests/conformance/requirements.yaml` and the tests' markers; a test keeps it current.

| Id | Level | Requirement | Held by |
|---|---|---|---|
"""


def requirements() -> list[dict[str, str]]:
    """Return the rows of requirements.yaml."""
    text = (TESTS / "conformance" / "requirements.yaml").read_text(encoding="utf-8")
    rows: list[dict[str, str]] = yaml.safe_load(text)
    return rows


def holders() -> Mapping[str, list[str]]:
    """Return the tests that name each requirement, read from their source: no test needs to run or be imported."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, decorators in _tests(ast.parse(path.read_text(encoding="utf-8"))):
            for id_ in _ids(decorators):
                found[id_].append(f"{path.relative_to(TESTS.parent).as_posix()}::{name}")
    return found


def page() -> str:
    """Return the text of docs/conformance.md."""
    held = holders()
    return _HEAD + "".join(_row(row, held.get(row["id"], [])) for row in requirements())


def _row(row: Mapping[str, str], held: list[str]) -> str:
    level = f"{row['level']} ({row['since']})" if "since" in row else row["level"]
    tests = "<br>".join(f"`{test}`" for test in held) or "none"
    return f"| {row['id']} | {level} | {row['text']} | {tests} |\n"


def _tests(module: ast.Module) -> Iterator[tuple[str, list[ast.expr]]]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, node.decorator_list


def _ids(decorators: list[ast.expr]) -> Iterator[str]:
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == _MARKER:
            yield from (str(argument.value) for argument in decorator.args if isinstance(argument, ast.Constant))


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
