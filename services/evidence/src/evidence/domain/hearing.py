"""What a service had heard, as its own events prove: whatever caused one of them, and all before it in that partition."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, cast

from evidence.domain.as_of import opened_by
from evidence.domain.canonical import NotCanonical, parse

CAUSATION = re.compile(rb'\{"actor":"(?:[^"\\]|\\.)*","causationid":"([0-9a-f-]{36})"')


class Partition(NamedTuple):
    topic: str
    incarnation: int
    number: int


@dataclass
class Heard:
    """Where the service's inbox stood at the least. What came after it had no effect that was recorded, so it may be
    heard again; what came before was heard, and hearing it again might decide anew what was corrected since."""

    causes: set[bytes] = field(default_factory=set[bytes])
    positions: dict[Partition, int] = field(default_factory=dict[Partition, int])
    heads: dict[str, int] = field(default_factory=dict[str, int])
    days: set[date] = field(default_factory=set[date])

    def caused(self, body: bytes) -> None:
        """Takes in an event of the service's own."""
        if found := CAUSATION.match(body):
            self.causes.add(found[1])

    def look(self, first: Iterable[bytes], again: Iterable[bytes]) -> None:
        """Finds the causes, then all that was heard up to them. It reads the leaves twice, and keeps none."""
        for envelope, _ in _events(first):
            if str(envelope["event"]).encode() in self.causes:
                partition, offset = _place(envelope)
                self.positions[partition] = max(self.positions.get(partition, 0), offset + 1)
        for envelope, leaf in _events(again):
            partition, offset = _place(envelope)
            if offset < self.positions.get(partition, 0):
                stream, version = str(envelope["stream"]), cast(int, envelope["stream_version"])
                self.heads[stream] = max(self.heads.get(stream, 0), version)
                if day := opened_by(leaf):
                    self.days.add(day)


def _events(leaves: Iterable[bytes]) -> Iterator[tuple[dict[str, object], bytes]]:
    for leaf in leaves:
        try:
            envelope = parse(leaf.partition(b"\n")[0])
        except NotCanonical:
            continue
        if envelope.get("event"):
            yield envelope, leaf


def _place(envelope: dict[str, object]) -> tuple[Partition, int]:
    topic, incarnation, number = str(envelope["topic"]), envelope["incarnation"], envelope["partition"]
    return Partition(topic, cast(int, incarnation), cast(int, number)), cast(int, envelope["offset"])
