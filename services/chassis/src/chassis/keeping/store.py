"""The event store of a service: `eventsourcing`'s PostgreSQL recorders, numbered so that count equals maximum."""

# yoyo says nothing of its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable
from importlib.resources import as_file, files
from typing import Any, LiteralString

import psycopg
import yoyo
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresApplicationRecorder, PostgresDatastore
from psycopg import Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Composed, Identifier

from contracts.envelope import Event, Fact

LOCK_TIMEOUT = 5  # seconds that an append waits for its turn


class Recorder(PostgresApplicationRecorder):
    """Appends inside a transaction of the committer's own, so that events and all else commit together or not at all."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore)
        table = Identifier(datastore.schema, self.events_table_name)
        # A sequence leaves holes behind conflicts and crashes; under the table's lock the maximum cannot move.
        self.insert_events_statement: Composed = SQL(
            "INSERT INTO {table} (originator_id, originator_version, topic, state, notification_id)"
            " SELECT n.originator_id, n.originator_version, n.topic, n.state,"
            " (SELECT coalesce(max(notification_id), 0) FROM {table}) + n.place"
            " FROM unnest(%s::{stored}[]) WITH ORDINALITY AS n(originator_id, originator_version, topic, state, place)"
            " RETURNING notification_id"
        ).format(table=table, stored=Identifier(datastore.schema, self.stored_event_type_name))

    def lock(self, cursor: Cursor[DictRow]) -> None:
        """Takes the turn to append; who waits longer than LOCK_TIMEOUT seconds fails and tries again."""
        self._lock_table(cursor)

    def append(self, cursor: Cursor[DictRow], events: Iterable[Event[Fact]]) -> None:
        """Writes events under the lock that this transaction already holds."""
        stored = [StoredEvent(event.stream, event.version, event.type, event.raw) for event in events]
        self._notify_channel(cursor)
        PostgresAggregateRecorder._insert_stored_events(self, cursor, stored)


class Store:
    """One service's database: its events, its snapshots, and the pool that everything else uses too."""

    def __init__(self, url: str, *, connections: int = 12) -> None:
        self.url = url
        self.datastore = PostgresDatastore(
            *("", "", "", "", ""),  # the address follows whole, with what it says of TLS
            pool_size=2,
            max_overflow=connections - 2,
            lock_timeout=LOCK_TIMEOUT,
            enable_db_functions=False,  # they drop tracking, and let commits appear out of order
        )
        self.datastore.pool.kwargs = {**conninfo_to_dict(url), "row_factory": dict_row}
        self.recorder = Recorder(self.datastore)
        self.snapshots = PostgresAggregateRecorder(self.datastore, events_table_name="snapshots")

    def migrate(self, *packages: str) -> None:
        """Brings the schema to this version: the event tables, the chassis' own, then those of the packages."""
        address = self.url.replace("postgresql://", "postgresql+psycopg://", 1)
        with self.connect() as turn:
            # One at a time; the lock ends with its holder, however that ends.
            turn.execute("select pg_advisory_lock(hashtext('migrate'))")
            self.recorder.create_table()
            self.snapshots.create_table()
            with yoyo.get_backend(address) as backend:
                backend.break_lock()  # left behind by a process that was killed: ours is the lock that counts
                for source in ("chassis.keeping", *packages):
                    with as_file(files(source) / "migrations") as folder:
                        for migration in backend.to_apply(yoyo.read_migrations(str(folder))):
                            with backend.transaction():  # the change and the mark that it was made
                                migration.process_steps(backend, "apply")
                                backend.mark_one(migration, log=False)

    def rows(self, sql: LiteralString, *values: object) -> list[dict[str, Any]]:
        """What a query answers, outside any Work."""
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            return cursor.execute(sql, values).fetchall()

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of one's own, for a lock that is held for long."""
        return psycopg.connect(self.url, autocommit=True)

    def close(self) -> None:
        self.datastore.close()
