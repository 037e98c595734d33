"""The error tree: each error is an HTTP status, a stable slug, and issues that become a FHIR OperationOutcome.

::

    HookError
    ├── InvalidRequestError            400  invalid-request        the body or the URL is not what CDS Hooks asks for
    │   └── HookNotOfferedError        400  hook-not-offered       the service exists, but not for this hook
    ├── UnauthorizedError              401  unauthorized           no valid token; the reason is in the log only
    ├── NotFoundError                  404  not-found              no such path
    │   ├── UnknownServiceError        404  unknown-service        no service of this id
    │   └── FeedbackNotOfferedError    404  feedback-not-offered   the service takes no feedback
    ├── MethodNotAllowedError          405  method-not-allowed
    ├── PrefetchUnavailableError       412  prefetch-unavailable   data that a decision needs could not be had
    ├── BodyTooLargeError              413  body-too-large
    ├── UnsupportedMediaTypeError      415  unsupported-media-type
    ├── InternalError                  500  internal-error         a fault of ours; its cause is in the log only
    │   └── InvalidResponseError       500  invalid-response       our own answer breaks the standard
    ├── OverloadedError                503  overloaded             too many requests at a time; come again
    └── StoreUnavailableError          503  store-unavailable      what must be kept could not be; come again

    DeclarationError                   at start                    a service or hook declares something impossible
    SettingsError                      at start                    (settings.py) a setting has a value that cannot be
    FetchError                         inside                      data could not be fetched from a FHIR server, and why

An issue says what, where, got, expected and what to do. ``got`` names a type or a short word of the protocol, never a
resource, an id or a name: the answer may end in a log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

MOST_ISSUES = 50
"""More issues than this are not told at once."""


class IssueType(StrEnum):
    """The codes of FHIR's issue-type value set that are used here."""

    INVALID = "invalid"
    STRUCTURE = "structure"
    REQUIRED = "required"
    VALUE = "value"
    BUSINESS_RULE = "business-rule"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not-found"
    NOT_SUPPORTED = "not-supported"
    TOO_LONG = "too-long"
    INCOMPLETE = "incomplete"
    EXCEPTION = "exception"
    LOGIN = "login"
    THROTTLED = "throttled"
    TRANSIENT = "transient"


class Refusal(StrEnum):
    """Why a caller was not believed; for the log, never for the caller."""

    NO_TOKEN = "no-token"  # noqa: S105 - no password
    UNREADABLE = "unreadable"
    UNKNOWN_ISSUER = "unknown-issuer"
    WRONG_TYPE = "wrong-type"
    WRONG_ALGORITHM = "wrong-algorithm"
    WRONG_JKU = "wrong-jku"
    WRONG_AUDIENCE = "wrong-audience"
    EXPIRED = "expired"
    FROM_THE_FUTURE = "from-the-future"
    LIVES_TOO_LONG = "lives-too-long"
    UNKNOWN_TENANT = "unknown-tenant"
    NO_JTI = "no-jti"
    UNKNOWN_KEY = "unknown-key"
    WRONG_SIGNATURE = "wrong-signature"
    USED_BEFORE = "used-before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing that is wrong; ``where`` is a path in the body such as ``context.selections[0]``."""

    what: str
    code: IssueType = IssueType.INVALID
    where: str | None = None
    got: str | None = None
    expected: str | None = None
    fix: str | None = None

    def told(self) -> Iterator[tuple[str, str]]:
        """Yield what is told beside what and where, each under its label."""
        for label, text in (("Got", self.got), ("Expected", self.expected), ("To do", self.fix)):
            if text:
                yield label, text

    def as_fhir(self, slug: str) -> dict[str, Any]:
        """Return the issue as an element of ``OperationOutcome.issue``."""
        diagnostics = " ".join(f"{label}: {text}." for label, text in self.told())
        issue: dict[str, Any] = {
            "severity": "error",
            "code": self.code.value,
            "details": {"coding": [{"code": slug}], "text": self.what},
        }
        if diagnostics:
            issue["diagnostics"] = diagnostics
        if self.where:
            issue["expression"] = [self.where]
        return issue


class HookError(Exception):
    """A request that gets no cards; carries every issue that was found, at least one."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    headers: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, *issues: Issue) -> None:
        self.issues = issues or (Issue(what=f"The request was refused ({self.slug})"),)
        super().__init__("; ".join(issue.what for issue in self.issues))

    def outcome(self) -> dict[str, Any]:
        """Return the error as a FHIR OperationOutcome."""
        return {"resourceType": "OperationOutcome", "issue": [issue.as_fhir(self.slug) for issue in self.issues]}


class InvalidRequestError(HookError):
    """The body or the URL is not what CDS Hooks asks for."""

    status = 400
    slug = "invalid-request"


class HookNotOfferedError(InvalidRequestError):
    """The service exists, but is not listed for the hook of the request."""

    slug = "hook-not-offered"


class UnauthorizedError(HookError):
    """The caller has not proven who it is; why stands in the log, as a word, and nowhere else."""

    status = 401
    slug = "unauthorized"
    headers = (("WWW-Authenticate", "Bearer"),)

    def __init__(self, reason: Refusal, client: str = "") -> None:
        super().__init__(Issue(what="The request was not authorized", code=IssueType.LOGIN))
        self.reason = reason
        self.client = client


class NotFoundError(HookError):
    """There is nothing at this path."""

    status = 404
    slug = "not-found"


class UnknownServiceError(NotFoundError):
    """There is no service of this id."""

    slug = "unknown-service"


class FeedbackNotOfferedError(NotFoundError):
    """The service takes no feedback."""

    slug = "feedback-not-offered"


class MethodNotAllowedError(HookError):
    """The path exists, but not for this HTTP method."""

    status = 405
    slug = "method-not-allowed"


class PrefetchUnavailableError(HookError):
    """Data that the decision needs were neither sent nor to be had (standard: 412 Precondition Failed)."""

    status = 412
    slug = "prefetch-unavailable"


class BodyTooLargeError(HookError):
    """The body is larger than the setting ``max_body_bytes`` allows."""

    status = 413
    slug = "body-too-large"


class UnsupportedMediaTypeError(HookError):
    """The body is said to be something else than JSON."""

    status = 415
    slug = "unsupported-media-type"


class InternalError(HookError):
    """A fault of ours; the caller learns that it happened, the log learns why."""


class InvalidResponseError(InternalError):
    """Our own answer breaks the standard, so it does not leave."""

    slug = "invalid-response"


class OverloadedError(HookError):
    """More requests wait than the settings allow."""

    status = 503
    slug = "overloaded"
    headers = (("Retry-After", "1"),)

    def __init__(self) -> None:
        super().__init__(
            Issue(
                what="The service has more requests than it can take",
                code=IssueType.THROTTLED,
                fix="Do not take the missing cards for advice; send the request again after a second",
            )
        )


class StoreUnavailableError(HookError):
    """What must be kept could not be."""

    status = 503
    slug = "store-unavailable"
    headers = (("Retry-After", "5"),)

    def __init__(self) -> None:
        super().__init__(
            Issue(
                what="The service cannot take requests at the moment",
                code=IssueType.TRANSIENT,
                fix="Do not take the missing cards for advice; send the request again, with a new token, in seconds",
            )
        )


class Why(StrEnum):
    """Why data could not be fetched from a FHIR server, in words; the name goes to the log."""

    NO_SERVER = "the request names no FHIR server to read it from"
    NOT_LISTED = "the FHIR server is not among those that data are fetched from"
    NOT_HTTPS = "the FHIR server does not use https"
    NO_URL = "its address is no plain http or https URL"
    FORBIDDEN_ADDRESS = "the FHIR server's name leads to an address that is not called"
    TOKEN_UNUSABLE = "the access token cannot be sent"  # noqa: S105 - words about a token
    NOT_COVERED = "the scopes of the access token do not cover it"
    NO_VALUE = "a value that the query needs is missing or unusable"
    BUSY = "too many requests wait for FHIR servers already"
    LATE = "no answer in time"
    UNREACHABLE = "the FHIR server could not be reached, or broke off"
    NO_TLS = "no trusted TLS connection to the FHIR server"
    ACCESS_REFUSED = "the FHIR server refused the access"
    REDIRECTED = "the FHIR server points elsewhere, which is not followed"
    ERROR_STATUS = "the FHIR server answered with an error"
    NO_FHIR = "the FHIR server's answer is not FHIR JSON"
    TOO_LARGE = "more data than this server takes"
    OTHER_RESOURCE = "the FHIR server answered with another resource than the one asked for"
    OTHER_ADDRESS = "it is said to be at another address"
    CIRCLE = "the pages lead in a circle"
    TOO_MANY_PAGES = "there are too many"


class FetchError(Exception):
    """Data could not be fetched: why, with a number or a word of ours; ``quote`` is untrusted, what the server says."""

    def __init__(
        self, why: Why, detail: str | int | None = None, *, quote: str | None = None, refused: bool = False
    ) -> None:
        super().__init__(why.name)
        self.why = why
        self.refused = refused  # asking again, or longer, would bring nothing either
        self.words = why.value if detail is None else f"{why.value} ({detail})"
        self.quote = quote


class DeclarationError(Exception):
    """Services or hooks declare what cannot be; found at start, every fault at once."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
