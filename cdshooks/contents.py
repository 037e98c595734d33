"""What the service knows, in lines: release, rules, confidence, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cdshooks.services.ros1_nsclc import knowledge_of
from cdshooks.settings import Settings


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
    codes = Counter(str(code.confidence) for value_set in known.value_sets.values() for code in value_set.codes)
    yield "Codes of value sets: " + ", ".join(f"{count} {confidence}" for confidence, count in sorted(codes.items()))
    yield ""
    yield f"{len(known.sources)} sources:"
    for source in sorted(known.sources.values(), key=lambda each: each.short):
        where = source.doi or source.url or source.pmid or "no address"
        yield f"  {source.short}: {source.title} ({where}; read {source.accessed}, {source.confidence})"
