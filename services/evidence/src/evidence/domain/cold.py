"""Keeping segments cold: put away, read back and verified before anybody says so; and brought back, verified again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from evidence.domain.packing import Craft, Opened, cut, opened
from evidence.domain.published import Published
from evidence.domain.segments import MANIFEST, OBJECTS, NotASegment, Segment
from evidence.domain.tiles import Bundle, Tile, split_tile
from evidence.domain.tree import fold


class ColdStore(Protocol):
    """A place of objects. What does not work there is an OSError that says it in one sentence."""

    @property
    def location(self) -> str:
        """The place as a URL."""
        ...

    @property
    def retained_until(self) -> date | None:
        """The day until whose end the place refuses to forget what is put there now; None if it refuses nothing."""
        ...

    def put(self, path: str, data: bytes) -> None:
        """Put an object there, beside or in place of an older one."""
        ...

    def read(self, path: str) -> bytes | None: ...

    def is_retained(self, path: str, until: date) -> bool:
        """Whether the place itself says that it keeps the object until the end of that day."""
        ...

    def segments(self) -> Sequence[int]:
        """The numbers of the segments of which anything lies there, in order."""
        ...


class LedgerFolder(Protocol):
    """A folder that holds, or is to hold, a published ledger."""

    def read(self, path: str) -> bytes | None: ...
    def checkpoint(self) -> bytes | None: ...
    def vkey(self) -> str | None: ...
    def publish(self, pieces: Mapping[Tile | Bundle, bytes]) -> None: ...
    def publish_checkpoint(self, note: str) -> None: ...
    def publish_vkey(self, vkey: str) -> None: ...


def keep(published: Published, store: ColdStore, segment: Segment, craft: Craft) -> Opened:
    """Puts a segment away, and returns what was read back. Again is harmless. Refuses with NotASegment."""
    if store.read(_path(segment, MANIFEST)) is None:
        objects = cut(published, segment, craft, store.retained_until)
        opened(objects, segment, craft, published.vkey())  # What does not hold here is not locked away for years.
        for name in OBJECTS:
            store.put(_path(segment, name), objects[name])
        # If we stop here nothing says that they are there, and the next run puts them anew.
        store.put(_path(segment, MANIFEST), objects[MANIFEST])
        # If we stop here the next run reads back what this one has put.
    back = read_back(store, segment, craft, published.vkey())
    if fold(split_tile(published.tile(segment.tiles[-1]))) != back.root:
        raise NotASegment(f"{_at(store, segment)}: these are not the records that are published")
    kept_until = back.manifest.retained_until
    for name in (*OBJECTS, MANIFEST) if kept_until else ():
        if kept_until and not store.is_retained(_path(segment, name), kept_until):
            raise NotASegment(f"{_at(store, segment)}/{name} is not kept until {kept_until} as was asked")
    return back


def read_back(store: ColdStore, segment: Segment, craft: Craft, vkey: str | None = None) -> Opened:
    """A segment as it lies in the store, verified whole. Refuses with NotASegment, which names the object."""
    found = {name: store.read(_path(segment, name)) for name in (*OBJECTS, MANIFEST)}
    try:
        return opened({name: data for name, data in found.items() if data is not None}, segment, craft, vkey)
    except NotASegment as fault:
        raise NotASegment(f"{_at(store, segment)}: {fault}") from fault


def bring_back(
    store: ColdStore, segments: Iterable[Segment], folder: LedgerFolder, craft: Craft, vkey: str | None
) -> Iterator[Opened]:
    """Writes segments into a folder, and yields each when it was read again there. Refuses with NotASegment.

    A folder that has no checkpoint gets the last that covers a segment; one that stands there stays, and so do bytes that
    differ.
    """
    newest: Opened | None = None
    for segment in segments:
        back = read_back(store, segment, craft, vkey)
        vkey = back.manifest.vkey
        for piece, data in back.pieces.items():
            if (there := folder.read(piece.path)) is not None and there != data:
                raise NotASegment(f"{piece.path} stands in the folder with other bytes than segment {segment.number}")
        folder.publish(back.pieces)
        for piece, data in back.pieces.items():
            if folder.read(piece.path) != data:
                raise NotASegment(f"{piece.path} is not in the folder as it was written")
        if newest is None or back.covering.size > newest.covering.size:
            newest = back
        yield back
    # If we stop before this, pieces stand there without a checkpoint, and the next run writes what is missing.
    if newest is not None and folder.vkey() is None:
        folder.publish_vkey(newest.manifest.vkey)
    if newest is not None and folder.checkpoint() is None:
        folder.publish_checkpoint(newest.manifest.note)


def _path(segment: Segment, name: str) -> str:
    return f"{segment.folder}/{name}"


def _at(store: ColdStore, segment: Segment) -> str:
    return f"{store.location}/{segment.folder}"
