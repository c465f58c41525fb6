"""A process killed (kill -9) before each word that it says to its database, and started again: as if nothing had been."""

import asyncio
import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faults.lives import Life, Line, live

from chassis.testing.counter.domain import Knocked
from chassis.testing.counter.service import DUTIES, HOUSE, stream_of
from chassis.testing.places import KafkaServer
from chassis.testing.service import ServiceUnderTest
from chassis.testing.topics import create_topics, delete_topics
from contracts.envelope import read

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(300)]

TOPIC, DEAD = "counters.events.v1", "counters.dead-letters.v1"
FEWEST = 12  # words that such a life needs at the very least; fewer would mean that nobody counted
KEPT = """
    select s.stream,
        (select count(*) from stored_events e where e.originator_id = s.stream) as events,
        (select count(*) from tallies t where t.stream = s.stream) as shown
    from unnest(%s::uuid[]) as s(stream)
"""
NOTED = """
    select (select count(*) from idempotency_keys where key = %s) as answers,
        (select count(*) from inbox_positions where partition = %s and next_offset > %s) as heard
"""


@pytest.fixture
def service(database: str) -> Iterator[ServiceUnderTest]:
    """The counters, looked at from beside: nothing is asked of this one."""
    with ServiceUnderTest(HOUSE, DUTIES, "chassis.testing.counter", database) as made:
        yield made


@pytest.fixture
def line(database: str) -> Iterator[Line]:
    made = Line(database)
    yield made
    made.close()


@pytest.fixture
def bootstrap(kafka_server: KafkaServer) -> Iterator[str]:
    """A broker with the topics of the counters, which are gone afterwards: others hear every topic of events."""
    create_topics(kafka_server.bootstrap_servers, [TOPIC, DEAD])
    yield kafka_server.bootstrap_servers
    delete_topics(kafka_server.bootstrap_servers, [TOPIC, DEAD])


def lived(life: Life, line: Line, ended_at: int = 0) -> tuple[bool, set[str]]:
    """Whether this life came to its own end, and what it had said by then."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(
        ["chassis.testing.counter.service", "chassis.keeping.relay", "chassis.keeping.inbox"]
    )
    ours, theirs = forking.Pipe()
    process = forking.Process(target=live, args=(life, theirs))
    process.start()
    theirs.close()
    line.end_at(ended_at, process.pid or 0)
    ours.send("live")
    said: set[str] = set()
    try:
        while True:
            said.add(ours.recv())
    except EOFError:
        process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0, said


def kept(service: ServiceUnderTest, life: Life) -> tuple[int, int]:
    """How often the request and the message are in the store: event, view, key and position all say the same."""
    streams = [stream_of(life.asked), stream_of((life.heard.key or b"").decode())]
    with service.store.connect() as reader, reader.transaction():
        reader.execute("set transaction isolation level repeatable read")
        found = {row[0]: row[1:] for row in reader.execute(KEPT, (streams,))}
        noted = reader.execute(NOTED, (life.asked, life.heard.partition, life.heard.offset)).fetchone()
    asked, told = found[streams[0]], found[streams[1]]
    assert noted == (asked[0], told[0])
    assert (asked[0], told[0]) == (asked[1], told[1])
    return asked[0], told[0]


async def told(bootstrap: str) -> list[Any]:
    """All records of the topic, in the order of their partitions."""
    parts = [TopicPartition(TOPIC, n) for n in range(12)]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        ends, found = await consumer.end_offsets(parts), list[Any]()
        for part in (part for part in parts if ends[part]):
            consumer.assign([part])
            consumer.seek(part, 0)
            found += [await consumer.getone() for _ in range(ends[part])]
    return found


def test_whenever_it_is_killed_everything_has_happened_once_when_it_has_lived_again(
    service: ServiceUnderTest, line: Line, bootstrap: str, tmp_path: Path
):
    word, whole = 0, False
    while not whole:
        word += 1
        news = service.news(Knocked(employee=f"heard-{word}", times=1))
        life = Life(line.url, bootstrap, tmp_path, f"asked-{word}", news)

        whole, said = lived(life, line, ended_at=word)
        asked, heard = kept(service, life)
        assert asked or "answered" not in said, f"killed at word {word}, it had answered and kept nothing"
        assert heard or "heard" not in said, f"killed at word {word}, it had heard and kept nothing"
        assert lived(life, line)[0]

        assert kept(service, life) == (1, 1), f"killed at word {word}, it did something twice"
    assert word > FEWEST

    stored = {event.id: event.raw for event in service.events()}
    assert len(stored) == 2 * word
    records = asyncio.run(told(bootstrap))
    assert {read(record.value, HOUSE.facts).id: record.value for record in records} == stored
    assert service.store.rows("select max(notification_id) from stored_events") == [{"max": 2 * word}]
    assert service.parked() == []
