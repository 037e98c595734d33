"""Rows of the ledger -> the report: a pure function.

What is told of one rule is exact. What is told over rules, by period or client, is the sum of what is shown of each
rule, as an exact total beside them would give away what is kept back (docs/report.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from msgspec.structs import replace

from cdshooks.report.differences import differences, titles
from cdshooks.report.rows import Client, Names, Rows, RuleName, monday_of
from cdshooks.report.shapes import ClientFigures, Figures, Period, Reason, Report, RuleFigures, Together
from cdshooks.report.small_counts import kept, small
from cdshooks.report.tally import Level, Tally, figures, levels, median, percent, summed
from cdshooks.report.withheld import withheld

_GRAINS = (1, 4, 12)
"""Weeks in a period; each divides the next, so that periods of several rules can be added."""

_ENOUGH = 0.75
"""A grain is fine enough to be read if the outcomes of so many cards are shown."""

NO_REASON, OTHER_CODE = "No reason given", "A code that is not ours"
REST = "Other reasons"
NO_RULE, NO_CLIENT = "(none)", "Without a token"


class Scope(NamedTuple):
    """What a report covers, and how much it may tell."""

    first: int  # week
    last: int  # week, and the last one that is complete
    smallest: int
    threshold: int  # percent
    made: str
    invented: bool = False


class _Whole(NamedTuple):
    """What all rules share."""

    scope: Scope
    names: Names
    accepted: int | None  # by total less what is shown, of the rules whose acceptance is kept back
    clients: tuple[str, ...]


class _Counted:
    """The tallies of one rule."""

    def __init__(self) -> None:
        self.whole = Tally()
        self.weeks: defaultdict[int, Tally] = defaultdict(Tally)
        self.clients: defaultdict[str, Tally] = defaultdict(Tally)
        self.seconds: Counter[int] = Counter()

    def each(self, week: int, client: Client) -> tuple[Tally, Tally, Tally]:
        """Return the tallies that count a card."""
        return self.whole, self.weeks[week], self.clients[_called(client)]


def report(rows: Rows, names: Names, scope: Scope) -> Report:
    """Return the report."""
    counted = _counted(rows, names)
    total = Tally()
    for each in counted.values():
        _add(total, each.whole)
    whole = levels({"": total}, Level.OUTCOMES, scope.smallest)[""]
    reached = levels({rule: each.whole for rule, each in counted.items()}, whole, scope.smallest)
    clients = tuple(sorted({client for each in counted.values() for client in each.clients}))
    shared = _Whole(scope, names, _accepted_among_the_rest(counted, reached, whole), clients)
    rules = _of_clients_shown(
        sorted(
            (_rule(rule, counted[rule], reached[rule], shared) for rule in counted if reached[rule]),
            key=lambda each: (-(each.figures.fired or 0), each.rule),
        )
    )
    candidates = differences(rows.comparisons, scope.smallest)
    others = sum(each.whole.fired for rule, each in counted.items() if not reached[rule])
    return Report(
        data="invented" if scope.invented else "ledger",
        made=scope.made,
        first=monday_of(scope.first).isoformat(),
        last=_sunday(scope.last),
        weeks=scope.last - scope.first + 1,
        smallest_count=scope.smallest,
        acceptance_threshold=scope.threshold,
        total=figures(total, whole, scope.smallest, (), REST),
        rules=rules,
        other_rules=others if whole else None,
        together=_together(rules, scope),
        feedback_on_unknown_cards=None if small(rows.unknown, scope.smallest) else rows.unknown,
        withheld=withheld(rows.withheld, names.rules, scope.smallest),
        candidates=candidates,
        titles=titles(candidates, names.rules),
    )


def _counted(rows: Rows, names: Names) -> dict[str, _Counted]:
    counted: defaultdict[str, _Counted] = defaultdict(_Counted)
    for card in rows.cards:
        reason = NO_REASON
        if card.reason_code:
            reason = names.reasons.get((card.reason_system, card.reason_code), OTHER_CODE)
        for tally in counted[card.rule or NO_RULE].each(card.week, card.client):
            tally.add(card.outcome, reason, card.number)
    for time in rows.times:
        for tally in counted[time.rule or NO_RULE].each(time.week, time.client):
            tally.milliseconds[time.milliseconds] += time.number
    for response in rows.responses:
        counted[response.rule or NO_RULE].seconds[response.seconds] += response.number
    return counted


def _add(to: Tally, other: Tally) -> None:
    to.accepted += other.accepted
    to.ignored += other.ignored
    to.reasons += other.reasons
    to.milliseconds += other.milliseconds


def _accepted_among_the_rest(counted: Mapping[str, _Counted], reached: Mapping[str, Level], whole: Level) -> int | None:
    """Return how many cards were accepted of rules whose acceptance is kept back: total less what is shown."""
    if whole < Level.ACCEPTED:
        return None
    return sum(each.whole.accepted for rule, each in counted.items() if reached[rule] < Level.ACCEPTED)


def _rule(id_: str, counted: _Counted, level: Level, shared: _Whole) -> RuleFigures:
    whole, scope, bound = counted.whole, shared.scope, shared.accepted
    kept_reasons = tuple(sorted(kept(whole.reasons, scope.smallest), key=lambda each: (-whole.reasons[each], each)))
    if level == Level.OUTCOMES and whole.overridden:
        level = Level.REASONS
    told = figures(whole, level, scope.smallest, kept_reasons, REST)
    at_most = None
    if told.fired and told.acceptance is None and bound is not None and bound < told.fired:
        at_most = percent(bound, told.fired)
    acceptance = told.acceptance if told.acceptance is not None else at_most
    name = shared.names.rules.get(id_, RuleName(id_, ""))
    grain, periods = _periods(counted, level, kept_reasons, scope)
    columns = {client: counted.clients.get(client, Tally()) for client in shared.clients}
    clients = levels(columns, level, scope.smallest, kept_reasons)
    return RuleFigures(
        rule=id_,
        title=name.title,
        topic=name.topic,
        figures=told,
        acceptance_at_most=at_most,
        low=acceptance is not None and acceptance < scope.threshold,
        median_seconds_to_feedback=_seconds(told, counted.seconds, scope.smallest),
        weeks_per_period=grain,
        periods=periods,
        clients=tuple(
            ClientFigures(client=client, figures=figures(tally, clients[client], scope.smallest, kept_reasons, REST))
            for client, tally in columns.items()
        ),
    )


def _of_clients_shown(rules: Iterable[RuleFigures]) -> tuple[RuleFigures, ...]:
    """Return the rules without clients of which nothing is shown: a name alone says that there are cards."""
    rules = tuple(rules)
    names = {each.client for rule in rules for each in rule.clients if each.figures.fired}
    return tuple(replace(rule, clients=tuple(each for each in rule.clients if each.client in names)) for rule in rules)


def _seconds(told: Figures, seconds: Counter[int], smallest: int) -> float | None:
    if told.overridden is None or told.accepted is None or told.overridden + told.accepted < smallest:
        return None
    return median(seconds)


def _periods(
    counted: _Counted, level: Level, kept_reasons: Sequence[str], scope: Scope
) -> tuple[int, tuple[Period, ...]]:
    """Return the periods of the finest grain at which enough can be shown, oldest first."""
    for grain in _grains(scope):
        columns = {index: Tally() for index in range(_index(scope.first, grain, scope), -1, -1)}
        for week, tally in counted.weeks.items():
            _add(columns[_index(week, grain, scope)], tally)
        reached = levels(columns, level, scope.smallest, kept_reasons)
        enough = min(level, Level.OUTCOMES)
        visible = sum(tally.fired for index, tally in columns.items() if reached[index] >= enough)
        if visible >= _ENOUGH * counted.whole.fired:
            break
    told = {
        index: figures(tally, reached[index], scope.smallest, kept_reasons, REST) for index, tally in columns.items()
    }
    return grain, tuple(_period(index, grain, each, scope) for index, each in told.items())


def _grains(scope: Scope) -> Iterator[int]:
    """Yield how many weeks a period may have; the last one is all of them."""
    weeks = scope.last - scope.first + 1
    yield from (grain for grain in _GRAINS if grain < weeks)
    yield weeks


def _index(week: int, grain: int, scope: Scope) -> int:
    """Return which period, counted back from the last, a week is in; weeks that are left over join the oldest."""
    return min((scope.last - week) // grain, (scope.last - scope.first + 1) // grain - 1)


def _period(index: int, grain: int, told: Figures, scope: Scope) -> Period:
    last = scope.last - index * grain
    oldest = index == _index(scope.first, grain, scope)
    first = scope.first if oldest else last - grain + 1
    return Period(first=monday_of(first).isoformat(), last=_sunday(last), weeks=last - first + 1, figures=told)


def _together(rules: Sequence[RuleFigures], scope: Scope) -> Together:
    total = sum(each.figures.fired or 0 for each in rules)
    for grain in _grains(scope):
        parts: dict[int, list[Figures]] = {index: [] for index in range(_index(scope.first, grain, scope), -1, -1)}
        for rule in rules:
            if rule.weeks_per_period <= grain:
                for back, period in enumerate(reversed(rule.periods)):
                    parts[_index(scope.last - back * rule.weeks_per_period, grain, scope)].append(period.figures)
        sums = {index: summed(each) for index, each in parts.items()}
        cards = sum(each.fired or 0 for each in sums.values())
        if cards >= _ENOUGH * total:
            break
    clients: defaultdict[str, list[Figures]] = defaultdict(list)
    reasons: Counter[str] = Counter()
    for rule in rules:
        for client in rule.clients:
            clients[client.client].append(client.figures)
        for reason in rule.figures.reasons or ():
            reasons[reason.reason] += reason.overridden
    by_client = tuple(ClientFigures(client=name, figures=summed(each)) for name, each in sorted(clients.items()))
    return Together(
        cards=cards,
        weeks_per_period=grain,
        periods=tuple(_period(index, grain, each, scope) for index, each in sums.items()),
        clients=by_client,
        client_cards=sum(each.figures.fired or 0 for each in by_client),
        reasons=tuple(
            Reason(reason=reason, overridden=count)
            for reason, count in sorted(reasons.items(), key=lambda item: (item[0] == REST, -item[1], item[0]))
        ),
    )


def _sunday(week: int) -> str:
    return (monday_of(week) + timedelta(days=6)).isoformat()


def _called(client: Client) -> str:
    if client.iss is None:
        return NO_CLIENT
    return f"{client.iss} ({client.tenant})" if client.tenant else client.iss
