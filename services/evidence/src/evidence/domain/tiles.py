"""The published form of the tree: tiles of 256 hashes, bundles of 256 leaves, and their C2SP tlog-tiles names."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evidence.domain.tree import LEVELS_PER_TILE, Frontier, Node, NotInTree, fold

WIDTH = 1 << LEVELS_PER_TILE
HASH_LENGTH = 32
LARGEST_ENTRY = 65_535

PATH = re.compile(r"tile/(entries|0|[1-5]?[0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


class NotATile(ValueError):
    """A name or bytes that no tile or bundle has."""


@dataclass(frozen=True, order=True)
class Tile:
    """`width` neighbouring hashes of one tile level; full at 256, partial below."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_numbered(self.index, self.width)}"


@dataclass(frozen=True, order=True)
class Bundle:
    """`width` neighbouring leaves, whole."""

    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        return f"tile/entries/{_numbered(self.index, self.width)}"


ReadTile = Callable[[Tile], bytes]
"""The hashes of a tile, end to end; at least `width` of them."""


def _numbered(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return name if width == WIDTH else f"{name}.p/{width}"


def at_path(path: str) -> Tile | Bundle:
    """What a path names. One that names nothing, or not in its shortest form, is refused."""
    match = PATH.fullmatch(path)
    if match is None:
        raise NotATile(path)
    level, number, width = match[1], match[2], int(match[3] or WIDTH)
    index = int(number.replace("x", "").replace("/", ""))
    named = Bundle(index, width) if level == "entries" else Tile(int(level), index, width)
    if named.path != path or width > WIDTH:
        raise NotATile(path)
    return named


def tile_at(level: int, index: int, size: int) -> Tile:
    """A tile as wide as it is in a tree of `size` leaves."""
    return Tile(level, index, min(WIDTH, (size >> LEVELS_PER_TILE * level) - index * WIDTH))


# Growing


def _pieces(before: int, after: int) -> Iterator[tuple[int, int]]:
    """(index, width) of what is new or wider in one row that grew from `before` to `after`."""
    if after <= before:
        return
    for index in range(before // WIDTH, after // WIDTH):
        yield index, WIDTH
    if after % WIDTH:
        yield after // WIDTH, after % WIDTH


def bundles_changed(before: int, after: int) -> tuple[Bundle, ...]:
    """The bundles to write when the ledger grows from `before` to `after` records: full ones, then the partial one."""
    return tuple(Bundle(index, width) for index, width in _pieces(before, after))


def tiles_changed(before: int, after: int) -> tuple[Tile, ...]:
    """The tiles to write when the tree grows from `before` to `after` leaves, from the leaves upwards."""
    changed: list[Tile] = []
    level = 0
    while after >> LEVELS_PER_TILE * level:
        shift = LEVELS_PER_TILE * level
        changed += [Tile(level, index, width) for index, width in _pieces(before >> shift, after >> shift)]
        level += 1
    return tuple(changed)


def grow(frontier: Frontier, leaf_hashes: Sequence[bytes], read: ReadTile) -> tuple[Frontier, dict[Tile, bytes]]:
    """The edge after more leaves, and the tiles that say so. `read` is asked for the partial tiles of the old edge."""
    grown, gained = frontier.grown(leaf_hashes)
    tiles: dict[Tile, bytes] = {}
    for level, hashes in gained.items():
        before, after = frontier.size >> LEVELS_PER_TILE * level, grown.size >> LEVELS_PER_TILE * level
        edge, kept = divmod(before, WIDTH)
        row = (read(Tile(level, edge, kept))[: kept * HASH_LENGTH] if kept else b"") + b"".join(hashes)
        for index, width in _pieces(before, after):
            start = (index - edge) * WIDTH * HASH_LENGTH
            tiles[Tile(level, index, width)] = row[start : start + width * HASH_LENGTH]
    return grown, tiles


def nodes_in(read: ReadTile, size: int) -> Node:
    """The nodes of a tree of `size` leaves, for proofs, out of its tiles; each tile is read once."""
    kept: dict[Tile, bytes] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, LEVELS_PER_TILE)
        number, first = divmod(index << height, WIDTH)
        tile = tile_at(tile_level, number, size)
        last = first + (1 << height)
        if tile.width < last:
            raise NotInTree(f"node {level}/{index} of {size} leaves")
        if tile not in kept:
            kept[tile] = read(tile)
        return fold(split_tile(kept[tile])[first:last])

    return node


def split_tile(data: bytes) -> tuple[bytes, ...]:
    if len(data) % HASH_LENGTH:
        raise NotATile(f"{len(data)} bytes are no whole number of hashes")
    return tuple(data[at : at + HASH_LENGTH] for at in range(0, len(data), HASH_LENGTH))


# Bundles


def encode_bundle(leaves: Sequence[bytes]) -> bytes:
    """Each leaf after its length in two bytes, big-endian."""
    for leaf in leaves:
        if len(leaf) > LARGEST_ENTRY:
            raise NotATile(f"a leaf of {len(leaf)} bytes")
    return b"".join(part for leaf in leaves for part in (len(leaf).to_bytes(2, "big"), leaf))


def decode_bundle(data: bytes) -> tuple[bytes, ...]:
    leaves: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise NotATile(f"a bundle that breaks off in entry {len(leaves)}")
        leaves.append(data[at + 2 : end])
        at = end
    return tuple(leaves)
