"""Personal data is sealed before it is committed: AES-256-GCM under a data key of its person (NIST SP 800-38D).

Destroying the person's key makes store, topics, ledger and backups unreadable together, and no hash changes.
"""

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts import Refusal
from contracts.envelope import Sealed

NONCE, SALT = 12, 16  # bytes


@dataclass(frozen=True)
class DataKey:
    """The key of one person; `id` says which, `secret` is 32 bytes."""

    id: str
    secret: bytes


@dataclass(eq=False)
class CannotUnseal(Refusal):
    """The text was not sealed under this key for this field of this person, or was changed since."""

    owner: str
    field: str


class Keyring(Protocol):
    """Where data keys come from: `people` keeps them, other services ask `people`."""

    def keys(self, owners: Iterable[str]) -> Mapping[str, DataKey]: ...


def seal(key: DataKey, owner: str, field: str, text: str) -> Sealed:
    """Seals one field; it opens only for the same person and field, so it cannot be moved to another."""
    nonce, salt, datum = os.urandom(NONCE), os.urandom(SALT), text.encode()
    closed = AESGCM(key.secret).encrypt(nonce, salt + datum, f"{owner}/{field}".encode())
    return Sealed(
        key=key.id, text=base64.b64encode(nonce + closed).decode(), commitment=hashlib.sha256(salt + datum).hexdigest()
    )


def unseal(key: DataKey, owner: str, field: str, sealed: Sealed) -> str:
    """The text again. Refuses with CannotUnseal."""
    return opened(key, owner, field, sealed)[1]


def opened(key: DataKey, owner: str, field: str, sealed: Sealed) -> tuple[bytes, str]:
    """The salt and the text, so that others can reckon the commitment themselves. Refuses with CannotUnseal."""
    try:
        blob = base64.b64decode(sealed.text)
        inside = AESGCM(key.secret).decrypt(blob[:NONCE], blob[NONCE:], f"{owner}/{field}".encode())
    except (InvalidTag, ValueError) as fault:
        raise CannotUnseal(owner, field) from fault
    if hashlib.sha256(inside).hexdigest() != sealed.commitment:
        raise CannotUnseal(owner, field)
    return inside[:SALT], inside[SALT:].decode()
