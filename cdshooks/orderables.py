"""What a service knows to be ordered, in the words of an order box: each drug with its group, brands and coding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.lookup import Knowledge
from knowledge.model import Drug

_INGREDIENT = "IN"  # as RxNorm calls its kind


def orderables(knowledge: Knowledge) -> Sequence[Mapping[str, Any]]:
    """Return the drugs by name."""
    drugs = sorted(knowledge.drugs.values(), key=lambda drug: drug.name.casefold())
    return tuple(
        {
            "id": drug.id,
            "name": drug.name,
            "group": knowledge.drug_classes[drug.drug_class].title,
            "brands": drug.brands,
            "coding": _coding(drug),
        }
        for drug in drugs
    )


def _coding(drug: Drug) -> Sequence[Mapping[str, str]]:
    """Return the code of the ingredient, if one is confirmed."""
    codes = (code for code in drug.codes if code.kind == _INGREDIENT and code.confidence.usable)
    return tuple({"system": code.system, "code": code.code, "display": code.display} for code in codes)
