"""Signatures, by PyNaCl: the ledger's own over its checkpoints, and whether those of the services hold."""

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from nacl.bindings import crypto_sign_BYTES, crypto_sign_open
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

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
    if len(signature) != crypto_sign_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, public)
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
        return [answer for answers in [part.result() for part in self._begun(asked)] for answer in answers]

    def ask(self, asked: Sequence[Check]) -> "Answers":
        """The same, but begun now and waited for when an answer is needed."""
        return Answers(asked, self._begun(asked))

    def _begun(self, asked: Sequence[Check]) -> list["Future[list[bool]]"]:
        return [self._threads.submit(_all, asked[at : at + AT_ONCE]) for at in range(0, len(asked), AT_ONCE)]

    def close(self) -> None:
        self._threads.shutdown()


class Answers:
    """Checks that are being answered."""

    def __init__(self, asked: Sequence[Check], begun: Sequence["Future[list[bool]]"]) -> None:
        self._begun = {check: (begun[n // AT_ONCE], n % AT_ONCE) for n, check in enumerate(asked)}

    def __call__(self, check: Check) -> bool:
        """Whether this one holds. One that was not asked for beforehand is answered here."""
        if check not in self._begun:
            return holds(*check)
        part, place = self._begun[check]
        return part.result()[place]


def _all(asked: Sequence[Check]) -> list[bool]:
    return [holds(*check) for check in asked]
