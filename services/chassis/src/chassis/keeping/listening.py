"""Listening to topics: raw batches in order, from the positions that the database holds, and nothing lost on the way.

FastStream's defaults lose messages on Kafka (they commit before the handler ran, and skip a batch for a null header),
so the subscriber is raw, manual and batched, and only this module builds one.
"""

# aiokafka says nothing of its types, and awaits what its listener declares as plain.
# pyright: reportIncompatibleMethodOverride=false, reportCallIssue=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

log = structlog.get_logger()
_quiet = logging.getLogger("faststream.quiet")
_quiet.setLevel(logging.ERROR)
_quiet.propagate = False
_quiet.addHandler(logging.NullHandler())

LONGEST_PAUSE = 30 * 60_000  # ms that a batch may take before the group takes the partitions away


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
        return (self.key or b"").decode(errors="backslashreplace").replace("\0", "\\0")


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
        self._group, self._topics, self._take, self._positions = group, topics, take, positions
        self._wants_ends = wants_ends
        self._busy = asyncio.Lock()
        self.assigned = False
        self.stalled: str | None = None
        self.leaving = False
        self._paused = False
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
        await self._broker.start()

    async def stop(self) -> None:
        """Finishes the running batch, commits, leaves the group."""
        self.leaving = True
        async with self._busy:
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

    def hold(self, paused: bool) -> None:
        """Pauses or resumes all that is assigned; a partition that was lost stays paused."""
        mine = self.consumer.assignment()
        if paused and mine:
            self.consumer.pause(*mine)
        elif self._paused and mine - self._lost:
            self.consumer.resume(*(mine - self._lost))
        self._paused = paused

    async def _heard(self, records: Any) -> None:
        """Never raises: a handler that raised would lose its batch for good."""
        if self.leaving:
            return
        async with self._busy:
            try:
                messages = _messages(records)
                ends = await self.ends() if self._wants_ends(messages) else {}
                await self._take(messages, ends)
                await self._commit(messages)
            except asyncio.CancelledError:
                raise
            except Exception:  # the batch is heard again from the positions in the database
                log.exception("batch-not-taken", group=self._group)
                await self._rewind()

    async def _commit(self, messages: Sequence[Message]) -> None:
        last = {TopicPartition(m.topic, m.partition): m.offset + 1 for m in messages}
        mine = self.consumer.assignment()
        try:
            await self.consumer.commit({part: offset for part, offset in last.items() if part in mine})
        except (CommitFailedError, IllegalStateError):
            log.info("offsets-not-committed", group=self._group)  # The database's positions are the true ones.

    async def _rewind(self) -> None:
        await asyncio.sleep(1)
        await self._seek(self.consumer.assignment())

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Waits for the running batch, so that a joining member causes no duplicate."""
        async with self._busy:
            self.assigned = False

    async def on_partitions_assigned(self, assigned: Any) -> None:
        await self._seek(assigned)
        self.assigned = True

    async def _seek(self, parts: Iterable[TopicPartition]) -> None:
        held = await asyncio.to_thread(self._positions)
        mine = list(parts)
        ends = await self.consumer.end_offsets(mine) if mine else {}
        for part in mine:
            position = held.get((part.topic, part.partition), 0)
            if ends[part] < position:
                # The topic was made anew under its name. Only an operator may say so: see `new-incarnation`.
                self.stalled = f"{part.topic}/{part.partition} ends at {ends[part]}, below our position {position}"
                log.error("topic-made-anew", topic=part.topic, partition=part.partition, outcome="stalled")
                self._lost.add(part)
                self.consumer.pause(part)
            else:
                self.consumer.seek(part, position)


async def _parse(records: Any) -> KafkaMessage:
    return KafkaMessage(raw_message=records, body=[], headers={}, consumer=None)  # pyright: ignore[reportArgumentType]  # manual commits


async def _decode(message: Any) -> Any:
    return message.raw_message
