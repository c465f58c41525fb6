"""A bundle of a published ledger with its tile, looked at by itself: what a walk asks of all cores."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evidence.domain.examining import Examined
from evidence.domain.notes import Verify
from evidence.domain.plain import Plain, look
from evidence.domain.published import Published
from evidence.domain.tiles import HASH_LENGTH, WIDTH, Bundle, NotATile, Tile, split_tile
from evidence.domain.tree import fold, leaf_hash


@dataclass(frozen=True, slots=True)
class Part:
    """A bundle, of which the leaves from `skip` to `until` are asked for."""

    bundle: Bundle
    skip: int
    until: int

    @property
    def first(self) -> int:
        return self.bundle.index * WIDTH + self.skip

    @property
    def tile(self) -> Tile:
        return Tile(0, self.bundle.index, self.bundle.width)


@dataclass(slots=True)
class Looked:
    """What the leaves of a part say by themselves. Of one that is missing or broken there is only the fault."""

    part: Part
    records: list[Plain | Examined] = field(default_factory=list[Plain | Examined])
    hashes: bytes = b""
    """The leaf hashes, end to end; empty where the root stands for them."""
    root: bytes | None = None
    """The root over a full bundle: of its leaves if all are asked for, else of its tile, to which they are compared."""
    fault: str | None = None
    tile_fault: str | None = None


Look = Callable[[Iterable[Part], Mapping[str, bytes]], Iterable[Looked]]
"""Looks at parts, in order, with the keys that are known by then; a caller may use all its cores."""


def parts(begin: int, end: int, size: int) -> Iterable[Part]:
    """The parts of the records from `begin` to `end` of a ledger of `size` records."""
    for index in range(begin // WIDTH, -(-end // WIDTH)):
        start = index * WIDTH
        width = min(WIDTH, size - start)
        yield Part(Bundle(index, width), max(0, begin - start), min(width, end - start))


def look_at(published: Published, part: Part, keys: Mapping[str, bytes], verify: Verify | None) -> Looked:
    try:
        leaves = published.bundle(part.bundle)[part.skip : part.until]
    except (OSError, NotATile) as fault:
        return Looked(part, fault=said(part.bundle, fault))
    hashes = [leaf_hash(leaf) for leaf in leaves]
    looked = Looked(part, list(look(leaves, hashes, part.first, keys, verify)))
    tile = _tile(published, looked, hashes)
    if len(hashes) == WIDTH:
        looked.root = fold(hashes)
    else:
        looked.hashes = b"".join(hashes)
        looked.root = fold(tile) if len(tile) == WIDTH else None
    return looked


def _tile(published: Published, looked: Looked, hashes: Sequence[bytes]) -> Sequence[bytes]:
    """The hashes of the tile over a part; what is wrong with it is noted."""
    part = looked.part
    try:
        tile = published.tile(part.tile)
    except (OSError, NotATile) as fault:
        looked.tile_fault = said(part.tile, fault)
        return ()
    if tile[part.skip * HASH_LENGTH : part.until * HASH_LENGTH] != b"".join(hashes):
        looked.tile_fault = f"{part.tile.path} holds other hashes"
    return split_tile(tile)


def said(piece: Tile | Bundle, fault: Exception) -> str:
    return f"{piece.path} is missing" if isinstance(fault, FileNotFoundError) else str(fault)
