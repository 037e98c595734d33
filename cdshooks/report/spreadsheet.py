"""The report as CSV: a line for each rule, each of its periods, each of its clients, and each reason not to show it.

Empty: kept back, or none. A candidate release has no lines: each difference is two lists of cards (docs/report.md).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from cdshooks.report.shapes import Figures, Report, WithheldRule
from cdshooks.report.withheld import NO_CARD, OTHER

_OVERRIDDEN, _WITHHELD = "overridden: ", "withheld: "
_HEAD = (
    "data", "line", "rule", "title", "client", "first_day", "last_day", "fired", "accepted", "overridden", "ignored",
    "acceptance_percent", "acceptance_of_answered_percent", "median_milliseconds", "why", "withheld",
    *(f"{_WITHHELD}{indicator}" for indicator in ("critical", "warning", "info", NO_CARD, OTHER)),
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_Line = dict[str, object]


def spreadsheet(report: Report) -> str:
    """Return the CSV, in UTF-8 with a mark of it, as spreadsheet programs expect."""
    reasons = tuple(each.reason for each in report.together.reasons)
    out = StringIO()
    lines = csv.DictWriter(out, (*_HEAD, *(_OVERRIDDEN + reason for reason in reasons)))
    lines.writeheader()
    whole: _Line = {"data": report.data, "first_day": report.first, "last_day": report.last}
    for line in _lines(report, reasons):
        lines.writerow({name: _plain(value) for name, value in (whole | line).items()})
    return "\ufeff" + out.getvalue()


def _lines(report: Report, reasons: tuple[str, ...]) -> Iterator[_Line]:
    """Yield the lines; what does not say its days is of the whole time."""
    yield {"line": "all"} | _values(report.total, reasons)
    for rule in report.rules:
        named = {"rule": rule.rule, "title": rule.title}
        yield {"line": "rule"} | named | _values(rule.figures, reasons)
        for period in rule.periods:
            days = {"first_day": period.first, "last_day": period.last}
            yield {"line": "period"} | named | days | _values(period.figures, reasons)
        for client in rule.clients:
            yield {"line": "client", "client": client.client} | named | _values(client.figures, reasons)
    if report.other_rules:
        yield {"line": "other rules"} | _values(Figures(fired=report.other_rules), reasons)
    for each in report.withheld.rules:
        yield {"line": "withheld"} | _withheld(each)
    if report.withheld.others:
        yield {"line": "other withheld", "withheld": report.withheld.others}


def _values(told: Figures, reasons: tuple[str, ...]) -> _Line:
    line: _Line = {
        "fired": told.fired,
        "accepted": told.accepted,
        "overridden": told.overridden,
        "ignored": told.ignored,
        "acceptance_percent": told.acceptance,
        "acceptance_of_answered_percent": told.acceptance_of_answered,
        "median_milliseconds": told.median_milliseconds,
    }
    if told.reasons is not None:
        by = {each.reason: each.overridden for each in told.reasons}
        line |= {_OVERRIDDEN + reason: by.get(reason, 0) for reason in reasons}
    return line


def _withheld(told: WithheldRule) -> _Line:
    line: _Line = {"rule": told.rule, "title": told.title, "why": told.why, "withheld": told.count}
    if told.count:
        line |= {"first_day": told.first_day, "last_day": told.last_day}
    return line | {_WITHHELD + each.indicator: each.count for each in told.indicators}


def _plain(value: object) -> object:
    """Return a value that no spreadsheet program runs: ids of clients come from elsewhere."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
