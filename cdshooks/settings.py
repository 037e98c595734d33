"""Every setting, one line each: its default, how it is read, what it does; docs/settings.md is made from them.

A setting is read from its environment variable (``ROS1_CDS_`` and the name in capitals), else from the TOML file that
``ROS1_CDS_SETTINGS`` names, else it has its default. Every fault is told at once, and nothing starts with one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cdshooks import tracing
from cdshooks.listening import url_host
from cdshooks.setting_kinds import (
    Algorithm,
    LogLevel,
    PrefetchScope,
    Profile,
    SmartServer,
    SnomedCt,
    TrustedClient,
    WhenUnfetched,
)
from cdshooks.setting_values import (
    ANY_ORIGIN,
    MEGABYTE,
    base_url,
    drug_id,
    list_of,
    matching,
    network,
    number,
    one_of,
    origins,
    read_all,
    readable_file,
    setting,
    some_of,
    store_url,
    tables_of,
    url,
    variable,
    yes_or_no,
)

__all__ = [
    "Algorithm",
    "LogLevel",
    "PrefetchScope",
    "Profile",
    "Settings",
    "SettingsError",
    "SettingsRead",
    "SmartServer",
    "SnomedCt",
    "TrustedClient",
    "WhenUnfetched",
    "read_settings",
]


class SettingsError(Exception):
    """Settings have values that cannot be; found at start, every fault at once."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


_CLIENT = '{"iss": "https://ehr.example.org", "jku": "https://ehr.example.org/jwks.json"}'
_SMART_SERVER = '{"iss": "https://ehr.example.org/fhir", "client_id": "ros1-cds"}'
_SERVICES = "cds-services"
_PUBLIC_SANDBOX = "https://sandbox.cds-hooks.org"
"""Its private key is published: whoever trusts it trusts everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one server process."""

    profile: Profile = setting(
        Profile.PRODUCTION,
        one_of(Profile),
        "`production` is closed; `sandbox` is open to everybody and only for invented patients.",
    )

    # Where it listens.
    host: str = setting(
        "127.0.0.1",
        matching(r"^\S+$", "an address or a host name"),
        "The address to listen on, or a host name that leads to one of this machine.",
    )
    port: int = setting(8080, number(1, 65535), "The port to listen on; no other process may listen there.")
    public_base_url: str = setting(
        "",
        url,
        "The base URL that clients call, as their tokens name it; never guessed from a request. Production: required,"
        " https. Empty: `http://HOST:PORT`.",
    )

    # What it takes on.
    workers: int = setting(1, number(1, 256), "Server processes: one per core.")
    threads: int = setting(
        16, number(1, 256), "Requests that a worker handles at a time; with one, a slow request would stop all others."
    )
    queue: int = setting(
        64,
        number(0, 1024),
        "Requests that may wait in a worker beside those; more are refused with 503 and Retry-After.",
    )
    queue_milliseconds: int = setting(
        1000, number(0, 60_000), "The longest that a request waits before it is refused with 503 and Retry-After."
    )
    max_body_bytes: int = setting(
        20 * MEGABYTE, number(MEGABYTE, 1024 * MEGABYTE), "Larger bodies are refused with 413."
    )

    # Who may call.
    require_jwt: bool = setting(
        True,  # noqa: FBT003 - the default of the setting
        yes_or_no,
        "Whether hooks and feedback are refused without a valid token. Production: `true`.",
        sandbox=False,
    )
    require_jwt_for_discovery: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        yes_or_no,
        "Whether discovery is refused without a valid token, too.",
    )
    clients: tuple[TrustedClient, ...] = setting(
        (),
        tables_of(TrustedClient, _CLIENT),
        "The CDS Clients whose tokens are accepted: tables with `iss`; `jku` (the URL of the key set) or `jwks` (a file"
        " with it); `tenants` (if given, the only ones). Required where tokens are.",
    )
    jwt_algorithms: tuple[Algorithm, ...] = setting(
        (Algorithm.ES384, Algorithm.RS384), some_of(Algorithm), "The signatures that a token may have."
    )
    jwt_skew_seconds: int = setting(30, number(0, 300), "How far the clock of a client may be off.")
    jwt_lifetime_seconds: int = setting(
        600, number(30, 86400), "The longest that a token may live, from its issue to its expiry."
    )
    cors_origins: tuple[str, ...] = setting(
        (),
        origins,
        "Origins of browser clients. `*` admits every one and is for the sandbox. Credentials are never allowed.",
        sandbox=("*",),
    )

    # What it fetches.
    fhir_servers: tuple[str, ...] = setting(
        (),
        list_of(base_url),
        "Base URLs of the FHIR servers that missing data are fetched from. Production: https. None: nothing is fetched;"
        " in the sandbox, from any.",
    )
    fhir_networks: tuple[str, ...] = setting(
        (),
        list_of(network),
        "Networks such as `10.1.0.0/16` in which these servers, or clients' key sets, stand, if in no public one.",
    )
    fhir_ca_file: str = setting(
        "",
        readable_file,
        "A file of certificates (PEM) that their certificates are checked with, if not the usual ones.",
    )
    fetch_milliseconds: int = setting(400, number(10, 60_000), "The time that fetching may take, all of it.")
    fetch_waiting: int = setting(
        8, number(1, 256), "Requests that may wait for FHIR servers at a time; never more than the threads less one."
    )
    when_unfetched: WhenUnfetched = setting(
        WhenUnfetched.REFUSE,
        one_of(WhenUnfetched),
        "What is answered when needed data could not be had: `refuse` (412), or `card`, for clients that show an error"
        " as if there were nothing to say.",
        sandbox=WhenUnfetched.CARD,
    )
    demo_fhir_token: str = setting(
        "",
        matching(r"^[A-Za-z0-9._~+/=-]+$", "a bearer token"),
        "The bearer token that the sandbox's own FHIR server asks for, if it shall ask for one.",
        secret=True,
    )

    # What it shows to people.
    demo_page: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        yes_or_no,
        "Whether `/` is a demo EHR over invented patients, and `/fhir` their FHIR server. Both ask for no token.",
        sandbox=True,
    )
    explain_page: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        yes_or_no,
        "Whether `/explain` says why a request gets which cards. It asks for no token and keeps nothing; in production"
        " let nobody reach it but those who may see what they paste.",
        sandbox=True,
    )

    smart_page: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        yes_or_no,
        "Whether `/smart/launch` is the [SMART app](smart-app.md) that shows the evidence for a patient. It keeps"
        " nothing. Production: with `smart_servers`.",
        sandbox=True,
    )
    smart_servers: tuple[SmartServer, ...] = setting(
        (),
        tables_of(SmartServer, _SMART_SERVER),
        "The FHIR servers that may launch the app: tables with `iss`, `client_id`, and `origins`, if its token endpoint"
        " or the windows that show the app stand elsewhere. None: no server; in the sandbox, every one.",
    )
    smart_links: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        yes_or_no,
        "Whether cards link to the app, with a link of type `smart`: only where every client can launch it.",
        sandbox=True,
    )

    # What it keeps.
    store: str = setting(
        "sqlite:///ros1-cds.sqlite3",
        store_url,
        "Where the service keeps what outlives a request: `sqlite:///relative/path`, `sqlite:////absolute/path`, or"
        " `postgresql://user:password@host/database`. It may hold a password and is never shown.",
        secret=True,
    )
    ledger_secret: str = setting(
        "",
        matching(r"^\S{32,}$", "at least 32 characters without blanks"),
        "The key of the hashes that stand for patients, users and encounters in the [ledger](ledger.md). Empty: these"
        " are not kept at all.",
        secret=True,
    )
    ledger_days: int = setting(
        400, number(1, 36500), "So many days the ledger and feedback are kept; what is older is deleted."
    )
    ledger_queue: int = setting(
        10_000,
        number(1, 1_000_000),
        "Answers of a worker that may wait to be written to the ledger; more are lost, counted and logged.",
    )
    feedback_comments: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        yes_or_no,
        "Whether the comments of feedback are kept: free text of clinicians, which may name a patient.",
    )

    # Who may watch it.
    metrics_token: str = setting(
        "",
        matching(r"^[A-Za-z0-9._~+/=-]{16,}$", "a bearer token of at least 16 characters"),
        "The bearer token that `/metrics` asks for. Empty: production has no `/metrics`; the sandbox shows it to all.",
        secret=True,
    )

    otlp_endpoint: str = setting(
        "",
        url,
        "The base URL of an OpenTelemetry collector (OTLP over HTTP) that traces are sent to, such as"
        " `http://127.0.0.1:4318`. Needs the extra `otel`. Empty: there are none.",
    )

    # What it reports to a committee.
    report_token: str = setting(
        "",
        matching(r"^[A-Za-z0-9._~+/=-]{24,}$", "at least 24 random characters, such as `openssl rand -hex 32` gives"),
        "The password (with any user name) or bearer token that [the report](report.md) asks for. Empty: production has"
        " no `/report`; the sandbox shows it to all.",
        secret=True,
    )
    report_weeks: int = setting(
        52, number(4, 520), "So many complete weeks the report goes back; no more than the ledger keeps."
    )
    report_smallest_count: int = setting(
        11,
        number(1, 1000),
        "Counts of cards below this are not told on the report, nor what they could be computed from; 1 tells all.",
    )
    report_acceptance: int = setting(
        30, number(0, 100), "Rules whose acceptance is below so many percent stand out on the report."
    )

    # What it says.
    prefetch: PrefetchScope = setting(
        PrefetchScope.LABORATORY,
        one_of(PrefetchScope),
        "`laboratory` asks for all laboratory results, because most laboratories send ROS1 under a code of their own;"
        " `coded` asks for known codes only.",
    )
    formulary: tuple[str, ...] = setting(
        (),
        list_of(drug_id),
        "Ids of the drugs that the site prefers, in its order, such as `examplinib`, if the overlay does not.",
    )
    overlay: str = setting(
        "",
        matching(r"^\S.*$", "a folder"),
        "The folder of the [site overlay](site-overlay.md): local codes, words, rules.",
    )
    candidate: str = setting(
        "",
        matching(r"^\S.*$", "a folder or a package"),
        "A knowledge release to be tried beside the current one: a folder such as `knowledge/data`, or an installed"
        " package that holds one. It decides after the answer, and changes none (`ros1-cds differences`).",
    )
    snomed_ct: SnomedCt = setting(
        SnomedCt.ALL,
        one_of(SnomedCt),
        "Which SNOMED CT codes are recognised: `all`, `gps` (the Global Patient Set, free to use) or `off`.",
    )
    log_level: LogLevel = setting(LogLevel.INFO, one_of(LogLevel), "`debug`, `info`, `warning` or `error`.")

    def __post_init__(self) -> None:
        """Derive the public base URL if it is not set."""
        object.__setattr__(self, "public_base_url", (self.public_base_url or self._guessed_base_url).rstrip("/"))

    @property
    def _guessed_base_url(self) -> str:
        return f"http://{url_host(self.host)}:{self.port}"

    @property
    def rule_pages(self) -> str:
        """The URL below which the pages about rules are; empty if nobody stated the public base URL."""
        return "" if self.public_base_url == self._guessed_base_url else f"{self.public_base_url}/rules/"

    @property
    def smart_link(self) -> str:
        """Where clients launch the SMART app from a card; empty if cards do not link to it."""
        return f"{self.public_base_url}/smart/launch" if self.smart_page and self.smart_links else ""

    @property
    def report_page(self) -> bool:
        """Whether there is a report to see."""
        return self.sandbox or bool(self.report_token)

    @property
    def sandbox(self) -> bool:
        """Whether the service is open, for invented patients only."""
        return self.profile is Profile.SANDBOX

    @classmethod
    def for_sandbox(cls, **values: Any) -> Settings:  # noqa: ANN401 - each setting has its own type
        """Return the sandbox's defaults, but for the values given."""
        return cls(**{**_sandbox_defaults(), "profile": Profile.SANDBOX, **values})

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from environment and file; raise SettingsError with every fault."""
        read = read_settings(environment)
        if read.faults:
            raise SettingsError(read.faults)
        return read.settings

    def faults(self) -> tuple[str, ...]:
        """Return what the settings, each of them readable, must not be together."""
        return tuple(fault for _, fault in _contradictions(self))


class SettingsRead(NamedTuple):
    """The settings as far as they can be read, every fault, and the names of those that cannot be read."""

    settings: Settings
    faults: tuple[str, ...]
    unreadable: frozenset[str]


def read_settings(environment: Mapping[str, str]) -> SettingsRead:
    """Return the settings as far as they can be read, and every fault."""
    read = read_all(fields(Settings), environment)
    in_sandbox = read.values.get("profile") == Profile.SANDBOX
    settings = Settings.for_sandbox(**read.values) if in_sandbox else Settings(**read.values)
    told = _contradictions(settings) if "profile" not in read.unreadable else ()
    faults = (*read.faults, *(fault for name, fault in told if name not in read.unreadable))
    return SettingsRead(settings, faults, frozenset(read.unreadable))


def _sandbox_defaults() -> dict[str, Any]:
    defaults = {field.name: field.metadata["sandbox"] for field in fields(Settings)}
    return {name: value for name, value in defaults.items() if value is not None}


def _contradictions(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what is missing or must not be, each with the setting that it is told for."""
    if (settings.require_jwt or settings.require_jwt_for_discovery) and not settings.clients:
        yield "clients", f"{variable('clients')} is missing: nobody could call; expected tables such as {_CLIENT}"
    if _SERVICES in urlsplit(settings.public_base_url).path.split("/"):
        got, before = settings.public_base_url, settings.public_base_url.partition(f"/{_SERVICES}")[0]
        told = f"is {got!r}; expected {before!r}: the service itself adds /{_SERVICES}"
        yield "public_base_url", f"{variable('public_base_url')} {told}"
    yield from (("clients", fault) for fault in _client_faults(settings))
    yield from (("smart_servers", fault) for fault in _smart_faults(settings))
    if settings.otlp_endpoint and not tracing.installed():
        yield (
            "otlp_endpoint",
            f"{variable('otlp_endpoint')} is set, but OpenTelemetry is missing; expected: pip install 'ros1-cds[otel]'",
        )
    if settings.profile is Profile.PRODUCTION:
        yield from _production_faults(settings)


def _client_faults(settings: Settings) -> Iterator[str]:
    name = variable("clients")
    for iss, count in Counter(client.iss for client in settings.clients).items():
        if count > 1:
            yield f"{name} lists {iss!r} more than once; expected each iss once"
    for client in settings.clients:
        if not client.iss or bool(client.jku) == bool(client.jwks):
            yield f"{name}: {client.iss!r} has no iss, or not one of jku and jwks; expected tables such as {_CLIENT}"


def _smart_faults(settings: Settings) -> Iterator[str]:
    name = variable("smart_servers")
    for server in settings.smart_servers:
        for each in (server.iss, *server.origins):
            try:
                base_url(each)
            except ValueError as error:
                yield f"{name}: {each!r} is no base URL; expected {error}"
            if settings.profile is Profile.PRODUCTION and not each.startswith("https://"):
                yield f"{name}: {each!r} is not https; production expects that it is"
        if not server.client_id:
            yield f"{name}: {server.iss!r} has no client_id; expected the id under which the app is registered there"
    if settings.profile is Profile.PRODUCTION and settings.smart_page and not settings.smart_servers:
        yield f"{name} is missing: nobody could launch the app; expected tables such as {_SMART_SERVER}"
    if settings.profile is Profile.PRODUCTION and settings.smart_links and not settings.smart_page:
        yield f"{variable('smart_links')} is true without {variable('smart_page')}: cards would link to nothing"


def _production_faults(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what production does not allow."""
    asks = "production expects"
    if not settings.public_base_url.startswith("https://"):
        yield (
            "public_base_url",
            f"{variable('public_base_url')} is missing or not https; {asks} the URL that clients call",
        )
    if not settings.require_jwt:
        yield "require_jwt", f"{variable('require_jwt')} is false; {asks} true"
    if ANY_ORIGIN in settings.cors_origins:
        yield "cors_origins", f"{variable('cors_origins')} is '*'; {asks} the origins of your browser clients"
    for server in settings.fhir_servers:
        if not server.startswith("https://"):
            yield "fhir_servers", f"{variable('fhir_servers')}: {server!r} is not https; {asks} that it is"
    for client in settings.clients:
        if client.jku and not client.jku.startswith("https://"):
            yield "clients", f"{variable('clients')}: the jku of {client.iss!r} is not https; {asks} that it is"
        if client.iss.rstrip("/") == _PUBLIC_SANDBOX:
            yield "clients", f"{variable('clients')} lists {client.iss!r}, whose private key is public; {asks} others"
