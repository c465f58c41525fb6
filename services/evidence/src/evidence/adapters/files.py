"""The published ledger as a folder: tiles, bundles, the checkpoint and the key, each file whole or not there at all."""

import os
from collections.abc import Mapping
from pathlib import Path

from evidence.domain.published import CHECKPOINT, VKEY, Published
from evidence.domain.tiles import Bundle, Tile


class AlreadyPublished(Exception):
    """A tile or bundle stands there with other bytes; what was published is never changed."""


class TileFolder(Published):
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
        write_whole(fresh)

    def publish_checkpoint(self, note: str) -> None:
        """Write the checkpoint; its tiles are published before it, so if we stop here the old one still holds."""
        write_whole({self.root / CHECKPOINT: note.encode()})

    def publish_vkey(self, vkey: str) -> None:
        write_whole({self.root / VKEY: f"{vkey}\n".encode()})

    def read(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Each file goes to disk under another name before it takes its own, so a crash leaves no half of it.

    Raises OSError, which names the file: a disk that is full does not say by itself which it is.
    """
    folders = set[Path]()
    for path, data in files.items():
        folders |= _made(path.parent)
        aside = path.with_name(path.name + ".new")
        try:
            with aside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            aside.unlink(missing_ok=True)  # Half a file takes room that somebody needs.
            raise OSError(fault.errno, fault.strerror, str(path)) from fault
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
