"""A service's event store out of the ledger alone: its streams, each without a gap, and how another store differs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from evidence.domain.canonical import publisher_of
from evidence.domain.examining import examine
from evidence.domain.hearing import Heard
from evidence.domain.retelling import flags_of, why_unproven

SHOWN = 20  # places of each kind that a comparison names


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as a store keeps it."""

    stream: UUID
    version: int
    type: str
    state: bytes

    @property
    def place(self) -> tuple[UUID, int]:
        return self.stream, self.version


class NotEmpty(Exception):
    """The database holds events, and nobody's events are written over."""


class StoreAway(Exception):
    """The database does not answer, or is no service's."""


@dataclass(eq=False)
class StreamHasAGap(Exception):
    """A stream of the service is not whole in the ledger, so nothing may be built on it."""

    stream: UUID
    version: int
    later: int
    why: str | None
    at: int | None

    def __str__(self) -> str:
        seen = f": record {self.at} says it, but is flagged {self.why}" if self.at is not None else ""
        return f"stream {self.stream} lacks its version {self.version}, though record {self.later} follows it{seen}"


@dataclass
class Rebuilding:
    """How far the streams of a service are told. What arrived early waits for the version before it."""

    service: str
    heads: dict[UUID, int] = field(default_factory=dict[UUID, int])
    early: dict[UUID, dict[int, tuple[int, Stored]]] = field(default_factory=dict[UUID, dict[int, tuple[int, Stored]]])
    unproven: dict[tuple[UUID, int], tuple[int, str]] = field(default_factory=dict[tuple[UUID, int], tuple[int, str]])
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    heard: Heard = field(default_factory=Heard)

    def events(self, leaves: Iterable[bytes]) -> Iterator[Stored]:
        """The events of the service, each once, in the ledger's order; within a stream by version. Raises StreamHasAGap
        at the end, when it is certain that nothing fills it."""
        topic = f'"topic":"{self.service}.events.v1"'.encode()
        for seq, leaf in enumerate(leaves):
            if topic not in leaf:
                continue
            examined = examine(leaf)
            reading = examined.reading
            if reading is None or publisher_of(reading.received.topic) != self.service:
                continue
            why, event = why_unproven(examined), reading.event
            if event is None:
                self._leave_out(why or "broken")
                continue
            told = Stored(UUID(event.stream), event.version, event.type, reading.received.body)
            if why:
                self._leave_out(why)
                self.unproven.setdefault(told.place, (seq, why))
            elif "duplicate" in flags_of(examined) and told.place not in self.unproven:
                self._leave_out("duplicate")
            else:
                yield from self._in_turn(seq, told)
        for stream, waiting in self.early.items():
            missing, later = self.heads.get(stream, 0) + 1, min(waiting)
            at, why = self.unproven.get((stream, missing), (None, None))
            raise StreamHasAGap(stream, missing, waiting[later][0], why, at)

    def _in_turn(self, seq: int, told: Stored) -> Iterator[Stored]:
        head = self.heads.get(told.stream, 0)
        if told.version <= head:
            self._leave_out("duplicate")
            return
        waiting = self.early.setdefault(told.stream, {})
        waiting.setdefault(told.version, (seq, told))
        while (following := waiting.pop(self.heads.get(told.stream, 0) + 1, None)) is not None:
            self.heads[told.stream] = following[1].version
            self.heard.caused(following[1].state)
            yield following[1]
        if not waiting:
            del self.early[told.stream]

    def _leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1


# Comparing


@dataclass
class Comparison:
    """How a running store differs from the rebuilt one: how many places of each kind, and the first of them."""

    same: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"missing": 0, "extra": 0, "different": 0})
    first: dict[str, list[str]] = field(default_factory=lambda: {"missing": [], "extra": [], "different": []})

    @property
    def equal(self) -> bool:
        return not any(self.counts.values())

    def find(self, kind: str, event: Stored, what: str = "") -> None:
        self.counts[kind] += 1
        if len(self.first[kind]) < SHOWN:
            self.first[kind].append(f"{event.stream} version {event.version} ({event.type}){what}")


def compared(rebuilt: Iterable[Stored], running: Iterable[Stored]) -> Comparison:
    """Both in the order of stream and version. `missing` is what the running store has and the ledger has not told,
    `extra` what the ledger tells and the running store has not, `different` what is there in other bytes."""
    found = Comparison()
    ours, theirs = iter(rebuilt), iter(running)
    left, right = next(ours, None), next(theirs, None)
    while left or right:
        if right is None or (left is not None and left.place < right.place):
            assert left is not None
            found.find("extra", left)
            left = next(ours, None)
        elif left is None or right.place < left.place:
            found.find("missing", right)
            right = next(theirs, None)
        else:
            if left == right:
                found.same += 1
            else:
                found.find("different", left, f": {', '.join(_differences(left, right))}")
            left, right = next(ours, None), next(theirs, None)
    return found


def _differences(left: Stored, right: Stored) -> list[str]:
    facets: Mapping[str, bool] = {"type": left.type != right.type, "state": left.state != right.state}
    return [name for name, differs in facets.items() if differs]
