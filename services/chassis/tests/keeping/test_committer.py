"""The committer: what waits together commits together, and each harms only its own."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.sql import SQL

from chassis.keeping import committer as committing
from chassis.keeping.committer import Busy, Committer, Request
from chassis.keeping.work import Cause, StreamMoved, Work
from chassis.testing.counter import domain
from chassis.testing.counter.domain import Count, Counted, Counter, Emptied, NothingToEmpty, TooMuch
from chassis.testing.counter.service import HOUSE, count, empty, stream_of
from chassis.testing.counter.telling import cut_connections
from chassis.testing.service import ServiceUnderTest
from contracts.envelope import EventTooLarge

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]

BY_HR = Cause("user:hr", UUID(int=7))


def tallies(service: ServiceUnderTest) -> dict[UUID, int]:
    return {row["stream"]: row["total"] for row in service.store.rows("select stream, total from tallies")}


def numbers(service: ServiceUnderTest) -> list[int]:
    rows = service.store.rows("select notification_id from stored_events order by notification_id")
    return [row["notification_id"] for row in rows]


# One Work


def test_what_was_decided_is_kept_with_its_view(counters: ServiceUnderTest):
    assert counters.ask(count, "ada", 3, "first") == 1
    assert counters.ask(count, "ada", 4) == 2
    assert counters.said() == [Counted(employee="ada", by=3, note="first"), Counted(employee="ada", by=4)]
    assert tallies(counters) == {stream_of("ada"): 7}


def test_a_refusal_reaches_the_caller_and_nothing_is_kept(counters: ServiceUnderTest):
    with pytest.raises(TooMuch) as refused:
        counters.ask(count, "ada", 10_001)
    assert refused.value.total == 10_001
    assert (counters.said(), tallies(counters)) == ([], {})


def test_a_work_that_refuses_in_the_middle_takes_back_what_it_did_before(counters: ServiceUnderTest):
    def count_then_fail(work: Work) -> None:
        count(work, "ada", 5)
        assert work.rows("select total from tallies") == [{"total": 6}], "a Work sees its own writes"
        count(work, "grace", 6)
        empty(work, "nobody")

    with counters.together():
        before, failing, after = (
            counters.asks(count, "ada"),
            counters.asks(count_then_fail),
            counters.asks(count, "ada"),
        )
    assert (before.result(), after.result()) == (1, 2)
    assert isinstance(failing.exception(), NothingToEmpty)
    assert tallies(counters) == {stream_of("ada"): 2}
    assert numbers(counters) == [1, 2]


def test_a_day_that_was_taken_back_is_no_day_for_those_behind(counters: ServiceUnderTest):
    def open_and_refuse(work: Work) -> None:
        work.hear_day(date(2031, 3, 3), {})
        empty(work, "nobody")

    with counters.together():
        failing = counters.asks(open_and_refuse)
        behind = counters.asks(lambda work: work.batch.today)
    assert isinstance(failing.exception(), NothingToEmpty)
    assert behind.result() is None


# Many Works


def test_works_that_wait_together_share_one_transaction(counters: ServiceUnderTest):
    with counters.together():
        asked = [counters.asks(count, f"e{n % 5}") for n in range(100)]
    assert [one.result() for one in asked] == [1 + n // 5 for n in range(100)]
    assert numbers(counters) == list(range(1, 101))
    times = {event.time for event in counters.events()}
    assert len(times) == 1, "one transaction records at one instant"


def test_refusals_in_a_shared_transaction_leave_their_neighbours_alone(counters: ServiceUnderTest):
    with counters.together():
        asked = [counters.asks(count, "ada", 10_001 if n % 2 else 1) for n in range(20)]
    assert [one.exception() is None for one in asked] == [True, False] * 10
    assert len({event.time for event in counters.events()}) == 1, "a refusal breaks no transaction"
    assert (tallies(counters), numbers(counters)) == ({stream_of("ada"): 10}, list(range(1, 11)))


def test_a_nul_in_a_text_commits_nothing_of_its_work_and_everything_of_its_neighbours(counters: ServiceUnderTest):
    def with_nul(work: Work) -> None:
        count(work, "grace", 1)
        count(work, "ada", 1, "a\0b")

    with counters.together():
        before, bad, after = counters.asks(count, "ada"), counters.asks(with_nul), counters.asks(count, "ada")
    assert (before.result(), after.result()) == (1, 2)
    assert bad.exception() is not None
    assert (tallies(counters), numbers(counters)) == ({stream_of("ada"): 2}, [1, 2])


def test_a_view_that_fails_and_a_handler_that_breaks_harm_only_their_own(counters: ServiceUnderTest):
    def broken(work: Work) -> None:
        count(work, "grace")
        raise ZeroDivisionError

    with counters.together():
        asked = [
            counters.asks(count, "ada"),
            counters.asks(count, "grace", 1, "forbidden"),
            counters.asks(broken),
            counters.asks(count, "ada", 1, "x" * 70_000),
            counters.asks(count, "ada"),
        ]
    faults = [type(one.exception()).__name__ for one in asked]
    assert faults == ["NoneType", "IntegrityError", "ZeroDivisionError", EventTooLarge.__name__, "NoneType"]
    assert (tallies(counters), numbers(counters)) == ({stream_of("ada"): 2}, [1, 2])


def test_a_fault_of_one_work_does_not_make_the_others_wait(counters: ServiceUnderTest):
    began = time.monotonic()
    with pytest.raises(committing.PersistenceError):
        counters.ask(count, "ada", 1, "forbidden")
    assert time.monotonic() - began < 0.5, "only the database's own faults are waited for"


# Faults of the database


def test_a_database_that_goes_away_for_a_moment_is_waited_for(counters: ServiceUnderTest):
    counters.ask(count, "ada")
    cut_connections(counters)
    assert counters.ask(count, "ada") == 2
    assert numbers(counters) == [1, 2]


def test_what_was_committed_is_not_done_again_when_only_the_answer_was_lost(
    counters: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
):
    whole, lost = counters.store.datastore.get_connection, iter([True])

    @contextmanager
    def losing() -> Iterator[Any]:
        with whole() as connection:
            yield connection
            if next(lost, False):
                raise psycopg.OperationalError("the connection is gone")

    monkeypatch.setattr(counters.store.datastore, "get_connection", losing)
    assert counters.ask(count, "ada") == 1
    assert numbers(counters) == [1]


def test_what_was_not_committed_when_the_database_went_away_is_done_again(counters: ServiceUnderTest):
    cuts = iter([True])

    def cut_once(work: Work) -> int:
        version = count(work, "ada")
        if next(cuts, False):
            cut_connections(counters)
        return version

    assert counters.ask(cut_once) == 1
    assert numbers(counters) == [1]


def test_whether_it_was_committed_is_unknown_while_the_database_stays_away(
    counters: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(committing, "ATTEMPTS", 2)
    whole, times = counters.store.datastore.get_connection, iter(range(3))

    @contextmanager
    def losing() -> Iterator[Any]:
        with whole() as connection:
            yield connection
            if next(times, None) is not None:
                raise psycopg.OperationalError("the connection is gone")

    monkeypatch.setattr(counters.store.datastore, "get_connection", losing)
    with pytest.raises(committing.OutcomeUnknown):
        counters.ask(count, "ada")
    assert numbers(counters) == [1], "it had been, and is not done twice"


def test_once_the_database_is_away_everyone_is_told_soon(counters: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(committing, "ATTEMPTS", 2)
    with counters.store.connect() as holder:
        holder.autocommit = False
        holder.execute("lock table stored_events in exclusive mode")
        counters.store.recorder.lock_table_statements[0] = SQL("set local lock_timeout = '0.1s'")
        began = time.monotonic()
        with counters.together():
            pass
        asked = [counters.asks(count, "ada") for _ in range(30)]
        assert all(committing.transient(one.exception()) for one in asked)
        assert time.monotonic() - began < 10
    assert counters.ask(count, "ada") == 1


def test_a_text_too_long_for_its_index_is_a_fault_of_its_own(counters: ServiceUnderTest):
    def long_note(work: Work) -> None:
        work.write("insert into knocks values ('ada', 1, %s)", "".join(str(uuid4()) for _ in range(1_000)))

    with pytest.raises(committing.PersistenceError) as fault:
        counters.ask(long_note)
    assert not committing.transient(fault.value)


# Futures end


def test_a_caller_that_gave_up_stops_nobody(counters: ServiceUnderTest):
    async def give_up() -> None:
        waiting = asyncio.wrap_future(counters.asks(count, "ada"))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    with counters.together():
        asyncio.run(give_up())
    assert counters.ask(count, "grace") == 1


def test_a_caller_that_gives_up_while_its_work_runs_stops_nobody(counters: ServiceUnderTest):
    begun, go_on = threading.Event(), threading.Event()

    def slow(work: Work) -> int:
        begun.set()
        go_on.wait(10)
        return count(work, "ada")

    asked = counters.asks(slow)
    begun.wait(10)
    assert not asked.cancel()
    go_on.set()
    assert counters.ask(count, "ada") == 2


def test_nothing_is_taken_in_behind_a_stop_and_all_before_it_is_committed(counters: ServiceUnderTest):
    taken: list[Future[int]] = []
    started = threading.Event()

    def keep_asking() -> None:
        try:
            while True:
                taken.append(counters.asks(count, "ada"))
                started.set()
                time.sleep(0.0005)
        except Busy:
            pass

    asking = [threading.Thread(target=keep_asking) for _ in range(4)]
    for one in asking:
        one.start()
    started.wait(5)
    counters.committer.stop()
    for one in asking:
        one.join(5)
    assert sorted(one.result(timeout=1) for one in taken) == list(range(1, len(taken) + 1))
    counters.committer = Committer(HOUSE, counters.store)
    counters.committer.start()


def test_too_much_waiting_is_busy_and_passes(counters: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch):
    with counters.together():
        asked = [counters.asks(count, f"e{n}") for n in range(committing.LONGEST_QUEUE)]
        with pytest.raises(Busy):
            counters.asks(count, "one too many")
    assert {one.result() for one in asked} == {1}
    assert counters.ask(count, "later") == 1


# Streams and their versions


def test_a_stream_that_moved_is_refused(counters: ServiceUnderTest):
    def only_at(work: Work, version: int) -> int:
        work.must_be_at(stream_of("ada"), version)
        return count(work, "ada")

    assert counters.ask(only_at, 0) == 1
    with counters.together():
        first, second = counters.asks(only_at, 1), counters.asks(only_at, 1)
    assert first.result() == 2
    moved = second.exception()
    assert isinstance(moved, StreamMoved)
    assert (moved.expected, moved.actual) == (1, 2)


def test_two_deciders_of_one_stream_each_see_all_of_it(counters: ServiceUnderTest):
    class Emptyings:
        initial = 0

        @staticmethod
        def decide(command: object, state: int) -> tuple[Emptied, ...]:
            return ()

        @staticmethod
        def evolve(state: int, fact: object) -> int:
            return state + isinstance(fact, Emptied)

    emptyings = Emptyings()

    def both(work: Work) -> tuple[int, Counter]:
        count(work, "ada", 5)
        empty(work, "ada")
        count(work, "ada", 2)
        return work.state(emptyings, stream_of("ada")), work.state(domain, stream_of("ada"))

    assert counters.ask(both) == (1, Counter(2))
    assert counters.ask(both) == (2, Counter(2))


def test_a_large_work_is_one_transaction_too(counters: ServiceUnderTest):
    assert counters.ask(count, "ada", 1, "", 2_000) == 2_000
    assert numbers(counters) == list(range(1, 2_001))


def test_a_request_names_its_streams_and_they_are_read_at_once(counters: ServiceUnderTest):
    streams = tuple(stream_of(f"e{n}") for n in range(50))
    counters.ask(lambda work: [work.decide(domain, stream, Count("x")) for stream in streams])
    asked = replace(
        Request(BY_HR, lambda work: sorted(work.batch.streams[s].version for s in streams)), streams=streams
    )
    assert counters.committer.submit(asked).result() == [1] * 50
