"""How far the lung cancer has spread, as it matters for treatment intent.

The sources stand in the order of weight: the newest stage group, the stage of the Condition, a stage in the
Condition's code, the M category, a metastasis on file, the intent of a treatment, the words of the diagnosis. The
first that says something decides, with these additions: a metastasis in the central nervous system outweighs all.
Whatever else says that the cancer is metastatic (a metastasis, M1, a stage IV of another source, the words of the lung
cancer) outweighs a lower stage unless it is certainly older, because a recurrence is seldom staged again; if it is
older the extent is not stated, with both as evidence: a metastasis on file and curative intent never go together.
Stage III alone does not tell whether cure is the aim, so that the intent and the words are asked, and if they are
silent the extent is not stated, with the stage as evidence.
Lymph nodes are no distant metastasis, and a nodule in the other lung is one only if a clinician staged it so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from msgspec.structs import replace

from fhir_mapping.cancers import Cancer
from fhir_mapping.concepts import meanings_of
from fhir_mapping.dates import current, is_after, latest, newest_first
from fhir_mapping.diagnosis import Diagnosed
from fhir_mapping.facts import Evidence, Extent, Spread
from fhir_mapping.observations import Standing, is_about, standing_of
from fhir_mapping.references import name_of
from fhir_mapping.resources.observation import Observation, reported_value
from fhir_mapping.stages import Stage, extent_meanings, stage_in
from knowledge.lookup import Knowledge


@dataclass(frozen=True, slots=True)
class _Staged:
    """A stage with its evidence."""

    stage: Stage
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a treatment aims at: CURATIVE_INTENT, or METASTATIC if it is palliative."""

    extent: Extent
    evidence: Evidence


_LONGEST_CATEGORY = 500  # characters of an M category that are read
_LONGEST_NAME = 500  # characters of a diagnosis that are read
_CLAUSES = re.compile(r"[,.;\n\r]")
_METASTATIC_WORDS = {"extent-metastatic", "stage-iv", "m1"}
_DENIALS = {"negation", "not-a-diagnosis"}
_DISTANT = {"metastasis", "cns-metastasis", "m1"}
_NOT_DISTANT = {"lymph-node-metastasis", "contralateral-lung-nodule"}


def spread_of(
    observations: Sequence[Observation],
    diagnosed: Sequence[Diagnosed],
    intents: Sequence[Intent],
    knowledge: Knowledge,
    *,
    conditions: AbstractSet[str] = frozenset(),
) -> Spread:
    """Return the extent with its evidence, and the metastases in the central nervous system.

    ``conditions`` are the ids of all Conditions on file: a stage of one that is no lung cancer is not ours.
    """
    if not (observations or diagnosed or intents):
        return Spread()
    current = [each for each in diagnosed if each.disease.current]
    lung = [each for each in current if each.disease.named.is_lung]
    others = conditions - {each.id for each in diagnosed if each.disease.named.is_lung and not each.disease.denied}
    ours = [each for each in observations if not is_about(each, others)]
    stages = list(_stages(ours, lung, knowledge))
    staged = next(filter(None, map(_weightiest, stages)), None)
    categories = _m_categories(ours, knowledge) if ours else []
    graver = [each.evidence for every in stages for each in every if each.stage is Stage.FOUR]
    distant = [*(each for category, each in categories if category == "m1"), *_metastases(current), *graver]
    localised = [*(each for category, each in categories if category == "m0"), *([staged.evidence] if staged else [])]
    if localised:
        distant += [each.evidence for each in lung if _is_called_metastatic(each, knowledge)]
    in_cns = (each for each in current if "cns-metastasis" in each.disease.concepts)
    cns = [each.evidence for each in in_cns if each.disease.named.cancer is not Cancer.OTHER]
    extent, evidence = (
        _by_cns(current)
        or _by_disease(staged, distant, localised, intents)
        or _by_aim(intents, lung, localised, outdated=distant)
    )
    return Spread(extent=extent, evidence=_newest(evidence), cns_metastases=_newest(cns))


def _by_cns(current: Iterable[Diagnosed]) -> tuple[Extent, list[Evidence]] | None:
    """Return that a cancer in the central nervous system is metastatic, whatever any stage says."""
    cns = [
        each.evidence
        for each in current
        if "cns-metastasis" in each.disease.concepts and each.disease.named.cancer is not Cancer.OTHER
    ]
    return (Extent.METASTATIC, cns) if cns else None


def _by_disease(
    staged: _Staged | None, distant: list[Evidence], localised: list[Evidence], intents: Sequence[Intent]
) -> tuple[Extent, list[Evidence]] | None:
    """Return what stages and metastases tell, or None if they leave it open."""
    if staged and staged.stage is Stage.FOUR:
        return Extent.METASTATIC, [staged.evidence]
    restaged = max((each.date for each in localised), key=latest, default=None)
    if now := [each for each in distant if not is_after(restaged, each.date)]:
        return Extent.METASTATIC, now
    if staged and staged.stage is Stage.EARLY and not distant:
        return _early(staged, intents)
    return None


def _early(staged: _Staged, intents: Sequence[Intent]) -> tuple[Extent, list[Evidence]]:
    """Return that cure is the aim of an early stage, unless the newest treatment is palliative and not older."""
    aimed, aims = _aimed(intents, localised=False)
    if aimed is Extent.METASTATIC and not all(is_after(staged.evidence.date, each.date) for each in aims):
        return Extent.NOT_STATED, [*aims, staged.evidence]
    return Extent.CURATIVE_INTENT, [staged.evidence]


def _by_aim(
    intents: Sequence[Intent], lung: Sequence[Diagnosed], localised: list[Evidence], *, outdated: list[Evidence]
) -> tuple[Extent, list[Evidence]]:
    """Return what the newest treatment aims at, else what the words of the diagnosis tell; no cure of a metastasis."""
    aimed, aims = _aimed(intents, localised=bool(localised))
    if aimed is Extent.NOT_STATED:
        aimed, aims = _worded(lung, localised=bool(localised))
    if aimed is Extent.CURATIVE_INTENT and outdated:
        aimed = Extent.NOT_STATED
    return aimed, [*aims, *outdated, *localised]


def _aimed(intents: Sequence[Intent], *, localised: bool) -> tuple[Extent, list[Evidence]]:
    """Return what the newest treatment aims at; treatments of one day that differ say nothing."""
    newest = current(newest_first(intents, lambda each: each.evidence.date), lambda each: each.evidence.date)
    extents = {each.extent for each in newest}
    if len(extents) != 1:
        return Extent.NOT_STATED, []
    extent = extents.pop()
    if extent is Extent.METASTATIC and localised:
        extent = Extent.LOCALLY_ADVANCED_INCURABLE
    return extent, [each.evidence for each in newest]


def _worded(lung: Sequence[Diagnosed], *, localised: bool) -> tuple[Extent, list[Evidence]]:
    """Return what the words of the lung cancer say of its extent."""
    found: dict[Extent, list[Evidence]] = {}
    for each in lung:
        if extent := _extent_in(each.disease.extents, localised=localised):
            found.setdefault(extent, []).append(each.evidence)
    order = (Extent.METASTATIC, Extent.LOCALLY_ADVANCED_INCURABLE, Extent.CURATIVE_INTENT)
    extent = next((each for each in order if each in found), Extent.NOT_STATED)
    return extent, found.get(extent, [])


def _extent_in(meant: frozenset[str], *, localised: bool) -> Extent | None:
    if not localised and meant & _METASTATIC_WORDS:
        return Extent.METASTATIC
    if "extent-locally-advanced-incurable" in meant:
        return Extent.LOCALLY_ADVANCED_INCURABLE
    return Extent.CURATIVE_INTENT if meant & {"extent-curative", "stage-curative"} else None


def _stages(
    observations: Iterable[Observation], lung: Sequence[Diagnosed], knowledge: Knowledge
) -> Iterator[list[_Staged]]:
    """Yield the stages of each source, the weightiest source first."""
    yield [
        _Staged(stage, _evidence(each))
        for each in observations
        if "stage-group-observation" in _code_meanings(each, knowledge)
        and _is_valid(each, knowledge)
        and (stage := stage_in(each.value_codeable_concept, each.value_string, knowledge))
    ]
    yield [_Staged(stage, _worded_as(stated, each.evidence)) for each in lung for stage, stated in each.disease.stages]
    yield [_Staged(each.disease.coded_stage, each.evidence) for each in lung if each.disease.coded_stage]


def _worded_as(words: str | None, evidence: Evidence) -> Evidence:
    """Return the evidence of a diagnosis with the words of its stage: its name does not tell the extent."""
    return replace(evidence, reported=words) if words else evidence


def _weightiest(staged: Sequence[_Staged]) -> _Staged | None:
    """Return the newest stage, of several that may be the newest the gravest."""
    newest = current(staged, lambda each: each.evidence.date)
    return max(newest, key=lambda each: (each.stage, each.evidence.date or "", repr(each)), default=None)


def _m_categories(observations: Iterable[Observation], knowledge: Knowledge) -> list[tuple[str, Evidence]]:
    """Return the newest M categories, each with its evidence."""
    found = [
        (next(iter(meant)), _evidence(each))
        for each in observations
        if "m-category-observation" in _code_meanings(each, knowledge) and _is_valid(each, knowledge)
        if (meant := _value_meanings(each, knowledge) & {"m0", "m1"}) and len(meant) == 1
    ]
    return current(found, lambda each: each[1].date)


def _metastases(current: Iterable[Diagnosed]) -> list[Evidence]:
    """Return the Conditions that are a distant metastasis of a cancer that they do not name as another."""
    return [
        each.evidence
        for each in current
        if each.disease.named.cancer in (Cancer.METASTASIS, None)
        and each.disease.concepts & _DISTANT
        and not each.disease.concepts & _NOT_DISTANT
    ]


def _is_called_metastatic(diagnosed: Diagnosed, knowledge: Knowledge) -> bool:
    """Tell whether the words of a lung cancer call it metastatic, in a clause that does not deny it."""
    disease = diagnosed.disease
    if not disease.extents & _METASTATIC_WORDS:
        return False
    clauses = (_clause(each, knowledge) for each in _CLAUSES.split((disease.reported or "")[:_LONGEST_NAME]))
    telling = [meant for meant in clauses if meant & _METASTATIC_WORDS]
    return not telling or any(not meant & _DENIALS for meant in telling)


def _clause(words: str, knowledge: Knowledge) -> frozenset[str]:
    """Return what a clause means, without the "non" of a lung cancer's name."""
    return extent_meanings(knowledge.pattern("nsclc").sub("|", words), knowledge)


def _code_meanings(observation: Observation, knowledge: Knowledge) -> frozenset[str]:
    return meanings_of(observation.code, knowledge)


def _value_meanings(observation: Observation, knowledge: Knowledge) -> frozenset[str]:
    return meanings_of(observation.value_codeable_concept, knowledge) | knowledge.concepts_in(
        (observation.value_string or "")[:_LONGEST_CATEGORY]
    )


def _is_valid(observation: Observation, knowledge: Knowledge) -> bool:
    return standing_of(observation, knowledge) in (Standing.VALID, Standing.NOT_STATED)


def _evidence(observation: Observation) -> Evidence:
    return Evidence(
        resource=name_of("Observation", observation.id), date=observation.date, reported=reported_value(observation)
    )


def _newest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return newest_first(evidence, lambda each: each.date)
