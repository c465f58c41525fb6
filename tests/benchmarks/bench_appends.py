"""Commands a second: Works that share a transaction, Works that have one each, and plain `eventsourcing` beside them."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from benchmarks.rounds import medians
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder

from chassis.keeping import committer as committing
from chassis.keeping.committer import LARGEST_BATCH, Answer, Committer, Request
from chassis.keeping.letters import SAID
from chassis.keeping.store import Store
from chassis.keeping.work import Cause, House, Work
from contracts.envelope import record
from contracts.learning import CourseStudied
from contracts.topics import PUBLISHED

COMMANDS = 400  # of one caller; a crowd gives four times as many
studied = CourseStudied(employee="E000001", course="safety", on=date(2024, 1, 8), hours=Decimal(8))


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = Store(database, connections=70)
    store.migrate("learning")
    yield store
    store.close()


def rate(act: Callable[[UUID], object], callers: int) -> float:
    """Commands a second."""
    commands = COMMANDS if callers == 1 else COMMANDS * 4
    began = time.perf_counter()
    with ThreadPoolExecutor(callers) as crowd:
        list(crowd.map(act, (uuid4() for _ in range(commands))))
    return commands / (time.perf_counter() - began)


def rate_of_works(committer: Committer, callers: int, largest_batch: int) -> float:
    """A batch of one is what the committer would be if it let nobody share a transaction."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(committing, "LARGEST_BATCH", largest_batch)
        return rate(partial(work_of, committer), callers)


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
        found = medians(
            together=lambda: rate_of_works(committer, callers, LARGEST_BATCH),
            alone=lambda: rate_of_works(committer, callers, 1),
            plain=lambda: rate(partial(plain, recorder), callers),
        )
    finally:
        committer.stop()
    together, alone, theirs = found["together"], found["alone"], found["plain"]
    print(
        f"\n{callers:3} callers: Works together {together:6,.0f}/s, alone {alone:6,.0f}/s, plain eventsourcing {theirs:6,.0f}/s"
    )
    print(
        f"    ratio together/plain {together / theirs:.2f}, alone/plain {alone / theirs:.2f}, together/alone {together / alone:.2f}"
    )
    assert all(found.values())
