"""What log and ledger hear of a decision."""

from __future__ import annotations

from cards.decision import Decision
from cdshooks import account, log
from cdshooks.fallback import Fetches
from cdshooks.fatigue import Choice


def note(decision: Decision, choice: Choice, data: Fetches) -> None:
    """Note for log and ledger what was decided and on what data: ids of rules and counts, nothing of the patient."""
    rules, undetermined = decision.applied, tuple([entry.rule for entry in decision.undetermined])
    account.note(
        account.Decided(
            release=decision.release,
            rules=rules,
            undetermined=undetermined,
            data=data.sources(),
            speakers=choice.speakers,
            withheld=choice.withheld,
        )
    )
    told = log.Members(
        release=decision.release,
        rules=rules,
        undetermined=undetermined,
        data={supply.part: supply.availability for supply in decision.facts.supplies},
        other_patient_resources=len(decision.facts.other_patient),
        unread_resources=len(decision.facts.unread),
    )
    if choice.withheld:
        told["silent"] = tuple(each.rule for each in choice.withheld if each.why is account.Why.SILENT)
        told["withheld"] = {each.rule: str(each.why) for each in choice.withheld if each.why is not account.Why.SILENT}
    log.note(**told)
