"""Packing a segment out of the published files, and opening it again without believing anything that it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from evidence.domain.canonical import NotCanonical, parse
from evidence.domain.notes import Checkpoint, NotANote, Verify, parse_checkpoint, parse_note, parse_vkey
from evidence.domain.published import Published
from evidence.domain.segments import (
    CHECKPOINT,
    ENTRIES,
    MANIFEST,
    OBJECTS,
    TILES,
    Manifest,
    Marks,
    NotASegment,
    Segment,
    parse_manifest,
)
from evidence.domain.tiles import (
    HASH_LENGTH,
    WIDTH,
    Bundle,
    NotATile,
    Tile,
    decode_bundle,
    encode_bundle,
    nodes_in,
    split_tile,
)
from evidence.domain.tree import LEVELS_PER_TILE, fold, inclusion_proof, leaf_hash


@dataclass(frozen=True)
class Craft:
    """What a segment is made and checked with. `unpack` refuses with ValueError what `pack` did not make."""

    pack: Callable[[bytes], bytes]
    unpack: Callable[[bytes], bytes]
    sm3: Callable[[bytes], str]
    verify: Verify


@dataclass(frozen=True)
class Opened:
    """A segment that holds: its root, the checkpoint that covers it, and its pieces as the ledger publishes them."""

    manifest: Manifest
    covering: Checkpoint
    root: bytes
    pieces: Mapping[Tile | Bundle, bytes]


def cut(published: Published, segment: Segment, craft: Craft, retained_until: date | None) -> dict[str, bytes]:
    """The objects of a segment by name, out of the published files. They are not judged; `opened` does that."""
    note, vkey = published.checkpoint(), published.vkey()
    if note is None or vkey is None:
        raise NotASegment("there is no checkpoint, or no key to check it with")
    size = parse_checkpoint(parse_note(note).text).size
    if size < segment.end:
        raise NotASegment(f"{size} records are published; segment {segment.number} ends with {segment.end}")
    node = nodes_in(published.tile, size)
    objects = {
        ENTRIES: craft.pack(b"".join(encode_bundle(published.bundle(bundle)) for bundle in segment.bundles)),
        TILES: b"".join(published.tile(tile) for tile in segment.tiles),
        CHECKPOINT: note,
    }
    manifest = Manifest(
        segment,
        node(0, segment.first - 1) if segment.first else None,
        inclusion_proof(segment.first, size, node)[LEVELS_PER_TILE * segment.levels :],
        note.decode(),
        vkey,
        {name: _marks(data, craft) for name, data in objects.items()},
        retained_until,
    )
    return {**objects, MANIFEST: manifest.written()}


def opened(objects: Mapping[str, bytes], segment: Segment, craft: Craft, vkey: str | None = None) -> Opened:
    """The segment in these objects, if every byte is what a signed checkpoint covers. Refuses with NotASegment.

    The checkpoint must be signed by `vkey`, or where none is given by the key that the manifest names.
    """
    manifest = parse_manifest(_there(objects, MANIFEST))
    if manifest.segment != segment:
        raise NotASegment(f"{MANIFEST} is of segment {manifest.segment.number}, {manifest.segment.length} records")
    for name in OBJECTS:
        if _marks(_there(objects, name), craft) != manifest.objects.get(name):
            raise NotASegment(f"{name} has another length, SHA-256 or SM3 than {MANIFEST} says")
    if objects[CHECKPOINT] != manifest.note.encode():
        raise NotASegment(f"{CHECKPOINT} is another than that of {MANIFEST}")
    covering = _covering(manifest, craft, vkey or manifest.vkey)
    leaves, hashes = _leaves(objects[ENTRIES], segment, craft)
    tiles, root = _tiles(objects[TILES], segment, hashes)
    if not segment.holds(root, manifest.proof, covering):
        raise NotASegment(f"the checkpoint over {covering.size} records does not cover these")
    if _before(leaves[0]) != (manifest.before.hex() if manifest.before else None):
        raise NotASegment(f"{MANIFEST} names another record before the first")
    starts = range(0, segment.length, WIDTH)
    bundles = {b: encode_bundle(leaves[at : at + WIDTH]) for b, at in zip(segment.bundles, starts, strict=True)}
    return Opened(manifest, covering, root, {**bundles, **tiles})


def _marks(data: bytes, craft: Craft) -> Marks:
    return Marks(len(data), sha256(data).hexdigest(), craft.sm3(data))


def _there(objects: Mapping[str, bytes], name: str) -> bytes:
    if name not in objects:
        raise NotASegment(f"{name} is missing")
    return objects[name]


def _covering(manifest: Manifest, craft: Craft, vkey: str) -> Checkpoint:
    try:
        key, note = parse_vkey(vkey), parse_note(manifest.note.encode())
        stated = parse_checkpoint(note.text)
    except NotANote as fault:
        raise NotASegment(f"{CHECKPOINT}: {fault}") from fault
    if stated.origin != key.name or not note.signed_by(key, craft.verify):
        raise NotASegment(f"{CHECKPOINT} is not signed by {vkey}")
    return stated


def _leaves(packed: bytes, segment: Segment, craft: Craft) -> tuple[tuple[bytes, ...], list[bytes]]:
    try:
        leaves = decode_bundle(craft.unpack(packed))
    except (NotATile, ValueError) as fault:
        raise NotASegment(f"{ENTRIES}: {fault}") from fault
    if len(leaves) != segment.length:
        raise NotASegment(f"{ENTRIES} holds {len(leaves)} records")
    return leaves, [leaf_hash(leaf) for leaf in leaves]


def _tiles(data: bytes, segment: Segment, hashes: list[bytes]) -> tuple[dict[Tile | Bundle, bytes], bytes]:
    """The tiles, if they are what follows from the leaves, and the root over them."""
    size, row, made = WIDTH * HASH_LENGTH, hashes, dict[Tile | Bundle, bytes]()
    if len(data) != size * len(segment.tiles):
        raise NotASegment(f"{TILES} holds {len(data)} bytes")
    for at, tile in enumerate(segment.tiles):
        made[tile] = data[at * size : (at + 1) * size]
        first = (tile.index * WIDTH) % len(row)
        expected = row[first : first + WIDTH]
        for place, kept in enumerate(split_tile(made[tile])):
            if kept != expected[place]:
                record = (tile.index * WIDTH + place) << LEVELS_PER_TILE * tile.level
                raise NotASegment(f"{tile.path} and the records differ from record {record} on")
        if first + WIDTH == len(row):
            row = [fold(row[start : start + WIDTH]) for start in range(0, len(row), WIDTH)]
    return made, row[0]


def _before(leaf: bytes) -> object:
    try:
        return parse(leaf.partition(b"\n")[0]).get("prev")
    except NotCanonical as fault:
        raise NotASegment(f"the first record has no envelope: {fault}") from fault
