"""A CDS Client with a key of its own, made for the test: its key set, and the tokens that it signs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from cdshooks.settings import Settings, TrustedClient

ISS = "https://ehr.example.org"
BASE = "https://cds.example.org"


class Signer:
    """A key pair and what is signed with it."""

    def __init__(self, algorithm: str = "ES384", *, kid: str = "key-1", bits: int = 2048) -> None:
        self.algorithm = algorithm
        self.kid = kid
        self.key: Any
        if algorithm.startswith("ES"):
            self.key = ec.generate_private_key(ec.SECP256R1() if algorithm == "ES256" else ec.SECP384R1())
            public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        else:
            self.key = rsa.generate_private_key(65537, bits)
            public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        self.jwk: dict[str, Any] = {name: value for name, value in public.items() if name != "key_ops"} | {"kid": kid}

    def jwks(self, *others: Signer) -> bytes:
        """Return the key set of this key and others."""
        return json.dumps({"keys": [self.jwk, *(other.jwk for other in others)]}).encode()

    def token(self, audience: object = f"{BASE}/cds-services/hello-world", **changed: Any) -> str:  # noqa: ANN401 - JSON
        """Return a good token, but for the claims that are changed; ``...`` leaves one out."""
        now = int(time.time())
        claims = {"iss": ISS, "aud": audience, "iat": now, "exp": now + 300, "jti": str(uuid4())} | changed
        return self.signed({name: value for name, value in claims.items() if value is not ...})

    def signed(self, claims: dict[str, Any], **header: Any) -> str:  # noqa: ANN401 - JSON
        """Return a token with these claims and, beside the usual members, this header."""
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": self.kid} | header)


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def clients(folder: Path, signer: Signer, **members: object) -> list[dict[str, object]]:
    """Return the setting ``clients`` for one client, whose keys are in a file of the folder."""
    file = folder / "jwks.json"
    file.write_bytes(signer.jwks())
    return [{"iss": ISS, "jwks": str(file), **members}]


def production(folder: Path, signer: Signer, **changed: Any) -> Settings:  # noqa: ANN401 - settings
    """Return the settings of a production that trusts this signer, but for those that are changed."""
    (client,) = clients(folder, signer)
    values = {
        "public_base_url": BASE,
        "clients": (TrustedClient(iss=ISS, jwks=str(client["jwks"])),),
        "store": f"sqlite:///{folder}/store.sqlite3",
    }
    return Settings(**(values | changed))
