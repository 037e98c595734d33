"""Who calls: a JSON Web Token, and whether to believe it (2.0.1, "Trusting CDS Clients").

Nothing of a token is taken over into answers or the log: whoever is refused learns nothing, the log learns a word.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from time import time

import jwt
import msgspec
from sqlalchemy.exc import ArgumentError

from cdshooks.account import Caller
from cdshooks.errors import DeclarationError, Refusal, StoreUnavailableError, UnauthorizedError
from cdshooks.key_fetch import fetcher, read_file
from cdshooks.key_sets import KeySet, KeySetError
from cdshooks.setting_values import variable
from cdshooks.settings import Settings, TrustedClient
from cdshooks.store.engine import StoreError, open_store
from cdshooks.store.seen_tokens import SeenTokens

_LONGEST_TOKEN = 8192
_MOST_AUDIENCES = 20
_PARTS = 3
_SCHEME = "bearer "
_SLASHES = re.compile(r"(?<!:)/{2,}")


_SIGNATURES = jwt.PyJWS()


def canonical(url: str) -> str:
    """Return a URL without doubled slashes and without one at its end: clients join base and path in both ways."""
    return _SLASHES.sub("/", url).rstrip("/")


class _Header(msgspec.Struct):
    alg: str
    kid: str
    typ: str = "JWT"
    jku: str | None = None


class _Claims(msgspec.Struct):
    """What is read of the claims; numbers are finite, as JSON's are."""

    iss: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    jti: str
    tenant: str | None = None
    nbf: int | float = 0


_header = msgspec.json.Decoder(_Header).decode
_claims = msgspec.json.Decoder(_Claims).decode


@dataclass(frozen=True, slots=True)
class Issuer:
    """A CDS Client whose tokens are accepted, and its keys."""

    client: TrustedClient
    keys: KeySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Tells whether a token may be believed."""

    issuers: Mapping[str, Issuer]
    algorithms: Collection[str]
    skew: float
    lifetime: float
    seen: SeenTokens
    clock: Callable[[], float] = time

    @classmethod
    def of(cls, settings: Settings) -> Verifier:
        """Open the store and read the key files; raise DeclarationError, every fault at once, if that fails."""
        fetch = fetcher(settings)
        issuers = {client.iss: _issuer(client, fetch) for client in settings.clients}
        faults: list[str] = []
        for issuer in issuers.values():
            try:
                if issuer.client.jwks:
                    issuer.keys.refresh()
            except KeySetError as error:
                faults.append(f"{variable('clients')}: the keys of {issuer.client.iss!r} cannot be read: {error}")
        try:
            seen = SeenTokens(open_store(settings.store, connections=settings.threads))
        except (StoreError, ArgumentError) as error:
            faults.append(f"{variable('store')}: {error}")
        if faults:
            raise DeclarationError(tuple(faults))
        return cls(
            issuers=issuers,
            algorithms=tuple(settings.jwt_algorithms),
            skew=settings.jwt_skew_seconds,
            lifetime=settings.jwt_lifetime_seconds,
            seen=seen,
        )

    def verify(self, authorization: str, audience: Collection[str]) -> Caller:
        """Return who calls; raise UnauthorizedError if that is not proven, StoreUnavailableError if it cannot be told.

        ``audience`` are the URLs that this endpoint has.
        """
        token = _token(authorization)
        header, claims = _shape(token)
        issuer = self.issuers.get(claims.iss)
        if issuer is None:
            raise UnauthorizedError(Refusal.UNKNOWN_ISSUER)
        self._check(header, claims, issuer.client, audience)
        self._check_signature(token, header, issuer)
        self._check_first_use(claims)
        return Caller(claims.iss, claims.tenant)

    def _check(self, header: _Header, claims: _Claims, client: TrustedClient, audience: Collection[str]) -> None:
        """Raise if the claims do not hold; the signature comes last, as it is what costs time."""
        now = self.clock()
        named = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        wrong = {
            Refusal.WRONG_TYPE: header.typ.upper() != "JWT",
            Refusal.WRONG_ALGORITHM: header.alg not in self.algorithms,
            Refusal.WRONG_JKU: bool(client.jku) and header.jku not in (None, client.jku),
            Refusal.WRONG_AUDIENCE: not any(canonical(url) in audience for url in named[:_MOST_AUDIENCES]),
            Refusal.EXPIRED: claims.exp + self.skew <= now,
            Refusal.FROM_THE_FUTURE: max(claims.iat, claims.nbf) > now + self.skew,
            Refusal.LIVES_TOO_LONG: claims.exp - claims.iat > self.lifetime,
            Refusal.UNKNOWN_TENANT: client.tenants is not None and claims.tenant not in client.tenants,
            Refusal.NO_JTI: not claims.jti,
        }
        for reason, applies in wrong.items():
            if applies:
                raise UnauthorizedError(reason, client.iss)

    def _check_signature(self, token: str, header: _Header, issuer: Issuer) -> None:
        keys = issuer.keys.find(header.kid, header.alg)
        if not keys:
            raise UnauthorizedError(Refusal.UNKNOWN_KEY, issuer.client.iss)
        if not any(_signed(token, key, header.alg) for key in keys):
            raise UnauthorizedError(Refusal.WRONG_SIGNATURE, issuer.client.iss)

    def _check_first_use(self, claims: _Claims) -> None:
        """Raise if the token was used; it is only kept now that its signature is known to be good."""
        try:
            first = self.seen.first(claims.iss, claims.jti, expires=claims.exp + self.skew, now=self.clock())
        except StoreError as error:
            raise StoreUnavailableError from error
        if not first:
            raise UnauthorizedError(Refusal.USED_BEFORE, claims.iss)


def _issuer(client: TrustedClient, fetch: Callable[[str], bytes]) -> Issuer:
    return Issuer(client, KeySet(lambda: read_file(client.jwks) if client.jwks else fetch(client.jku)))


def _token(authorization: str) -> str:
    if not authorization:
        raise UnauthorizedError(Refusal.NO_TOKEN)
    if authorization[: len(_SCHEME)].lower() != _SCHEME or len(authorization) > _LONGEST_TOKEN:
        raise UnauthorizedError(Refusal.UNREADABLE)
    return authorization[len(_SCHEME) :].strip()


def _shape(token: str) -> tuple[_Header, _Claims]:
    """Return what a token says, of which nothing is known to be true yet."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise UnauthorizedError(Refusal.UNREADABLE)
    try:
        header, claims = _header(_bytes(parts[0])), _claims(_bytes(parts[1]))
    except (ValueError, RecursionError) as error:  # msgspec's and binascii's errors are ValueErrors
        raise UnauthorizedError(Refusal.UNREADABLE) from error
    return header, claims


def _bytes(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _signed(token: str, key: jwt.PyJWK, algorithm: str) -> bool:
    try:
        _SIGNATURES.decode(token, key, algorithms=[algorithm])
    except (jwt.PyJWTError, ValueError):
        return False
    return True
