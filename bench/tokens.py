"""What it costs to believe a token, in this process: ``python -m bench.tokens``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from cdshooks.key_sets import KeySet
from cdshooks.settings import TrustedClient
from cdshooks.store.engine import open_store
from cdshooks.store.seen_tokens import SeenTokens
from cdshooks.trust import Issuer, Verifier
from tests.cdshooks.tokens import BASE, ISS, Signer

_TOKENS = 400
_AUDIENCE = f"{BASE}/cds-services/hello-world"


class _NotKept(SeenTokens):
    """A store that keeps nothing, to tell its share."""

    def __init__(self) -> None:
        pass

    def first(self, *_: object, **__: object) -> bool:
        """Every token is new."""
        return True


def _measure(name: str, signer: Signer, seen: SeenTokens) -> None:
    client = TrustedClient(iss=ISS, jku="unused")
    verifier = Verifier(
        issuers={ISS: Issuer(client, KeySet(signer.jwks))},
        algorithms=(signer.algorithm,),
        skew=30,
        lifetime=600,
        seen=seen,
    )
    times = []
    for token in [f"Bearer {signer.token()}" for _ in range(_TOKENS)]:
        start = perf_counter()
        verifier.verify(token, {_AUDIENCE})
        times.append(perf_counter() - start)
    times.sort()
    print(f"{name:28} median {median(times) * 1000:.2f} ms, 99th percentile {times[-_TOKENS // 100] * 1000:.2f} ms")


def main() -> None:
    """Print a line for each signature, with and without the store."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder)}/store.sqlite3")
        for algorithm in ("ES384", "RS384"):
            signer = Signer(algorithm)
            _measure(f"{algorithm}, not kept", signer, _NotKept())
            _measure(f"{algorithm}, kept in SQLite", signer, SeenTokens(store))
        store.dispose()


if __name__ == "__main__":
    main()
