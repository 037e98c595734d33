"""An option in words, piece by piece: a card says the pieces in one line, a page sets them side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cards.options import LeftOut, Option
from cards.text import listing
from cards.wording import say
from knowledge.lookup import Knowledge
from knowledge.model import Dose, ResistanceCell, Ros1Use
from knowledge.terms import Citation


class Choice(NamedTuple):
    """What a choice needs to know of one drug; a piece of which nothing is known is empty."""

    approval: str
    brain: str
    outcomes: tuple[str, ...]  # in this setting
    against: tuple[str, ...]  # the listed changes on file
    dose: str
    no_code: str
    checks: str  # before the first dose


def choice(option: Option, setting: str, knowledge: Knowledge) -> Choice:
    """Return the pieces of an option."""
    use = option.use
    year = (option.approval.date or "")[:4]
    date = say(knowledge, "options.scope.date", date=year) if year else ""
    checks = _first_checks(use)
    return Choice(
        approval=say(knowledge, f"options.scope.{option.approval.scope}", region=option.approval.region, date=date),
        brain=_brain(use, knowledge),
        outcomes=tuple(each.text for each in use.outcomes if each.setting == setting and each.confidence.usable),
        against=tuple(_against(change, cell, knowledge) for change, cell in option.against),
        dose=_dose(option.dose, knowledge),
        no_code=say(knowledge, "options.no-code") if use.product is None and use.order_text else "",
        checks=say(knowledge, "options.baseline", baseline=checks) if checks else "",
    )


def line(option: Option, setting: str, knowledge: Knowledge) -> str:
    """Return an option as a line of a card."""
    told = choice(option, setting, knowledge)
    pieces = (told.approval, told.brain, *told.outcomes, *told.against, told.dose, told.no_code, told.checks)
    brands = f" ({listing(option.drug.brands)})" if option.drug.brands else ""
    facts = "; ".join(filter(None, pieces))
    return say(knowledge, "options.drug", drug=option.drug.name, brands=brands, facts=facts)


def why_left_out(left_out: LeftOut, knowledge: Knowledge) -> str:
    """Name a drug that is not offered, and say why."""
    values = {"drug": left_out.drug.name, "changes": listing(left_out.changes)}
    return say(knowledge, f"options.left-out.{left_out.reason}", **values)


def citations(option: Option, setting: str) -> Iterator[Citation]:
    """Yield what the pieces of an option rest on."""
    yield from option.approval.related_artifact
    for outcome in option.use.outcomes:
        if outcome.setting == setting and outcome.confidence.usable:
            yield from outcome.related_artifact
    for _, cell in option.against:
        yield from cell.related_artifact if cell else ()
    yield from option.dose.related_artifact if option.dose else ()


def _brain(use: Ros1Use, knowledge: Knowledge) -> str:
    if use.cns_active is None:
        return ""
    return say(knowledge, "options.cns-active" if use.cns_active else "options.cns-limited")


def _against(change: str, cell: ResistanceCell | None, knowledge: Knowledge) -> str:
    """Say what is known of an option against a change that the knowledge lists."""
    if cell is None:
        return say(knowledge, "options.against-not-known", change=change)
    return say(knowledge, "options.against", change=change, text=cell.text or say(knowledge, "options.active"))


def _dose(dose: Dose | None, knowledge: Knowledge) -> str:
    if dose is None:
        return say(knowledge, "options.dose-not-verified")
    administration = f", {dose.administration}" if dose.administration else ""
    source = knowledge.sources[dose.related_artifact[0].source].short
    return say(knowledge, "options.dose", dose=dose.text, administration=administration, source=source)


def _first_checks(use: Ros1Use) -> str:
    """Return what the label asks to check before the first dose, as far as a source confirms it."""
    checks = ", ".join(each.text for each in use.baseline if each.text and each.confidence.usable)
    return "; ".join(filter(None, (checks, use.baseline_note)))
