"""Events a second through relay and inbox, beside raw aiokafka on the same broker; and how long until they are heard."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from benchmarks.rounds import ROUNDS, medians

from chassis.keeping.committer import Committer
from chassis.keeping.inbox import Hearing, Inbox, positions_in
from chassis.keeping.letters import SAID
from chassis.keeping.listening import Listener
from chassis.keeping.relay import Relay, headers_of
from chassis.keeping.signing import signer
from chassis.keeping.store import Store
from chassis.keeping.work import Cause, House, Work
from chassis.testing.places import KafkaServer, PostgresServer
from chassis.testing.topics import create_topics, delete_topics
from contracts.learning import CourseStudied
from contracts.topics import PUBLISHED, dead_letters_topic, events_topic

EVENTS = 10_000  # in a round of the relay; the inbox then hears those of all rounds
TOPIC, RAW = events_topic("learning"), "bench.raw.v1"
PARTITIONS = 12
pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


@contextmanager
def kept(postgres: PostgresServer) -> Iterator[Store]:
    """A store in a database of its own: what was told or heard before would not be told or heard again."""
    name = f"bench_{uuid4().hex}"
    store = Store(postgres.create_database(name))
    try:
        store.migrate("learning")
        yield store
    finally:
        store.close()
        postgres.drop_database(name)


def fill(store: Store) -> None:
    """Commits EVENTS in Works of a hundred."""
    committer = Committer(House("learning", PUBLISHED["learning"]), store)
    committer.start()

    def handler(work: Work) -> None:
        for _ in range(100):
            stream = uuid4()
            fact = CourseStudied(
                employee=f"E{stream.int % 500:06d}", course="safety", on=date(2024, 1, 8), hours=Decimal(8)
            )
            work.decide(SAID, stream, fact)

    for _ in range(EVENTS // 100):
        committer.commit(Cause("user:ada", uuid4()), handler)
    committer.stop()


def told(store: Store) -> int:
    return store.rows("select notification from relay_position")[0]["notification"]


async def relayed(store: Store, kafka: str, keys: Path) -> float:
    last = store.recorder.max_notification_id() or 0
    relay = Relay(service="learning", store=store, signer=signer("learning", keys), bootstrap=kafka)
    running = asyncio.create_task(relay.run())
    while not relay.alive:
        await asyncio.sleep(0.001)
    began = time.perf_counter()
    while await asyncio.to_thread(told, store) < last:
        await asyncio.sleep(0.02)
    took = time.perf_counter() - began
    await relay.stop()
    await running
    return EVENTS / took


async def produced(values: list[bytes], kafka: str, keys: Path) -> float:
    signing = signer("learning", keys)
    headers = [headers_of(value, signing) for value in values]
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, acks="all", linger_ms=2)
    await producer.start()
    began = time.perf_counter()
    sent = [
        await producer.send(RAW, value=value, key=dict(head)["ce_subject"], headers=head)
        for value, head in zip(values, headers, strict=True)
    ]
    await asyncio.gather(*sent)
    took = time.perf_counter() - began
    await producer.stop()
    return len(values) / took


async def consumed(kafka: str, count: int) -> float:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    parts = [TopicPartition(TOPIC, n) for n in range(PARTITIONS)]
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    began, found = time.perf_counter(), 0
    while found < count:
        found += sum(map(len, (await consumer.getmany(timeout_ms=200, max_records=2_000)).values()))
    took = time.perf_counter() - began
    await consumer.stop()
    return found / took


async def heard(store: Store, kafka: str, count: int) -> float:
    house = House("points", PUBLISHED["points"])
    hearing = Hearing(house, {CourseStudied: lambda work, news: None})
    committer = Committer(house, store)
    committer.start()
    inbox = Inbox(hearing, committer, taken=lambda: None)
    listener = Listener(
        bootstrap=kafka,
        group=f"bench-{uuid4()}",
        topics=(TOPIC,),
        take=inbox.take,
        positions=partial(positions_in, store),
    )
    await listener.start()
    began = time.perf_counter()
    while store.rows("select coalesce(sum(next_offset), 0) as n from inbox_positions")[0]["n"] < count:
        await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    await listener.stop()
    await asyncio.to_thread(committer.stop)
    return count / took


def test_relay_beside_raw_production_and_inbox_beside_raw_consumption(
    kafka_server: KafkaServer, postgres_server: PostgresServer, tmp_path: Path
):
    kafka = kafka_server.bootstrap_servers
    topics = [TOPIC, RAW, dead_letters_topic("learning")]
    create_topics(kafka, topics, PARTITIONS)
    with kept(postgres_server) as store:

        def relay() -> float:
            fill(store)
            return asyncio.run(relayed(store, kafka, tmp_path))

        def produce() -> float:
            values = [one.state for one in store.recorder.select_notifications(None, EVENTS)]
            return asyncio.run(produced(values, kafka, tmp_path))

        said = medians(relay=relay, raw=produce)

    def inbox() -> float:
        with kept(postgres_server) as store:
            return asyncio.run(heard(store, kafka, EVENTS * ROUNDS))

    taken = medians(inbox=inbox, raw=lambda: asyncio.run(consumed(kafka, EVENTS * ROUNDS)))
    delete_topics(kafka, topics)
    for name, raw, found in (("relay", "produce", said), ("inbox", "consume", taken)):
        ours, theirs = found[name], found["raw"]
        print(f"\n{name} {ours:8,.0f}/s, raw aiokafka {raw} {theirs:8,.0f}/s, ratio {ours / theirs:.2f}")
    assert all((*said.values(), *taken.values()))
