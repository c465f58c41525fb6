"""Each service signs what it says: Ed25519 over the very bytes that are stored, sent and sealed."""

import base64
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

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


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """What is in a file that its owner alone can read; made on first use, by one process however many start at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent) as fresh:
            fresh.write(make())
            fresh.flush()
            with suppress(FileExistsError):
                os.link(fresh.name, path)  # whole or not at all, and never over another's
    return path.read_bytes()


def signer(service: str, folder: Path) -> Signer:
    """The key of a service in `folder/SERVICE.key` (32 raw bytes), made on first use."""
    return Signer(service, SigningKey(kept_secret(folder / f"{service}.key", lambda: bytes(SigningKey.generate()))))
