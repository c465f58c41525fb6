"""The documents that were too large for a record: a folder of files, each named by its SHA-256."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from evidence.adapters.files import write_whole


class DocumentFolder:
    """Nothing here is changed or forgotten. A document is kept before the record that names it is committed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, documents: Iterable[bytes]) -> None:
        paths = {self._path(sha256(document).hexdigest()): document for document in documents}
        write_whole({path: document for path, document in paths.items() if not path.exists()})

    def read(self, digest: str) -> bytes | None:
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def _path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest
