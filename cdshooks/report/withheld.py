"""What applied and was not shown: a rule in silent mode, or a card that the client had had enough of; pure.

One table: of each rule and reason the count or nothing, and what is kept back as one sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from cdshooks.account import Why
from cdshooks.report.rows import RuleName, Withheld, day_of
from cdshooks.report.shapes import Indicated, WithheldFigures, WithheldRule
from cdshooks.report.small_counts import kept, shown_totals, small

NO_CARD, OTHER = "none", "other"


class _Key(NamedTuple):
    rule: str
    why: str


def withheld(rows: Iterable[Withheld], rules: Mapping[str, RuleName], smallest: int) -> WithheldFigures:
    """Return what may be told of it; rules in silent mode are listed whether or not they applied."""
    found: dict[_Key, list[Withheld]] = {_Key(id_, Why.SILENT): [] for id_, name in rules.items() if name.silent}
    watched = frozenset(found)
    for row in rows:
        found.setdefault(_Key(row.rule, row.why), []).append(row)
    counts = {key: sum(row.number for row in each) for key, each in found.items()}
    total = sum(counts.values())
    open_ = shown_totals(counts, smallest)
    told = [_rule(key, rules, found[key] if key in open_ else None, smallest) for key in open_ | watched]
    return WithheldFigures(
        count=None if small(total, smallest) else total,
        rules=tuple(sorted(told, key=lambda each: (each.why != Why.SILENT, -(each.count or 0), each.rule, each.why))),
        others=None if small(total, smallest) else total - sum(counts[key] for key in open_),
    )


def _rule(key: _Key, rules: Mapping[str, RuleName], rows: list[Withheld] | None, smallest: int) -> WithheldRule:
    """Return what is told of a rule and reason: without rows nothing but that it is watched."""
    name = rules.get(key.rule)
    told = WithheldRule(
        rule=key.rule,
        title=name.title if name else key.rule,
        why=key.why,
        now="not in use" if name is None else "silent" if name.silent else "shown",
        count=None if rows is None else sum(row.number for row in rows),
    )
    if not rows:
        return told
    return replace(
        told,
        indicators=_indicators(rows, smallest),
        first_day=day_of(min(row.first for row in rows)).isoformat(),
        last_day=day_of(max(row.last for row in rows)).isoformat(),
    )


def _indicators(rows: Iterable[Withheld], smallest: int) -> tuple[Indicated, ...]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row.indicator or NO_CARD] += row.number
    alone = kept(counts, smallest)
    told = [Indicated(indicator=each, count=count) for each, count in counts.most_common() if each in alone]
    others = counts.total() - sum(each.count for each in told)
    return (*told, Indicated(indicator=OTHER, count=others)) if others else tuple(told)
