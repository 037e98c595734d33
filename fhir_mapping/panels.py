"""Broad molecular panels of the tumour that are under way: they may cover ROS1, and their names do not say so."""

from __future__ import annotations

from collections.abc import Iterable

from fhir_mapping.concepts import meanings_of, words_of
from fhir_mapping.dates import is_after, latest, newest_first
from fhir_mapping.facts import Evidence
from fhir_mapping.lexicon import ROS1_CONCEPTS
from fhir_mapping.observations import Standing, standing_of
from fhir_mapping.resources.observation import Observation
from knowledge.lookup import Knowledge

_BROAD = "broad-panel"
_NOT_BROAD = {"other-gene", "germline", "not-a-tumour-panel", *ROS1_CONCEPTS}
_LONGEST_NAME = 200


def open_panels(named: Iterable[tuple[str, Observation]], knowledge: Knowledge) -> tuple[Evidence, ...]:
    """Return the panels that are registered or preliminary, newest first, each name once.

    One is answered by a result of the same name that is not older; what has no date answers nothing.
    """
    waiting: list[Evidence] = []
    answered: dict[str, str] = {}  # the newest day of a result, by name
    for resource, observation in named:
        means = meanings_of(observation.code, knowledge)
        if _BROAD in means and not means & _NOT_BROAD:
            name = (words_of(observation.code) or "")[:_LONGEST_NAME]
            evidence = Evidence(resource=resource, date=observation.date, reported=name)
            standing = standing_of(observation, knowledge)
            if standing is Standing.PENDING:
                waiting.append(evidence)
            elif standing is not Standing.VOID and observation.date:
                known = answered.get(_name(evidence), observation.date)
                answered[_name(evidence)] = max(observation.date, known, key=latest)
    still = [each for each in waiting if not _is_answered(each, answered.get(_name(each)))]
    once = {_name(each): each for each in reversed(newest_first(still, lambda each: each.date))}
    return newest_first(once.values(), lambda each: each.date)


def _is_answered(panel: Evidence, result: str | None) -> bool:
    return result is not None and panel.date is not None and not is_after(panel.date, result)


def _name(panel: Evidence) -> str:
    return " ".join((panel.reported or "").casefold().split())
