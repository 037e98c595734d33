"""The knowledge of a candidate release: a folder, or a Python package that holds one."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from cards.decision import Decision
from cards.errors import RuleError
from cdshooks.account import Said
from cdshooks.setting_values import variable
from knowledge.errors import KnowledgeError
from knowledge.licensing import LicensedCodes
from knowledge.loader import load
from knowledge.lookup import Knowledge

_DATA = "data"


class CandidateError(Exception):
    """A candidate cannot be used; the current release answers all the same."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def load_candidate(named: str, *, overlay: Path | None, codes: LicensedCodes) -> Knowledge:
    """Load what a setting names, with the overlay and licence of the current release; raise every fault."""
    try:
        return load(_folder(named), overlay=overlay, codes=codes)
    except KnowledgeError as error:
        raise CandidateError(tuple(f"{variable('candidate')}: {fault}" for fault in error.faults)) from None
    except (RuleError, OSError) as error:
        raise CandidateError((f"{variable('candidate')}: {error}",)) from None


def _folder(named: str) -> Path:
    """Return the folder with the data: the one that is named, or that of a package."""
    if Path(named).is_dir():
        return Path(named)
    try:
        spec = find_spec(named) if named.replace(".", "").isidentifier() else None
    except ImportError:
        spec = None
    for place in (spec.submodule_search_locations if spec else None) or ():
        if (Path(place) / _DATA).is_dir():
            return Path(place) / _DATA
    expected = f"a folder such as knowledge/data, or an installed package that holds a folder {_DATA}"
    raise CandidateError((f"{variable('candidate')} is {named!r}; expected {expected}",))


def said(decision: Decision | None) -> Said:
    """Return what a decision says, without a word of the patient; nothing if no order was of concern."""
    if decision is None:
        return Said()
    return Said(
        rules=tuple(sorted(decision.applied)),
        cards=tuple((advice.rule.id, advice.indicator) for advice in decision.advice),
        refused=bool(decision.missing_parts),
    )
