"""What the service knows, in lines: release, rules, sources, and how much of it needs a look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from cdshooks.services.ros1_nsclc import knowledge_of
from cdshooks.settings import Settings
from knowledge.loader import load_content
from knowledge.report import Report, report


def contents(settings: Settings) -> Iterator[str]:
    """Yield the lines."""
    known = knowledge_of(settings)
    release = known.release
    yield f"{release.title}, release {release.version} of {release.date} (format {release.format_version})"
    yield ""
    yield f"{len(known.rules)} rules in use:"
    for rule in sorted(known.rules, key=lambda each: (each.topic, -each.priority)):
        cited = ", ".join(sorted({known.sources[each.source].short for each in rule.related_artifact}))
        yield f"  {rule.id} ({rule.topic}, {rule.confidence}, review by {rule.review_by}): {rule.title}"
        yield f"    {cited}"
    yield ""
    yield "What needs a look (ros1-cds knowledge --report lists it):"
    for section in report_today().sections:
        yield f"  {section.title}: {len(section.entries)}"
    yield ""
    yield f"{len(known.sources)} sources:"
    for source in sorted(known.sources.values(), key=lambda each: each.short):
        where = source.doi or source.url or source.pmid or "no address"
        yield f"  {source.short}: {source.title} ({where}; read {source.accessed}, {source.confidence})"


def report_today() -> Report:
    """Return the report on the knowledge as it is released, without a site's overlay, as of today."""
    return report(load_content(), datetime.now(UTC).date())
