"""The relay: what was committed is told in its order, at least once, by one process at a time."""

import asyncio
import threading
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from nacl.signing import VerifyKey

from chassis.keeping import relay as relaying
from chassis.keeping.committer import Committer
from chassis.keeping.relay import Relay, headers_of
from chassis.keeping.signing import signer
from chassis.keeping.store import Store
from chassis.testing.counter.domain import FACTS, Knocked
from chassis.testing.counter.service import DUTIES, HOUSE, count
from chassis.testing.places import KafkaServer
from chassis.testing.service import ServiceUnderTest
from chassis.testing.topics import create_topics
from contracts.envelope import read

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.timeout(90)]

TOPIC, DEAD = "counters.events.v1", "counters.dead-letters.v1"


@pytest.fixture
def said_before(kafka_server: KafkaServer) -> dict[TopicPartition, int]:
    """Where the topics end as a test begins."""
    create_topics(kafka_server.bootstrap_servers, [TOPIC, DEAD])
    return asyncio.run(ends(kafka_server))


async def ends(kafka: KafkaServer) -> dict[TopicPartition, int]:
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers) as consumer:
        return await consumer.end_offsets([TopicPartition(topic, n) for topic in (TOPIC, DEAD) for n in range(12)])


async def told(kafka: KafkaServer, since: dict[TopicPartition, int], topic: str = TOPIC) -> list[Any]:
    """Everything told since then; within a partition in its order."""
    found: list[Any] = []
    now = await ends(kafka)
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers) as consumer:
        for part in (part for part in now if part.topic == topic and now[part] > since[part]):
            consumer.assign([part])
            consumer.seek(part, since[part])
            found += [await consumer.getone() for _ in range(now[part] - since[part])]
    return found


@asynccontextmanager
async def relaying_for(service: ServiceUnderTest, kafka: KafkaServer, keys: Path) -> AsyncIterator[Relay]:
    relay = Relay(
        service="counters", store=service.store, signer=signer("counters", keys), bootstrap=kafka.bootstrap_servers
    )
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        await relay.stop()
        await asyncio.wait_for(running, 30)


def position(store: Store) -> int:
    (row,) = store.rows("select notification from relay_position")
    return row["notification"]


async def until(what: Any) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110 - the event is in the database
            await asyncio.sleep(0.02)


def key_of(record: Any) -> tuple[str, int]:
    event = read(record.value, FACTS)
    return event.subject, event.version


async def test_everything_is_told_in_the_order_of_its_stream_with_the_bytes_that_are_stored(
    counters: ServiceUnderTest, kafka_server: KafkaServer, said_before: Any, tmp_path: Path
):
    for n in range(60):
        counters.ask(count, f"e{n % 5}")
    relay = Relay(service="counters", store=counters.store, signer=signer("counters", tmp_path), bootstrap="nowhere")
    assert relay.said() == {"events": 60, "told": 0}
    async with relaying_for(counters, kafka_server, tmp_path):
        await until(lambda: position(counters.store) == 60)
    assert relay.said() == {"events": 60, "told": 60}
    records = await told(kafka_server, said_before)
    assert sorted(key_of(record) for record in records) == [(f"e{n}", v) for n in range(5) for v in range(1, 13)]
    for name in {record.key for record in records}:
        versions = [key_of(record)[1] for record in records if record.key == name]
        assert versions == list(range(1, 13))
    stored = {event.id: event.raw for event in counters.events()}
    assert {read(record.value, FACTS).id: record.value for record in records} == stored


async def test_each_record_says_what_it_is_and_is_signed(
    counters: ServiceUnderTest, kafka_server: KafkaServer, said_before: Any, tmp_path: Path
):
    counters.ask(count, "ada")
    async with relaying_for(counters, kafka_server, tmp_path):
        await until(lambda: position(counters.store) == 1)
    (record,) = await told(kafka_server, said_before)
    headers, event = dict(record.headers), orjson.loads(record.value)
    assert record.key == b"ada"
    assert headers["content-type"] == b"application/cloudevents+json"
    for name in ("type", "id", "source", "time", "subject"):
        assert headers[f"ce_{name}"].decode() == event[name]
    version, trace, span, _ = headers["traceparent"].decode().split("-")
    assert (version, UUID(trace), len(span)) == ("00", UUID(event["correlationid"]), 16)
    name, _, signature = headers["signature"].partition(b" ")
    signing = signer("counters", tmp_path)
    assert name.decode() == signing.key_id
    assert VerifyKey(signing.public).verify(record.value, b64decode(signature)) == record.value
    assert headers_of(record.value, signing) == list(record.headers)


async def test_what_is_committed_while_it_runs_is_told_at_once(
    counters: ServiceUnderTest,
    kafka_server: KafkaServer,
    said_before: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(relaying, "LONGEST_WAIT", 3_600)  # Without the wake-up nothing would be told today.
    async with relaying_for(counters, kafka_server, tmp_path) as relay:
        await until(lambda: relay.alive)
        counters.committer._committed = relay.wake
        for n in range(1, 6):
            await asyncio.to_thread(counters.ask, count, "ada")
            await until(lambda n=n: position(counters.store) == n)
        assert len(asyncio.all_tasks()) < 12, "nothing waits for ever beside it"


async def test_what_is_committed_while_nobody_wakes_it_is_told_too(
    counters: ServiceUnderTest, kafka_server: KafkaServer, said_before: Any, tmp_path: Path
):
    async with relaying_for(counters, kafka_server, tmp_path) as relay:
        await until(lambda: relay.alive)
        for n in range(1, 3):
            await asyncio.to_thread(counters.ask, count, "ada")
            await until(lambda n=n: position(counters.store) == n)


async def test_after_a_crash_between_the_send_and_the_move_it_tells_again(
    counters: ServiceUnderTest,
    kafka_server: KafkaServer,
    said_before: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    moves: list[int] = []
    move = relaying._move

    def crash_once(turn: Any, position: int) -> None:
        moves.append(position)
        if len(moves) == 1:
            turn.close()
        move(turn, position)

    monkeypatch.setattr(relaying, "_move", crash_once)
    for _ in range(3):
        counters.ask(count, "ada")
    async with relaying_for(counters, kafka_server, tmp_path):
        await until(lambda: position(counters.store) == 3)
        counters.ask(count, "ada")
        await until(lambda: position(counters.store) == 4)
    versions = [key_of(record)[1] for record in await told(kafka_server, said_before)]
    assert versions == [1, 2, 3, 1, 2, 3, 4]


async def test_only_one_relays_at_a_time_and_the_other_takes_over(
    counters: ServiceUnderTest, kafka_server: KafkaServer, said_before: Any, tmp_path: Path
):
    async with relaying_for(counters, kafka_server, tmp_path) as second_to_go:
        await until(lambda: second_to_go.alive)
        async with relaying_for(counters, kafka_server, tmp_path) as standing_by:
            await until(lambda: standing_by.alive)
            for _ in range(30):
                await asyncio.to_thread(counters.ask, count, "ada")
            await until(lambda: position(counters.store) == 30)
            await second_to_go.stop()
            await asyncio.to_thread(counters.ask, count, "ada")
            await until(lambda: position(counters.store) == 31)
    versions = [key_of(record)[1] for record in await told(kafka_server, said_before)]
    assert versions == list(range(1, 32)), "nothing was told twice"


async def test_two_writers_and_a_relay_that_runs_miss_nothing(
    counters: ServiceUnderTest, kafka_server: KafkaServer, said_before: Any, tmp_path: Path
):
    with ServiceUnderTest(HOUSE, DUTIES, "chassis.testing.counter", counters.store.url) as other:
        async with relaying_for(counters, kafka_server, tmp_path):

            def write(service: ServiceUnderTest, name: str) -> None:
                for _ in range(100):
                    service.ask(count, name)

            writers = [threading.Thread(target=write, args=args) for args in ((counters, "ada"), (other, "grace"))]
            for writer in writers:
                writer.start()
            await until(lambda: position(counters.store) == 200)
            for writer in writers:
                writer.join()
    assert isinstance(other.committer, Committer)
    records = [key_of(record) for record in await told(kafka_server, said_before)]
    for name in ("ada", "grace"):
        assert [version for subject, version in records if subject == name] == list(range(1, 101))


async def test_what_was_parked_is_copied_with_the_headers_that_tools_know(
    counters: ServiceUnderTest, kafka_server: KafkaServer, said_before: Any, tmp_path: Path
):
    refused = counters.news(Knocked(employee="ada", times=10_001))
    huge = counters.message("doors.events.v1", b"x" * 1_040_000, b"huge")
    waiting = counters.news(Knocked(employee="grace", times=1), version=5)
    counters.delivers(refused, counters.message("doors.events.v1", None, b"nothing"), huge, waiting)
    async with relaying_for(counters, kafka_server, tmp_path):
        await until(lambda: not counters.store.rows("select 1 from inbox_parked where not told and kind <> 'waiting'"))
        counters.ask(count, "linus")
        await until(lambda: position(counters.store) == 1)
    records = {record.key: record for record in await told(kafka_server, said_before, DEAD)}
    assert set(records) == {b"ada", b"nothing", b"huge"}, "what waits for its turn is no dead letter"
    assert records[b"ada"].value == refused.value
    assert dict(records[b"ada"].headers) == {
        "kafka_dlt-original-topic": b"doors.events.v1",
        "kafka_dlt-original-partition": str(refused.partition).encode(),
        "kafka_dlt-original-offset": str(refused.offset).encode(),
        "kafka_dlt-exception-fqcn": b"refused",
        "kafka_dlt-exception-message": b"TooMuch: 10001",
    }
    assert records[b"huge"].value is None, "too large to be copied; the letter has it"
