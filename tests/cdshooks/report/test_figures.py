"""The figures of the report: each by its definition, with sums that hold, and nothing small to be computed."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.account import Why
from cdshooks.report.figures import NO_CLIENT, NO_REASON, NO_RULE, OTHER_CODE, REST, Scope, report
from cdshooks.report.rows import (
    MONDAY,
    WEEK,
    Cards,
    Client,
    Names,
    Responses,
    Rows,
    RuleName,
    Times,
    Withheld,
    monday_of,
    week_of,
)
from cdshooks.report.shapes import Figures, Reason, Report, RuleFigures
from cdshooks.report.spreadsheet import spreadsheet
from cdshooks.web.demo.outcomes import invented

EHR, CLINIC = Client("https://ehr.example.org", "north"), Client(None, None)
NAMES = Names({"r1": RuleName("Rule one", "Topic")}, {("s", "trial"): "Clinical trial", ("s", "urgent"): "Urgent"})
LAST = week_of(1_790_000_000)
SCOPE = Scope(first=LAST - 3, last=LAST, smallest=11, threshold=30, made="2026-11-21T12:00+00:00")


def cards(outcome: str | None, count: int, code: str | None = None, **changed: Any) -> Cards:  # noqa: ANN401 - members
    """Return cards of the last week, but for the members that are changed."""
    usual: dict[str, Any] = {"week": LAST, "client": EHR, "rule": "r1"}
    reason = {"reason_system": "s" if code else None, "reason_code": code}
    return Cards(**(usual | reason | changed), outcome=outcome, number=count)


def made(*rows: Cards, scope: Scope = SCOPE, **changed: Any) -> Report:  # noqa: ANN401 - members of the rows
    """Return the report on these cards."""
    usual: dict[str, Any] = {"times": (), "responses": (), "unknown": 0}
    return report(Rows(cards=rows, **(usual | changed)), NAMES, scope)


def rule(told: Report, id_: str = "r1") -> RuleFigures:
    """Return what is told of a rule."""
    (found,) = (each for each in told.rules if each.rule == id_)
    return found


def test_what_became_of_cards_is_counted() -> None:
    """Fired is all; ignored is what nobody told of; reasons are called by their names, small ones told together."""
    told = made(
        cards("accepted", 30),
        cards("overridden", 20, "trial"),
        cards("overridden", 12),
        cards("overridden", 8, "urgent"),
        cards("overridden", 4, "of another system"),
        cards(None, 26),
    )
    figures = rule(told).figures
    assert (figures.fired, figures.accepted, figures.overridden, figures.ignored) == (100, 30, 44, 26)
    assert (figures.acceptance, figures.acceptance_of_answered) == (30.0, 40.5)
    assert figures.reasons == (
        Reason(reason="Clinical trial", overridden=20),
        Reason(reason=NO_REASON, overridden=12),
        Reason(reason=REST, overridden=12),
    )
    assert (rule(told).title, rule(told).topic, rule(told).low) == ("Rule one", "Topic", False)
    assert told.total.fired == 100
    assert told.together.reasons == figures.reasons


def test_codes_that_are_not_ours_are_told_as_one() -> None:
    """Such a code may be any text, so that none is printed."""
    told = made(cards("accepted", 20), cards("overridden", 15, "Ada Lovelace"), cards(None, 20))
    assert rule(told).figures.reasons == (Reason(reason=OTHER_CODE, overridden=15),)
    assert b"Lovelace" not in msgspec.json.encode(told)


def test_medians_are_those_of_all_cards() -> None:
    """Of answers and of feedback; an even number has its median in the middle of two."""
    times = [Times(LAST, EHR, "r1", milliseconds, count) for milliseconds, count in ((2, 10), (5, 10), (900, 1))]
    told = made(
        cards("accepted", 21),
        times=times,
        responses=[Responses("r1", 10, 10), Responses("r1", 20, 10)],
    )
    assert (rule(told).figures.median_milliseconds, rule(told).median_seconds_to_feedback) == (5, 15)


@pytest.mark.parametrize(("accepted", "low"), [(29, True), (30, False)])
def test_a_rule_below_the_threshold_stands_out(accepted: int, low: bool) -> None:  # noqa: FBT001 - a column of the table
    """Below, not at it."""
    assert rule(made(cards("accepted", accepted), cards(None, 100 - accepted))).low is low


def test_a_rule_that_hardly_anybody_follows_stands_out_by_what_is_shown() -> None:
    """Three accepted of 300 are not told; that they are at most as many as the total leaves open is, and suffices."""
    told = made(
        cards("accepted", 3),
        cards(None, 297),
        cards("accepted", 14, rule="r2"),
        cards(None, 40, rule="r2"),
        cards("accepted", 50, rule="r3"),
        cards(None, 50, rule="r3"),
    )
    low = rule(told)
    assert (low.figures.fired, low.figures.accepted, low.figures.ignored) == (300, None, None)
    assert (low.acceptance_at_most, low.low) == (5.7, True)
    assert rule(told, "r2").figures.accepted is None
    assert rule(told, "r3").figures.accepted == 50


def test_rules_with_few_cards_are_told_together() -> None:
    """They are not listed; their sum is, and not how many they are: eleven rules with eleven cards would be told."""
    told = made(*(cards(None, 6, rule=each) for each in ("r2", "r3")), cards(None, 40))
    assert [each.rule for each in told.rules] == ["r1"]
    assert (told.other_rules, told.total.fired) == (12, 52)


def test_a_single_rule_with_few_cards_takes_another_with_it() -> None:
    """Else the total would tell it."""
    told = made(cards(None, 6, rule="r2"), cards(None, 15, rule="r3"), cards(None, 40))
    assert [each.rule for each in told.rules] == ["r1"]
    assert told.other_rules == 21


def test_clients_are_named_only_where_something_of_them_is_shown() -> None:
    """The bare name says that there is a card: eleven names beside eleven cards would be told."""
    small = [cards(None, 1, client=Client("https://small.example.org", str(number))) for number in range(11)]
    told = made(cards("accepted", 20), *small, cards("accepted", 20, rule="r2"))
    assert [each.client for each in rule(told).clients] == ["https://ehr.example.org (north)"]
    both = made(cards(None, 40), cards(None, 12, client=CLINIC), cards(None, 40, rule="r2"))
    assert [(each.client, each.figures.fired) for each in rule(both, "r2").clients] == [
        (NO_CLIENT, 0),
        ("https://ehr.example.org (north)", 40),
    ]


@pytest.mark.parametrize(("count", "fired"), [(0, 0), (10, None), (11, 11)])
def test_too_few_cards_are_no_report(count: int, fired: int | None) -> None:
    """Nothing is told but that there are few; that there are none may be told."""
    told = made(*([cards("accepted", count)] if count else []))
    assert (told.total.fired, len(told.rules)) == (fired, 1 if fired else 0)


def test_weeks_are_told_where_they_can_and_put_together_where_not() -> None:
    """A rule with many cards by week, one with few by longer periods; periods and clients add up to the rule."""
    every = range(LAST - 3, LAST + 1)
    told = made(
        *(cards(outcome, 12, week=week) for week in every for outcome in ("accepted", None)),
        *(cards(outcome, 4, week=week, rule="r2") for week in every for outcome in ("accepted", None)),
    )
    weekly, whole = rule(told), rule(told, "r2")
    assert (weekly.weeks_per_period, [each.figures.accepted for each in weekly.periods]) == (1, [12, 12, 12, 12])
    assert (whole.weeks_per_period, [each.figures.accepted for each in whole.periods]) == (4, [16])
    assert weekly.periods[-1].first == monday_of(LAST).isoformat()
    assert (told.together.weeks_per_period, told.together.cards) == (1, 96)


def test_a_week_that_is_kept_back_cannot_be_computed() -> None:
    """Three overrides of one week would be the rule's less those of the others: another week is kept back, too."""
    counts = {LAST - 3: 20, LAST - 2: 40, LAST - 1: 20, LAST: 3}
    rows = [cards("accepted", 60, week=week) for week in counts]
    rows += [cards("overridden", count, week=week) for week, count in counts.items()]
    told = made(*rows)
    figures = [period.figures for period in rule(told).periods]
    if rule(told).weeks_per_period == 1:
        assert sum(each.overridden is None for each in figures) >= 2
    shown = sum(each.overridden or 0 for each in figures)
    assert 83 - shown == 0 or 83 - shown >= 11


def test_cards_without_rule_or_client_are_counted() -> None:
    """As what they are."""
    told = made(cards("accepted", 20, rule=None, client=CLINIC))
    assert (told.rules[0].rule, told.rules[0].clients[0].client) == (NO_RULE, NO_CLIENT)


def test_a_client_that_tells_nothing_has_only_ignored_cards() -> None:
    """It is told apart from the others."""
    told = made(cards("accepted", 20), cards(None, 20), cards(None, 30, client=CLINIC))
    by_client = {each.client: each.figures for each in told.together.clients}
    assert (by_client[NO_CLIENT].fired, by_client[NO_CLIENT].ignored) == (30, 30)


@pytest.mark.parametrize(("count", "told"), [(0, 0), (4, None), (12, 12)])
def test_feedback_on_unknown_cards_is_told_unless_it_is_little(count: int, told: int | None) -> None:
    """It is in no other figure."""
    assert made(unknown=count).feedback_on_unknown_cards == told


INVENTED = report(
    invented(LAST - 51, LAST, {"clinical-trial": "s"}), NAMES, SCOPE._replace(first=LAST - 51, invented=True)
)


OUTCOMES = ("fired", "accepted", "overridden", "ignored")


def _holds(parts: list[Figures], whole: Figures) -> None:
    """Hold that, for each outcome, the whole less what is shown of its parts is nothing or no small count."""
    for name in OUTCOMES:
        total, values = getattr(whole, name), [getattr(each, name) for each in parts]
        rest = (total or 0) - sum(value or 0 for value in values)
        if total is None:
            assert values == [None] * len(values)
        else:
            assert rest == 0 or (rest >= SCOPE.smallest and None in values)


def _tells_nothing_small(told: Report) -> None:
    _holds([*(each.figures for each in told.rules), Figures(fired=told.other_rules)], told.total)
    shown = [each.figures for each in told.rules]
    for each in told.rules:
        periods = [period.figures for period in each.periods]
        clients = [client.figures for client in each.clients]
        _holds(periods, each.figures)
        _holds([*clients, Figures()], each.figures)  # a client may not be named
        shown += [*periods, *clients]
    for figures in shown:
        counts = [getattr(figures, name) for name in OUTCOMES]
        counts += [reason.overridden for reason in figures.reasons or ()]
        assert all(count is None or count == 0 or count >= SCOPE.smallest for count in counts)


def test_the_invented_report_tells_nothing_small() -> None:
    """All less what is shown, of rules, periods, clients, and every outcome."""
    _tells_nothing_small(INVENTED)


_ANY_CARDS = st.builds(
    Cards,
    week=st.integers(LAST - 3, LAST),
    client=st.sampled_from([EHR, CLINIC, Client("https://third.example.org", None)]),
    rule=st.sampled_from(["r1", "r2", "r3", None]),
    outcome=st.sampled_from(["accepted", "overridden", None]),
    reason_system=st.just("s"),
    reason_code=st.sampled_from(["trial", "urgent", "else", None]),
    number=st.sampled_from([1, 2, 5, 9, 11, 14, 30, 80]),
)


@given(st.lists(_ANY_CARDS, max_size=60))
def test_no_report_tells_anything_small(rows: list[Cards]) -> None:
    """Whatever the ledger holds."""
    _tells_nothing_small(made(*rows))


def test_the_invented_report_is_worth_looking_at_and_always_the_same() -> None:
    """Rules by week and by longer periods, some that stand out, some kept back; it says that it is invented."""
    again = report(
        invented(LAST - 51, LAST, {"clinical-trial": "s"}), NAMES, SCOPE._replace(first=LAST - 51, invented=True)
    )
    assert again == INVENTED
    assert INVENTED.data == "invented"
    assert {1, 4} <= {each.weeks_per_period for each in INVENTED.rules}
    assert 0 < sum(each.low for each in INVENTED.rules) < len(INVENTED.rules)
    assert INVENTED.other_rules
    assert any(each.acceptance_at_most for each in INVENTED.rules)
    assert {each.why for each in INVENTED.withheld.rules} == set(Why)
    assert INVENTED.withheld.others
    (pair,) = INVENTED.candidates
    assert pair.same
    assert pair.failed
    assert pair.other_differences
    assert len(pair.differences) > 3


def test_the_spreadsheet_says_what_the_report_says() -> None:
    """A line for all, each rule, period and client; what is kept back is empty; no text is taken for a formula."""
    told = made(cards("accepted", 20, client=Client("=1+1", None)), cards("overridden", 15, "trial"), cards(None, 20))
    text = spreadsheet(told)
    assert text.startswith("\ufeff")
    lines = list(csv.DictReader(StringIO(text[1:])))
    assert [line["line"] for line in lines] == [
        "all",
        "rule",
        *["period"] * len(rule(told).periods),
        "client",
        "client",
    ]
    assert {line["data"] for line in lines} == {"ledger"}
    (of_rule,) = (line for line in lines if line["line"] == "rule")
    assert (of_rule["fired"], of_rule["accepted"], of_rule["overridden: Clinical trial"]) == ("55", "20", "15")
    assert any(line["client"] == "'=1+1" for line in lines)


def test_the_spreadsheet_says_what_was_not_shown() -> None:
    """A line for each rule and reason, with its indicators and days, and one for the rest; fired stays empty."""
    at = MONDAY + LAST * WEEK
    withheld = [
        Withheld("r1", "silent", "info", 20, at, at + 60),
        Withheld("r1", "silent", None, 30, at, at + 86400),
        *(Withheld(each, "repeated", "critical", 6, at, at) for each in ("r2", "r3")),
    ]
    told = made(withheld=withheld)
    lines = list(csv.DictReader(StringIO(spreadsheet(told)[1:])))
    first, rest = (line for line in lines if line["withheld"])
    monday = monday_of(LAST).isoformat()
    assert {name: value for name, value in first.items() if value} == {
        "data": "ledger",
        "line": "withheld",
        "rule": "r1",
        "title": "Rule one",
        "first_day": monday,
        "last_day": monday[:-2] + f"{int(monday[-2:]) + 1:02}",
        "why": "silent",
        "withheld": "50",
        "withheld: info": "20",
        "withheld: none": "30",
    }
    assert (rest["line"], rest["withheld"], rest["rule"], rest["fired"]) == ("other withheld", "12", "", "")
