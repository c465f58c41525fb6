"""The sequencer: hears every topic of events, and seals what it hears, batch by batch, in one order."""

import asyncio
import gc
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import psycopg
import structlog
from prometheus_client import Counter, Gauge
from psycopg import Connection

from chassis.keeping.listening import Ends, Listener, Message
from chassis.keeping.running import Running
from chassis.keeping.store import Store
from chassis.keeping.work import clock
from contracts.topics import PUBLISHED, events_topic
from evidence.adapters import records
from evidence.adapters.copying import copying
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.publisher import Publisher
from evidence.adapters.records import Fenced
from evidence.adapters.signatures import Checkers
from evidence.adapters.witnesses import QuorumMissing
from evidence.domain.records import Reading, Received, Sealed, Verify, checks, read, seal_batch
from evidence.views.ledger import sealed_positions
from evidence.views.topics_made_anew import made_anew

log = structlog.get_logger()
records_gauge = Gauge("ledger_records", "Records that are sealed")
age_gauge = Gauge("ledger_checkpoint_age_seconds", "Seconds since the checkpoint last covered all that is sealed")
flagged = Counter("ledger_flags", "Records sealed with a flag", ["flag"])

GROUP = "evidence"
LARGEST_BATCH = 5_000
PART = 500  # records
BETWEEN_CHECKPOINTS = 0.25  # seconds
BETWEEN_TRIES = 0.5  # seconds
ALERTING = frozenset(["bad-signature", "unknown-key", "not-an-event"])


class NotOurTurn(Exception):
    """Another sequencer holds the lock; there is only ever one."""


class Gap(Exception):
    """Between what is sealed and what was heard, offsets are missing: the partition is read again from what is sealed."""


@dataclass
class Turn:
    """A sequencer's hold on the ledger: the connection with the lock, and the epoch that it raised."""

    connection: Connection[Any]
    epoch: int


class Sequencer:
    """Seals what it is handed. Its turn is taken when it first seals, and again whenever it was lost."""

    def __init__(self, store: Store, documents: DocumentFolder, checkers: Checkers) -> None:
        self._store, self._documents, self._checkers = store, documents, checkers
        self._turn: Turn | None = None
        self._taking = threading.Lock()
        self._incarnations: Mapping[str, int] = {}
        self._gaps: set[tuple[str, int, int]] = set()

    @property
    def in_turn(self) -> bool:
        return self._turn is not None

    def take_turn(self) -> Turn:
        """Our turn, held or taken now. Raises NotOurTurn while another sequencer holds it."""
        with self._taking:
            if self._turn is not None and not self._turn.connection.closed:
                return self._turn
            connection = self._store.connect()
            if not records.take_turn(connection):
                connection.close()
                raise NotOurTurn("another sequencer is at work")
            self._turn = Turn(connection, records.raise_epoch(connection))
            log.info("turn-taken", epoch=self._turn.epoch)
            return self._turn

    def leave(self) -> None:
        """Gives the turn up."""
        if self._turn is not None:
            self._turn.connection.close()
            self._turn = None

    def positions(self) -> dict[tuple[str, int], int]:
        """The next offset of each partition, in the incarnation that its topic has now."""
        self._incarnations = made_anew(self._store)
        return sealed_positions(self._store, self._incarnations)

    def seal(self, messages: Sequence[Message]) -> list[Sealed]:
        """Seals the messages that are not sealed yet, all or none. Raises NotOurTurn or Fenced, and then wrote nothing."""
        turn = self.take_turn()
        try:
            with turn.connection.transaction(), _uncollected():
                sealed = self._seal(turn, messages)
        except (Fenced, psycopg.OperationalError):
            self.leave()
            raise
        _tell(sealed)
        return sealed

    def _seal(self, turn: Turn, messages: Sequence[Message]) -> list[Sealed]:
        """In parts, so that three are at work at once: threads check signatures, we seal, PostgreSQL takes records in."""
        end = records.load_end(turn.connection, turn.epoch)
        fresh, parts = self._fresh(messages, turn.epoch, dict(end.positions)), list[tuple[list[Reading], Verify]]()
        while part := [read(received) for received in islice(fresh, PART)]:
            parts.append((part, self._checkers.ask(checks(part, end.chain.keys))))
        if not parts:
            return []
        records.load_streams(turn.connection, end.chain, [reading for part, _ in parts for reading in part])
        sealed: list[Sealed] = []
        with copying(turn.connection) as copy:
            for part, verify in parts:
                more = seal_batch(part, end.chain, verify)
                # If we stop here, a document lies there that no record names; the next try names it.
                self._documents.keep(document for record in more for document in record.documents)
                copy(more)
                sealed += more
        frontier, _ = end.frontier.grown([record.leaf_hash for record in sealed])
        records.write(turn.connection, sealed, end.chain, frontier)
        return sealed

    def _fresh(
        self, messages: Sequence[Message], epoch: int, positions: dict[records.Place, int]
    ) -> Iterator[Received]:
        """The messages that are not sealed yet, as received now. Raises Gap where one does not follow what is sealed."""
        now = clock()
        for message in messages:
            place = message.topic, self._incarnations.get(message.topic, 1), message.partition
            expected = positions.get(place, 0)
            if message.offset < expected:
                continue  # Heard again after a failure; it is sealed already.
            if message.offset > expected:
                self._notice_gap((message.topic, message.partition, message.offset), expected)
            positions[place] = message.offset + 1
            yield Received(epoch, now, *place, message.offset, message.key, message.headers, message.value or b"")

    def _notice_gap(self, place: tuple[str, int, int], expected: int) -> None:
        """The first time a gap is a reason to read again; if it is still there then, the topic itself has lost records."""
        if place not in self._gaps:
            self._gaps.add(place)
            raise Gap(f"{place[0]}/{place[1]} goes on at {place[2]}, but {expected} is the next to seal")
        log.error("offsets-missing", topic=place[0], partition=place[1], begin=expected, end=place[2])


@contextmanager
def _uncollected() -> Generator[None]:
    """A batch makes some hundred thousand objects and no cycles; looking for these costs a seventh of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _tell(sealed: Sequence[Sealed]) -> None:
    if sealed:
        records_gauge.set(sealed[-1].seq + 1)
    for record in sealed:
        for flag in record.flags:
            flagged.labels(flag).inc()
        if not ALERTING.isdisjoint(record.flags):
            log.error("record-flagged", seq=record.seq, topic=record.received.topic, flags=record.flags)


@dataclass
class Desk:
    """The sequencer at work beside a running service: it hears, seals, and lets the publisher follow."""

    sequencer: Sequencer
    publisher: Publisher
    listener: Listener
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None
    troubles: dict[str, str] = field(default_factory=dict[str, str])

    async def take(self, messages: Sequence[Message], _: Ends) -> None:
        """Seals a batch. If it cannot, the listener hears it again: nothing is ever left out."""
        try:
            await asyncio.to_thread(self.sequencer.seal, messages)
        except Exception as fault:
            self.say("sealed", f"{type(fault).__name__}: {fault}")
            raise
        self.say("sealed", None)
        self.waiting.set()

    async def run(self) -> None:
        """Takes the turn, finishes what an earlier process left, then hears and publishes until it is cancelled."""
        while not await self.publish():  # noqa: ASYNC110  # what is in the way is outside of this process
            await asyncio.sleep(BETWEEN_TRIES)
        await self.listener.start()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.waiting.wait(), timeout=1)
            self.waiting.clear()
            await self.publish()
            await asyncio.sleep(BETWEEN_CHECKPOINTS)

    async def stop(self) -> None:
        """Publishes the last checkpoint; nothing is heard any more."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        if self.sequencer.in_turn:
            await self.publish()
        await asyncio.to_thread(self.sequencer.leave)

    async def publish(self) -> bool:
        """Publishes in our turn, and returns whether there may be sealed. What keeps us from it is waited for, and said by
        the readiness of the service."""
        try:
            await asyncio.to_thread(self.sequencer.take_turn)
            records_gauge.set(await asyncio.to_thread(self.publisher.publish))
        except Exception as fault:  # noqa: BLE001  # a full disk, the database away: what is sealed waits for its tiles
            self.say("published", f"{type(fault).__name__}: {fault}")
            return isinstance(fault, QuorumMissing)  # What is sealed waits for its witnesses; sealing does not.
        self.say("published", None)
        return True

    def say(self, what: str, why: str | None) -> None:
        """Lets the readiness of the service say what the ledger is not, and why; the listener's own troubles stand
        before ours."""
        before = self._trouble()
        if why is None:
            self.troubles.pop(what, None)
        else:
            self.troubles[what] = f"the ledger is not {what}: {why}"
        if self._trouble() != before and (trouble := self._trouble()):
            log.error("ledger-in-trouble", why=trouble)
        if self.listener.stalled == before:
            self.listener.stalled = self._trouble()

    def _trouble(self) -> str | None:
        return next(iter(self.troubles.values()), None)


def sequence(running: Running, sequencer: Sequencer, publisher: Publisher, bootstrap: str) -> Desk:
    """Sets the sequencer to work beside a service, which is ready when the sequencer hears."""
    age_gauge.set_function(lambda: publisher.age)

    async def take(messages: Sequence[Message], ends: Ends) -> None:
        await desk.take(messages, ends)

    listener = Listener(
        bootstrap=bootstrap,
        group=GROUP,
        topics=tuple(events_topic(service) for service in PUBLISHED),
        take=take,
        positions=sequencer.positions,
        largest_batch=LARGEST_BATCH,
    )
    desk = Desk(sequencer, publisher, listener)
    running.listener = listener
    running.afterwards.append(desk.stop)
    desk.task = asyncio.create_task(desk.run())
    return desk
