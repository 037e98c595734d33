"""Before a ROS1 inhibitor, in words: the checks that its label asks for, and the drugs that it advises to avoid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cards.text import day, listing, quote
from cards.wording import say
from fhir_mapping.facts import BaselineCheck, BaselineResult, BaselineState, ClinicalFacts, Interaction
from knowledge.lookup import Knowledge
from knowledge.safety import Baseline
from knowledge.terms import Citation


def tests_to_order(facts: ClinicalFacts, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the orderables of the checks that are missing; what was not sent is not known to be missing."""
    lacking = (
        knowledge.baseline_checks[check.check].orderable
        for check in facts.baseline
        if check.missing and check.state is not BaselineState.NOT_SEEN
    )
    return tuple(dict.fromkeys(test for test in lacking if test and test in knowledge.orderables))


# --- in a summary: our own words and dates, nothing of the record's text --------------------------------------------


def checks_in_brief(facts: ClinicalFacts, knowledge: Knowledge) -> tuple[str, ...]:
    """Return what stands out among the checks, gravest first; then shorter and shorter."""
    pieces = tuple(_standing_out(facts, knowledge))
    tail = say(knowledge, "before.see-detail")
    return ("; ".join(pieces), *("; ".join((*pieces[:count], tail)) for count in (2, 1)), tail)


def _standing_out(facts: ClinicalFacts, knowledge: Knowledge) -> Iterator[str]:
    for result in (result for check in facts.baseline for result in check.results if result.beyond):
        date = day(result.evidence.date) or ""
        yield say(knowledge, "before.beyond", name=result.name, limit=result.beyond or "", date=date)
    for state in (
        BaselineState.MISSING,
        BaselineState.ABNORMAL,
        BaselineState.NOT_COMPARED,
        BaselineState.NOT_SEEN,
    ):
        names = [knowledge.baseline_checks[check.check].name for check in facts.baseline if check.state is state]
        if names:
            yield say(knowledge, f"before.{state}", checks=listing(names))


def interactions_in_brief(facts: ClinicalFacts, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the drugs that the label advises to avoid; then shorter."""
    members = tuple(dict.fromkeys(each.member for each in facts.interactions))
    return (listing(members), say(knowledge, "before.interactions", count=str(len(members))))


# --- in a detail -----------------------------------------------------------------------------------------------------


def checks_in_full(facts: ClinicalFacts, drugs: Iterable[str], knowledge: Knowledge) -> str:
    """Return each check with what is on file, what stands out, and what is missing; nothing if there is none."""
    if not facts.baseline:
        return ""
    asked = tuple(_asked(drugs, knowledge))
    on_file = {check.check for check in facts.baseline}
    lines = [_check(check, knowledge) for check in facts.baseline]
    for each in asked:
        if each.applies and each.check not in on_file:
            name = knowledge.baseline_checks[each.check].name
            lines.append(say(knowledge, "before.applies", check=name, applies=each.applies))
    sources = _names((citation for each in asked for citation in each.related_artifact), knowledge)
    return "\n".join((say(knowledge, "before.checks", sources=sources), *lines))


def _asked(drugs: Iterable[str], knowledge: Knowledge) -> Iterator[Baseline]:
    for drug in drugs:
        known = knowledge.drugs.get(drug)
        yield from (each for each in (known.ros1.baseline if known and known.ros1 else ()) if each.confidence.usable)


def _check(check: BaselineCheck, knowledge: Knowledge) -> str:
    stated = knowledge.baseline_checks[check.check]
    parts = [_result(result, knowledge) for result in check.results]
    if check.missing:
        seen = "missing" if check.state is not BaselineState.NOT_SEEN else "not-seen"
        phrase, days = f"before.result.{seen}", str(stated.window_days)
        parts.append(say(knowledge, phrase, names=listing(check.missing), days=days))
    parts.extend(say(knowledge, "before.result.older", result=_result(each, knowledge)) for each in check.older)
    alone = len(stated.results) == 1 and stated.results[0].name == stated.name
    return say(knowledge, "before.check.one" if alone else "before.check", check=stated.name, results="; ".join(parts))


def _result(result: BaselineResult, knowledge: Knowledge) -> str:
    date = day(result.evidence.date) or say(knowledge, "pd-l1.date-not-stated")
    said = say(knowledge, "before.result", name=result.name, reported=quote(result.evidence.reported or ""), date=date)
    return ", ".join((said, *_notes(result, knowledge)))


def undated(result: BaselineResult, knowledge: Knowledge) -> str:
    """Return one result without its date."""
    said = f"{result.name} {quote(result.evidence.reported or '')}"
    return ", ".join((said, *_notes(result, knowledge)))


def _notes(result: BaselineResult, knowledge: Knowledge) -> Iterator[str]:
    """Yield what stands out of a result."""
    notes = (
        say(knowledge, "before.result.flag", flag=quote(result.flag)) if result.flag else "",
        say(knowledge, "before.result.out-of-range") if result.out_of_range and not result.flag else "",
        say(knowledge, "before.result.beyond", limit=result.beyond) if result.beyond else "",
        say(knowledge, f"before.not-compared.{result.not_compared}") if result.not_compared else "",
    )
    return filter(None, notes)


def interactions_in_full(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return, class by class, what the label advises to avoid and where that stands; nothing if there is none."""
    classes = dict.fromkeys((each.drug, each.interactor) for each in facts.interactions)
    lines = [
        _interaction([each for each in facts.interactions if (each.drug, each.interactor) == class_], knowledge)
        for class_ in classes
    ]
    return "\n".join((say(knowledge, "before.interacting"), *lines)) if lines else ""


def _interaction(of_one_class: list[Interaction], knowledge: Knowledge) -> str:
    first = of_one_class[0]
    drug = knowledge.drugs[first.drug]
    uses = drug.ros1.interactions if drug.ros1 else ()
    label = next(each for each in uses if each.interactor == first.interactor)
    return say(
        knowledge,
        "before.interaction",
        drug=drug.name,
        members=listing(each.member for each in of_one_class),
        interactor=knowledge.interactions[first.interactor].name,
        advice=label.advice,
        source=_names(label.related_artifact, knowledge),
        reported=listing(
            dict.fromkeys(quote(each.evidence.reported or each.evidence.resource) for each in of_one_class)
        ),
    )


def _names(citations: Iterable[Citation], knowledge: Knowledge) -> str:
    return "; ".join(dict.fromkeys(knowledge.sources[citation.source].short for citation in citations))
