"""A whole process of a service: it starts, shares its work with another, and stops with everything told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from prometheus_client import REGISTRY

from chassis.keeping.committer import Busy, Request
from chassis.keeping.listening import Message
from chassis.keeping.running import Running
from chassis.keeping.signing import signer
from chassis.keeping.store import Store
from chassis.keeping.work import Cause
from chassis.testing.counter.domain import Counted, DayCame, Knocked
from chassis.testing.counter.service import DUTIES, HOUSE, count, empty
from chassis.testing.fixtures import passing_folder
from chassis.testing.kafka import start_kafka
from chassis.testing.places import ForeignKafka, KafkaServer
from chassis.testing.processes import free_port
from chassis.testing.service import ServiceUnderTest
from chassis.testing.topics import create_topics

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.timeout(90)]

TOPICS = ["counters.events.v1", "counters.dead-letters.v1", "doors.events.v1", "days.events.v1"]
BY_HR = Cause("user:hr", uuid4())


@pytest.fixture
async def begun(counters: ServiceUnderTest, kafka_server: KafkaServer) -> dict[TopicPartition, int]:
    """Where the topics ended as this test began; what others left there has been heard."""
    create_topics(kafka_server.bootstrap_servers, TOPICS)
    async with AIOKafkaConsumer(bootstrap_servers=kafka_server.bootstrap_servers) as consumer:
        ends = await consumer.end_offsets([TopicPartition(topic, n) for topic in TOPICS for n in range(12)])
    for part, end in ends.items():
        counters._offsets[part.topic, part.partition] = end
        counters.store.rows(
            "insert into inbox_positions values (%s, 1, %s, %s) returning topic", part.topic, part.partition, end
        )
    return ends


@asynccontextmanager
async def running(service: ServiceUnderTest, kafka: KafkaServer, keys: Path) -> AsyncIterator[Running]:
    process = Running(HOUSE, DUTIES, Store(service.store.url), signer("counters", keys), kafka.bootstrap_servers)
    await process.start()
    try:
        yield process
    finally:
        if not process.out_of_service:
            await process.stop()


async def until(what: Any) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110 - the event is in another thread
            await asyncio.sleep(0.02)


async def send(kafka: KafkaServer, *messages: Message) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as producer:
        for message in messages:
            await producer.send_and_wait(message.topic, message.value, key=message.key, partition=message.partition)


async def told(kafka: KafkaServer, begun: dict[TopicPartition, int]) -> int:
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers) as consumer:
        ends = await consumer.end_offsets([part for part in begun if part.topic == "counters.events.v1"])
    return sum(end - begun[part] for part, end in ends.items())


async def test_a_process_says_what_it_lacks_and_stops_with_everything_told(
    counters: ServiceUnderTest, kafka_server: KafkaServer, begun: Any, tmp_path: Path
):
    async with running(counters, kafka_server, tmp_path) as process:
        assert process.missing() is not None
        await until(lambda: process.missing() is None)
        for n in range(200):
            process.committer.submit(_counting(f"e{n % 7}"))
        await process.stop()
        assert process.missing() == "the service is stopping"
        with pytest.raises(Busy):
            process.committer.commit(BY_HR, lambda work: count(work, "ada"))
    assert len(counters.said()) == 200, "what was taken in is committed"
    assert await told(kafka_server, begun) == 200, "and told"
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == [], "nothing is left running"


def _counting(employee: str) -> Any:
    return Request(BY_HR, lambda work: count(work, employee))


async def test_a_process_works_while_the_broker_is_away_and_tells_once_it_has_come(
    counters: ServiceUnderTest, tmp_path: Path
):
    port = free_port()
    async with running(counters, ForeignKafka(f"localhost:{port}"), tmp_path) as process:
        await asyncio.to_thread(process.committer.commit, BY_HR, lambda work: count(work, "ada"))
        assert process.missing() is not None
        with passing_folder("qizheng-kafka-") as folder:
            kafka = await asyncio.to_thread(start_kafka, folder, port)
            try:
                create_topics(kafka.bootstrap_servers, TOPICS)
                await until(lambda: process.missing() is None)
                await until(lambda: not process.store.rows("select 1 from relay_position where notification < 1"))
                begun = {TopicPartition("counters.events.v1", n): 0 for n in range(12)}
                assert await told(kafka, begun) == 1
                await process.stop()
            finally:
                await asyncio.to_thread(kafka.stop)


async def test_news_days_and_errands_find_their_way_through(
    counters: ServiceUnderTest, kafka_server: KafkaServer, begun: Any, tmp_path: Path
):
    async with running(counters, kafka_server, tmp_path) as process:
        await until(lambda: process.missing() is None)
        await send(kafka_server, counters.news(DayCame(day=date(2031, 3, 3))))
        await until(lambda: counters.store.rows("select 1 from days where fired"))
        await send(kafka_server, counters.news(Knocked(employee="ada", times=2, note="remind me")))
        await until(lambda: counters.said() == [counted("ada", 2, "remind me"), counted("ada", 1)])
        await asyncio.to_thread(process.committer.commit, BY_HR, lambda work: empty(work, "ada"))
        await until(lambda: len(counters.said()) == 4)
    assert counters.said()[-1] == counted("bell-ada", 1)
    assert await told(kafka_server, begun) == 4


def counted(employee: str, by: int, note: str = "") -> Counted:
    return Counted(employee=employee, by=by, note=note)


async def test_two_processes_share_the_partitions_and_hear_everything_once(
    counters: ServiceUnderTest, kafka_server: KafkaServer, begun: Any, tmp_path: Path
):
    """One joins and one leaves while news pours in."""
    news = [counters.news(Knocked(employee=f"e{n % 40}", times=1)) for n in range(1_200)]

    async def pour() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka_server.bootstrap_servers) as producer:
            for message in news:
                await producer.send(message.topic, message.value, key=message.key, partition=message.partition)
                await asyncio.sleep(0.003)

    async with running(counters, kafka_server, tmp_path) as first:
        await until(lambda: first.missing() is None)
        pouring = asyncio.create_task(pour())
        async with running(counters, kafka_server, tmp_path) as second:
            await until(lambda: second.missing() is None)
            await asyncio.sleep(0.5)
            await first.stop()
            await pouring
            await until(lambda: len(counters.said()) >= 1_200)
            assert counters.parked() == []
    assert len(counters.said()) == 1_200
    assert {row["times"] for row in counters.store.rows("select times from knocks")} == {30}
    assert await told(kafka_server, begun) == 1_200


async def test_what_runs_beside_is_begun_again_when_it_fails(
    counters: ServiceUnderTest, kafka_server: KafkaServer, begun: Any, tmp_path: Path
):
    began: list[int] = []

    async def beside() -> None:
        began.append(1)
        if len(began) == 1:
            raise ConnectionError
        await asyncio.sleep(60)

    async with running(counters, kafka_server, tmp_path) as process:
        process.keep_up(beside)
        await until(lambda: len(began) == 2)


def is_paused(process: Running) -> bool:
    assert process.listener
    return process.listener.consumer.paused() == process.listener.consumer.assignment()


async def test_a_consumer_is_paused_and_resumed_by_the_switch(
    counters: ServiceUnderTest, kafka_server: KafkaServer, begun: Any, tmp_path: Path
):
    async with running(counters, kafka_server, tmp_path) as process:
        await until(lambda: process.missing() is None)
        counters.store.rows("update consumer_switch set paused = true returning paused")
        await until(lambda: is_paused(process))
        await send(kafka_server, counters.news(Knocked(employee="ada", times=1)))
        await asyncio.sleep(0.5)
        assert counters.said() == []
        counters.store.rows("update consumer_switch set paused = false returning paused")
        await until(lambda: len(counters.said()) == 1)


def measured(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"service": "counters", **labels})


async def test_an_operator_sees_what_is_not_yet_heard_and_what_is_parked(
    counters: ServiceUnderTest, kafka_server: KafkaServer, begun: Any, tmp_path: Path
):
    async with running(counters, kafka_server, tmp_path) as process:
        await until(lambda: process.missing() is None)
        counters.store.rows("update consumer_switch set paused = true returning paused")
        await until(lambda: is_paused(process))
        await send(kafka_server, *(counters.news(Knocked(employee="ada", times=n)) for n in (10, 1)))
        await until(lambda: measured("inbox_lag", topic="doors.events.v1") == 2)
        counters.store.rows("update consumer_switch set paused = false returning paused")
        await until(lambda: measured("inbox_lag", topic="doors.events.v1") == 0)
        await until(lambda: (measured("inbox_parked"), measured("inbox_waiting")) == (2, 0))
        await until(lambda: measured("outbox_pending") == 0)


async def test_an_operator_sees_what_is_not_told_while_the_broker_is_away(counters: ServiceUnderTest, tmp_path: Path):
    async with running(counters, ForeignKafka(f"localhost:{free_port()}"), tmp_path) as process:
        for _ in range(3):
            await asyncio.to_thread(process.committer.commit, BY_HR, lambda work: count(work, "ada"))
        await until(lambda: measured("outbox_pending") == 3)
