"""Listening to a real broker: nothing is skipped, whatever happens to a batch, a partition or a topic."""

import asyncio
import time
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from chassis.keeping import listening
from chassis.keeping.inbox import Inbox, positions_in
from chassis.keeping.listening import Listener, Message
from chassis.testing.counter.telling import counted, kinds, knock
from chassis.testing.places import KafkaServer
from chassis.testing.service import ServiceUnderTest
from chassis.testing.topics import create_topics

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(90)]

monday = date(2031, 3, 3)


class Ears:
    """The counters' inbox behind a real listener."""

    def __init__(self, service: ServiceUnderTest, kafka: KafkaServer, topic: str, **options: Any) -> None:
        self.inbox = Inbox(service.hearing, service.committer, taken=lambda: None)
        self.listener = Listener(
            bootstrap=kafka.bootstrap_servers,
            group=f"counters-{uuid4().hex[:8]}",
            topics=[topic],
            take=options.pop("take", self.inbox.take),
            positions=options.pop("positions", partial(positions_in, service.store)),
            **options,
        )

    async def __aenter__(self) -> "Ears":
        await self.listener.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.inbox.leaving = True
        await self.listener.stop()


async def send(kafka: KafkaServer, topic: str, *messages: Message) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, enable_idempotence=True) as producer:
        for message in messages:
            headers = [(name, value) for name, value in message.headers]
            await producer.send_and_wait(topic, message.value, key=message.key, partition=0, headers=headers)


async def until(what: Any, within: float = 60.0) -> None:
    async with asyncio.timeout(within):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110 - the event is in the database
            await asyncio.sleep(0.02)


@pytest.fixture
def topic(kafka_server: KafkaServer) -> str:
    name = f"{uuid4().hex[:8]}.events.v1"
    create_topics(kafka_server.bootstrap_servers, [name])
    return name


async def test_null_values_and_headers_do_not_lose_their_batch(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str
):
    strange = (("null", None), ("bytes", b"\xff\xfe"), ("empty", b""))
    messages = [
        replace(counters.news(knock("ada", 1)), headers=strange),
        replace(counters.message("doors.events.v1", None, b"empty"), headers=strange),
        counters.message("doors.events.v1", b"\xff", None),
        counters.news(knock("ada", 2)),
    ]
    await send(kafka_server, topic, *messages)
    async with Ears(counters, kafka_server, topic):
        await until(lambda: len(counted(counters)) == 2)
    assert kinds(counters) == ["poison", "poison"]
    assert positions_in(counters.store) == {(topic, 0): 4}


async def test_a_batch_that_failed_is_heard_again_and_nothing_is_skipped(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str
):
    """Even when the database is still away as its positions are asked for."""
    faults = iter(["take", "positions", "positions"])
    due = [next(faults)]

    def fail(where: str) -> None:
        if due and due[0] == where:
            due[:] = [following] if (following := next(faults, "")) else []
            raise ConnectionError(where)

    inbox = Inbox(counters.hearing, counters.committer, taken=lambda: None)

    async def take(messages: Any, ends: Any) -> None:
        fail("take")
        await inbox.take(messages, ends)

    def positions() -> Any:
        fail("positions")
        return positions_in(counters.store)

    await send(kafka_server, topic, *(counters.news(knock(times=n)) for n in (1, 2, 3)))
    async with Ears(counters, kafka_server, topic, take=take, positions=positions):
        await until(lambda: len(counted(counters)) == 3)
        await send(kafka_server, topic, counters.news(knock(times=4)))
        await until(lambda: len(counted(counters)) == 4)
    assert due == []
    assert counted(counters) == [("ada", n) for n in (1, 2, 3, 4)]


async def test_the_positions_of_the_database_count_and_not_those_of_the_broker(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str
):
    """After a restore from a backup the broker believes that all was heard."""
    await send(kafka_server, topic, *(counters.news(knock(times=n)) for n in (1, 2, 3)))
    ears = Ears(counters, kafka_server, topic, take=_take_nothing)
    async with ears:
        await until(lambda: ears.listener.assigned)
        await asyncio.sleep(0.5)
    await send(kafka_server, topic, counters.news(knock(times=4)))

    def positions() -> Any:
        time.sleep(0.5)  # Long enough for the broker to send what it believes to be next.
        return positions_in(counters.store)

    again = Ears(counters, kafka_server, topic, positions=positions)
    again.listener._subscriber.group_id = ears.listener._group
    async with again:
        await until(lambda: len(counted(counters)) == 4)


async def _take_nothing(messages: Any, ends: Any) -> None: ...


async def test_hearing_pauses_and_goes_on(counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str):
    ears = Ears(counters, kafka_server, topic)
    ears.listener.hold(True)
    await send(kafka_server, topic, counters.news(knock()))
    async with ears:
        await until(lambda: ears.listener.assigned)
        await asyncio.sleep(0.5)
        assert counted(counters) == []
        ears.listener.hold(False)
        await until(lambda: len(counted(counters)) == 1)


async def test_a_partition_taken_away_ends_a_long_wait(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str, monkeypatch: pytest.MonkeyPatch
):
    """A batch that waits for its database is dropped after a while, and heard again from the positions."""
    monkeypatch.setattr(listening, "PATIENCE", 0.2)
    tries: list[int] = []
    inbox = Inbox(counters.hearing, counters.committer, taken=lambda: None)

    async def take(messages: Any, ends: Any) -> None:
        tries.append(len(messages))
        if len(tries) == 1:
            await asyncio.sleep(60)
        await inbox.take(messages, ends)

    await send(kafka_server, topic, counters.news(knock()))
    ears = Ears(counters, kafka_server, topic, take=take)
    async with ears:
        await until(lambda: bool(tries))
        mine = ears.listener.consumer.assignment()
        await ears.listener.on_partitions_revoked(mine)
        await ears.listener.on_partitions_assigned(mine)
        await until(lambda: len(counted(counters)) == 1)
    assert len(tries) == 2


async def test_a_topic_that_was_made_again_stalls_with_an_alarm(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str
):
    await send(kafka_server, topic, *(counters.news(knock(times=n)) for n in (1, 2, 3)))
    ears = Ears(counters, kafka_server, topic)
    async with ears:
        await until(lambda: len(counted(counters)) == 3)
        await make_again(kafka_server, topic)
        async with asyncio.timeout(30):
            while ears.listener.stalled is None:  # As the running service asks each second.
                await asyncio.sleep(0.2)
                try:
                    await ears.listener.watch()
                except Exception:  # noqa: BLE001 - while the topic is missing
                    continue
    assert ears.listener.stalled == f"{topic}/0 ends at 0, below our position 3"

    restarted = Ears(counters, kafka_server, topic)
    async with restarted:
        await until(lambda: restarted.listener.stalled is not None)
    counters.store.rows(
        "insert into inbox_positions select topic, max(incarnation) + 1, partition, 0 from inbox_positions"
        " group by topic, partition returning topic"
    )
    first, fourth = counters.news(knock(times=1), version=1), counters.news(knock(times=4), version=4)
    await send(kafka_server, topic, first, fourth)
    async with Ears(counters, kafka_server, topic) as anew:
        await until(lambda: len(counted(counters)) == 4)
    assert anew.listener.stalled is None
    assert counted(counters) == [("ada", n) for n in (1, 2, 3, 4)], "ids keep everything exactly once"


async def make_again(kafka: KafkaServer, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.delete_topics([topic])
    await admin.close()
    for _ in range(300):
        await asyncio.sleep(0.1)
        try:
            await asyncio.to_thread(create_topics, kafka.bootstrap_servers, [topic])
        except Exception:  # noqa: BLE001 - the old one is not gone yet
            continue
        return
