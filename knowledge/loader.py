"""Reading the knowledge from its files: strict YAML, JSON Schema, typed structs, cross checks; all faults at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from knowledge.checks import Files, Loaded, cross_faults
from knowledge.disclosure import Disclosure
from knowledge.errors import Fault, KnowledgeError
from knowledge.licensing import LicensedCodes, licensed
from knowledge.lookup import Content, Knowledge
from knowledge.model import (
    BaselineCheck,
    CodeSystemList,
    DecisionTable,
    Drug,
    DrugClass,
    InteractionClass,
    Method,
    Orderable,
    RejectedCodeList,
    Release,
    Resistance,
    Rule,
    Source,
    Statement,
    ValueSet,
    Wording,
)
from knowledge.overlay import merged
from knowledge.overlay_checks import overlay_faults
from knowledge.site import Overlay
from knowledge.strict_yaml import read_yaml

_PACKAGE = Path(__file__).parent
_OVERLAY = "overlay.yaml"  # in the folder of a site
_LONGEST_QUOTE = 80  # of what a fault shows of the content

_Stated = TypeVar("_Stated")


class _Kind(NamedTuple):
    """A kind of file: where its files are, and the type of what they state; the schema has the kind's name."""

    files: str
    type: type[Any]


_KINDS = {
    "code_systems": _Kind("code_systems.yaml", CodeSystemList),  # first: the others name its systems
    "release": _Kind("release.yaml", Release),
    "wording": _Kind("wording.yaml", Wording),
    "rejected_codes": _Kind("rejected_codes.yaml", RejectedCodeList),
    "decision_table": _Kind("decision_table.yaml", DecisionTable),
    "disclosure": _Kind("disclosure.yaml", Disclosure),
    "source": _Kind("sources/*.yaml", Source),
    "value_set": _Kind("value_sets/*.yaml", ValueSet),
    "method": _Kind("methods/*.yaml", Method),
    "drug_class": _Kind("drug_classes/*.yaml", DrugClass),
    "drug": _Kind("drugs/*.yaml", Drug),
    "orderable": _Kind("orderables/*.yaml", Orderable),
    "resistance": _Kind("resistance/*.yaml", Resistance),
    "baseline_check": _Kind("baseline_checks/*.yaml", BaselineCheck),
    "interaction": _Kind("interactions/*.yaml", InteractionClass),
    "statement": _Kind("statements/*.yaml", Statement),
    "rule": _Kind("rules/*/*.yaml", Rule),
}
_TYPES = {kind: each.type for kind, each in _KINDS.items()} | {"overlay": Overlay}


def load(
    folder: Path | None = None, *, overlay: Path | None = None, codes: LicensedCodes = LicensedCodes.ALL
) -> Knowledge:
    """Load all knowledge below ``folder`` (the packaged data by default) with a site's overlay; raise every fault."""
    faults: list[Fault] = []
    site = _read_overlay(overlay, faults) if overlay else None
    content = load_content(folder, faults)
    if site and site.value:
        faults.extend(overlay_faults(site.value, content, site.file))
    if faults:
        raise KnowledgeError(faults)
    content = licensed(content, codes)
    return Knowledge(merged(content, site.value) if site else content)


def load_content(folder: Path | None = None, others: Iterable[Fault] = ()) -> Content:
    """Load and check what the files state, or raise every fault at once, with those of the overlay.

    The packaged data are read once for the process: nothing of them changes.
    """
    try:
        return _read_content(folder) if folder else _packaged()
    except KnowledgeError as error:
        raise KnowledgeError([*error.faults, *others]) from None


@cache
def _packaged() -> Content:
    return _read_content(_PACKAGE / "data")


def _read_content(root: Path) -> Content:
    faults = list(_stray_files(root))
    files: Files = {}
    for kind in _KINDS:
        files[kind] = tuple(_read(root, path, kind, _system_uris(files), faults) for path in _paths(root, kind, faults))
    faults.extend(cross_faults(files))
    if faults:
        raise KnowledgeError(faults)
    return _content(files)


def _read_overlay(folder: Path, faults: list[Fault]) -> Loaded:
    """Read the one file of a site's overlay; another YAML file beside it would go unread in silence."""
    beside = sorted(path for path in folder.glob("*.y*ml") if path.name != _OVERLAY)
    faults += (Fault(file=str(path), path="", got="a file of its own", expected=f"only {_OVERLAY}") for path in beside)
    return _read(folder.parent, folder / _OVERLAY, "overlay", {}, faults)


def _paths(root: Path, kind: str, faults: list[Fault]) -> list[Path]:
    pattern = _KINDS[kind].files
    paths = sorted(root.glob(pattern))
    if not paths and "*" not in pattern:
        faults.append(Fault(file=pattern, path="", got="no such file", expected="the file"))
    return paths


def _stray_files(root: Path) -> Iterator[Fault]:
    """Find files that no kind claims: a misspelt folder or ending would otherwise go unread in silence."""
    claimed = {path for kind in _KINDS.values() for path in root.glob(kind.files)}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path not in claimed:
            places = ", ".join(kind.files for kind in _KINDS.values())
            yield Fault(file=_name(root, path), path="", got="a file of no known kind", expected=f"one of {places}")


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _system_uris(files: Files) -> Mapping[str, str]:
    """Map the short names of code systems to their URIs, as far as they are loaded."""
    lists = [each.value for each in files.get("code_systems", ()) if each.value]
    return {system.name: system.uri for systems in lists for system in systems.code_systems}


def _read(root: Path, path: Path, kind: str, uris: Mapping[str, str], faults: list[Fault]) -> Loaded:
    """Read one file; if anything is wrong with it, its value is None and its faults are noted."""
    name, before = _name(root, path), len(faults)
    try:
        raw, problems = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(file=name, path="", got=str(error), expected="a readable file in UTF-8"))
        return Loaded(file=name, value=None)
    faults.extend(Fault(file=name, path=f"line {each.line}", got=each.got, expected=each.expected) for each in problems)
    if not problems:
        faults.extend(_schema_fault(name, error) for error in _validator(kind).iter_errors(raw))
    if len(faults) == before:
        faults.extend(_name_systems(raw, uris, name, ""))
    if len(faults) > before:
        return Loaded(file=name, value=None)
    return Loaded(file=name, value=_convert(name, raw, _TYPES[kind], faults))


def _name_systems(raw: object, uris: Mapping[str, str], file: str, path: str) -> Iterator[Fault]:
    """Put, in place, the URI of each coded entry's code system where the file has its short name."""
    if isinstance(raw, list):
        for position, item in enumerate(raw):
            yield from _name_systems(item, uris, file, f"{path}[{position}]")
    if isinstance(raw, dict):
        for key, item in raw.items():
            yield from _name_systems(item, uris, file, f"{path}.{key}".lstrip("."))
        if "system" in raw and ("confidence" in raw or "claim" in raw):
            short_name = raw["system"]
            raw["system"] = uris.get(short_name, short_name)
            if short_name not in uris:
                expected = "the name of a system of code_systems.yaml"
                yield Fault(file=file, path=f"{path}.system".lstrip("."), got=repr(short_name), expected=expected)


def _convert(file: str, raw: object, type_: type[_Stated], faults: list[Fault]) -> _Stated | None:
    try:
        return msgspec.convert(raw, type_)
    except msgspec.ValidationError as error:
        faults.append(Fault(file=file, path="", got=str(error), expected=f"what model.{type_.__name__} takes"))
        return None


@cache
def _schemas() -> Registry[Any]:
    paths = (_PACKAGE / "schema").glob("*.schema.json")
    resources = [(path.name, Resource.from_contents(json.loads(path.read_text("utf-8")))) for path in paths]
    return Registry().with_resources(resources)


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(_schemas().contents(f"{kind}.schema.json"), registry=_schemas())


def _schema_fault(file: str, error: ValidationError) -> Fault:
    path = error.json_path.removeprefix("$").removeprefix(".")
    schema, instance, rule = cast("tuple[Any, Any, Any]", (error.schema, error.instance, error.validator_value))
    got, expected = _shown(instance), error.message
    match error.validator:
        case "additionalProperties":
            got = "the key " + ", ".join(repr(key) for key in instance if key not in schema["properties"])
            expected = "only " + ", ".join(schema["properties"])
        case "required":
            expected = "also the key " + ", ".join(repr(key) for key in rule if key not in instance)
        case "enum":
            expected = "one of " + ", ".join(map(str, rule))
        case "type":
            expected = f"{rule} (text that looks like a number needs quotes)" if rule == "string" else str(rule)
        case "pattern" | "oneOf" | "anyOf" | "minItems":
            expected = schema.get("description", error.message)
    return Fault(file=file, path=path, got=got, expected=expected)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "..."


def _content(files: Files) -> Content:
    values = {kind: tuple(each.value for each in loaded) for kind, loaded in files.items()}
    return Content(
        release=values["release"][0],
        wording=values["wording"][0],
        code_systems=values["code_systems"][0].code_systems,
        rejected_codes=values["rejected_codes"][0].rejected_codes,
        decision_table=values["decision_table"][0].rows,
        disclosure=values["disclosure"][0],
        sources=values["source"],
        value_sets=values["value_set"],
        methods=values["method"],
        drug_classes=values["drug_class"],
        drugs=values["drug"],
        orderables=values["orderable"],
        resistance=values["resistance"],
        baseline_checks=values["baseline_check"],
        interactions=values["interaction"],
        statements=values["statement"],
        rules=values["rule"],
    )
