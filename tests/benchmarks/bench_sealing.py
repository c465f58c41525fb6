"""Records a second into the ledger, signatures checked: from the topic, and from memory; beside raw consumption,
and beside Tessera's POSIX log with the same checks in Go."""

import asyncio
import shutil
import subprocess
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from benchmarks.others import appending
from benchmarks.rounds import medians

from chassis.keeping.listening import Ends, Listener, Message
from chassis.keeping.relay import headers_of
from chassis.keeping.signing import Signer, signer
from chassis.keeping.store import Store
from chassis.testing.places import KafkaServer, PostgresServer
from chassis.testing.topics import create_topics, delete_topics
from contracts.envelope import Fact, record
from contracts.evidence import ServiceKeyRegistered
from contracts.learning import CourseStudied
from contracts.topics import events_topic
from evidence.adapters.documents import DocumentFolder
from evidence.adapters.sequencer import LARGEST_BATCH, Sequencer
from evidence.adapters.signatures import Checkers
from evidence.views.ledger import counts

EVENTS = 40_000
CLEAN = {"events": EVENTS, "records": EVENTS}  # Nothing is flagged.
TOPIC, OWN = events_topic("learning"), events_topic("evidence")
pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


def said(fact: Fact, key: Signer, offset: int, partition: int = 0) -> Message:
    """An event as its relay sends it, some 650 bytes long."""
    stream = uuid4()
    event = record(
        fact, stream=stream, version=1, time=datetime.now(UTC), actor="user:ada", correlation=stream, causation=None
    )
    topic = events_topic(event.type.split(".")[0])
    headers = tuple(headers_of(event.raw, key))
    return Message(topic, partition, offset, dict(headers)["ce_subject"], event.raw, headers)


def registrations(keys: Path) -> list[Message]:
    own = signer("evidence", keys)
    known = {"evidence": own, "learning": signer("learning", keys)}
    facts = [
        ServiceKeyRegistered(service=name, key_id=key.key_id, public_key=b64encode(key.public).decode())
        for name, key in known.items()
    ]
    return [said(fact, own, offset) for offset, fact in enumerate(facts)]


def studies(keys: Path) -> list[Message]:
    key = signer("learning", keys)
    course = "安全生产与职业健康" * 4
    return [
        said(
            CourseStudied(employee=f"E{n % 500:06d}", course=course, on=date(2024, 1, 8), hours=Decimal(8)),
            key,
            n // 12,
            n % 12,
        )
        for n in range(EVENTS)
    ]


@contextmanager
def ledger(postgres: PostgresServer, folder: Path) -> Iterator[tuple[Sequencer, Store]]:
    """A ledger of its own, which knows the keys of its services."""
    name = f"bench_{uuid4().hex}"
    store, checkers = Store(postgres.create_database(name)), Checkers()
    store.migrate("evidence")
    sequencer = Sequencer(store, DocumentFolder(folder / name), checkers)
    try:
        sequencer.positions()
        sequencer.seal(registrations(folder))
        yield sequencer, store
    finally:
        sequencer.leave()
        checkers.close()
        store.close()
        postgres.drop_database(name)


def from_memory(sequencer: Sequencer, messages: Sequence[Message]) -> float:
    began = time.perf_counter()
    for first in range(0, len(messages), LARGEST_BATCH):
        sequencer.seal(messages[first : first + LARGEST_BATCH])
    return len(messages) / (time.perf_counter() - began)


async def produce(kafka: str, messages: Sequence[Message]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, linger_ms=5) as producer:
        sent = [
            await producer.send(m.topic, m.value, key=m.key, partition=m.partition, headers=list(m.headers))
            for m in messages
        ]
        await asyncio.gather(*sent)


async def consumed(kafka: str) -> float:
    parts = [TopicPartition(TOPIC, n) for n in range(12)]
    async with AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False) as consumer:
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        began, found = time.perf_counter(), 0
        while found < EVENTS:
            found += sum(map(len, (await consumer.getmany(timeout_ms=200, max_records=LARGEST_BATCH)).values()))
        return found / (time.perf_counter() - began)


async def from_topic(kafka: str, sequencer: Sequencer) -> float:
    """The rate from the first batch that comes to the last record that is committed."""
    began, sealed, done = 0.0, 0, asyncio.Event()

    async def take(messages: Sequence[Message], _: Ends) -> None:
        nonlocal began, sealed
        began = began or time.perf_counter()
        sealed += len(await asyncio.to_thread(sequencer.seal, messages))
        if sealed >= EVENTS:
            done.set()

    listener = Listener(
        bootstrap=kafka,
        group=f"bench-{uuid4()}",
        topics=(TOPIC,),
        take=take,
        positions=sequencer.positions,
        largest_batch=LARGEST_BATCH,
    )
    await listener.start()
    async with asyncio.timeout(120):
        await done.wait()
    took = time.perf_counter() - began
    await listener.stop()
    return EVENTS / took


def for_tessera(folder: Path, messages: Sequence[Message]) -> Path:
    """The same events for our few lines of Go: the key, then length, signature and bytes of each."""
    key, events = signer("learning", folder), folder / "events"
    with events.open("wb") as file:
        file.write(key.public)
        for message in messages:
            signature = b64decode((dict(message.headers)["signature"] or b"").partition(b" ")[2])
            file.write(len(message.value or b"").to_bytes(4, "big") + signature + (message.value or b""))
    return events


def appended(program: Path, events: Path, *words: str) -> float:
    """Records a second into a Tessera log on the same disk, by its own count."""
    log = events.parent / f"log-{uuid4().hex}"
    done = subprocess.run(
        [program, "-events", events, "-log", log, *words], capture_output=True, text=True, check=True, timeout=600
    )
    shutil.rmtree(log)
    return float(done.stdout)


def test_records_a_second(kafka_server: KafkaServer, postgres_server: PostgresServer, tmp_path: Path):
    kafka, messages = kafka_server.bootstrap_servers, studies(tmp_path)
    create_topics(kafka, [TOPIC, OWN])
    asyncio.run(produce(kafka, messages))

    def sealing() -> float:
        with ledger(postgres_server, tmp_path) as (sequencer, store):
            rate = asyncio.run(from_topic(kafka, sequencer))
            assert counts(store)[TOPIC] == CLEAN
            return rate

    def memory() -> float:
        with ledger(postgres_server, tmp_path) as (sequencer, store):
            rate = from_memory(sequencer, messages)
            assert counts(store)[TOPIC] == CLEAN
            return rate

    tessera, events = appending(tmp_path), for_tessera(tmp_path, messages)
    found = medians(
        sealing=sealing,
        raw=lambda: asyncio.run(consumed(kafka)),
        memory=memory,
        checked=lambda: appended(tessera, events, "-checks"),
        unchecked=lambda: appended(tessera, events),
    )
    delete_topics(kafka, [TOPIC, OWN])
    size = sum(len(message.value or b"") for message in messages) / EVENTS
    ratio = found["sealing"] / found["raw"]
    print(f"\nsealing {found['sealing']:9,.0f}/s, raw aiokafka consume {found['raw']:9,.0f}/s, ratio {ratio:.2f}")
    print(f"  from memory {found['memory']:,.0f}/s; {EVENTS:,} events of {size:.0f} bytes, every signature checked")
    print(
        f"  Tessera, POSIX, the same events: {found['checked']:,.0f}/s with checks, {found['unchecked']:,.0f}/s without"
    )
    against = found["sealing"] / found["checked"]
    verdict = "held" if against >= 1 else "MISSED"
    print(
        f"  ratio sealing / Tessera with checks: {against:.2f}, goal at least 1.0: {verdict}; see docs/performance.md"
    )
