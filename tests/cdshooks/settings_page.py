"""docs/settings.md, made of the settings themselves."""

from __future__ import annotations

from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from cdshooks.setting_values import FILE, shown, variable
from cdshooks.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

_HEAD = f"""\
# Settings

Made by `make docs` from `cdshooks/settings.py`; a test keeps it current.

A setting is read from its environment variable, else from the TOML file that `{FILE}` names (there in
small letters, without `ROS1_CDS_`), else it has its default; an empty variable counts as none. A wrong value, an
unknown name, or something that the profile does not allow ends the start with every fault at once. Lists are
separated by commas, or arrays of TOML.

    # ros1-cds.toml: the least that production asks for
    public_base_url = "https://cds.example.org"

    [[clients]]
    iss = "https://ehr.example.org"
    jku = "https://ehr.example.org/jwks.json"
    tenants = ["hospital-a"]

In the environment, tables are written as JSON: `ROS1_CDS_CLIENTS='[{{"iss": "...", "jku": "..."}}]'`.

| Variable | Default | In the sandbox | What it does |
|---|---|---|---|
"""


def page() -> str:
    """Return the text of docs/settings.md."""
    return _HEAD + "".join(_row(declared) for declared in fields(Settings))


def _row(declared: Field[Any]) -> str:
    sandbox = declared.metadata["sandbox"]
    other = "" if sandbox is None else _code(shown(declared, sandbox))
    default = _code(shown(declared, declared.default)) or "none"
    return f"| `{variable(declared.name)}` | {default} | {other} | {declared.metadata['about']} |\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
