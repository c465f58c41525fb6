"""The published ledger wherever it can be read: in a folder, or over HTTP from a service or a mirror of its files."""

import urllib.error
import urllib.request
from pathlib import Path

from evidence.adapters.files import TileFolder
from evidence.domain.published import Published

PATIENCE = 20  # seconds that a server gets to answer


class TileSite(Published):
    """The files under an address."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def read(self, path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"{self.address}/{path}", timeout=PATIENCE) as answer:
                return answer.read()
        except urllib.error.HTTPError as fault:
            if fault.code == 404:
                return None
            raise


def published_at(where: str) -> Published:
    """The ledger in the folder or at the http address `where`."""
    return TileSite(where) if where.startswith(("http://", "https://")) else TileFolder(Path(where))
