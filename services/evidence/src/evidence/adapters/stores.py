"""The event store of a service as its database holds it: written from nothing, and read in order."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from chassis.keeping.store import Store
from evidence.domain.hearing import Heard
from evidence.domain.rebuilding import NotEmpty, StoreAway, Stored

AT_ONCE = 2_000  # rows that are fetched together
COLUMNS = "originator_id, originator_version, topic, state"


@contextmanager
def _answering() -> Generator[None]:
    try:
        yield
    except psycopg.Error as fault:
        raise StoreAway(str(fault).splitlines()[0]) from fault


def rebuild(url: str, events: Iterable[Stored], heard: Callable[[], Heard]) -> int:
    """Writes events into an empty database, in one transaction: all of them, or nothing. Returns how many.

    The relay's position goes to the end, so that nothing is told again; the inbox stands where `heard`, which is asked
    when all events are read, says that it stood. If we stop before the commit, the tables stand
    empty, and the next attempt fills them. Raises NotEmpty, StoreAway, and whatever `events` raises.
    """
    with _answering(), psycopg.connect(url) as connection:
        if connection.execute("select to_regclass('stored_events')").fetchone() != (None,):
            _refuse_events(connection)
        connection.commit()
        _make_tables(url)
        connection.execute("lock table stored_events in exclusive mode")
        _refuse_events(connection)
        count = _copy(connection, events)
        connection.execute("update relay_position set notification = %s", (count,))
        _keep(connection, heard())
        connection.execute("analyze stored_events")
        return count


def _make_tables(url: str) -> None:
    store = Store(url)
    try:
        store.migrate()
    finally:
        store.close()


def _refuse_events(connection: Connection[TupleRow]) -> None:
    if connection.execute("select 1 from stored_events limit 1").fetchone():
        raise NotEmpty


def _copy(connection: Connection[TupleRow], events: Iterable[Stored]) -> int:
    count = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy stored_events ({COLUMNS}, notification_id) from stdin (format binary)") as copy,
    ):
        copy.set_types(["uuid", "int8", "text", "bytea", "int8"])
        for count, event in enumerate(events, start=1):
            copy.write_row((event.stream, event.version, event.type, event.state, count))
    return count


def _keep(connection: Connection[TupleRow], heard: Heard) -> None:
    """Days that were heard have fired; what falls due on them, once the views are rebuilt, fires at the next start."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into inbox_positions (topic, incarnation, partition, next_offset) values (%s, %s, %s, %s)",
            [(*partition, offset) for partition, offset in heard.positions.items()],
        )
        cursor.executemany("insert into inbox_heads (stream, version) values (%s, %s)", heard.heads.items())
        cursor.executemany(
            "insert into days (day, ends, fired) values (%s, '{}', true)", [(day,) for day in sorted(heard.days)]
        )


@contextmanager
def stored_in(url: str) -> Generator[Iterator[Stored]]:
    """Every event of a database by stream and version, as of one instant. Raises StoreAway."""
    with _answering(), psycopg.connect(url) as connection, connection.cursor("in_order", binary=True) as cursor:
        connection.read_only = True
        cursor.itersize = AT_ONCE
        cursor.execute(f"select {COLUMNS} from stored_events order by originator_id, originator_version")
        yield (Stored(stream, version, kind, bytes(state)) for stream, version, kind, state in cursor)
