"""What a site may say of its own in its overlay: local codes and words, formulary, rules, numbers, links."""

from __future__ import annotations

from knowledge.terms import Data


class LocalCode(Data, frozen=True, kw_only=True):
    """A code of the site and what it means: a drug; or a value set, a method, or both (a ROS1 test by FISH)."""

    code: str
    display: str
    system: str | None = None  # the URI that the EHR sends, or the short name of a known system; None: it sends none
    value_set: str | None = None
    method: str | None = None
    drug: str | None = None


class LocalText(Data, frozen=True, kw_only=True):
    """Words of the site and the one thing that they mean."""

    text: str
    value_set: str | None = None
    method: str | None = None
    drug: str | None = None


class SiteRules(Data, frozen=True, kw_only=True):
    """The rules that a site switches: off, on where they ship as an option, or silent: recorded, but not shown."""

    disable: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class Threshold(Data, frozen=True, kw_only=True):
    """A number that a rule declares as configurable, as the site wants it."""

    rule: str
    fact: str
    value: float


class SiteLink(Data, frozen=True, kw_only=True):
    """A link for the cards of some topics, or of all if none is named."""

    label: str
    url: str
    topics: tuple[str, ...] = ()


class Overlay(Data, frozen=True, kw_only=True):
    """The file of a site's overlay; its id and version go wherever the release is named."""

    format_version: str
    id: str
    version: str
    title: str
    last_review_date: str
    codes: tuple[LocalCode, ...] = ()
    texts: tuple[LocalText, ...] = ()
    formulary: tuple[str, ...] = ()
    rules: SiteRules = SiteRules()
    thresholds: tuple[Threshold, ...] = ()
    links: tuple[SiteLink, ...] = ()
    note: str | None = None
