"""Rebuilding views: emptied and filled again, from the service's own events and from the topics it hears."""

# aiokafka says nothing of its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any
from uuid import NAMESPACE_OID, UUID

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from eventsourcing.persistence import Notification
from psycopg.sql import SQL, Identifier

from chassis.keeping.inbox import Hearing, decoded, positions_in
from chassis.keeping.store import Store
from chassis.keeping.work import Batch, Cause, Work, clock
from contracts.envelope import Event, Fact, read
from contracts.topics import topics_of

log = structlog.get_logger()
CHUNK = 2_000


async def rebuild_views(hearing: Hearing, store: Store, bootstrap: str) -> int:
    """Fills the views anew in one transaction; until it commits, readers see the old ones. Returns events applied.

    What others said is applied up to the inbox's positions, so that live hearing goes on where this ends, and among
    the service's own events by the instants of recording.
    """
    house, known = hearing.house, {**hearing.house.facts, **hearing.known}
    async with _Reader(bootstrap, topics_of(hearing.facts)) as topics:
        await topics.read(store)  # The long part, while the service goes on.
        with store.datastore.get_connection() as connection, connection.transaction():
            batch = Batch(house, store, connection, clock())
            with connection.cursor() as cursor:
                store.recorder.lock(cursor)
                for table in sorted({table for view in house.views for table in view.TABLES}):
                    cursor.execute(SQL("delete from {}").format(Identifier(table)))
            await topics.read(store)  # What came meanwhile; under the lock, nothing comes any more.
            heard = (_in_turn(raws, known, _unheard(store)) for raws in topics.raws.values())
            own = (read(one.state, known) for one in _own(store))
            work, count = Work(batch, Cause(f"service:{house.name}", NAMESPACE_OID)), 0
            for count, event in enumerate(_by_time(own, *heard), start=1):
                work.show(event)
                if count % CHUNK == 0:
                    batch.flush()
                    log.info("views-rebuilt-so-far", events=count)
            batch.flush()
            return count


def _unheard(store: Store) -> set[tuple[UUID, int]]:
    rows = store.rows("select stream, version from inbox_parked where stream is not null")
    return {(row["stream"], row["version"]) for row in rows}


def _in_turn(
    raws: Iterable[bytes], known: Mapping[str, type[Fact]], unheard: set[tuple[UUID, int]]
) -> Iterator[Event[Any]]:
    """Each event once, in the order of its stream, as the inbox heard it; what it parked or discarded is left out."""
    heads, early = dict[UUID, int](), dict[tuple[UUID, int], Event[Any]]()
    for raw in raws:
        event, why = decoded(raw, known)
        if event is None:
            continue
        if why or (event.stream, event.version) in unheard:
            heads[event.stream] = max(heads.get(event.stream, 0), event.version)
        elif event.version > heads.get(event.stream, 0):
            early[event.stream, event.version] = event
        while event := early.pop((event.stream, heads.get(event.stream, 0) + 1), None):
            heads[event.stream] = event.version
            yield event


def _by_time(*told: Iterable[Event[Any]]) -> Iterator[Event[Any]]:
    """All events by the instants of recording; no sequence is reordered, even if its clock once stepped back."""

    def marked(events: Iterable[Event[Any]]) -> Iterator[tuple[datetime, Event[Any]]]:
        latest = datetime.min.replace(tzinfo=UTC)
        for event in events:
            latest = max(latest, event.time)
            yield latest, event

    return (event for _, event in heapq.merge(*map(marked, told), key=itemgetter(0)))


def _own(store: Store) -> Iterator[Notification]:
    position = 0
    while found := store.recorder.select_notifications(position, CHUNK, inclusive_of_start=False):
        yield from found
        position = found[-1].id


class _Reader:
    """Reads what others said, each partition from its start up to the inbox's position."""

    def __init__(self, bootstrap: str, topics: Sequence[str]) -> None:
        self._topics = topics
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed"
        )
        self.raws: dict[TopicPartition, list[bytes]] = {}

    async def __aenter__(self) -> "_Reader":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.raws:
            await self._consumer.stop()

    async def read(self, store: Store) -> None:
        at = {TopicPartition(*place): end for place, end in positions_in(store).items() if end}
        until = {part: end for part, end in at.items() if part.topic in self._topics}
        if not self.raws and until:
            await self._consumer.start()
            self.raws = {part: [] for part in until}
            self._consumer.assign(list(until))
            await self._consumer.seek_to_beginning(*until)
        while open_ := [part for part, end in until.items() if await self._consumer.position(part) < end]:
            for part, records in (await self._consumer.getmany(*open_, timeout_ms=500, max_records=CHUNK)).items():
                kept = (record for record in records if record.offset < until[part])
                self.raws[part] += [record.value for record in kept if record.value is not None]
