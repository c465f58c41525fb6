"""A Work: one request or one message. It commits whole or not at all, and only the committer commits it."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from typing import Any, LiteralString, Protocol, TypeVar, cast, get_type_hints
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from chassis.keeping.store import Store
from contracts import Refusal
from contracts.envelope import Event, Fact, read, record

SNAPSHOT_EVERY = 100

Answered = TypeVar("Answered")
Write = tuple[LiteralString, Sequence[object]]


class Decider(Protocol):
    """A pure decider; a module of the domain satisfies it."""

    @property
    def initial(self) -> Any: ...
    @property
    def decide(self) -> Callable[[Any, Any], Sequence[Fact]]: ...
    @property
    def evolve(self) -> Callable[[Any, Any], Any]: ...


class View(Protocol):
    """A view's module: the tables it fills, and which event changes it."""

    @property
    def TABLES(self) -> tuple[str, ...]: ...  # noqa: N802  # a constant of the module
    @property
    def CHANGES(self) -> Mapping[type[Fact], Callable[["Work", Event[Any]], None]]: ...  # noqa: N802


class Asked(Protocol):
    """Whoever answers a query: a Work, or a store outside of one."""

    def rows(self, sql: LiteralString, *values: object) -> list[dict[str, Any]]: ...


@dataclass(eq=False)
class StreamMoved(Refusal):
    """The stream is not at the version that the caller had seen (If-Match, RFC 9110 13.1.1)."""

    expected: int
    actual: int
    status = 412


@dataclass(eq=False)
class NoDayOpened(Refusal):
    """No day of the company has been heard of yet, so nothing can be dated."""


@dataclass(frozen=True)
class Cause:
    """Who asked, and in what connection: `actor` is `user:…` or `service:…`."""

    actor: str
    correlation: UUID
    causation: UUID | None = None


@dataclass(frozen=True)
class Stream:
    """A stream as far as it is loaded: events after `base`, or a folded state of some decider."""

    version: int
    base: int = 0
    folded: Any = None
    folder: str | None = None
    events: tuple[StoredEvent, ...] = ()


@dataclass(frozen=True)
class House:
    """What a service hands to its keeping: its name, its own facts, its views, and what follows its facts."""

    name: str
    facts: Mapping[str, type[Fact]]
    views: tuple[View, ...] = ()
    errands: frozenset[type[Fact]] = frozenset()
    day_opened: type[Fact] | None = None


@cache
def _keeper(decider: Decider) -> tuple[str, TypeAdapter[Any] | None]:
    """The name that a decider's snapshots stand under, and what writes and reads them; nothing does if its states
    cannot be written. The name changes with the decider's code and its states' shape, so no snapshot outlives them.
    """
    name = getattr(decider, "__name__", type(decider).__name__)
    try:
        adapter = TypeAdapter[Any](get_type_hints(decider.evolve)["return"])
        told = f"{adapter.json_schema()}{inspect.getsource(inspect.getmodule(decider.evolve) or type(decider))}"
    except (PydanticUserError, KeyError, NameError, OSError):
        return name, None
    return f"{name}/{sha256(told.encode()).hexdigest()[:8]}", adapter


class Batch:
    """The Works that share one transaction. Nothing here outlives it."""

    def __init__(self, house: House, store: Store, connection: Connection[DictRow], now: datetime) -> None:
        self.house, self.store, self.connection, self.now = house, store, connection, now
        self.streams: dict[UUID, Stream] = {}
        self.events = list[Event[Fact]]()  # Decided and not yet written, as are
        self.writes = list[Write]()  # the changes of tables.
        self.today: date | None = None
        self.transaction = ""  # its number, by which its outcome can be asked for
        self._before: dict[UUID, Stream | None] = {}
        self._mark = (0, 0)
        self._savepoint = self._outlived = False  # the running Work's own, and that of one before it
        self._day: date | None = None

    def load(self, streams: Iterable[UUID]) -> None:
        """Reads streams that are not in memory yet, from their newest snapshots on."""
        wanted = [stream for stream in set(streams) if stream not in self.streams]
        if not wanted:
            return
        with self.connection.pipeline(), self.connection.cursor() as old, self.connection.cursor() as new:
            old.execute(
                "select distinct on (originator_id) * from snapshots where originator_id = any(%s)"
                " order by originator_id, originator_version desc",
                (wanted,),
            )
            new.execute(
                "select e.originator_id, e.originator_version, e.topic, e.state from stored_events e"
                " left join (select originator_id, max(originator_version) v from snapshots"
                " where originator_id = any(%s) group by 1) s using (originator_id)"
                " where e.originator_id = any(%s) and e.originator_version > coalesce(s.v, 0)"
                " order by e.originator_version",
                (wanted, wanted),
            )
            snapshots = {row["originator_id"]: row for row in old.fetchall()}
            events: dict[UUID, list[StoredEvent]] = defaultdict(list)
            for row in new.fetchall():
                events[row["originator_id"]].append(_stored(row))
        for stream in wanted:
            snapshot, since = snapshots.get(stream), tuple(events[stream])
            base = snapshot["originator_version"] if snapshot else 0
            version = since[-1].originator_version if since else base
            self.streams[stream] = Stream(
                version=version,
                base=base,
                folded=bytes(snapshot["state"]) if snapshot else None,
                folder=snapshot["topic"] if snapshot else None,
                events=since,
            )

    def events_of(self, stream: UUID) -> list[StoredEvent]:
        """Every event of a stream, those too that are decided and not yet written."""
        found = self.connection.execute(
            "select originator_id, originator_version, topic, state from stored_events where originator_id = %s"
            " order by originator_version",
            (stream,),
        )
        new = (StoredEvent(e.stream, e.version, e.type, e.raw) for e in self.events if e.stream == stream)
        return [*map(_stored, found.fetchall()), *new]

    def rows(self, sql: LiteralString, values: Sequence[object]) -> list[dict[str, Any]]:
        """A read within the transaction; what is buffered is written first, so a Work sees its own writes."""
        with self.connection.pipeline(), self.connection.cursor() as cursor:
            self._settle()
            return cursor.execute(sql, values).fetchall()

    def begin(self, *, careful: bool = False) -> None:
        """From here on is one Work, which `undo` can take back; a careful one even from a fault of the database."""
        self._outlived |= self._savepoint
        self._before.clear()
        self._mark, self._savepoint, self._day = (len(self.events), len(self.writes)), False, self.today
        if careful:
            self.settle()
            self._save()

    def settle(self) -> None:
        """Writes what is buffered, the Work's own part behind a savepoint."""
        with self.connection.pipeline():
            self._settle()

    def _settle(self) -> None:
        others, own = self.writes[: self._mark[1]], self.writes[self._mark[1] :]
        self.writes.clear()
        self._mark = (self._mark[0], 0)
        self._write(others)
        if own and not self._savepoint:
            self._save()
        self._write(own)

    def _save(self) -> None:
        if self._outlived:
            self.connection.execute("release savepoint work")
        self.connection.execute("savepoint work")
        self._savepoint, self._outlived = True, False

    def undo(self) -> None:
        """Takes back what the Work did since `begin`: in memory, and in the database where it was flushed."""
        if self._savepoint:
            self.connection.execute("rollback to savepoint work")
        del self.events[self._mark[0] :]
        del self.writes[self._mark[1] :]
        self.today = self._day
        for stream, before in self._before.items():
            if before is None:
                del self.streams[stream]
            else:
                self.streams[stream] = before
        self._before.clear()

    def keep(self, stream: UUID, after: Stream) -> None:
        self._before.setdefault(stream, self.streams.get(stream))
        self.streams[stream] = after

    def flush(self) -> None:
        """Writes everything that the Works decided; the transaction commits it."""
        if self.events:
            with self.connection.pipeline() as pipeline, self.connection.cursor() as cursor:
                self.store.recorder.append(cursor, self.events)
                pipeline.sync()  # a conflict is an IntegrityError here, and not something else at the commit
            self.events.clear()
        with self.connection.pipeline():
            self._write(self.writes)
        self.writes.clear()

    def _write(self, writes: Sequence[Write]) -> None:
        if writes:
            with self.connection.cursor() as cursor:
                for sql, values in writes:
                    cursor.execute(sql, values)


class Work:
    """What a handler is given: deciding, reading, writing views and deadlines, all in one transaction."""

    def __init__(self, batch: Batch, cause: Cause, *, today: date | None = None) -> None:
        self.batch, self.cause, self._today = batch, cause, today
        self.decided: list[Event[Fact]] = []

    @property
    def today(self) -> date:
        """The last day of the company that was heard of; never the clock. Refuses with NoDayOpened before the first."""
        day = self._today or self.batch.today
        if day is None:
            raise NoDayOpened
        return day

    @property
    def now(self) -> datetime:
        """When this is recorded, which is not when it happened."""
        return self.batch.now

    def decide(self, decider: Decider, stream: UUID, command: object) -> int:
        """Decides a command and keeps what happened. Returns the stream's version.

        Raises whatever the decider refuses with.
        """
        state, version = self._fold(decider, stream)
        for fact in decider.decide(command, state):
            version += 1
            state = decider.evolve(state, fact)
            self._happened(
                record(
                    fact,
                    stream=stream,
                    version=version,
                    time=self.batch.now,
                    actor=self.cause.actor,
                    correlation=self.cause.correlation,
                    causation=self.cause.causation,
                )
            )
            if version % SNAPSHOT_EVERY == 0:
                self._snapshot(decider, stream, version, state)
        self.batch.keep(stream, Stream(version, version, state, _keeper(decider)[0]))
        return version

    def must_be_at(self, stream: UUID, version: int) -> None:
        """Refuses with StreamMoved unless the stream is at this version."""
        self.batch.load((stream,))
        if (actual := self.batch.streams[stream].version) != version:
            raise StreamMoved(version, actual)

    def state(self, decider: Decider, stream: UUID) -> Any:
        """What a stream is now, by its decider."""
        return self._fold(decider, stream)[0]

    def rows(self, sql: LiteralString, *values: object) -> list[dict[str, Any]]:
        """What a query answers, with this Work's own writes."""
        return self.batch.rows(sql, values)

    def write(self, sql: LiteralString, *values: object) -> None:
        """A change of a view's table. It is buffered, and commits with the rest."""
        self.batch.writes.append((sql, values))

    def remind(self, due: date, name: str, key: str, *, last_useful: date | None = None) -> None:
        """Lets the deadline `name` fire for `key` once the day `due` has come, unless `last_useful` has passed by then."""
        self.write(
            "insert into deadlines (name, key, due, last_useful) values (%s, %s, %s, %s) on conflict do nothing",
            *(name, key, due, last_useful),
        )

    def forget(self, name: str, key: str) -> None:
        """Takes back the deadlines of that name and key."""
        self.write("delete from deadlines where name = %s and key = %s", name, key)

    def _fold(self, decider: Decider, stream: UUID) -> tuple[Any, int]:
        self.batch.load((stream,))
        held = self.batch.streams[stream]
        folder, adapter = _keeper(decider)
        ours = held.folder == folder
        if ours and not isinstance(held.folded, bytes):
            return held.folded, held.version
        state, events = decider.initial, held.events
        if ours and adapter is not None:
            state = adapter.validate_json(held.folded)
        elif held.folder is not None:  # Another decider's, or one before its shape moved on: the events tell it anew.
            events = self.batch.events_of(stream)
        for stored in events:
            state = decider.evolve(state, self._own(stored))
        return state, held.version

    def _own(self, stored: StoredEvent) -> Fact:
        fact = read(stored.state, self.batch.house.facts).fact
        if fact is None:
            raise LookupError(f"{stored.topic} stands in our own stream {stored.originator_id} and is unknown")
        return fact

    def _snapshot(self, decider: Decider, stream: UUID, version: int, state: object) -> None:
        folder, adapter = _keeper(decider)
        if adapter is None:
            return
        try:
            kept = adapter.dump_json(state)
            if adapter.validate_json(kept) != state:  # Two states of a union may look alike once they are written.
                return
        except ValueError:
            return
        self.write(
            "insert into snapshots (originator_id, originator_version, topic, state) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            *(stream, version, folder, kept),
        )

    def _happened(self, event: Event[Fact]) -> None:
        self.batch.events.append(event)
        self.decided.append(event)
        self.note(event, {})
        house = self.batch.house
        if type(event.fact) in house.errands:
            self.write(
                "insert into errands (event, name, stream, version) values (%s, %s, %s, %s)",
                *(event.id, event.type, event.stream, event.version),
            )

    def note(self, event: Event[Any], ends: Mapping[str, int]) -> None:
        """Lets a fact change what is kept: a day that has come, with how far everyone had spoken by then, and views."""
        day_opened = self.batch.house.day_opened
        if day_opened is not None and isinstance(event.fact, day_opened):
            self.hear_day(getattr(event.fact, "day"), ends)  # noqa: B009  # the fact is main's, its field our agreement
        self.show(event)

    def show(self, event: Event[Any]) -> None:
        """Lets every view that listens to this fact change with it."""
        for view in self.batch.house.views:
            if change := view.CHANGES.get(cast("type[Fact]", type(event.fact))):
                change(self, event)

    def hear_day(self, day: date, ends: Mapping[str, int]) -> None:
        """Records that a day has come. Its deadlines fire once the inbox has passed `ends` (offset by topic/partition)."""
        self.write("insert into days (day, ends) values (%s, %s) on conflict do nothing", day, Jsonb(dict(ends)))
        self.batch.today = max(self.batch.today or day, day)


def _stored(row: DictRow) -> StoredEvent:
    return StoredEvent(row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"]))


def clock() -> datetime:
    """The instant of recording; the chassis alone reads it."""
    return datetime.now(UTC)


def begun_by(actor: str) -> Cause:
    """The cause of something that begins here: nothing led to it but the actor."""
    return Cause(actor, uuid4())


def caused_by(event: Event[Any], service: str) -> Cause:
    """The cause of what `service` does on hearing `event`."""
    return replace(Cause(f"service:{service}", event.correlation), causation=event.id)
