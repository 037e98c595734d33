"""One Observation to the ROS1 results that it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from fhir_mapping.concepts import concepts_of, meanings_of, texts_of, words_of
from fhir_mapping.facts import Evidence, Ros1Finding, Ros1Result, Specimen
from fhir_mapping.lexicon import ROS1_CONCEPTS, Lexicon
from fhir_mapping.observations import Standing, is_implication, standing_of
from fhir_mapping.references import name_of
from fhir_mapping.resources.observation import Observation, Valued, reported_value, value_words, without_circumstances
from fhir_mapping.ros1.clauses import Naming
from fhir_mapping.ros1.components import not_read, result_parts, tells_other_change
from fhir_mapping.ros1.laboratory import Tested, method_of, specimen_of
from fhir_mapping.ros1.statement import Note, Statement, labelled, settled, statement_of
from fhir_mapping.ros1.text import Reading, read
from fhir_mapping.ros1.tokens import Kind, scanner_of
from fhir_mapping.ros1.variant import variant_statement

_LONGEST_REPORTED = 400  # characters of a report that a result quotes
_EXON = re.compile(r"\bexons?\s?[0-9]", re.IGNORECASE)
_DECIDED = (Ros1Finding.POSITIVE, Ros1Finding.NEGATIVE)


def ros1_results(
    observation: Observation,
    tested: Tested,
    lexicon: Lexicon,
    *,
    remember: bool = False,
    name: str | None = None,
) -> tuple[Ros1Result, ...]:
    """Return the ROS1 results of an Observation; none if it is void, an implication, or about something else.

    ``name``: the resource that holds it, if it is not an Observation by itself.
    ``tested``: what was tested, as far as it is told beside the Observation.
    ``remember``: keep what was understood (no identity, no date), because the same words come with the next request.
    """
    read_once = _remembered if remember else _results
    found = read_once(without_circumstances(observation), tested, lexicon)
    resource = name or name_of("Observation", observation.id)
    date, laboratory = observation.date, observation.laboratory
    return tuple(
        Ros1Result(
            finding=each.finding,
            evidence=Evidence(resource=resource, date=date, reported=each.evidence.reported),
            method=each.method,
            specimen=each.specimen,
            specimen_text=each.specimen_text,
            partner=each.partner,
            laboratory=laboratory,
            notes=each.notes,
        )
        for each in found
    )


def _results(observation: Observation, tested: Tested, lexicon: Lexicon) -> tuple[Ros1Result, ...]:
    standing = standing_of(observation, lexicon.knowledge)
    no_result = is_implication(observation, lexicon.knowledge) or _is_of_another(observation, lexicon)
    if standing is Standing.VOID or no_result:
        return ()
    said = tuple(_statements(observation, lexicon))
    if standing is Standing.PENDING and said:
        reported = next((each.reported for each in said if each.reported), words_of(observation.code))
        said = (Statement(finding=Ros1Finding.PENDING, reported=reported),)
    if "requester-heading" in meanings_of(observation.code, lexicon.knowledge):
        said = tuple(map(_hearsay, said))
    stated = standing is not Standing.NOT_STATED
    return tuple(dict.fromkeys(_result(observation, each, tested, lexicon, stated=stated) for each in said))


_remembered = lru_cache(maxsize=1024)(_results)


def _hearsay(said: Statement) -> Statement:
    """Return what was told by who asked for a test, or of the history: it is asked about, not believed."""
    if said.finding not in _DECIDED:
        return said
    return replace(said, finding=Ros1Finding.INDETERMINATE, note=Note.HEARSAY)


def _statements(observation: Observation, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield what the Observation says: as a variant, else as a ROS1 test, else in free text."""
    code = concepts_of(observation.code, lexicon.knowledge)
    variant = None if code & ROS1_CONCEPTS else variant_statement(observation, lexicon)
    if variant:
        yield _explained(variant, observation)
        return
    tests, parts = list(_tests(observation, lexicon)), list(_parts(observation, lexicon))
    told = list(_narratives(observation, lexicon)) if parts or not tests else []
    decided = [each for each in tests if each.finding in _DECIDED]
    beside = [each for each in (*parts, *(told if parts else ())) if each.finding in _DECIDED]
    yield from [*decided, *beside] or tests or told or parts or not_read(observation, lexicon)


def _tests(observation: Observation, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield what each part of the Observation says whose code is a ROS1 test."""
    if meanings_of(observation.code, lexicon.knowledge) & ROS1_CONCEPTS:
        has_parts = bool(observation.component or observation.has_member or observation.derived_from)
        of_parts = any(meanings_of(each.code, lexicon.knowledge) & ROS1_CONCEPTS for each in observation.component)
        own = reported_value(observation) or observation.interpretation or (observation.notes and not of_parts)
        if own or not has_parts:
            yield from _split(observation, observation, lexicon)
    for component in observation.component:
        means = meanings_of(component.code, lexicon.knowledge)
        if means & ROS1_CONCEPTS and not _is_of_another(component, lexicon):
            yield from (replace(each, code=component.code) for each in _split(component, observation, lexicon))


def _parts(observation: Observation, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield what the components say that hold the result of a ROS1 test under a name without ROS1."""
    for part, named in result_parts(observation, lexicon):
        yield from (replace(each, code=part.code) for each in _split(named, observation, lexicon))


def _is_of_another(holder: Valued, lexicon: Lexicon) -> bool:
    """Return True if the code names a control, a relative or a consent and no result of the patient."""
    return "not-a-patient-result" in meanings_of(holder.code, lexicon.knowledge)


def _split(holder: Valued, observation: Observation, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield the statement of a ROS1 test, or several if its text gives one result for each of several methods."""
    readings = [
        each for text in value_words(holder) for each in read(text, lexicon, implied=True, naming=Naming.ANY_FUSION)
    ]
    for reading in (several := _by_method(readings, lexicon)):
        yield _one_of_several(reading, lexicon)
    if not several:
        yield _explained(_test(holder, observation, lexicon), holder)


def _by_method(readings: Iterable[Reading], lexicon: Lexicon) -> tuple[Reading, ...]:
    """Return the results of a text one by one if it gives one for each of several methods: each has its own weight."""
    by_method = {_method(each, lexicon): each for each in readings if each.finding in _DECIDED}
    return tuple(by_method.values()) if len(by_method) > 1 and None not in by_method else ()


def _one_of_several(reading: Reading, lexicon: Lexicon) -> Statement:
    return Statement(
        finding=reading.finding,
        reported=reading.words,
        partner=reading.partner,
        words=(reading.words,),
        method=_method(reading, lexicon),
    )


def _method(reading: Reading, lexicon: Lexicon) -> str | None:
    return next((each.id for each in lexicon.knowledge.methods_in(reading.words)), None)


def _test(holder: Valued, observation: Observation, lexicon: Lexicon) -> Statement:
    """Return what a ROS1 test says, after what its code, its words and its notes take away from that."""
    said = _with_notes(statement_of(holder, lexicon, naming=Naming.ANY_FUSION), observation.notes, lexicon)
    said = replace(said, reported=labelled(holder, said.reported))
    if said.finding not in _DECIDED:
        return said
    about_change = said.other_change or _tests_other_change(holder, lexicon)
    unnamed = holder not in observation.component
    if unnamed and not any("fusion-structure" in lexicon.knowledge.concepts_in(text) for text in said.words):
        about_change = about_change or tells_other_change(observation, said.finding, lexicon)
    if about_change and not said.partner:
        return replace(said, finding=Ros1Finding.INDETERMINATE, note=Note.OTHER_CHANGE)
    if (
        said.finding is Ros1Finding.POSITIVE
        and _names_other_genes(holder, lexicon)
        and not _names_ros1(holder, lexicon)
    ):
        return replace(said, finding=Ros1Finding.INDETERMINATE, note=Note.SEVERAL_GENES)
    return said


def _with_notes(said: Statement, notes: tuple[str, ...], lexicon: Lexicon) -> Statement:
    """Let notes that name ROS1 give a result that is missing; they make a result indeterminate that they contradict."""
    noted = settled([each for text in notes for each in read(text, lexicon, implied=False, naming=Naming.NOTHING)])
    if noted.finding is None:
        return said
    elsewhere = said.finding is Ros1Finding.INDETERMINATE and any(
        "result-elsewhere" in lexicon.knowledge.concepts_in(text) for text in said.words
    )
    if said.finding is None or elsewhere:
        return replace(noted, reported="; ".join(filter(None, (said.reported, *noted.words))))
    if said.finding in _DECIDED and noted.finding in _DECIDED and noted.finding is not said.finding:
        return replace(said, finding=Ros1Finding.INDETERMINATE, note=Note.CONTRADICTION)
    return said


def _tests_other_change(holder: Valued, lexicon: Lexicon) -> bool:
    """Return True if the code is no ROS1 test that we know and its words name another change than a fusion."""
    if concepts_of(holder.code, lexicon.knowledge) & ROS1_CONCEPTS:
        return False
    scanner = scanner_of(lexicon.knowledge)
    texts = [text[:_LONGEST_REPORTED] for text in texts_of(holder.code)]
    kinds = {token.kind for text in texts for token in scanner.tokens(text)}
    of_change = Kind.OTHER_CHANGE in kinds or any(map(_EXON.search, texts))
    return of_change and not kinds & {Kind.STRUCTURE, Kind.FUSION}


def _names_other_genes(holder: Valued, lexicon: Lexicon) -> bool:
    return any("other-gene" in lexicon.knowledge.concepts_in(text) for text in texts_of(holder.code))


def _names_ros1(holder: Valued, lexicon: Lexicon) -> bool:
    return any(lexicon.ros1.within(text) for text in value_words(holder))


def _narratives(observation: Observation, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield what free text under another code says of ROS1; notes only if they state a result."""
    of_fusions = "fusion-narrative" in concepts_of(observation.code, lexicon.knowledge)
    naming = Naming.ANY_FUSION if of_fusions else Naming.WITH_PARTNER
    listed = (each for each in observation.component if "gene-studied" not in meanings_of(each.code, lexicon.knowledge))
    for holder in (observation, *(each for each in listed if not _is_of_another(each, lexicon))):
        for text in filter(lexicon.ros1.within, value_words(holder)):
            readings = read(text, lexicon, implied=of_fusions, naming=naming)
            several = _by_method(readings, lexicon)
            yield from (_one_of_several(each, lexicon) for each in several)
            if not several:
                reported = "; ".join(each.words for each in readings) or _around_ros1(text, lexicon)
                yield _explained(replace(settled(readings), reported=reported), holder)
    for text in filter(lexicon.ros1.within, observation.notes):
        said = settled(read(text, lexicon, implied=False, naming=Naming.NOTHING))
        if said.finding in (*_DECIDED, Ros1Finding.PENDING):
            yield replace(said, reported="; ".join(said.words))


def _explained(said: Statement, holder: Valued) -> Statement:
    """Return a statement that has a finding: what says nothing clear is indeterminate, and why."""
    if said.finding:
        return said
    if said.other_change:
        note = Note.OTHER_CHANGE
    elif holder.data_absent_reason and not reported_value(holder):
        said, note = replace(said, reported=words_of(holder.data_absent_reason) or said.reported), Note.NO_VALUE
    else:
        note = Note.NOT_UNDERSTOOD if said.reported and reported_value(holder) else Note.NO_VALUE
    return replace(said, finding=Ros1Finding.INDETERMINATE, note=note)


def _result(observation: Observation, said: Statement, tested: Tested, lexicon: Lexicon, *, stated: bool) -> Ros1Result:
    """Return the result with its method, specimen and evidence; a negative one of blood is indeterminate."""
    method = method_of(observation, said, tested, lexicon)
    specimen, specimen_text = specimen_of(observation, said, method, tested, lexicon)
    finding, note = said.finding or Ros1Finding.INDETERMINATE, said.note
    if finding is Ros1Finding.NEGATIVE and specimen is Specimen.BLOOD:
        finding, note = Ros1Finding.INDETERMINATE, Note.BLOOD_NEGATIVE
    notes = tuple(str(each) for each in (note, None if stated else Note.STATUS_NOT_STATED) if each)
    reported = said.reported if said.reported is None else _shortened(said.reported)
    return Ros1Result(
        finding=finding,
        evidence=Evidence(resource="Observation", reported=reported),
        method=method.id if method else None,
        specimen=specimen,
        specimen_text=specimen_text,
        partner=said.partner,
        notes=notes,
    )


def _around_ros1(text: str, lexicon: Lexicon) -> str:
    start, _ = next(lexicon.ros1.spans(text), (0, 0))
    return text[max(0, start - _LONGEST_REPORTED // 4) :]


def _shortened(text: str) -> str:
    text = " ".join(text[: 4 * _LONGEST_REPORTED].split())
    return text if len(text) <= _LONGEST_REPORTED else f"{text[:_LONGEST_REPORTED]} ..."
