"""The report as CSV: a line for each rule, each of its periods, each of its clients; empty: kept back, or none."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from cdshooks.report.shapes import Figures, Report

_HEAD = (
    "data", "line", "rule", "title", "client", "first_day", "last_day", "fired", "accepted", "overridden", "ignored",
    "acceptance_percent", "acceptance_of_answered_percent", "median_milliseconds",
)  # fmt: skip
_OVERRIDDEN = "overridden: "
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet(report: Report) -> str:
    """Return the CSV, in UTF-8 with a mark of it, as spreadsheet programs expect."""
    reasons = tuple(each.reason for each in report.together.reasons)
    out = StringIO()
    lines = csv.writer(out)
    lines.writerow((*_HEAD, *(_OVERRIDDEN + reason for reason in reasons)))
    lines.writerows(tuple(map(_plain, line)) for line in _lines(report, reasons))
    return "\ufeff" + out.getvalue()


def _lines(report: Report, reasons: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    whole = (report.first, report.last)
    yield (report.data, "all", "", "", "", *whole, *_values(report.total, reasons))
    for rule in report.rules:
        named = (rule.rule, rule.title)
        yield (report.data, "rule", *named, "", *whole, *_values(rule.figures, reasons))
        for period in rule.periods:
            yield (report.data, "period", *named, "", period.first, period.last, *_values(period.figures, reasons))
        for client in rule.clients:
            yield (report.data, "client", *named, client.client, *whole, *_values(client.figures, reasons))
    if report.other_rules:
        others = Figures(fired=report.other_rules)
        yield (report.data, "other rules", "", "", "", *whole, *_values(others, reasons))


def _values(told: Figures, reasons: tuple[str, ...]) -> Iterator[object]:
    yield from (told.fired, told.accepted, told.overridden, told.ignored)
    yield from (told.acceptance, told.acceptance_of_answered, told.median_milliseconds)
    if told.reasons is None:
        yield from (None for _ in reasons)
    else:
        by = {each.reason: each.overridden for each in told.reasons}
        yield from (by.get(reason, 0) for reason in reasons)


def _plain(value: object) -> object:
    """Return a value that no spreadsheet program runs: ids of clients come from elsewhere."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
