"""Signatures, by PyNaCl: the ledger's own over its checkpoints, and whether those of the services hold."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from chassis.keeping.signing import signer
from evidence.domain.notes import Sign, Verifier
from evidence.domain.records import Check

LEDGER = "ledger"
AT_ONCE = 64


def ledger_key(origin: str, folder: Path) -> tuple[Verifier, Sign]:
    """The key that signs checkpoints, in `folder/ledger.key`, made on first use; its name is the ledger's origin."""
    public = signer(LEDGER, folder).public
    secret = SigningKey((folder / f"{LEDGER}.key").read_bytes())
    return Verifier(origin, public), lambda message: secret.sign(message).signature


def holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature holds; a malformed one, or one by a malformed key, does not."""
    try:
        VerifyKey(public).verify(message, signature)
    except (CryptoError, ValueError):
        return False
    return True


class Checkers:
    """Threads that answer many checks together: PyNaCl lets go of the interpreter's lock while it reckons."""

    def __init__(self, threads: int | None = None) -> None:
        self._threads = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="signatures")

    def answer(self, asked: Sequence[Check]) -> list[bool]:
        """Whether each of these holds, in order."""
        if len(asked) <= AT_ONCE:
            return _all(asked)
        parts = [asked[at : at + AT_ONCE] for at in range(0, len(asked), AT_ONCE)]
        return [answer for part in self._threads.map(_all, parts) for answer in part]

    def close(self) -> None:
        self._threads.shutdown()


def _all(asked: Sequence[Check]) -> list[bool]:
    return [holds(*check) for check in asked]
