"""Commands a second: Works of one committer, alone and in company, beside plain `eventsourcing` on the same PostgreSQL."""

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder

from chassis.keeping.committer import Answer, Committer, Request
from chassis.keeping.letters import SAID
from chassis.keeping.store import Store
from chassis.keeping.work import Cause, House, Work
from contracts.envelope import record
from contracts.learning import CourseStudied
from contracts.topics import PUBLISHED

COMMANDS, RUNS = 400, 3
studied = CourseStudied(employee="E000001", course="safety", on=date(2024, 1, 8), hours=Decimal(8))


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = Store(database, connections=70)
    store.migrate("learning")
    yield store
    store.close()


def rate(act: Callable[[UUID], object], callers: int) -> float:
    """The median of RUNS rates, in commands a second."""
    found: list[float] = []
    for _ in range(RUNS):
        began = time.perf_counter()
        with ThreadPoolExecutor(callers) as crowd:
            list(crowd.map(act, (uuid4() for _ in range(COMMANDS * (4 if callers > 1 else 1)))))
        found.append(COMMANDS * (4 if callers > 1 else 1) / (time.perf_counter() - began))
    return statistics.median(found)


def work_of(committer: Committer, stream: UUID) -> None:
    """As over HTTP: the stream is named beforehand, a row of a view is written, the answer is kept under a key."""

    def handler(work: Work) -> int:
        work.write("insert into inbox_heads values (%s, 1)", stream)
        return work.decide(SAID, stream, studied)

    asked = Request(Cause("user:ada", stream), handler, streams=(stream,), key=str(stream), answer=answered)
    committer.submit(asked).result()


def answered(_: Work, version: object) -> Answer:
    return Answer(200, str(version).encode())


def plain(recorder: PostgresApplicationRecorder, stream: UUID) -> None:
    event = record(
        studied, stream=stream, version=1, time=datetime.now(UTC), actor="user:ada", correlation=stream, causation=None
    )
    recorder.insert_events([StoredEvent(stream, 1, event.type, event.raw)])


@pytest.mark.postgres
@pytest.mark.parametrize("callers", [1, 8, 64])
def test_commands_a_second(store: Store, callers: int):
    committer = Committer(House("learning", PUBLISHED["learning"]), store)
    committer.start()
    recorder = PostgresApplicationRecorder(store.datastore, events_table_name="plain_events")
    recorder.create_table()
    try:
        ours = rate(partial(work_of, committer), callers)
        theirs = rate(partial(plain, recorder), callers)
    finally:
        committer.stop()
    print(
        f"\n{callers:3} callers: Works {ours:7,.0f}/s, plain eventsourcing {theirs:7,.0f}/s, ratio {ours / theirs:.2f}"
    )
    assert ours > 0
