"""Listening to topics: raw batches in order, from the positions that the database holds, and nothing lost on the way.

FastStream's defaults lose messages on Kafka (they commit before the handler ran, and skip a batch for a null header),
so the subscriber is raw, manual and batched, and only this module builds one.
"""

# aiokafka says nothing of its types, and awaits what its listener declares as plain.
# pyright: reportIncompatibleMethodOverride=false, reportCallIssue=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

log = structlog.get_logger()
_quiet = logging.getLogger("faststream.quiet")
_quiet.setLevel(logging.ERROR)
_quiet.propagate = False
_quiet.addHandler(logging.NullHandler())

LONGEST_PAUSE = 30 * 60_000  # ms that a batch may take before the group takes the partitions away
LONGEST_KEY = 500  # bytes; a stranger's key may be longer than what an index takes
PATIENCE = 20  # seconds that a running batch may take while others wait for its partitions


@dataclass(frozen=True)
class Message:
    """A record as Kafka has it: nothing decoded, nothing left out."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @property
    def sequence(self) -> str:
        """What must stay in order: the key, as text."""
        key = self.key or b""
        told = key if len(key) <= LONGEST_KEY else hashlib.sha256(key).hexdigest().encode()
        return told.decode(errors="backslashreplace").replace("\0", "\\0")


Ends = Mapping[str, int]
Take = Callable[[Sequence[Message], Ends], Awaitable[None]]
Positions = Callable[[], Mapping[tuple[str, int], int]]


def _messages(records: Iterable[Any]) -> list[Message]:
    return [Message(r.topic, r.partition, r.offset, r.key, r.value, tuple(r.headers)) for r in records]


class Listener(ConsumerRebalanceListener):
    """Hears the topics of one group. `take` gets each batch and returns when it is committed in the database;
    `positions` tells the next offset of each partition; `wants_ends` says which batch needs the brokers' ends.
    """

    def __init__(
        self,
        *,
        bootstrap: str,
        group: str,
        topics: Sequence[str],
        take: Take,
        positions: Positions,
        wants_ends: Callable[[Sequence[Message]], bool] = lambda _: False,
        largest_batch: int = 2_000,
    ) -> None:
        self._bootstrap, self._group, self._topics = bootstrap, group, topics
        self._take, self._positions = take, positions
        self._wants_ends = wants_ends
        self._taking: asyncio.Task[None] | None = None
        self.assigned = self.leaving = self._paused = False
        self.stalled: str | None = None
        self._lost: set[TopicPartition] = set()
        self._broker = KafkaBroker(bootstrap, client_id=f"{group}-listener", logger=_quiet, graceful_timeout=30)
        self._subscriber = self._broker.subscriber(
            *topics,
            group_id=group,
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            batch_timeout_ms=5,
            max_records=largest_batch,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_interval_ms=LONGEST_PAUSE,
            rebalance_timeout_ms=60_000,
            parser=_parse,
            decoder=_decode,
            listener=self,
        )
        self._subscriber(self._heard)

    @property
    def consumer(self) -> AIOKafkaConsumer:
        consumer = self._subscriber.consumer
        if consumer is None:
            raise RuntimeError("the listener has not been started")
        return consumer

    async def start(self) -> None:
        """Returns once partitions are assigned, which takes a while if a member died. A broker that is away is waited for."""
        while not self.leaving:
            try:
                # Where nobody answers, FastStream would leave a producer open.
                await ends_of(self._bootstrap, self._topics)
                await self._broker.start()
            except (ConnectionError, KafkaError) as fault:
                log.warning("broker-away", group=self._group, why=f"{type(fault).__name__}: {fault}")
                await asyncio.sleep(1)
            else:
                return

    async def stop(self) -> None:
        """Finishes the running batch, commits, leaves the group."""
        self.leaving = True
        await self._drain()
        await self._broker.stop()

    async def ends(self) -> dict[str, int]:
        """The end offset of every partition that is heard, by `topic/partition`."""
        parts = [
            TopicPartition(topic, part)
            for topic in self._topics
            for part in self.consumer.partitions_for_topic(topic) or ()
        ]
        found = await self.consumer.end_offsets(parts)
        return {f"{part.topic}/{part.partition}": offset for part, offset in found.items()}

    async def lag(self) -> Counter[str]:
        """How many messages of each topic lie behind our positions."""
        held, lag = await asyncio.to_thread(self._positions), Counter[str]()
        for place, end in (await self.ends()).items():
            topic, _, part = place.rpartition("/")
            lag[topic] += max(end - held.get((topic, int(part)), 0), 0)
        return lag

    def hold(self, paused: bool) -> None:
        """Pauses or resumes all that is assigned; a partition that was lost stays paused."""
        self._paused = paused
        if self.assigned:
            mine = self.consumer.assignment()
            still = mine if paused else mine & self._lost
            self.consumer.pause(*still)
            self.consumer.resume(*(mine - still))

    async def watch(self) -> None:
        """Looks whether a topic was made anew below our positions while we listened."""
        if self.assigned:  # A topic that is gone is assigned to nobody, so all that were heard are looked at.
            held = await asyncio.to_thread(self._positions)
            await self._placed(TopicPartition(*place) for place in held if place[0] in self._topics)

    async def _heard(self, records: Any) -> None:
        """Never raises: a handler that raised would lose its batch for good."""
        if not self.leaving:
            self._taking = asyncio.create_task(self._hear(_messages(records)))
            await asyncio.wait((self._taking,))

    async def _hear(self, messages: Sequence[Message]) -> None:
        try:
            ends = await self.ends() if self._wants_ends(messages) else {}
            await self._take(messages, ends)
        except Exception as fault:  # noqa: BLE001  # the batch is heard again from the positions in the database
            log.warning("batch-not-taken", group=self._group, why=f"{type(fault).__name__}: {fault}")
            await asyncio.sleep(1)
            await self._seek(self.consumer.assignment())
        else:
            await self._commit(messages)

    async def _drain(self) -> None:
        """Lets the running batch end. After a while it is dropped, and heard again from the positions."""
        if self._taking:
            await asyncio.wait((self._taking,), timeout=PATIENCE)
            self._taking.cancel()

    async def _commit(self, messages: Sequence[Message]) -> None:
        last = {TopicPartition(m.topic, m.partition): m.offset + 1 for m in messages}
        mine = self.consumer.assignment()
        try:
            await self.consumer.commit({part: offset for part, offset in last.items() if part in mine})
        except (CommitFailedError, IllegalStateError):
            log.info("offsets-not-committed", group=self._group)  # The database's positions are the true ones.

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Waits for the running batch, so that a joining member causes no duplicate."""
        self.assigned = False
        await self._drain()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self.consumer.pause(*assigned)  # Else it would be heard from where the broker believes that we are.
        await self._seek(assigned)
        self.assigned = True
        self.hold(self._paused)

    async def _seek(self, parts: Iterable[TopicPartition]) -> None:
        """Goes on from the positions in the database. Nothing else will do, so it is tried until it answers."""
        while not self.leaving:
            try:
                for part, position in (await self._placed(parts)).items():
                    self.consumer.seek(part, position)
            except IllegalStateError:
                return  # The partition was taken away meanwhile, and whoever has it seeks.
            except Exception as fault:  # noqa: BLE001  # database or broker: both are waited for
                log.warning("positions-not-known", group=self._group, why=f"{type(fault).__name__}: {fault}")
                await asyncio.sleep(1)
            else:
                return

    async def _placed(self, parts: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The positions of the partitions that can be heard on. One that ends below its position stalls."""
        held = await asyncio.to_thread(self._positions)
        at = {part: held.get((part.topic, part.partition), 0) for part in parts}
        ends = await self.consumer.end_offsets(list(at)) if at else {}
        lost = {part for part, position in at.items() if ends[part] < position}
        for part in lost:
            # The topic was made anew under its name. Only an operator may say so: see `new-incarnation`.
            self.stalled = f"{part.topic}/{part.partition} ends at {ends[part]}, below our position {at[part]}"
            log.error("topic-made-anew", topic=part.topic, partition=part.partition, outcome="stalled")
        if mine := lost & self.consumer.assignment():
            self.consumer.pause(*mine)
        self._lost |= lost
        return {part: position for part, position in at.items() if part not in lost}


async def _parse(records: Any) -> KafkaMessage:
    return KafkaMessage(raw_message=records, body=[], headers={}, consumer=None)  # pyright: ignore[reportArgumentType]  # manual commits


async def _decode(message: Any) -> Any:
    return message.raw_message


async def ends_of(bootstrap: str, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """The end offset of every partition of these topics, asked without joining a group. Raises ConnectionError."""
    asked = tuple(topics)
    consumer = AIOKafkaConsumer(*asked, bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        await consumer.start()
        parts = [TopicPartition(topic, part) for topic in asked for part in consumer.partitions_for_topic(topic) or ()]
        found = await consumer.end_offsets(parts) if parts else {}
    except KafkaError as fault:
        raise ConnectionError(f"Kafka at {bootstrap} does not answer: {fault}") from fault
    finally:
        await consumer.stop()
    return {(part.topic, part.partition): offset for part, offset in found.items()}
