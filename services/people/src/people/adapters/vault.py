"""The vault: the key-encryption key in a file, and the data keys of persons under it in the database."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from chassis.keeping.sealing import CannotUnseal, DataKey
from chassis.keeping.signing import kept_secret
from chassis.keeping.work import Asked, Work

KEY_BYTES = 32


class Vault:
    """Makes, keeps and opens data keys. The key-encryption key is made on first use, readable by its owner alone."""

    def __init__(self, file: Path) -> None:
        self._secret = kept_secret(file, lambda: os.urandom(KEY_BYTES))
        self.name = f"kek-{hashlib.sha256(self._secret).hexdigest()[:8]}"

    def create(self, work: Work, owner: str) -> DataKey:
        """The data key of a new person, kept wrapped in the same transaction as what is sealed with it."""
        held = self.open(work, (owner,))
        if owner in held:
            return held[owner]
        key = new_data_key(owner)
        work.write(
            "insert into data_keys (owner, key_id, wrapped, wrapped_by) values (%s, %s, %s, %s)",
            *(owner, key.id, wrap(key, self._secret), self.name),
        )
        return key

    def open(self, asked: Asked, owners: Iterable[str]) -> Mapping[str, DataKey]:
        """The data keys of these persons; who has none is left out."""
        rows = asked.rows("select owner, key_id, wrapped from data_keys where owner = any(%s)", list(owners))
        return {row["owner"]: unwrap(row["key_id"], bytes(row["wrapped"]), self._secret) for row in rows}

    def rewrap(self, work: Work, under: "Vault") -> int:
        """Wraps every data key anew under another key-encryption key; what is sealed stays as it is. Returns how many."""
        rows = work.rows("select owner, key_id, wrapped from data_keys")
        for row in rows:
            wrapped = wrap(unwrap(row["key_id"], bytes(row["wrapped"]), self._secret), under._secret)
            work.write(
                "update data_keys set wrapped = %s, wrapped_by = %s where owner = %s", wrapped, under.name, row["owner"]
            )
        return len(rows)


def new_data_key(owner: str) -> DataKey:
    """A fresh random key for a person."""
    secret = os.urandom(KEY_BYTES)
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
