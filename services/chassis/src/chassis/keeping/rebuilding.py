"""Rebuilding views: emptied and filled again, from the service's own events and from the topics it hears."""

# aiokafka says nothing of its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import AsyncGenerator, Iterable
from uuid import NAMESPACE_OID

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from psycopg.sql import SQL, Identifier

from chassis.keeping.inbox import Hearing
from chassis.keeping.store import Store
from chassis.keeping.work import Batch, Cause, Work, clock
from contracts.envelope import NotAnEvent, read
from contracts.topics import topics_of

log = structlog.get_logger()
CHUNK = 2_000


async def rebuild_views(hearing: Hearing, store: Store, bootstrap: str) -> int:
    """Fills the views anew in one transaction; until it commits, readers see the old ones. Returns events applied.

    What others said is applied up to the inbox's positions, so that live hearing goes on where this ends.
    """
    news = [raw async for raw in _heard_before(hearing, store, bootstrap)]
    house = hearing.house
    with store.datastore.get_connection() as connection, connection.transaction():
        batch = Batch(house, store, connection, clock())
        with connection.cursor() as cursor:
            store.recorder.lock(cursor)
            for table in sorted({table for view in house.views for table in view.TABLES}):
                cursor.execute(SQL("delete from {}").format(Identifier(table)))
        work = Work(batch, Cause(f"service:{house.name}", NAMESPACE_OID))
        return _apply(work, news, hearing) + _apply(work, _own(store), hearing)


def _apply(work: Work, raws: Iterable[bytes], hearing: Hearing) -> int:
    known, seen, count = {**hearing.house.facts, **hearing.known}, dict[object, int](), 0
    for raw in raws:
        try:
            event = read(raw, known)
        except NotAnEvent:
            continue
        if event.version <= seen.get(event.stream, 0):
            continue
        seen[event.stream] = event.version
        work.show(event)
        count += 1
        if count % CHUNK == 0:
            work.batch.flush()
            log.info("views-rebuilt-so-far", events=count)
    work.batch.flush()
    return count


def _own(store: Store) -> Iterable[bytes]:
    position = 0
    while found := store.recorder.select_notifications(position, CHUNK, inclusive_of_start=False):
        yield from (one.state for one in found)
        position = found[-1].id


async def _heard_before(hearing: Hearing, store: Store, bootstrap: str) -> AsyncGenerator[bytes]:
    topics = topics_of(hearing.facts)
    if not topics:
        return
    rows = store.rows("select topic, partition, next_offset from inbox_positions where next_offset > 0")
    until = {
        TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows if row["topic"] in topics
    }
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed")
    await consumer.start()
    try:
        consumer.assign(list(until))
        await consumer.seek_to_beginning(*until)
        while open_ := [part for part, end in until.items() if await consumer.position(part) < end]:
            for part, records in (await consumer.getmany(*open_, timeout_ms=500, max_records=CHUNK)).items():
                for record in records:
                    if record.offset < until[part] and record.value is not None:
                        yield record.value
    finally:
        await consumer.stop()
