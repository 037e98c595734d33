"""The words that a setting may be, and the tables."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Profile(StrEnum):
    """How much the service trusts whoever calls it."""

    PRODUCTION = "production"  # closed: who may call and where data come from is listed
    SANDBOX = "sandbox"  # open, for invented patients only


class PrefetchScope(StrEnum):
    """Which laboratory results prefetch asks for."""

    LABORATORY = "laboratory"  # all of them, as most laboratories send ROS1 under a code of their own
    CODED = "coded"  # those with the codes that we know, for a site that has mapped its codes


class WhenUnfetched(StrEnum):
    """What is answered when data that a decision needs were not sent and could not be fetched."""

    REFUSE = "refuse"  # 412, as the standard asks
    CARD = "card"  # a card that says what was not checked, for clients that show an error as "all clear"


class SnomedCt(StrEnum):
    """Which SNOMED CT codes are recognised; words and the codes of other systems always are."""

    ALL = "all"  # needs a SNOMED CT licence, or a member country's
    GPS = "gps"  # the Global Patient Set, free to use
    OFF = "off"


class LogLevel(StrEnum):
    """From which severity on the log speaks."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Algorithm(StrEnum):
    """The signatures that a token may have; symmetric ones and "none" are not among them."""

    ES384 = "ES384"
    RS384 = "RS384"
    ES256 = "ES256"
    RS256 = "RS256"


class SmartServer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A FHIR server that may launch the SMART app, and the id under which the app is registered there.

    ``origins`` are what else belongs to that EHR: its token endpoint's, and those of windows that show the app.
    """

    iss: str
    client_id: str
    origins: tuple[str, ...] = ()


class TrustedClient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A CDS Client whose tokens are accepted, and where its keys are: at a URL (``jku``) or in a file (``jwks``)."""

    iss: str
    jku: str = ""
    jwks: str = ""
    tenants: tuple[str, ...] | None = None
