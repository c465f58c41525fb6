"""The inbox: what others say is heard exactly once and in order, and what cannot be heard parks its key and no other."""

import asyncio
import time
from dataclasses import replace
from datetime import date
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError

from chassis.keeping.committer import transient
from chassis.keeping.inbox import Inbox, positions_in
from chassis.keeping.running import Duties
from chassis.keeping.work import Work
from chassis.testing.counter.domain import DayCame, Knocked, Slammed
from chassis.testing.counter.service import DUTIES, HOUSE, stream_of, when_knocked
from chassis.testing.counter.telling import counted, cut_connections, kinds, knock, letters
from chassis.testing.service import ServiceUnderTest
from contracts.envelope import read
from contracts.topics import events_topic

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(90)]

FULL_DISK = """
create or replace function fail() returns trigger language plpgsql as $$ begin raise 'disk full' using errcode = '53100'; end $$;
create trigger full_disk before insert on inbox_positions execute function fail();
"""
monday = date(2031, 3, 3)


# Once, and in order


def test_news_is_heard_once_with_what_it_causes_and_where_it_stood(counters: ServiceUnderTest):
    message = counters.news(knock(times=3))
    assert counters.delivers(message) == ["heard"]
    (event,) = counters.events()
    heard = read(message.value or b"", {})
    assert (event.causation, event.correlation, event.actor) == (heard.id, heard.correlation, "service:counters")
    assert positions_in(counters.store) == {(message.topic, message.partition): 1}
    assert counters.store.rows("select stream, version from inbox_heads") == [{"stream": heard.stream, "version": 1}]
    assert counters.store.rows("select times from knocks") == [{"times": 3}]


def test_a_batch_that_comes_again_changes_nothing(counters: ServiceUnderTest):
    batch = [counters.news(knock()) for _ in range(5)]
    assert counters.delivers(*batch) == ["heard"] * 5
    assert counters.delivers(*batch) == ["duplicate"] * 5
    assert counted(counters) == [("ada", 1)] * 5


def test_a_record_that_was_sent_twice_is_heard_once(counters: ServiceUnderTest):
    first = counters.news(knock())
    again = counters.message(first.topic, first.value, first.key)
    assert counters.delivers(first, again) == ["heard", "duplicate"]
    assert counters.delivers(counters.message(first.topic, first.value, first.key)) == ["duplicate"]
    assert counted(counters) == [("ada", 1)]


def test_the_order_is_restored_after_a_producers_failure(counters: ServiceUnderTest):
    """aiokafka may let later records through and then repeat all: 1, 3, 4, 2, 3, 4."""
    one, two, three, four = (counters.news(knock(times=n)) for n in (1, 2, 3, 4))
    sent = [counters.message(m.topic, m.value, m.key) for m in (one, three, four, two, three, four)]
    assert counters.delivers(*sent) == ["heard", "waiting", "waiting", "heard", "duplicate", "duplicate"]
    assert counted(counters) == [("ada", n) for n in (1, 2, 3, 4)]
    assert kinds(counters) == []


def test_a_version_ahead_of_its_turn_waits_in_the_database_too(counters: ServiceUnderTest):
    _, two = first_and_second = [counters.news(knock(times=n)) for n in (1, 2)]
    late = replace(first_and_second[0], offset=2)
    assert counters.delivers(two) == ["waiting"]
    assert counted(counters) == []
    assert counters.delivers(counters.news(knock("grace"))) == ["heard"], "only its own stream waits"
    assert counters.delivers(late) == ["heard"]
    assert counted(counters) == [("grace", 1), ("ada", 1), ("ada", 2)]
    assert kinds(counters) == []


def test_events_of_no_interest_move_their_stream_on(counters: ServiceUnderTest):
    assert counters.hears(knock(), Slammed(employee="ada"), knock(times=2)) == ["heard"] * 3
    assert counted(counters) == [("ada", 1), ("ada", 2)]


def test_a_chunk_is_one_transaction(counters: ServiceUnderTest):
    counters.hears(*(knock(f"e{n % 9}") for n in range(200)))
    assert len({event.time for event in counters.events()}) == 1
    assert len(counted(counters)) == 200


# What cannot be heard


@pytest.mark.parametrize(
    "raw", [None, b"", b"\xff\xfe", b"[]", b'{"specversion": "1.0"}', b"null", b"9" * 400_000, b"[" * 5_000]
)
def test_poison_is_parked_with_its_bytes_and_stops_its_key_alone(counters: ServiceUnderTest, raw: bytes | None):
    poison = counters.message("doors.events.v1", raw, b"ada")
    assert counters.delivers(poison, counters.news(knock()), counters.news(knock("grace"))) == [
        "poison",
        "behind",
        "heard",
    ]
    assert kinds(counters) == ["poison", "behind"]
    (kept,) = (row["raw"] for row in counters.store.rows("select raw from inbox_parked where letter = 1"))
    assert (kept and bytes(kept)) == raw
    assert counted(counters) == [("grace", 1)]


def test_poison_that_comes_again_is_parked_once(counters: ServiceUnderTest):
    """Nothing in it says what it is: only its place tells that it came before."""
    poison = counters.message("doors.events.v1", b"\xff", b"ada")
    assert counters.delivers(poison) == ["poison"]
    assert counters.delivers(poison) == ["duplicate"]
    assert kinds(counters) == ["poison"]


def test_a_record_of_strangers_is_parked_whatever_it_holds(counters: ServiceUnderTest):
    headers = (("a\0b", b"\0"), ("empty", b""), ("null", None))
    far = (counters.news(knock("grace")).value or b"").replace(b'"streamversion":1', b'"streamversion":1' + b"0" * 30)
    messages = [
        replace(counters.message("doors.events.v1", b"\0", b"\0\xff"), headers=headers),
        replace(counters.message("doors.events.v1", b"nothing", None), headers=headers),
        counters.message("doors.events.v1", b"nothing", b"k" * 100_000),
        counters.message("doors.events.v1", far, b"far"),
        counters.message("doors.events.v1", far.replace(b"1" + b"0" * 30, b"0"), b"far away"),
    ]
    assert counters.delivers(*messages) == ["poison"] * 5
    (row,) = counters.store.rows("select headers from inbox_parked where letter = 1")
    assert row["headers"] == [["a\\0b", "00"], ["empty", ""], ["null", None]]


def test_malformed_data_is_poison_that_knows_its_place(counters: ServiceUnderTest):
    bad = counters.news(knock())
    bad = replace(bad, value=(bad.value or b"").replace(b'"times":1', b'"times":"many"'))
    assert counters.delivers(bad, counters.message(bad.topic, bad.value, bad.key)) == ["poison", "duplicate"]
    assert counters.hears(knock(times=2)) == ["behind"]
    assert letters(counters).discard(1, operator="olga", reason="the publisher has corrected it") == 1
    assert counted(counters) == [("ada", 2)]
    assert counters.hears(knock(times=3)) == ["heard"]


def test_a_refusal_parks_its_key_and_what_comes_later_of_it(counters: ServiceUnderTest):
    assert counters.hears(knock(times=10_001), knock(), knock("grace")) == ["refused", "behind", "heard"]
    assert counters.hears(knock(), knock("grace")) == ["behind", "heard"]
    assert counters.parked()[0]["reason"] == "TooMuch: 10001"
    assert counted(counters) == [("grace", 1), ("grace", 1)]
    assert counters.store.rows("select employee from knocks") == [{"employee": "grace"}], "the view took it back too"


def test_a_handlers_bug_parks_its_message_and_blocks_no_other(counters: ServiceUnderTest):
    began = time.monotonic()
    assert counters.hears(knock("grace"), knock(times=10), knock("linus")) == ["heard", "refused", "heard"]
    assert counted(counters) == [("grace", 1), ("linus", 1)]
    assert len({event.time for event in counters.events()}) == 1, "the others still share one transaction"
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("note", ["a\0b", "".join(str(uuid4()) for _ in range(1_000))])
def test_what_the_database_will_not_take_parks_its_message_alone(counters: ServiceUnderTest, note: str):
    outcomes = counters.hears(knock("grace"), knock(note=note), knock(), knock("linus"))
    assert outcomes == ["heard", "refused", "behind", "heard"]
    assert counted(counters) == [("grace", 1), ("linus", 1)]


def test_a_bad_one_among_those_that_waited_parks_itself_and_not_its_elder(counters: ServiceUnderTest):
    one, two, three = counters.news(knock(times=1)), counters.news(knock(times=2, note="a\0b")), counters.news(knock())
    assert counters.delivers(two, three) == ["waiting", "waiting"]
    late, later = counters.message(one.topic, one.value, one.key), counters.news(knock())
    assert counters.delivers(late, later) == ["heard", "behind"]
    assert counted(counters) == [("ada", 1)]
    assert kinds(counters) == ["refused", "waiting", "behind"]


def test_a_fault_of_the_database_parks_nothing_and_is_waited_for(counters: ServiceUnderTest):
    inbox = Inbox(counters.hearing, counters.committer, taken=lambda: None)
    messages = [counters.news(knock()) for _ in range(450)]

    async def hear() -> None:
        hearing = asyncio.create_task(inbox.take(messages, {}))
        for _ in range(5):
            await asyncio.sleep(0.05)
            await asyncio.to_thread(cut_connections, counters)
        await hearing

    asyncio.run(hear())
    assert counted(counters) == [("ada", 1)] * 450
    assert kinds(counters) == []


def test_a_fault_that_passes_parks_nothing_where_each_is_heard_alone_either(counters: ServiceUnderTest):
    """A deadlock in the middle of a message, beside another that the database will never take."""
    tries: list[str] = []

    def deadlocked_once(work: Work, news: Knocked) -> None:
        tries.append(news.employee)
        if tries.count("grace") == 2:  # The first was together with ada's, which no database takes.
            work.rows("do $$ begin raise 'deadlock' using errcode = '40P01'; end $$")
        when_knocked(work, news)

    counters.hearing = replace(counters.hearing, consumes={Knocked: deadlocked_once})
    counters.delivers(counters.news(knock(note="a\0b")), counters.news(knock("grace", 2)))
    assert counted(counters) == [("grace", 2)]
    assert kinds(counters) == ["refused"]
    assert tries.count("grace") > 2


def test_a_database_that_can_only_be_read_is_no_fault_of_a_message(database: str):
    with psycopg.connect(database) as connection:
        connection.execute("set default_transaction_read_only = on")
        connection.commit()
        with pytest.raises(psycopg.InternalError) as fault:
            connection.execute("create table t ()")
    assert transient(fault.value)


def test_what_a_message_caused_and_its_position_commit_together(counters: ServiceUnderTest):
    """A chunk that cannot commit leaves neither the events nor the position."""
    with counters.store.connect() as operator:
        operator.execute(FULL_DISK)
    with pytest.raises(PersistenceError) as fault:
        counters.hears(knock())
    assert transient(fault.value)
    assert (counted(counters), positions_in(counters.store), kinds(counters)) == ([], {}, [])
    with counters.store.connect() as operator:
        operator.execute("drop trigger full_disk on inbox_positions")
    assert counters.delivers(replace(counters.news(knock(), version=1), offset=0)) == ["heard"]


def test_the_ends_are_asked_for_where_a_day_comes(counters: ServiceUnderTest):
    inbox = Inbox(counters.hearing, counters.committer, taken=lambda: None)
    assert inbox.wants_ends([counters.news(knock()), counters.news(DayCame(day=monday))])
    assert not inbox.wants_ends([counters.news(knock()), counters.message("doors.events.v1", None)])


def test_a_service_hears_the_topics_of_what_it_consumes_shows_and_of_the_days(counters: ServiceUnderTest):
    assert [fact.TYPE for fact in counters.hearing.facts] == ["days.DayCame.v1", "doors.Knocked.v1"]
    assert Duties(consumes={Knocked: when_knocked}).consumes == DUTIES.consumes
    assert HOUSE.name == "counters"
    assert events_topic("doors") == "doors.events.v1"
    assert stream_of("ada").version == 5
