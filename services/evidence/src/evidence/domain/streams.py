"""The ends of all streams and which events they had, in little room: what a walk over a whole ledger must remember.

An event's id follows from its stream and version, so nothing is kept of an event by itself: of a stream there is the
hash of its last record and its highest version, and only where versions are missing below that, which they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from evidence.domain.canonical import Event, id_of, uuid_bytes
from evidence.domain.records import Head

Name = bytes | str
"""A stream as it is kept: the bytes of a UUID that is written the usual way, else its text."""
VERSION_LENGTH = 8
Flag = Literal["duplicate", "out-of-order"] | None
"""What a record's place in its stream earns it."""


def name_of(stream: str) -> Name:
    return uuid_bytes(stream) or stream


def packed(leaf_hash: bytes, version: int) -> bytes:
    return leaf_hash + version.to_bytes(VERSION_LENGTH, "big")


def version_in(end: bytes) -> int:
    return int.from_bytes(end[-VERSION_LENGTH:], "big")


@dataclass(slots=True)
class Versions:
    """The versions that a stream had, where they are not simply all up to its highest."""

    bottom: int
    top: int
    """All above `bottom` up to here."""
    beyond: set[int] = field(default_factory=set[int])

    def add(self, version: int) -> None:
        self.beyond.add(version)
        while self.top + 1 in self.beyond:
            self.top += 1
            self.beyond.discard(self.top)

    def __contains__(self, version: int) -> bool:
        return self.bottom < version <= self.top or version in self.beyond


@dataclass(slots=True)
class Streams:
    """Every stream by its end. It serves a chain both as its heads and as what was seen.

    The end of a stream and the ids of its events are two things: one UUID can be written in several ways, which are
    several streams, but its versions have the same ids in each.
    """

    ends: dict[Name, bytes] = field(default_factory=dict[Name, bytes])
    uneven: dict[bytes, Versions] = field(default_factory=dict[bytes, Versions])
    """By UUID: the streams of which versions are missing, or that are written in several ways."""
    odd: set[str] = field(default_factory=set[str])
    """Ids that do not follow from stream and version, as an altered envelope may name them."""

    def get(self, stream: str, /) -> Head | None:
        return self._end(name_of(stream))

    def __setitem__(self, stream: str, head: Head, /) -> None:
        self.ends[name_of(stream)] = packed(*head)

    def holds(self, event: Event) -> bool:
        """Whether an event, whose id follows from its stream and version, was there before."""
        if event.id in self.odd:
            return True
        uuid = UUID(event.stream).bytes
        versions = self.uneven.get(uuid)
        return event.version in versions if versions else self._bottom(uuid) < event.version <= self._highest(uuid)

    def add(self, event: Event) -> None:
        """Take in that an event is there, before its stream moves on to it."""
        try:
            uuid = UUID(event.stream).bytes
        except ValueError:  # It stands in an altered envelope, where anything may stand.
            self.odd.add(event.id)
            return
        usual, follows = uuid_bytes(event.stream) == uuid, event.id == id_of(event.stream, event.version)
        if uuid not in self.uneven:
            if usual and follows and event.version == self._highest(uuid) + 1:
                return
            self.uneven[uuid] = Versions(self._bottom(uuid), self._highest(uuid))
        if follows:
            self.uneven[uuid].add(event.version)
        else:
            self.odd.add(event.id)

    def may_follow(self, stream: str, said: object) -> bool:
        """Whether the next record of a stream may name this (in hex) as the hash of the one before it."""
        head = self.get(stream)
        return said == (head.leaf_hash.hex() if head else None)

    def possible(self, event: Event) -> tuple[Flag, ...]:
        """The flags that an event may earn here by its place in its stream: just one, where all before is known."""
        if self.holds(event):
            return ("duplicate",)
        head = self.get(event.stream)
        return (None if event.version == (head.version if head else 0) + 1 else "out-of-order",)

    def settle(self, event: Event, flag: Flag) -> None:
        """Learn from what a record says of itself. Where all before is known, there is nothing to learn."""

    def goes_on(self, begins: Mapping[Name, bytes], ends: Mapping[Name, bytes]) -> bool:
        """Whether even streams go on as said: those of `begins` from just there, the others of `ends` from nothing.

        Takes in their new ends if so, and else nothing.
        """
        if not self.uneven.keys().isdisjoint(ends):
            return False
        if not all(self.ends.get(stream) == end for stream, end in begins.items()):
            return False
        if not self.ends.keys().isdisjoint(ends.keys() - begins.keys() if begins else ends):
            return False
        self.ends.update(ends)
        return True

    def _bottom(self, uuid: bytes) -> int:
        """Nothing is known of the versions up to here."""
        return 0

    def _highest(self, uuid: bytes) -> int:
        end = self._end(uuid)
        return end.version if end else 0

    def _end(self, name: Name) -> Head | None:
        end = self.ends.get(name)
        return Head(end[:-VERSION_LENGTH], version_in(end)) if end else None


@dataclass(slots=True)
class StreamsWithin(Streams):
    """The streams as a range of records shows them: what a stream was before is taken as its first record says it."""

    bottoms: dict[Name, int] = field(default_factory=dict[Name, int])
    """Of the streams whose highest version is known: the one that they had when the range first told it."""
    untold: set[Name] = field(default_factory=set[Name])
    """The streams whose records in the range do not tell the highest version."""

    def may_follow(self, stream: str, said: object) -> bool:
        return name_of(stream) not in self.ends or Streams.may_follow(self, stream, said)

    def possible(self, event: Event) -> tuple[Flag, ...]:
        name, head = name_of(event.stream), self.get(event.stream)
        if head is None:
            return (None, "duplicate", "out-of-order")
        if self.holds(event):
            return ("duplicate",)
        if name in self.untold and event.version > head.version:
            return (None, "duplicate", "out-of-order")
        if name in self.untold or event.version <= self.bottoms[name]:
            return ("duplicate", "out-of-order")
        return Streams.possible(self, event)

    def add(self, event: Event) -> None:
        name = name_of(event.stream)
        if name in self.ends or event.id != id_of(event.stream, event.version):
            Streams.add(self, event)
        elif name not in self.bottoms or isinstance(name, str) or name in self.uneven:
            begun = Versions(event.version - 1, event.version - 1)
            self.uneven.setdefault(UUID(event.stream).bytes, begun).add(event.version)

    def settle(self, event: Event, flag: Flag) -> None:
        """A record that follows on its stream tells the highest version that it had."""
        name = name_of(event.stream)
        if name in self.bottoms:
            return
        if flag is None:
            self.bottoms[name] = event.version - 1
            self.untold.discard(name)
        else:
            self.untold.add(name)

    def goes_on(self, begins: Mapping[Name, bytes], ends: Mapping[Name, bytes]) -> bool:
        before = {stream: end for stream, end in begins.items() if stream not in self.ends}
        if not self.untold.isdisjoint(ends) or any(self.ends.get(each, end) != end for each, end in begins.items()):
            return False
        self.ends.update(before)
        went_on = Streams.goes_on(self, begins, ends)
        for stream, end in before.items():
            if went_on:
                self.bottoms[stream] = version_in(end)
            else:
                del self.ends[stream]
        if went_on:
            self.bottoms.update({stream: 0 for stream in ends if stream not in self.bottoms})
        return went_on

    def _bottom(self, uuid: bytes) -> int:
        return self.bottoms.get(uuid, 0)

    @property
    def taken_as_they_stand(self) -> int:
        """How many streams began before the range, as far as it shows."""
        return sum(1 for bottom in self.bottoms.values() if bottom) + len(self.untold)
