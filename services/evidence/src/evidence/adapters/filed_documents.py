"""The documents of cases: a folder of files, each sealed under the key of the person whom it is about (AES-256-GCM).

Each is named by its case and by the SHA-256 of what was handed in, and opens only as that document of that person.
"""

import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.keeping.sealing import NONCE, CannotUnseal, DataKey
from evidence.adapters.files import write_whole
from evidence.adapters.guomi import sm3
from evidence.handlers.cases import Kept


class FiledDocuments:
    """A document is kept before the event that names it is committed: if we stop between, it lies there and harms nobody."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, key: DataKey, case: str, person: str, document: bytes) -> Kept:
        digest, nonce = sha256(document).hexdigest(), os.urandom(NONCE)
        sealed = nonce + AESGCM(key.secret).encrypt(nonce, document, _bound_to(case, person, digest))
        write_whole({self._path(case, digest): sealed})
        return Kept(len(document), digest, sm3(document))

    def read(self, key: DataKey, case: str, person: str, sha256: str) -> bytes | None:
        """The document again; None if it is not here. Refuses with CannotUnseal what is not, or no longer, that document."""
        try:
            sealed = self._path(case, sha256).read_bytes()
            return AESGCM(key.secret).decrypt(sealed[:NONCE], sealed[NONCE:], _bound_to(case, person, sha256))
        except FileNotFoundError:
            return None
        except (InvalidTag, ValueError) as fault:
            raise CannotUnseal(person, f"document {sha256}") from fault

    def _path(self, case: str, digest: str) -> Path:
        return self.root / case / digest


def _bound_to(case: str, person: str, digest: str) -> bytes:
    return f"{person}/{case}/{digest}".encode()
