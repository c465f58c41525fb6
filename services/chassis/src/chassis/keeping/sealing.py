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
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from contracts import Refusal
from contracts.envelope import Sealed

NONCE, SALT, KEY = 12, 16, 32  # bytes


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


def new_data_key(owner: str) -> DataKey:
    """A fresh random key for a person."""
    secret = os.urandom(KEY)
    return DataKey(f"{owner}/{hashlib.sha256(secret).hexdigest()[:8]}", secret)


def wrap(key: DataKey, by: bytes) -> bytes:
    """The data key under the key-encryption key (RFC 3394)."""
    return aes_key_wrap(by, key.secret)


def unwrap(id: str, wrapped: bytes, by: bytes) -> DataKey:
    """The data key again. Refuses with CannotUnseal under another key-encryption key."""
    try:
        return DataKey(id, aes_key_unwrap(by, wrapped))
    except InvalidUnwrap as fault:
        raise CannotUnseal(id, "data key") from fault


def seal(key: DataKey, owner: str, field: str, text: str) -> Sealed:
    """Seals one field; it opens only for the same person and field, so it cannot be moved to another."""
    nonce, salt, datum = os.urandom(NONCE), os.urandom(SALT), text.encode()
    closed = AESGCM(key.secret).encrypt(nonce, salt + datum, f"{owner}/{field}".encode())
    return Sealed(
        key=key.id, text=base64.b64encode(nonce + closed).decode(), commitment=hashlib.sha256(salt + datum).hexdigest()
    )


def unseal(key: DataKey, owner: str, field: str, sealed: Sealed) -> str:
    """The text again. Refuses with CannotUnseal."""
    try:
        blob = base64.b64decode(sealed.text)
        opened = AESGCM(key.secret).decrypt(blob[:NONCE], blob[NONCE:], f"{owner}/{field}".encode())
    except (InvalidTag, ValueError) as fault:
        raise CannotUnseal(owner, field) from fault
    if hashlib.sha256(opened).hexdigest() != sealed.commitment:
        raise CannotUnseal(owner, field)
    return opened[SALT:].decode()
