"""A look at a published ledger from its files alone: at all of it, at what has come since the last look, or at a part."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from evidence.domain.bundles import Look, Looked, Part, parts, said
from evidence.domain.canonical import KEY_REGISTERED, Key
from evidence.domain.examining import Examined, examine
from evidence.domain.notes import Checkpoint, NotANote, Verify, parse_checkpoint, parse_note, parse_vkey
from evidence.domain.plain import Plain
from evidence.domain.proofs import root_at
from evidence.domain.published import Published
from evidence.domain.streams import StreamsWithin
from evidence.domain.tiles import WIDTH, NotATile, Tile, bundles_changed, grow, split_tile, tile_at
from evidence.domain.timestamps import is_stamp
from evidence.domain.tree import LEVELS_PER_TILE, Frontier, NotInTree, fold, leaf_hash
from evidence.domain.verdicts import Verdict
from evidence.domain.verifying import Answer, Documents, Finding, Standing, compare, follow

CLAIMED = re.compile(rb'\["signature","([^" ]+) ')


@dataclass(frozen=True)
class Means:
    """What a look needs: who looks at bundles, and whether signatures hold: of notes, and (unless left out) of records."""

    look: Look
    verify: Verify
    answer: Answer | None
    documents: Documents | None = None


# The whole ledger, or what has come since


def inspect(published: Published, verdict: Verdict, standing: Standing, means: Means) -> Iterator[int]:
    """Fills the verdict while it goes on from where `standing` stands; yields how many records are checked.

    Without a checkpoint nothing is checked, and neither if what was verified before is not what the ledger begins with.
    """
    stated = stated_in(published, verdict, means.verify)
    if stated is None:
        return
    verdict.begin, before = standing.chain.size, standing.frontier
    verdict.findings.extend(_regrown(published, before, stated))
    if verdict.begin > stated.size or verdict.of_layer("tree"):
        return
    entries: list[bytes] = []
    for looked in _walked(published, verdict, standing, means, parts(verdict.begin, stated.size, stated.size)):
        if looked.hashes:
            standing.frontier, gained = standing.frontier.grown(split_tile(looked.hashes))
            entries.extend(gained.get(1, ()))
        elif looked.root:
            standing.frontier = standing.frontier.joined(LEVELS_PER_TILE, looked.root)
            entries.append(looked.root)
        yield verdict.checked
    verdict.findings.extend(compare(standing, stated))
    if standing.chain.size == stated.size:
        verdict.findings.extend(_tiles_above(published, before, entries, stated.size))


def _regrown(published: Published, before: Frontier, stated: Checkpoint) -> Iterator[Finding]:
    """Whether the ledger begins with what was verified before: its tiles must give the old root at the old size."""
    if before.size > stated.size:
        yield Finding(None, "rewound", f"{before.size} records were verified before, of which {stated.size} are left")
        return
    try:
        if root_at(published, before.size) != before.root():
            yield Finding(None, "growth", f"the first {before.size} records are not those that were verified before")
    except (OSError, NotATile, NotInTree) as fault:
        yield Finding(None, "tile", str(fault))


def _tiles_above(published: Published, before: Frontier, entries: list[bytes], end: int) -> Iterator[Finding]:
    """Whether the tiles above the lowest hold the hashes that follow from it."""
    size = before.size >> LEVELS_PER_TILE
    edge = Frontier(size, before.peaks[: size.bit_count()])

    def read(tile: Tile) -> bytes:  # What it held before is in the tile of today; partial ones may be gone.
        return published.tile(tile_at(tile.level + 1, tile.index, end))

    try:
        _, tiles = grow(edge, entries, read)
    except (OSError, NotATile) as fault:
        yield Finding(None, "tile", str(fault))
        return
    for tile, data in tiles.items():
        named = Tile(tile.level + 1, tile.index, tile.width)
        try:
            if published.tile(named) != data:
                yield Finding(None, "tile", f"{named.path} holds other hashes")
        except (OSError, NotATile) as fault:
            yield Finding(None, "tile", said(named, fault))


# A part of it


def inspect_part(published: Published, verdict: Verdict, begin: int, end: int | None, means: Means) -> Iterator[int]:
    """Fills the verdict about the records from `begin` to `end`. What stood before is read as far as it is needed."""
    stated = stated_in(published, verdict, means.verify)
    if stated is None:
        return
    verdict.begin, verdict.end, verdict.part = begin, min(end or stated.size, stated.size), True
    if verdict.end <= begin:
        return
    streams = StreamsWithin()
    standing = Standing(streams) if begin else Standing()
    standing.chain.size = begin
    ways = Ways(published, stated)
    asked = tuple(parts(begin, verdict.end, stated.size))
    try:
        standing.chain.last = ways.hash_of(begin - 1) if begin else None
        standing.chain.keys.update(_keys_before(published, ways, asked) if means.answer else {})
    except (OSError, NotATile) as fault:
        verdict.findings.append(Finding(None, "tile", str(fault)))
        return
    for looked in _walked(published, verdict, standing, means, asked):
        ways.roots[looked.part.bundle.index] = looked.root
        yield verdict.checked
    verdict.taken = streams.taken_as_they_stand
    verdict.findings.extend(ways.lead())


@dataclass
class Ways:
    """The ways from tiles of the lowest level, by their numbers, up to the root that is signed."""

    published: Published
    stated: Checkpoint
    roots: dict[int, bytes | None] = field(default_factory=dict[int, bytes | None])
    """Of a full tile the root over it; None for the one at the edge."""
    findings: list[Finding] = field(default_factory=list[Finding])

    def hash_of(self, seq: int) -> bytes:
        """The leaf hash of a record, as the tree has it."""
        index, place = divmod(seq, WIDTH)
        hashes = split_tile(self.published.tile(tile_at(0, index, self.stated.size)))
        self.roots[index] = fold(hashes) if len(hashes) == WIDTH else None
        return hashes[place]

    def lead(self) -> Iterator[Finding]:
        """Where they do not lead to the root. What is not in a full tile is in the edge, which makes the root itself."""
        yield from self.findings
        try:
            if root_at(self.published, self.stated.size) != self.stated.root:
                yield Finding(None, "root", "the tiles do not lead to the root of the checkpoint")
            level, roots = 1, {index: root for index, root in self.roots.items() if root}
            while roots:
                above = {at // WIDTH: tile_at(level, at // WIDTH, self.stated.size) for at in roots}
                hashes = {index: split_tile(self.published.tile(tile)) for index, tile in above.items()}
                for index, root in roots.items():
                    if hashes[index // WIDTH][index % WIDTH] != root:
                        yield Finding(None, "tile", f"{above[index // WIDTH].path} holds other hashes")
                roots = {index: fold(row) for index, row in hashes.items() if len(row) == WIDTH}
                level += 1
        except (OSError, NotATile, NotInTree) as fault:
            yield Finding(None, "tile", str(fault))


def _keys_before(published: Published, ways: Ways, asked: Iterable[Part]) -> dict[str, bytes]:
    """The keys that these records claim to be signed with, from where they were first registered before them."""
    asked = tuple(asked)
    claimed: set[str] = set()
    for part in asked:
        leaves = published.bundle(part.bundle)[part.skip : part.until]
        claimed.update(each.decode() for leaf in leaves for each in CLAIMED.findall(leaf.partition(b"\n")[0]))
    keys: dict[str, bytes] = {}
    for part in parts(0, asked[0].first, ways.stated.size) if asked else ():
        if claimed <= keys.keys():
            break
        for seq, leaf in enumerate(published.bundle(part.bundle)[: part.until], part.first):
            if key := _registered_in(leaf):
                keys.setdefault(key.id, key.public)
                if ways.hash_of(seq) != leaf_hash(leaf):
                    ways.findings.append(Finding(seq, "tile", "registers a key, but has another hash in the tree"))
    return keys


def _registered_in(leaf: bytes) -> Key | None:
    if KEY_REGISTERED.encode() not in leaf:
        return None
    reading = examine(leaf).reading
    return reading.event.registers if reading and reading.event else None


# Both


def _walked(
    published: Published, verdict: Verdict, standing: Standing, means: Means, asked: Iterable[Part]
) -> Iterator[Looked]:
    """Follows the records of these parts. Behind one that is missing nothing can be chained, so the walk ends there."""

    def again(run: Plain) -> Iterator[Examined]:
        index, place = divmod(run.first, WIDTH)
        (bundle,) = bundles_changed(index * WIDTH, min((index + 1) * WIDTH, verdict.size))
        return map(examine, published.bundle(bundle)[place : place + run.count])

    verdict.signatures = means.answer is not None
    for looked in means.look(asked, standing.chain.keys):
        if looked.fault:
            verdict.findings.append(Finding(looked.part.first, "entries", looked.fault))
            return
        if looked.tile_fault:
            verdict.findings.append(Finding(None, "tile", looked.tile_fault))
        verdict.findings.extend(follow(looked.records, standing, means.answer, means.documents, again))
        _note(verdict, looked)
        verdict.checked = standing.chain.size - verdict.begin
        yield looked


def _note(verdict: Verdict, looked: Looked) -> None:
    """Flags, and where time stamps stand: neither is ever in a plain run."""
    seq = looked.part.first
    for each in looked.records:
        if isinstance(each, Plain):
            seq += each.count
            continue
        flags = each.envelope.get("flags")
        if isinstance(flags, list):
            verdict.flags.update(map(str, cast(list[object], flags)))
        if is_stamp(each):
            verdict.stamps.append(seq)
        seq += 1


# What is stated


def stated_in(published: Published, verdict: Verdict, verify: Verify) -> Checkpoint | None:
    """The checkpoint; one that is not the ledger's own is looked at all the same, after a finding."""
    vkey, note = published.vkey(), published.checkpoint()
    if vkey is None or note is None:
        verdict.findings.append(Finding(None, "note", "there is no checkpoint, or no key to check it with"))
        return None
    verdict.note = note
    try:
        key, signed = parse_vkey(vkey), parse_note(note)
        stated = parse_checkpoint(signed.text)
    except NotANote as fault:
        verdict.findings.append(Finding(None, "note", str(fault)))
        return None
    if not signed.signed_by(key, verify):
        verdict.findings.append(Finding(None, "note", f"{key.name} did not sign this checkpoint"))
    if stated.origin != key.name:
        verdict.findings.append(Finding(None, "note", f"of {stated.origin}, but the key is of {key.name}"))
    verdict.size = verdict.end = stated.size
    verdict.root = stated.root
    return stated
