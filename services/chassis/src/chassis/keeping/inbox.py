"""The inbox: what others said is heard exactly once, in the order of its stream; what cannot be heard parks its key."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from traceback import format_tb
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import structlog
from prometheus_client import Counter
from psycopg.types.json import Jsonb

from chassis.keeping.committer import Busy, Committer, transient
from chassis.keeping.listening import Ends, Message
from chassis.keeping.work import Asked, Batch, Cause, House, Work, caused_by
from contracts import Refusal
from contracts.envelope import Event, Fact, NotAnEvent, read

log = structlog.get_logger()
heard = Counter("inbox_messages", "Messages heard, by what became of them", ["service", "outcome"])

LARGEST_CHUNK = 200
NewsHandler = Callable[[Work, Any], None]


@dataclass(frozen=True)
class Hearing:
    """What a service listens to: the facts it knows, and one handler for each that it acts upon."""

    house: House
    consumes: Mapping[type[Fact], NewsHandler]

    @property
    def facts(self) -> tuple[type[Fact], ...]:
        """Every fact of others that a handler or a view of this service listens to."""
        shown = (fact for view in self.house.views for fact in view.CHANGES)
        days = (self.house.day_opened,) if self.house.day_opened else ()
        others = {fact.TYPE: fact for fact in (*self.consumes, *shown, *days) if fact.TYPE not in self.house.facts}
        return tuple(others[name] for name in sorted(others))

    @property
    def known(self) -> dict[str, type[Fact]]:
        return {fact.TYPE: fact for fact in self.facts}


class Desk:
    """What one transaction knows of positions, heads and parked keys, and what it will write of them.

    A careful one hears each message behind a savepoint, so that a fault of the database too is that message's own.
    """

    def __init__(
        self, batch: Batch, hearing: Hearing, messages: Iterable[Message], ends: Ends, *, careful: bool = False
    ) -> None:
        self.batch, self.hearing, self.ends, self.careful = batch, hearing, ends, careful
        self.known = hearing.known
        self.work = Work(batch, Cause(f"service:{hearing.house.name}", UUID(int=0)))
        at = batch.rows(POSITIONS, ())
        self.incarnations = {row["topic"]: row["incarnation"] for row in at}
        self.positions = {(row["topic"], row["partition"]): row["next_offset"] for row in at}
        self.decoded = {m: decoded(m.value, self.known) for m in messages}
        self.heads = self.heads_of({event.stream for event, _ in self.decoded.values() if event})
        self.blocked, self.parked = self._parked({m.sequence for m in self.decoded})
        self.moved: dict[UUID, int] = {}
        self.advanced: dict[tuple[str, int], int] = {}

    def heads_of(self, streams: set[UUID]) -> dict[UUID, int]:
        found = self.batch.rows("select stream, version from inbox_heads where stream = any(%s)", (list(streams),))
        return {row["stream"]: row["version"] for row in found}

    def _parked(self, keys: set[str]) -> tuple[set[str], set[tuple[UUID, int]]]:
        found = self.batch.rows(
            "select sequence_key, stream, version, kind from inbox_parked"
            " where sequence_key = any(%s) and kind <> 'discarded'",
            (list(keys),),
        )
        blocked = {row["sequence_key"] for row in found if row["kind"] != "waiting"}
        return blocked, {(row["stream"], row["version"]) for row in found if row["stream"] is not None}

    def take(self, message: Message) -> str:
        """Hears one message. Returns what became of it."""
        place = message.topic, message.partition
        if message.offset < self.positions.get(place, 0):
            return "duplicate"
        self.positions[place] = self.advanced[place] = message.offset + 1
        event, poison = self.decoded[message]
        if event and (self._ahead(event) < 0 or (event.stream, event.version) in self.parked):
            return "duplicate"
        if message.sequence in self.blocked:
            return self.park(message, event, "behind", "an earlier message of this key is parked")
        if event and self._ahead(event):
            return self.park(message, event, "waiting", "an earlier version has not come yet")
        if poison or event is None:
            return self.park(message, event, "poison", poison)
        if why := self.hear(event):
            return self.park(message, event, "refused", why)
        self.drain(event.stream)
        return "heard"

    def _ahead(self, event: Event[Any]) -> int:
        """How many versions of its stream are missing before this one; negative, if it was heard already."""
        return event.version - self.heads.get(event.stream, 0) - 1

    def hear(self, event: Event[Fact | None]) -> str | None:
        """Lets views and handler act. Returns why not, if one of them refused or failed."""
        if event.fact is not None:
            self.batch.begin(careful=self.careful)
            try:
                work = Work(self.batch, caused_by(event, self.hearing.house.name))
                work.note(event, self.ends)
                if handler := self.hearing.consumes.get(type(event.fact)):
                    handler(work, event.fact)
                if self.careful:
                    self.batch.settle()
            except Exception as fault:  # whatever a handler fails with, it parks its own message and harms no other
                if transient(fault) or (isinstance(fault, psycopg.Error) and not self.careful):
                    raise
                self.batch.undo()
                if not isinstance(fault, Refusal):
                    where = format_tb(fault.__traceback__)[-4:]  # and not with what
                    log.error("handler-failed", event_id=str(event.id), why=type(fault).__name__, where=where)
                return f"{type(fault).__name__}: {fault}".removesuffix(": ")
        self.heads[event.stream] = self.moved[event.stream] = event.version
        return None

    def drain(self, stream: UUID) -> None:
        """Hears what waited for this stream's missing version."""
        while (following := (stream, self.heads.get(stream, 0) + 1)) in self.parked:
            self.parked.discard(following)
            for row in self.batch.rows(
                "select letter, sequence_key, raw from inbox_parked where (stream, version) = (%s, %s)", following
            ):
                self.again(row)

    def again(self, row: Mapping[str, Any]) -> bool:
        """Hears a parked message again and lets it go, or lets it wait for its turn. False if its key stays parked."""
        event, why = decoded(row["raw"] and bytes(row["raw"]), self.known)
        ahead = self._ahead(event) if event else 0
        if ahead > 0:
            self.work.write("update inbox_parked set kind = 'waiting' where letter = %s", row["letter"])
            return True
        kind = "poison" if why else "refused"
        if event and ahead == 0 and not why:
            why = self.hear(event) or ""
        if why and ahead == 0:
            self.blocked.add(row["sequence_key"])
            self.work.write(
                "update inbox_parked set kind = %s, reason = %s where letter = %s", kind, _storable(why), row["letter"]
            )
            return False
        self.work.write("delete from inbox_parked where letter = %s", row["letter"])
        return True

    def park(self, message: Message, event: Event[Fact | None] | None, kind: str, why: str) -> str:
        if kind != "waiting":
            self.blocked.add(message.sequence)
        if event is not None:
            self.parked.add((event.stream, event.version))
        self.work.write(
            "insert into inbox_parked (sequence_key, topic, incarnation, partition, kafka_offset, stream, version,"
            " kind, reason, raw, headers) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            *(message.sequence, message.topic, self.incarnations.get(message.topic, 1), message.partition),
            *(message.offset, event and event.stream, event and event.version, kind, _storable(why)),
            *(message.value, Jsonb([[_storable(name), None if v is None else v.hex()] for name, v in message.headers])),
        )
        log.warning(
            "message-parked", topic=message.topic, partition=message.partition, offset=message.offset, kind=kind
        )
        return kind

    def close(self) -> None:
        """Writes heads and positions, which commit with everything that the messages caused."""
        self.work.write(
            "insert into inbox_heads (stream, version) select * from unnest(%s::uuid[], %s::bigint[])"
            " on conflict (stream) do update set version = excluded.version",
            *(list(self.moved), list(self.moved.values())),
        )
        topics = [topic for topic, _ in self.advanced]
        self.work.write(
            "insert into inbox_positions (topic, incarnation, partition, next_offset)"
            " select * from unnest(%s::text[], %s::int[], %s::int[], %s::bigint[])"
            " on conflict (topic, incarnation, partition) do update set next_offset = excluded.next_offset",
            *(topics, [self.incarnations.get(topic, 1) for topic in topics]),
            *([part for _, part in self.advanced], list(self.advanced.values())),
        )


def decoded(raw: bytes | None, known: Mapping[str, type[Fact]]) -> tuple[Event[Fact | None] | None, str]:
    """The event in a record, and what is wrong with it: malformed data leaves its place in its stream known."""
    if raw is None:
        return None, "the record has no value"
    try:
        event, why = read(raw, known), ""
    except NotAnEvent as fault:
        why = fault.why
        try:
            event = read(raw, {})
        except NotAnEvent:
            return None, why
    return (event, why) if 0 < event.version < 2**53 else (None, "the stream's version is out of range")


def _storable(text: str) -> str:
    """A text that PostgreSQL takes."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()[:1_000]


POSITIONS: LiteralString = (
    "select topic, incarnation, partition, next_offset from inbox_positions p"
    " where incarnation = (select max(incarnation) from inbox_positions q where q.topic = p.topic)"
)


def positions_in(asked: Asked) -> dict[tuple[str, int], int]:
    """The next offset of each partition, in the newest incarnation of its topic."""
    return {(row["topic"], row["partition"]): row["next_offset"] for row in asked.rows(POSITIONS)}


@dataclass
class Delivery:
    """A chunk of messages for the committer. Alone, it is heard carefully: what fails for good is parked."""

    hearing: Hearing
    messages: Sequence[Message]
    ends: Ends
    careful: bool = False
    done: Future[Any] = field(default_factory=Future[Any])
    streams: Sequence[UUID] = ()
    key: str | None = None

    def run(self, batch: Batch) -> list[str]:
        batch.begin()
        desk = Desk(batch, self.hearing, self.messages, self.ends, careful=self.careful)
        outcomes = [desk.take(message) for message in self.messages]
        batch.begin()
        desk.close()
        return outcomes

    def alone(self) -> "Delivery":
        return replace(self, careful=True)


class Inbox:
    """Takes batches from the listener to the committer, and waits for the database, never for luck."""

    def __init__(self, hearing: Hearing, committer: Committer, *, taken: Callable[[], None]) -> None:
        self.hearing, self._committer, self._taken = hearing, committer, taken
        self.leaving = False

    async def take(self, messages: Sequence[Message], ends: Ends) -> None:
        """Returns when all are committed. Transient faults are tried again, with growing pauses, and never park."""
        for first in range(0, len(messages), LARGEST_CHUNK):
            await self._deliver(messages[first : first + LARGEST_CHUNK], ends)
        self._taken()

    async def _deliver(self, chunk: Sequence[Message], ends: Ends) -> None:
        pause = 0.05
        while True:
            try:
                delivery = Delivery(self.hearing, chunk, ends)
                outcomes = await asyncio.wrap_future(self._committer.submit(delivery))
            except Exception as fault:
                if self.leaving or not (isinstance(fault, Busy) or transient(fault)):
                    raise
                log.info("inbox-waits", why=type(fault).__name__)
                await asyncio.sleep(random.uniform(pause / 2, pause))
                pause = min(pause * 2, 5)
            else:
                for outcome in outcomes:
                    heard.labels(self.hearing.house.name, outcome).inc()
                return

    def wants_ends(self, messages: Sequence[Message]) -> bool:
        """A batch in which a day comes needs to know how far everyone had spoken by then."""
        day = self.hearing.house.day_opened
        return day is not None and any(day.TYPE.encode() in (message.value or b"") for message in messages)
