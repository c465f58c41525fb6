"""Each service signs what it says: Ed25519 over the very bytes that are stored, sent and sealed."""

import base64
import hashlib
import os
from pathlib import Path

from nacl.signing import SigningKey


class Signer:
    """A service's signing key; `key_id` names its public half (`service/` and 8 hex of its SHA-256)."""

    def __init__(self, service: str, key: SigningKey) -> None:
        self._key = key
        self.public = bytes(key.verify_key)
        self.key_id = key_id(service, self.public)

    def header(self, value: bytes) -> bytes:
        """The `signature` header: the key's id, a blank, and the signature in base64."""
        return self.key_id.encode() + b" " + base64.b64encode(self._key.sign(value).signature)


def key_id(service: str, public: bytes) -> str:
    """How a public key is called in headers and in the ledger."""
    return f"{service}/{hashlib.sha256(public).hexdigest()[:8]}"


def signer(service: str, folder: Path) -> Signer:
    """The key of a service in `folder/SERVICE.key` (32 raw bytes), made on first use, readable by its owner alone."""
    path = folder / f"{service}.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fresh, "wb") as file:
            file.write(bytes(SigningKey.generate()))
    return Signer(service, SigningKey(path.read_bytes()))
