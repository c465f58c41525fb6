"""The inbox: what others said is heard exactly once, in the order of its stream; what cannot be heard parks its key."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from eventsourcing.persistence import InterfaceError, OperationalError
from prometheus_client import Counter
from psycopg.types.json import Jsonb

from chassis.keeping.committer import Answer, Busy, Committer
from chassis.keeping.listening import Ends, Message
from chassis.keeping.store import Store
from chassis.keeping.work import Batch, Cause, House, Work, caused_by
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
    """What one transaction knows of positions, heads and parked keys, and what it will write of them."""

    def __init__(self, batch: Batch, hearing: Hearing, messages: Iterable[Message], ends: Ends) -> None:
        self.batch, self.hearing, self.ends = batch, hearing, ends
        self.known = hearing.known
        self.work = Work(batch, Cause(f"service:{hearing.house.name}", UUID(int=0)))
        self.incarnations, self.positions = _positions(batch)
        self.decoded: dict[Message, Event[Fact | None] | NotAnEvent] = {m: _decoded(m, self.known) for m in messages}
        events = [event for event in self.decoded.values() if isinstance(event, Event)]
        self.heads = self.heads_of({event.stream for event in events})
        self.blocked, self.parked = self._parked({m.sequence for m in self.decoded})
        self.moved: dict[UUID, int] = {}
        self.advanced: dict[tuple[str, int], int] = {}

    def heads_of(self, streams: set[UUID]) -> dict[UUID, int]:
        found = self.batch.rows("select stream, version from inbox_heads where stream = any(%s)", (list(streams),))
        return {row["stream"]: row["version"] for row in found}

    def _parked(self, keys: set[str]) -> tuple[set[str], set[tuple[UUID, int]]]:
        found = self.batch.rows(
            "select sequence_key, stream, version, kind from inbox_parked where sequence_key = any(%s)", (list(keys),)
        )
        blocked = {row["sequence_key"] for row in found if row["kind"] != "waiting"}
        return blocked, {(row["stream"], row["version"]) for row in found if row["stream"] is not None}

    def take(self, message: Message, failing: str | None) -> str:
        """Hears one message. Returns what became of it."""
        place = message.topic, message.partition
        if message.offset < self.positions.get(place, 0):
            return "duplicate"
        self.positions[place] = self.advanced[place] = message.offset + 1
        match self.decoded[message]:
            case NotAnEvent(why):
                return self.park(message, None, "poison", why)
            case event if event.version <= self.heads.get(event.stream, 0):
                return "duplicate"
            case event if (event.stream, event.version) in self.parked:
                return "duplicate"
            case event if message.sequence in self.blocked:
                return self.park(message, event, "behind", "an earlier message of this key is parked")
            case event if event.version > self.heads.get(event.stream, 0) + 1:
                return self.park(message, event, "waiting", "an earlier version has not come yet")
            case event:
                if why := failing or self.hear(event):
                    return self.park(message, event, "refused", why)
                self.drain(event.stream)
                return "heard"

    def hear(self, event: Event[Fact | None]) -> str | None:
        """Lets views and handler act. Returns why not, if one of them refused."""
        if event.fact is not None:
            work = self.work.under(caused_by(event, self.hearing.house.name))
            self.batch.begin()
            try:
                if self.hearing.house.day_opened and isinstance(event.fact, self.hearing.house.day_opened):
                    work.hear_day(getattr(event.fact, "day"), self.ends)  # noqa: B009  # its field by agreement
                work.show(event)
                if handler := self.hearing.consumes.get(type(event.fact)):
                    handler(work, event.fact)
            except Refusal as no:
                self.batch.undo()
                return f"{type(no).__name__}: {no}" if str(no) else type(no).__name__
        self.heads[event.stream] = self.moved[event.stream] = event.version
        return None

    def drain(self, stream: UUID) -> None:
        """Hears what waited for this stream's missing version."""
        while (stream, self.heads[stream] + 1) in self.parked:
            (row,) = self.batch.rows(
                "select letter, stream, version, raw from inbox_parked where stream = %s and version = %s",
                (stream, self.heads[stream] + 1),
            )
            if not self.again(row):
                return

    def again(self, row: Mapping[str, Any]) -> bool:
        """Hears a parked message again, and lets it go if nothing refused it."""
        self.parked.discard((row["stream"], row["version"]))
        try:
            why = self.hear(read(bytes(row["raw"] or b""), self.known))
        except NotAnEvent as fault:
            why = fault.why
        if why is None:
            self.work.write("delete from inbox_parked where letter = %s", row["letter"])
            return True
        self.work.write("update inbox_parked set kind = 'refused', reason = %s where letter = %s", why, row["letter"])
        return False

    def park(self, message: Message, event: Event[Fact | None] | None, kind: str, why: str) -> str:
        if kind != "waiting":
            self.blocked.add(message.sequence)
        if event is not None:
            self.parked.add((event.stream, event.version))
        self.work.write(
            "insert into inbox_parked (sequence_key, topic, incarnation, partition, kafka_offset, stream, version,"
            " kind, reason, raw, headers) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            *(message.sequence, message.topic, self.incarnations.get(message.topic, 1), message.partition),
            *(message.offset, event and event.stream, event and event.version, kind, why.replace("\0", "\\0")),
            *(message.value, Jsonb([[name, value and value.hex()] for name, value in message.headers])),
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


def _decoded(message: Message, known: Mapping[str, type[Fact]]) -> Event[Fact | None] | NotAnEvent:
    if message.value is None:
        return NotAnEvent("the record has no value")
    try:
        return read(message.value, known)
    except NotAnEvent as fault:
        return fault


def _positions(asked: Batch) -> tuple[dict[str, int], dict[tuple[str, int], int]]:
    rows = asked.rows("select topic, incarnation, partition, next_offset from inbox_positions order by incarnation", ())
    incarnations = {row["topic"]: row["incarnation"] for row in rows}
    newest = [row for row in rows if row["incarnation"] == incarnations[row["topic"]]]
    return incarnations, {(row["topic"], row["partition"]): row["next_offset"] for row in newest}


@dataclass
class Delivery:
    """A chunk of messages for the committer. Alone, each is a delivery of its own; one that fails for good is parked."""

    hearing: Hearing
    messages: Sequence[Message]
    ends: Ends
    failing: str | None = None
    done: Future[Any] = field(default_factory=Future[Any])
    streams: Sequence[UUID] = ()
    key: str | None = None

    def run(self, batch: Batch, kept: Answer | None) -> list[str]:
        batch.begin()
        desk = Desk(batch, self.hearing, self.messages, self.ends)
        outcomes = [desk.take(message, self.failing) for message in self.messages]
        batch.begin()
        desk.close()
        return outcomes

    def alone(self) -> Sequence["Delivery"]:
        if len(self.messages) == 1:
            return (self,)
        parts = [Delivery(self.hearing, (message,), self.ends) for message in self.messages]
        parts[-1].done.add_done_callback(lambda last: _finish(self.done, parts, last))
        return parts

    def failed(self, fault: Exception) -> "Delivery | None":
        if self.failing is not None:
            return None
        why = f"{type(fault).__name__}: {fault}"
        return Delivery(self.hearing, self.messages, self.ends, failing=why, done=self.done)


def _finish(whole: Future[Any], parts: Sequence[Delivery], last: Future[Any]) -> None:
    """The chunk is done when its last part is; parts run in order, so all are."""
    faults = [fault for part in parts if (fault := part.done.exception())]
    if faults:
        whole.set_exception(faults[0])
    else:
        whole.set_result([outcome for part in parts for outcome in part.done.result()])


class Inbox:
    """Takes batches from the listener to the committer, and waits for the database, never for luck."""

    def __init__(self, hearing: Hearing, committer: Committer, store: Store, *, taken: Callable[[], None]) -> None:
        self.hearing, self._committer, self._store, self._taken = hearing, committer, store, taken
        self.leaving = False

    async def take(self, messages: Sequence[Message], ends: Ends) -> None:
        """Returns when all are committed. Transient faults are tried again, with growing pauses, and never park."""
        for first in range(0, len(messages), LARGEST_CHUNK):
            await self._deliver(messages[first : first + LARGEST_CHUNK], ends)
        self._taken()

    async def _deliver(self, chunk: Sequence[Message], ends: Ends) -> None:
        pause = 0.05
        while not self.leaving:
            try:
                delivery = Delivery(self.hearing, chunk, ends)
                outcomes = await asyncio.wrap_future(self._committer.submit(delivery))
            except (Busy, OperationalError, InterfaceError) as fault:
                log.info("inbox-waits", why=type(fault).__name__)
                await asyncio.sleep(random.uniform(pause / 2, pause))
                pause = min(pause * 2, 5)
            else:
                for outcome in outcomes:
                    heard.labels(self.hearing.house.name, outcome).inc()
                return
        raise asyncio.CancelledError

    def positions(self) -> dict[tuple[str, int], int]:
        """The next offset of each partition, in the newest incarnation of its topic."""
        rows = self._store.rows(
            "select distinct on (topic, partition) topic, partition, next_offset from inbox_positions p where"
            " incarnation = (select max(incarnation) from inbox_positions q where q.topic = p.topic)"
        )
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    def wants_ends(self, messages: Sequence[Message]) -> bool:
        """A batch in which a day comes needs to know how far everyone had spoken by then."""
        day = self.hearing.house.day_opened
        return day is not None and any((b"ce_type", day.TYPE.encode()) in _typed_headers(m) for m in messages)


def _typed_headers(message: Message) -> Iterable[tuple[bytes, bytes | None]]:
    return ((name.encode(), value) for name, value in message.headers)
