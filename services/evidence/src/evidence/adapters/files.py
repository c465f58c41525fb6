"""The published ledger as a folder: tiles, bundles, the checkpoint and the key, each file whole or not there at all."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from evidence.domain.tiles import HASH_LENGTH, Bundle, NotATile, Tile, bundles_changed, decode_bundle

CHECKPOINT, VKEY = "checkpoint", "vkey"


class AlreadyPublished(Exception):
    """A tile or bundle stands there with other bytes; what was published is never changed."""


class TileFolder:
    """One sequencer writes; anyone reads. Partial tiles stay when the full one has come."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def publish(self, pieces: Mapping[Tile | Bundle, bytes]) -> None:
        """Write tiles and bundles; those that stand already are left, unless their bytes differ."""
        fresh: dict[Path, bytes] = {}
        for piece, data in pieces.items():
            there = self.read(piece.path)
            if there is None:
                fresh[self.root / piece.path] = data
            elif there != data:
                raise AlreadyPublished(piece.path)
        self._write(fresh)

    def publish_checkpoint(self, note: str) -> None:
        """Write the checkpoint; its tiles are published before it, so if we stop here the old one still holds."""
        self._write({self.root / CHECKPOINT: note.encode()})

    def publish_vkey(self, vkey: str) -> None:
        self._write({self.root / VKEY: f"{vkey}\n".encode()})

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

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
            raise FileNotFoundError(self.root / piece.path)
        return data

    def _write(self, files: Mapping[Path, bytes]) -> None:
        """Each file goes to disk under another name before it takes its own, so a crash leaves no half of it."""
        folders = set[Path]()
        for path, data in files.items():
            folders |= _made(path.parent)
            aside = path.with_name(path.name + ".new")
            with aside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        for folder in folders | {path.parent for path in files}:
            _settle(folder)


def _made(folder: Path) -> set[Path]:
    """Make a folder and those above it that are missing; the folders whose entries have changed."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return {each.parent for each in missing}


def _settle(folder: Path) -> None:
    """Bring a folder's entries to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
