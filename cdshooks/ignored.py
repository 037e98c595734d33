"""Why a resource says nothing that counts, in words. Texts that come from the request are untrusted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from fhir_mapping.datatypes import Medicated, RawResource
from fhir_mapping.decoding import decode, decode_anything
from fhir_mapping.diagnosis import diagnosed_by
from fhir_mapping.drugs import Medications, drugs_given, ordered_by
from fhir_mapping.lexicon import lexicon_of
from fhir_mapping.relevance import relevance_of
from fhir_mapping.resources.condition import Condition
from fhir_mapping.resources.medication_request import MedicationRequest
from fhir_mapping.resources.observation import ObservationHead
from knowledge.lookup import Knowledge

_NOTHING = "it is about nothing that is asked for"
_MEDICATED = frozenset({"MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement"})
_STATUSES = ("status", "verificationStatus", "clinicalStatus", "intent")
_WITHDRAWN = frozenset(
    {
        "entered-in-error", "cancelled", "draft", "not-done", "not-taken", "stopped",
        "refuted", "differential", "provisional", "unconfirmed", "inactive", "remission", "resolved",
        "proposal", "plan", "option",
    }
)  # fmt: skip


class Ignored:
    """Tells why each ignored resource of a request was ignored."""

    def __init__(self, resources: Iterable[RawResource], session: Collection[str], knowledge: Knowledge) -> None:
        """Take the resources of the request, and the names of the drafts of its session."""
        self._session = frozenset(session)
        self._knowledge = knowledge
        self._relevance = relevance_of(lexicon_of(knowledge))
        drugs = dict(_medications(resources))
        self._medications = Medications([lambda: drugs])

    def reasons(self, resource: RawResource, name: str, members: Mapping[str, Any]) -> Iterator[str]:
        """Yield why a resource of a type that is read says nothing that counts."""
        type_ = name.partition("/")[0]
        if name in self._session:
            yield "it is a draft of this session, and no therapy"
        elif type_ == "Observation":
            yield self._observation(resource)
        elif type_ == "Condition":
            yield self._condition(resource)
        elif type_ in _MEDICATED:
            yield self._medicated(resource, type_)
        else:
            yield _NOTHING
        yield from (f"its {name} is {word}" for name, word in _statuses(members) if word in _WITHDRAWN)
        if members.get("doNotPerform") is True:
            yield "it asks not to give the drug"

    def _observation(self, resource: RawResource) -> str:
        head = decode(resource.content, ObservationHead).value or ObservationHead()
        about = ", ".join(sorted(self._relevance.topics(head)))
        return f"it is about {about}, but says nothing that counts" if about else _NOTHING

    def _condition(self, resource: RawResource) -> str:
        condition = decode(resource.content, Condition).value
        disease = diagnosed_by(condition, self._knowledge).disease if condition else None
        if disease is None or not disease.matters:
            return "it is neither a cancer nor a metastasis that is recognised"
        what = f"cancer: {disease.named.cancer}" if disease.named.cancer else "a metastasis or a progression"
        if not disease.current:
            return f"it is over, in doubt or denied ({what})"
        return f"another diagnosis tells more ({what})"

    def _medicated(self, resource: RawResource, type_: str) -> str:
        shape = MedicationRequest if type_ == "MedicationRequest" else Medicated
        medicated = decode(resource.content, shape).value
        ordered = ordered_by(medicated, self._medications) if medicated else None
        if ordered is None or not ordered.display:
            return "it names no drug"
        drugs = ", ".join(each.drug for each in drugs_given(ordered.concepts, self._knowledge))
        if drugs:
            return f"it is about {drugs}, but tells of no use of it that counts here"
        return f"its drug is none that the rules ask for: {ordered.display}"


def _medications(resources: Iterable[RawResource]) -> Iterator[tuple[str, RawResource]]:
    for resource in resources:
        members = decode_anything(resource.content)
        if isinstance(members, dict) and members.get("resourceType") == "Medication":
            yield str(members.get("id")), resource


def _statuses(members: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _STATUSES:
        value = members.get(name)
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict) and isinstance(value.get("coding"), list):
            for coding in value["coding"]:
                if isinstance(coding, dict):
                    yield name, str(coding.get("code"))
