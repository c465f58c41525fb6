"""The verifications that are kept: in a folder, a file for each place where a ledger lies."""

from hashlib import sha256
from pathlib import Path

from evidence.adapters.files import write_whole


class VerificationFolder:
    """How far the ledger at each place was verified when all of it held."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, where: str) -> bytes | None:
        try:
            return self._path(where).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, where: str, verification: bytes) -> None:
        """Replaces what was kept of this place, whole or not at all."""
        write_whole({self._path(where): verification})

    def _path(self, where: str) -> Path:
        place = where if "://" in where else str(Path(where).resolve())
        return self.root / sha256(place.encode()).hexdigest()[:32]
