"""DiagnosticReport: what a laboratory says of its results; a presented form (a PDF) is not read."""

from __future__ import annotations

from msgspec import Raw

from fhir_mapping.datatypes import ABSENT, CodeableConcept, Element, Period, Reference


class DiagnosticReportHead(Element, frozen=True):
    """What tells whether a DiagnosticReport matters, as bytes."""

    code: Raw = ABSENT
    conclusion: Raw = ABSENT
    conclusion_code: Raw = ABSENT
    contained: tuple[Raw, ...] = ()


class DiagnosticReport(Element, frozen=True):
    """The elements of a DiagnosticReport that are read."""

    id: str | None = None
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    performer: tuple[Reference, ...] = ()
    specimen: tuple[Reference, ...] = ()
    result: tuple[Reference, ...] = ()
    conclusion: str | None = None
    conclusion_code: tuple[CodeableConcept, ...] = ()
    contained: tuple[Raw, ...] = ()
