"""A cold segment: 65,536 neighbouring records with their tiles, packed so that they can be checked without the rest.

A segment is a full tile of level 1 and all that stands beneath it. Its manifest holds the way from that tile to the root
of a signed checkpoint, so one segment alone is enough to tell whether one byte of it was changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from evidence.domain.canonical import canonical, parse
from evidence.domain.notes import Checkpoint
from evidence.domain.tiles import WIDTH, Bundle, Tile
from evidence.domain.tree import LEVELS_PER_TILE, includes

LENGTH = 65_536
VERSION = 1
ENTRIES, TILES, CHECKPOINT, MANIFEST = "entries.zst", "tiles", "checkpoint", "manifest.json"
OBJECTS = (ENTRIES, TILES, CHECKPOINT)
"""What the manifest vouches for; it is written after them."""


class NotASegment(ValueError):
    """What lies there is not the segment that it should be: which object, and how."""


@dataclass(frozen=True, order=True)
class Segment:
    """The records from `first` up to `end`. Its length is a power of 256, so that it is one full tile of its level."""

    number: int
    length: int = LENGTH

    def __post_init__(self) -> None:
        if self.number < 0 or self.length != 1 << LEVELS_PER_TILE * self.levels:
            raise ValueError(f"segment {self.number} of {self.length} records")

    @property
    def levels(self) -> int:
        """How many levels of tiles it has."""
        return max(1, (self.length.bit_length() - 1) // LEVELS_PER_TILE)

    @property
    def first(self) -> int:
        return self.number * self.length

    @property
    def end(self) -> int:
        return self.first + self.length

    @property
    def folder(self) -> str:
        return f"segments/{self.number:09}"

    @property
    def bundles(self) -> tuple[Bundle, ...]:
        return tuple(Bundle(index) for index in range(self.first // WIDTH, self.end // WIDTH))

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Level by level; the last is the one of which the segment consists."""
        spans = [(level, self.length >> LEVELS_PER_TILE * (level + 1)) for level in range(self.levels)]
        return tuple(Tile(level, self.number * span + at) for level, span in spans for at in range(span))

    def holds(self, root: bytes, proof: Sequence[bytes], stated: Checkpoint) -> bool:
        """Whether the tree of a checkpoint has this root over the segment's records (RFC 9162 section 2.1.3.2)."""
        segments = -(-stated.size // self.length)  # They are the leaves of the upper part of the tree.
        return stated.size >= self.end and includes(root, self.number, segments, proof, stated.root)


def complete(size: int, length: int = LENGTH) -> list[Segment]:
    """The segments that a ledger of this size has filled."""
    return [Segment(number, length) for number in range(size // length)]


@dataclass(frozen=True)
class Marks:
    """What an object is known by."""

    length: int
    sha256: str
    sm3: str


@dataclass(frozen=True)
class Manifest:
    """What is said of a segment beside its records. `before` is the leaf hash of the record before it."""

    segment: Segment
    before: bytes | None
    proof: tuple[bytes, ...]
    note: str
    vkey: str
    objects: Mapping[str, Marks]
    retained_until: date | None

    def written(self) -> bytes:
        said = {
            "v": VERSION,
            "segment": self.segment.number,
            "first": self.segment.first,
            "length": self.segment.length,
            "before": self.before.hex() if self.before else None,
            "proof": [each.hex() for each in self.proof],
            "checkpoint": self.note,
            "vkey": self.vkey,
            "objects": {name: vars(marks) for name, marks in self.objects.items()},
            "retained_until": self.retained_until.isoformat() if self.retained_until else None,
        }
        return canonical(said) + b"\n"


def parse_manifest(data: bytes) -> Manifest:
    """What a manifest says. Refuses with NotASegment one that is not written as it would be here."""
    try:
        made = _manifest(parse(data.removesuffix(b"\n")))
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise NotASegment(f"{MANIFEST} is no manifest: {fault}") from fault
    if made is None or made.written() != data:
        raise NotASegment(f"{MANIFEST} is not written as a manifest is")
    return made


def _manifest(said: dict[str, Any]) -> Manifest | None:
    match said:
        case {
            "segment": int(number),
            "length": int(length),
            "before": None | str() as before,
            "checkpoint": str(note),
            "vkey": str(vkey),
            "retained_until": None | str() as day,
        }:
            return Manifest(
                Segment(number, length),
                bytes.fromhex(before) if before else None,
                tuple(bytes.fromhex(each) for each in said["proof"]),
                note,
                vkey,
                {name: Marks(**marks) for name, marks in said["objects"].items()},
                date.fromisoformat(day) if day else None,
            )
        case _:
            return None
