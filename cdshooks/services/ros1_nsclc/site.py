"""What a site brings: its overlay, the codes that it may use, its formulary."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from cards.options import candidates
from cdshooks.errors import DeclarationError
from cdshooks.settings import Settings, SnomedCt
from knowledge.licensing import LicensedCodes
from knowledge.loader import load
from knowledge.lookup import Knowledge

_LICENSED = {SnomedCt.ALL: LicensedCodes.ALL, SnomedCt.GPS: LicensedCodes.FREE, SnomedCt.OFF: LicensedCodes.NONE}


def knowledge_of(settings: Settings) -> Knowledge:
    """Load the knowledge that the settings describe: with the site's overlay, and the codes that it may use."""
    return load(**additions(settings))


class Additions(TypedDict):
    """What a site adds to a release, and what it may use of it."""

    overlay: Path | None
    codes: LicensedCodes


def additions(settings: Settings) -> Additions:
    """Return what a site adds to a release, and what it may use of it."""
    overlay = Path(settings.overlay) if settings.overlay else None
    return Additions(overlay=overlay, codes=_LICENSED[settings.snomed_ct])


def formulary_of(settings: Settings, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the formulary of the setting or of the overlay; refuse both, and what no card could offer."""
    formulary = settings.formulary
    stated = knowledge.overlay.formulary if knowledge.overlay else ()
    if formulary and stated:
        raise DeclarationError(("ROS1_CDS_FORMULARY: the overlay has a formulary, too; state it in one place",))
    known = sorted(drug.id for drug in candidates(knowledge))
    faults = tuple(
        f"ROS1_CDS_FORMULARY: {drug!r} is no ROS1 inhibitor that a card may offer; there are {', '.join(known)}"
        for drug in formulary
        if drug not in known
    )
    if faults:
        raise DeclarationError(faults)
    return formulary or stated
