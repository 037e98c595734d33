"""What a committee has to look at: what is not verified, past its review, from one source only, or not in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from knowledge.lookup import Content
from knowledge.model import Code, CodePrefix, Confidence, RejectedCode, Source, Status
from knowledge.pieces import Place, pieces

_NAMED_BY = ("check", "interactor", "drug", "region", "name", "text")  # the first that a part has says what it is about


class Section(NamedTuple):
    """One question, and everything that answers it with yes."""

    title: str
    means: str
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The state of one knowledge release on one day."""

    release: str
    as_of: date
    sections: tuple[Section, ...]
    overdue: tuple[str, ...]  # what is active and past its review date

    def __str__(self) -> str:
        head = [f"# Knowledge release {self.release} on {self.as_of.isoformat()}", ""]
        head += ["| | |", "|---|---|"]
        head += [f"| {section.title} | {len(section.entries)} |" for section in self.sections]
        verdict = f"{len(self.overdue)} in use past their review date" if self.overdue else "nothing in use is overdue"
        return "\n".join([*head, "", f"Review: {verdict}.", *map(_shown, self.sections), ""])


def report(content: Content, as_of: date) -> Report:
    """Look through everything that the content states, as it is on a day."""
    records = tuple(_records(content))
    places = tuple(place for file, record in records for place in pieces(file, record))
    overdue = tuple((file, record) for file, record in records if _review_by(record) < as_of.isoformat())
    systems = {system.uri: system.title for system in content.code_systems}
    claims = tuple((place, place.value.confidence) for place in places if _confidence(place.value))
    sources = content.sources
    return Report(
        release=content.release.version,
        as_of=as_of,
        overdue=tuple(file for file, record in overdue if _in_use(record)),
        sections=(
            Section(
                "Past review",
                "The date by which it was to be reviewed is over.",
                tuple(f"{file}: by {_review_by(record)}{_status(record)}" for file, record in overdue),
            ),
            Section(
                "Not verified",
                "From memory, or looked for and not found. Such a code never matches, such a figure is never printed, "
                "such a check, interaction or effect is never used, such a rule or statement is not in use. "
                "Such a drug is recognised by its name, as its note says.",
                tuple(f"{_named(place, systems)}: {sure}" for place, sure in claims if not sure.usable),
            ),
            Section(
                "One source only",
                "No second published source was read. Codes are counted by file.",
                tuple(_once(claims)),
            ),
            Section(
                "Not in use",
                "A draft, or retired; a site may enable what is an option.",
                tuple(f"{file}{_status(record)}" for file, record in records if not _in_use(record)),
            ),
            Section(
                "Sources without DOI, PMID and URL",
                "A reader cannot go there; the note of the source says what is known.",
                tuple(
                    f"sources/{each.id}: {each.short}" for each in sources if not (each.doi or each.pmid or each.url)
                ),
            ),
            Section(
                "Sources without edition and date",
                "It cannot be told whether a newer one exists.",
                tuple(f"sources/{each.id}: {each.short}" for each in sources if not (each.edition or each.date)),
            ),
        ),
    )


def _records(content: Content) -> Iterator[tuple[str, Struct]]:
    """Yield every file's content with a name for it: "drugs/examplidol"."""
    for field in fields(Content):
        found = getattr(content, field.name)
        for thing in found if isinstance(found, tuple) else (found,) if isinstance(found, Struct) else ():
            if not isinstance(thing, RejectedCode):
                id_ = getattr(thing, "id", None) or getattr(thing, "name", None)
                yield (f"{field.name}/{id_}" if id_ else field.name), thing


def _confidence(value: object) -> Confidence | None:
    return None if isinstance(value, Source) and value.confidence.usable else getattr(value, "confidence", None)


def _review_by(record: Struct) -> str:
    return getattr(record, "review_by", "9999")


def _in_use(record: Struct) -> bool:
    return getattr(record, "status", Status.ACTIVE) is Status.ACTIVE


def _status(record: Struct) -> str:
    option = ", an option for sites" if getattr(record, "site_option", False) else ""
    return "" if _in_use(record) else f" ({getattr(record, 'status', '')}{option})"


def _named(place: Place, systems: dict[str, str]) -> str:
    if isinstance(place.value, Code | CodePrefix):
        code = place.value.code if isinstance(place.value, Code) else place.value.prefix
        return f"{place.file}: {systems[place.value.system]} {code} ({place.value.display})"
    return f"{place.file}: {place.path}{_what(place.value)}" if place.path else place.file


def _what(part: Struct) -> str:
    """Name a part of a file by what it is about, so that nobody has to count: "ros1.baseline[0] (liver-tests)"."""
    words = (getattr(part, name, None) for name in _NAMED_BY)
    return next((f" ({word})" for word in words if word), "")


def _once(claims: Iterable[tuple[Place, Confidence]]) -> Iterator[str]:
    once = [place for place, sure in claims if sure is Confidence.VERIFIED_1]
    yield from (_named(place, {}) for place in once if not isinstance(place.value, Code | CodePrefix))
    codes = Counter(place.file for place in once if isinstance(place.value, Code | CodePrefix))
    yield from (f"{file}: {count} codes" for file, count in codes.items())


def _shown(section: Section) -> str:
    lines = [f"- {entry}" for entry in sorted(section.entries)] or ["- none"]
    return "\n".join(["", f"## {section.title}", "", section.means, "", *lines])
