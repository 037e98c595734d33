"""DiagnosticReports and contained Observations, as the Observations that they amount to.

A report's conclusion is read as the value of an Observation under the report's code; a contained Observation is one of
its own, with the circumstances of what contains it where it states none.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Raw, structs

from fhir_mapping.concepts import code_concepts, distinct, texts_of
from fhir_mapping.datatypes import CodeableConcept, Reference
from fhir_mapping.observations import Standing
from fhir_mapping.references import name_of, target_of
from fhir_mapping.resources.diagnostic_report import DiagnosticReport
from fhir_mapping.resources.observation import Observation
from knowledge.lookup import Knowledge

REPORT_STATUS = "http://hl7.org/fhir/diagnostic-report-status"
_SPECIMEN = b'"Specimen"'
_MOST_SPECIMENS = 20  # of one holder
_AS_OBSERVATION = {Standing.VALID: "final", Standing.PENDING: "registered", Standing.VOID: "cancelled"}


class Listing(NamedTuple):
    """What a report or a panel says of every result that it lists: its names, and what was tested."""

    names: tuple[CodeableConcept, ...] = ()
    specimens: tuple[Reference, ...] = ()
    contained: tuple[Raw, ...] = ()  # among which a specimen may be


def listing_of(holder: Observation | DiagnosticReport) -> Listing:
    """Return what a report or a panel says of every result that it lists or contains."""
    if isinstance(holder, DiagnosticReport):
        method, specimens = None, holder.specimen[:_MOST_SPECIMENS]
    else:
        method, specimens = holder.method, (holder.specimen,) if holder.specimen else ()
    return Listing(
        names=tuple(each for each in (method, holder.code) if each),
        specimens=specimens,
        contained=_specimens_among(holder.contained) if specimens else (),
    )


def conclusion_of(report: DiagnosticReport, knowledge: Knowledge) -> Observation:
    """Return the Observation that a report's conclusion amounts to; its results are the members."""
    meant = code_concepts(REPORT_STATUS, report.status, knowledge)
    status = next((word for standing, word in _AS_OBSERVATION.items() if standing in meant), None)
    return Observation(
        id=report.id,
        status=status,
        code=report.code,
        subject=report.subject,
        effective_date_time=report.effective_date_time,
        effective_period=report.effective_period,
        issued=report.issued,
        performer=report.performer,
        specimen=report.specimen[0] if len(report.specimen) == 1 else None,  # of several it is open which it was
        value_string=report.conclusion,
        value_codeable_concept=_together(report.conclusion_code),
        has_member=report.result,
        contained=report.contained,
    )


def _together(concepts: tuple[CodeableConcept, ...]) -> CodeableConcept | None:
    """Return the codes and words of several concepts as those of one."""
    if len(concepts) <= 1:
        return next(iter(concepts), None)
    codings = tuple(coding for concept in concepts for coding in concept.coding)
    texts = distinct(text for concept in concepts for text in texts_of(concept))
    return CodeableConcept(coding=codings, text="; ".join(texts) or None)


def specimens_in(holder: Observation) -> tuple[Raw, ...]:
    """Return the contained resources that can be the specimens of contained Observations."""
    return _specimens_among(holder.contained)


def _specimens_among(contained: tuple[Raw, ...]) -> tuple[Raw, ...]:
    return tuple(each for each in contained if _SPECIMEN in bytes(each))[:_MOST_SPECIMENS]


def within(holder: Observation, contained: Observation, specimens: tuple[Raw, ...]) -> Observation:
    """Return a contained Observation with the circumstances of its holder where it has none of its own."""
    dated = contained.date is not None
    return structs.replace(
        contained,
        id=holder.id,
        subject=holder.subject,
        status=contained.status or holder.status,
        effective_date_time=contained.effective_date_time if dated else holder.date,
        performer=contained.performer or holder.performer,
        specimen=contained.specimen or holder.specimen,
        contained=specimens,
    )


def names_of(references: tuple[Reference, ...]) -> frozenset[str]:
    """Return the Observations that references name, as evidence names them."""
    targets = (target_of(each.reference) for each in references)
    return frozenset(name_of("Observation", each.id) for each in targets if each)
