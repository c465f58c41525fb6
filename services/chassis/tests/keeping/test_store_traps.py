"""The known traps of the event store's library: each closed, and each shown here as it would bite."""

import threading
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from chassis.keeping.committer import Committer
from chassis.keeping.store import Store
from chassis.keeping.work import Cause
from chassis.testing.counter.service import HOUSE, count, stream_of
from chassis.testing.service import ServiceUnderTest

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]


def numbers(store: Store) -> list[int]:
    rows = store.rows("select notification_id from stored_events order by notification_id")
    return [row["notification_id"] for row in rows]


def test_the_librarys_database_functions_are_off(counters: ServiceUnderTest):
    assert counters.store.datastore.enable_db_functions is False
    counters.ask(count, "ada")
    assert numbers(counters.store) == [1]


def test_numbers_have_no_gaps_after_a_conflict(counters: ServiceUnderTest):
    counters.ask(count, "ada")
    double = StoredEvent(stream_of("ada"), 1, "counters.Counted.v1", b"{}")
    with pytest.raises(IntegrityError):
        counters.store.recorder.insert_events([double])
    counters.ask(count, "ada")
    assert numbers(counters.store) == [1, 2]


def test_numbers_have_no_gaps_after_a_rollback(counters: ServiceUnderTest):
    counters.ask(count, "ada")
    with counters.store.connect() as crashing:
        crashing.execute("begin")
        crashing.execute("lock table stored_events in exclusive mode")
        crashing.execute("select nextval(pg_get_serial_sequence('stored_events', 'notification_id'))")
        crashing.execute("rollback")
    for _ in range(3):
        with pytest.raises(Exception, match="NUL"):
            counters.ask(count, "ada", 1, "a\0b")
        counters.ask(count, "ada")
    assert numbers(counters.store) == [1, 2, 3, 4]


def test_events_are_seen_in_the_order_of_their_numbers_and_never_late(counters: ServiceUnderTest):
    """Two processes write at once, and a reader that follows by number must miss nothing."""
    other = Store(counters.store.url)
    second = Committer(HOUSE, other)
    second.start()
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        position, last = 0, False
        while not last:
            last = done.is_set()
            found = counters.store.recorder.select_notifications(position, 100, inclusive_of_start=False)
            seen.extend(one.id for one in found)
            position = found[-1].id if found else position

    def write(committer: Committer, name: str) -> None:
        for n in range(100):
            committer.commit(Cause("user:hr", uuid4()), lambda work, n=n: count(work, f"{name}{n % 7}"))

    threads = [threading.Thread(target=write, args=args) for args in ((counters.committer, "a"), (second, "b"))]
    reader = threading.Thread(target=follow)
    for thread in (*threads, reader):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    second.stop()
    other.close()
    assert seen == list(range(1, 201))


def test_two_processes_on_one_stream_never_lose_a_version(counters: ServiceUnderTest):
    other = Store(counters.store.url)
    second = Committer(HOUSE, other)
    second.start()

    def write(committer: Committer) -> None:
        for _ in range(50):
            committer.commit(Cause("user:hr", uuid4()), lambda work: count(work, "ada"))

    threads = [threading.Thread(target=write, args=(one,)) for one in (counters.committer, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.stop()
    other.close()
    assert [event.version for event in counters.events()] == list(range(1, 101))
    assert counters.store.rows("select total from tallies") == [{"total": 100}]


def test_who_holds_the_log_for_long_is_waited_for_and_not_forever(counters: ServiceUnderTest):
    with counters.store.connect() as holder, holder.transaction():
        holder.execute("lock table stored_events in exclusive mode")
        (timeout, _) = counters.store.recorder.lock_table_statements
        assert timeout.as_string() == "SET LOCAL lock_timeout = '5s'"
        asked = counters.asks(count, "ada")
    assert asked.result(timeout=10) == 1


def test_an_event_with_a_nul_in_it_is_stored_and_read_as_it_was(counters: ServiceUnderTest):
    """The bytes of an event escape it; only a view's column cannot hold it, and that fails as a whole."""
    with pytest.raises(Exception, match="NUL"):
        counters.ask(count, "ada", 1, "a\0b")
    assert numbers(counters.store) == []


def test_the_address_of_the_database_is_used_whole(database: str):
    store = Store(f"{database}?application_name=counters&sslmode=disable")
    assert store.rows("show application_name") == [{"application_name": "counters"}]
    store.close()
    with pytest.raises(psycopg.OperationalError, match="SSL"):
        psycopg.connect(f"{database}?sslmode=require")


def test_what_is_committed_can_be_read_back_byte_for_byte(counters: ServiceUnderTest):
    counters.ask(count, "ada", 2, "词")
    (event,) = counters.events()
    (stored,) = counters.store.recorder.select_events(stream_of("ada"))
    assert stored.state == event.raw
    assert (event.version, event.stream, event.id.version) == (1, stream_of("ada"), 5)
    assert isinstance(event.correlation, UUID)
