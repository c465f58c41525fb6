"""The published ledger as anyone reads it, from wherever its files lie: checkpoint, key, tiles and bundles."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from evidence.domain.tiles import HASH_LENGTH, Bundle, NotATile, Tile, bundles_changed, decode_bundle

CHECKPOINT, VKEY = "checkpoint", "vkey"


class Forked(Exception):
    """Two stories are told of one ledger. Nothing is signed until a person has looked."""


class Published(ABC):
    """Whoever has the files need only say how to read one; what they hold is then read the same everywhere."""

    @abstractmethod
    def read(self, path: str) -> bytes | None:
        """The bytes of the file at this path of the ledger; None if there is none."""

    def checkpoint(self) -> bytes | None:
        return self.read(CHECKPOINT)

    def vkey(self) -> str | None:
        text = self.read(VKEY)
        return text.decode().strip() if text is not None else None

    def tile(self, tile: Tile) -> bytes:
        """The hashes of a tile, out of the full tile if that is there."""
        data = self._full_or_partial(Tile(tile.level, tile.index), tile)[: tile.width * HASH_LENGTH]
        if len(data) != tile.width * HASH_LENGTH:
            raise NotATile(f"{tile.path} holds {len(data)} bytes")
        return data

    def bundle(self, bundle: Bundle) -> tuple[bytes, ...]:
        """The leaves of a bundle, out of the full bundle if that is there."""
        leaves = decode_bundle(self._full_or_partial(Bundle(bundle.index), bundle))[: bundle.width]
        if len(leaves) != bundle.width:
            raise NotATile(f"{bundle.path} holds {len(leaves)} leaves")
        return leaves

    def leaves(self, size: int) -> Iterator[bytes]:
        """The leaves of a ledger of `size` records, in order."""
        for bundle in bundles_changed(0, size):
            yield from self.bundle(bundle)

    def _full_or_partial(self, full: Tile | Bundle, piece: Tile | Bundle) -> bytes:
        data = self.read(full.path)
        if data is None:
            data = self.read(piece.path)
        if data is None:
            raise FileNotFoundError(piece.path)
        return data
