"""Prefetch templates, held to what every CDS Client must understand (2.0.1, "Prefetch Template"), and filled.

Checked at start: a client skips a template that it does not understand, and nobody would notice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote, unquote

_TOKEN = re.compile(r"\{\{(.*?)\}\}")
_USER_TOKENS = frozenset({"userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId"})
_READ = re.compile(r"^[A-Z][A-Za-z]+/(\{\{[^{}]+\}\}|[A-Za-z0-9.\-]{1,64})$")
_SEARCH = re.compile(r"^[A-Z][A-Za-z]+\?(.+)$", re.DOTALL)
_PARAMETER = re.compile(r"^([A-Za-z][A-Za-z0-9\-]*)(?::([A-Za-z\-]+))?$")
_RESULT_PARAMETERS = frozenset({"_count", "_sort", "_maxresults", "_id"})
_DATE = re.compile(r"^([a-z]{2})\d{4}(-|$)")
_DATE_PREFIXES = frozenset({"eq", "lt", "gt", "ge", "le"})
_SPECIAL = re.compile(r"[\\,$|]")  # what separates values in FHIR
_OF_PATIENT = frozenset({"patient", "subject"})
_PATIENT = "{{context.patientId}}"


def faults(template: str, tokens: frozenset[str]) -> tuple[str, ...]:
    """Return what a client might not understand in a template; ``tokens`` are the hook's token fields."""
    found = [*_token_faults(template, tokens)]
    search = _SEARCH.match(template)
    if search:
        found += _query_faults(search.group(1))
    elif not _READ.match(template):
        found.append("neither a read (Patient/{{context.patientId}}) nor a search (Observation?patient=...)")
    return tuple(found)


def filled(template: str, values: Mapping[str, str]) -> str | None:
    """Return the query that a template asks for, with every value escaped; None if a token of it has no value.

    A patient is named with the type: servers that find nothing under a bare id are known, and none that mind the type.
    """
    if not all(values.get(token) for token in _TOKEN.findall(template)):
        return None
    path, question, query = template.partition("?")
    if not question:
        type_, _, id_ = path.partition("/")
        id_ = _TOKEN.sub(lambda token: values[token.group(1)], id_)
        return None if id_ in (".", "..") else f"{type_}/{quote(id_, safe='')}"
    parts = (part.partition("=") for part in query.split("&"))
    return f"{path}?" + "&".join(f"{name}={_value(name, unquote(value), values)}" for name, _, value in parts)


def _value(name: str, template: str, values: Mapping[str, str]) -> str:
    """Return one parameter's value: FHIR's own escapes for what comes from outside, then the URL's for all."""
    typed = "Patient/" if name in _OF_PATIENT and template == _PATIENT else ""
    text = _TOKEN.sub(lambda token: _SPECIAL.sub(r"\\\g<0>", values[token.group(1)]), template)
    return quote(typed + text, safe=",")


def _token_faults(template: str, tokens: frozenset[str]) -> list[str]:
    found = []
    for token in _TOKEN.findall(template):
        prefix, _, name = token.partition(".")
        if token in _USER_TOKENS or (prefix == "context" and name in tokens):
            continue
        found.append(f"the token {{{{{token}}}}} is neither a token field of the context nor one of the user tokens")
    if "{" in _TOKEN.sub("", template) or "}" in _TOKEN.sub("", template):
        found.append("a brace that belongs to no {{token}}")
    return found


def _query_faults(query: str) -> list[str]:
    found = []
    names = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        names.append(name)
        if not equals or not value:
            found.append(f"the parameter {name} has no value")
        found += _parameter_faults(name, unquote(value))
    repeated = [name for name, count in Counter(names).items() if count > 1]
    found += [f"the parameter {name} stands more than once, which some clients join wrongly" for name in repeated]
    return found


def _parameter_faults(name: str, value: str) -> list[str]:
    if name in _RESULT_PARAMETERS:
        return []
    shape = _PARAMETER.match(name)
    if not shape:
        return [f"the parameter {name} is chained, or none that clients must support"]
    found = []
    if shape.group(2) not in (None, "in"):
        found.append(f"the parameter {name} has another modifier than :in")
    date = _DATE.match(value)
    if date and date.group(1) not in _DATE_PREFIXES:
        found.append(f"the parameter {name} has another date prefix than eq, lt, gt, ge, le")
    if "$" in value:
        found.append(f"the parameter {name} is composite")
    return found
