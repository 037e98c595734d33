"""What reports and panels say of the results that they list: a result need not repeat its specimen and method.

A report "cfDNA NGS panel" with the specimen "Plasma" may list an Observation that says "ROS1 fusion: not detected" and
no more. Reports and panels need not name ROS1 themselves, so they are looked for only if there is such a result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from fhir_mapping.concepts import code_concepts
from fhir_mapping.datatypes import Element, Reference
from fhir_mapping.decoding import decode
from fhir_mapping.observations import OBSERVATION_STATUS, Standing
from fhir_mapping.record import Found, Record
from fhir_mapping.references import is_other_patient, name_of
from fhir_mapping.relevance import Topic
from fhir_mapping.reports import REPORT_STATUS, Listing, listing_of, names_of
from fhir_mapping.resources.diagnostic_report import DiagnosticReport
from fhir_mapping.resources.observation import Observation
from fhir_mapping.ros1.laboratory import Listed, listed_by

_DEEP = 3  # a report lists a panel that lists a group that lists a result
_MOST_LISTINGS = 10  # of one result
_FEW = 20  # ids that are looked for in the bytes of what may list them


class _Holder(Element, frozen=True):
    """Of a report or a panel what it lists."""

    resource_type: str = ""
    id: str | None = None
    result: tuple[Reference, ...] = ()
    has_member: tuple[Reference, ...] = ()


class _Above(NamedTuple):
    """A report or a panel: its name, its bytes and its type."""

    name: str
    content: bytes
    type: str


def listings_of(read: Record) -> Mapping[str, tuple[Listing, ...]]:
    """Return what lists each result about ROS1 that is a resource of its own, by the name of the result."""
    about_ros1 = (each for each in read.observations if Topic.ROS1 in each.topics and each.name is None)
    wanted = {name_of("Observation", each.observation.id) for each in about_ros1 if each.observation.id}
    if not wanted:
        return {}
    lists = _lists(wanted, [bytes(each.content) for each in read.holders])
    few = {name: sorted(above)[:_MOST_LISTINGS] for name, above in lists.items()}
    listing = lru_cache(maxsize=None)(partial(_listing, read))
    found = {each: tuple(filter(None, map(listing, _closest(each, few)))) for each in wanted if each in few}
    return {name: listings for name, listings in found.items() if listings}


def _lists(wanted: Collection[str], contents: Iterable[bytes]) -> Mapping[str, Sequence[_Above]]:
    """Return what lists each of the results, what lists that, and so on, by the name of what is listed.

    Of the many panels of a record few hold the id of a result: the others are not read.
    """
    lists: defaultdict[str, list[_Above]] = defaultdict(list)
    rest, names = list(contents), set(wanted)
    for _ in range(_DEEP):
        ids = [name.rpartition("/")[2].encode() for name in names] if len(names) <= _FEW else [b""]
        near = [content for content in rest if any(each in content for each in ids)]
        names = set()
        for holder, content in ((decode(content, _Holder).value, content) for content in dict.fromkeys(near)):
            if holder and holder.resource_type in _TYPES:
                above = _Above(name_of(holder.resource_type, holder.id), content, holder.resource_type)
                listed = names_of((*holder.result, *holder.has_member))
                names.add(above.name)
                for each in listed:
                    lists[each].append(above)
        taken = set(near)
        rest = [content for content in rest if content not in taken]
    return lists


def listed_for(found: Found, read: Record) -> Listed | None:
    """Return what holds or lists an Observation says of it; None if nothing does."""
    listings = (found.within,) if found.within else read.listings.get(name_of("Observation", found.observation.id), ())
    told = (_of_specimen(each, found.observation.specimen) for each in listings)
    return listed_by(told, read.specimens, read.lexicon) if listings else None


def _of_specimen(listing: Listing, specimen: Reference | None) -> Listing:
    """Return what is said of the specimen that a result refers to, if it is among those that a report names."""
    referred = specimen.reference if specimen else None
    same = tuple(each for each in listing.specimens if referred and each.reference == referred)
    return listing._replace(specimens=same) if same else listing


def _closest(result: str, lists: Mapping[str, Sequence[_Above]]) -> tuple[_Above, ...]:
    """Return what lists a result, what lists that, and so on; the closest first."""
    found: dict[_Above, None] = {}
    names = [result]
    for _ in range(_DEEP):
        above = [each for name in names for each in lists.get(name, ()) if each not in found]
        found.update(dict.fromkeys(above))
        names = list(dict.fromkeys(each.name for each in above))[:_MOST_LISTINGS]
    return tuple(found)[:_MOST_LISTINGS]


def _listing(read: Record, above: _Above) -> Listing | None:
    """Return what a report or a panel of the patient says of what it lists; None if it is void."""
    holder = decode(above.content, _TYPES[above.type]).value
    if holder is None or is_other_patient(holder.subject, read.patient_id):
        return None
    system = REPORT_STATUS if isinstance(holder, DiagnosticReport) else OBSERVATION_STATUS
    void = Standing.VOID in code_concepts(system, holder.status, read.lexicon.knowledge)
    return None if void else listing_of(holder)


_TYPES: Mapping[str, type[DiagnosticReport | Observation]] = {
    "DiagnosticReport": DiagnosticReport,
    "Observation": Observation,
}
