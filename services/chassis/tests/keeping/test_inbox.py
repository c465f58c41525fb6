"""The inbox: what others say is heard exactly once and in order, and what cannot be heard parks its key and no other."""

import asyncio
import time
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from eventsourcing.persistence import PersistenceError

from chassis.keeping import listening
from chassis.keeping.committer import transient
from chassis.keeping.inbox import Inbox, positions_in
from chassis.keeping.letters import EarlierParked, Letters, NoSuchLetter
from chassis.keeping.listening import Listener, Message
from chassis.keeping.running import Duties
from chassis.testing.counter.domain import Counted, DayCame, Discarded, Knocked, Retried, Slammed
from chassis.testing.counter.service import DUTIES, HOUSE, count, empty, stream_of, when_knocked
from chassis.testing.places import KafkaServer
from chassis.testing.service import ServiceUnderTest
from chassis.testing.topics import create_topics
from contracts.envelope import read
from contracts.topics import events_topic

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(90)]

FULL_DISK = """
create or replace function fail() returns trigger language plpgsql as $$ begin raise 'disk full' using errcode = '53100'; end $$;
create trigger full_disk before insert on inbox_positions execute function fail();
"""
monday = date(2031, 3, 3)


def knock(employee: str = "ada", times: int = 1, note: str = "") -> Knocked:
    return Knocked(employee=employee, times=times, note=note)


def counted(service: ServiceUnderTest) -> list[tuple[str, int]]:
    return [(fact.employee, fact.by) for fact in service.said(Counted) if isinstance(fact, Counted)]


def kinds(service: ServiceUnderTest) -> list[str]:
    return [row["kind"] for row in service.parked()]


def letters(service: ServiceUnderTest) -> Letters:
    return Letters(service.hearing, service.committer, service.store, Retried, Discarded)


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
    kept = letters(counters).show(1)["raw"]
    assert (kept and bytes(kept)) == raw
    assert counted(counters) == [("grace", 1)]


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
    inbox = Inbox(counters.hearing, counters.committer, counters.store, taken=lambda: None)
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


def cut_connections(service: ServiceUnderTest) -> None:
    with service.store.connect() as cutter:
        cutter.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


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


# Dead letters


def test_what_was_parked_is_heard_in_order_when_an_operator_tries_again(counters: ServiceUnderTest):
    counters.hears(knock(times=10_000), knock(times=1), knock(times=2), knock("grace"))
    assert kinds(counters) == ["refused", "behind"]
    counters.ask(count, "x")
    with pytest.raises(NoSuchLetter):
        letters(counters).retry("nobody", operator="olga", reason="a slip")
    assert letters(counters).retry("ada", operator="olga", reason="tried too soon") == 0
    mend(counters)
    assert letters(counters).retry("ada", operator="olga", reason="the counter was emptied") == 2
    assert counted(counters)[-2:] == [("ada", 1), ("ada", 2)]
    assert kinds(counters) == []
    assert [type(fact).__name__ for fact in counters.said(Retried)] == ["Retried", "Retried"]
    assert counters.hears(knock(times=3)) == ["heard"]
    said = [event.actor for event in counters.events() if isinstance(event.fact, Retried)]
    assert said == ["user:olga"] * 2


def mend(service: ServiceUnderTest) -> None:
    service.ask(empty, "ada")


def test_a_discarded_letter_lets_its_stream_go_on(counters: ServiceUnderTest):
    counters.hears(knock(times=10), knock(times=1), knock(times=2))
    assert letters(counters).discard(1, operator="olga", reason="knocked by mistake") == 2
    assert counted(counters) == [("ada", 1), ("ada", 2)]
    assert kinds(counters) == []
    assert counters.hears(knock(times=3)) == ["heard"]
    (said,) = counters.said(Discarded)
    assert said == Discarded(letter="1", key="ada", reason="knocked by mistake")
    with pytest.raises(NoSuchLetter):
        letters(counters).discard(1, operator="olga", reason="again")


def test_no_letter_is_discarded_over_the_head_of_an_earlier_one(counters: ServiceUnderTest):
    counters.hears(knock(times=10), knock(times=1))
    with pytest.raises(EarlierParked):
        letters(counters).discard(2, operator="olga", reason="a slip")
    assert kinds(counters) == ["refused", "behind"]


def test_those_that_waited_are_tried_again_in_the_order_of_their_stream(counters: ServiceUnderTest):
    """Parked as 3, 1, 2: by their letters the third would be heard first."""
    one, two, three = counters.news(knock(times=10)), counters.news(knock(times=2)), counters.news(knock(times=3))
    assert counters.delivers(replace(three, offset=10)) == ["waiting"]
    assert counters.delivers(replace(one, offset=11), replace(two, offset=12)) == ["refused", "behind"]
    assert letters(counters).discard(2, operator="olga", reason="a mistake") == 2
    assert counted(counters) == [("ada", 2), ("ada", 3)]
    assert counters.store.rows("select version from inbox_heads") == [{"version": 3}]
    assert kinds(counters) == []


def test_a_key_is_free_again_although_one_of_it_waits(counters: ServiceUnderTest):
    bug, ahead = counters.news(knock(times=10)), counters.news(knock(times=3), version=4)
    assert counters.delivers(bug, ahead) == ["refused", "behind"]
    letters(counters).discard(1, operator="olga", reason="a mistake")
    assert kinds(counters) == ["waiting"]
    assert counters.delivers(counters.news(knock(times=1), version=2)) == ["heard"]
    assert counters.delivers(counters.news(knock(times=2), version=3)) == ["heard"]
    assert counted(counters) == [("ada", 1), ("ada", 2), ("ada", 3)]


def test_a_retry_that_meets_a_bug_again_says_so_and_keeps_the_letter(counters: ServiceUnderTest):
    counters.hears(knock(note="a\0b"), knock())
    assert letters(counters).retry("ada", operator="olga", reason="hope") == 0
    assert kinds(counters) == ["refused", "behind"]
    assert len(counters.said(Retried)) == 1


# Through a real broker


class Ears:
    """The counters' inbox behind a real listener."""

    def __init__(self, service: ServiceUnderTest, kafka: KafkaServer, topic: str, **options: Any) -> None:
        self.inbox = Inbox(service.hearing, service.committer, service.store, taken=lambda: None)
        self.listener = Listener(
            bootstrap=kafka.bootstrap_servers,
            group=f"counters-{uuid4().hex[:8]}",
            topics=[topic],
            take=options.pop("take", self.inbox.take),
            positions=options.pop("positions", self.inbox.positions),
            **options,
        )

    async def __aenter__(self) -> "Ears":
        await self.listener.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.inbox.leaving = True
        await self.listener.stop()


async def send(kafka: KafkaServer, topic: str, *messages: Message) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, enable_idempotence=True) as producer:
        for message in messages:
            headers = [(name, value) for name, value in message.headers]
            await producer.send_and_wait(topic, message.value, key=message.key, partition=0, headers=headers)


async def until(what: Any, within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110 - the event is in the database
            await asyncio.sleep(0.02)


@pytest.fixture
def topic(kafka_server: KafkaServer) -> str:
    name = f"{uuid4().hex[:8]}.events.v1"
    create_topics(kafka_server.bootstrap_servers, [name])
    return name


@pytest.mark.kafka
async def test_null_values_and_headers_do_not_lose_their_batch(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str
):
    strange = (("null", None), ("bytes", b"\xff\xfe"), ("empty", b""))
    messages = [
        replace(counters.news(knock("ada", 1)), headers=strange),
        replace(counters.message("doors.events.v1", None, b"empty"), headers=strange),
        counters.message("doors.events.v1", b"\xff", None),
        counters.news(knock("ada", 2)),
    ]
    await send(kafka_server, topic, *messages)
    async with Ears(counters, kafka_server, topic):
        await until(lambda: len(counted(counters)) == 2)
    assert kinds(counters) == ["poison", "poison"]
    assert positions_in(counters.store) == {(topic, 0): 4}


@pytest.mark.kafka
async def test_a_batch_that_failed_is_heard_again_and_nothing_is_skipped(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str
):
    """Even when the database is still away as its positions are asked for."""
    faults = iter(["take", "positions", "positions"])
    due = [next(faults)]

    def fail(where: str) -> None:
        if due and due[0] == where:
            due[:] = [following] if (following := next(faults, "")) else []
            raise ConnectionError(where)

    inbox = Inbox(counters.hearing, counters.committer, counters.store, taken=lambda: None)

    async def take(messages: Any, ends: Any) -> None:
        fail("take")
        await inbox.take(messages, ends)

    def positions() -> Any:
        fail("positions")
        return inbox.positions()

    await send(kafka_server, topic, *(counters.news(knock(times=n)) for n in (1, 2, 3)))
    async with Ears(counters, kafka_server, topic, take=take, positions=positions):
        await until(lambda: len(counted(counters)) == 3)
        await send(kafka_server, topic, counters.news(knock(times=4)))
        await until(lambda: len(counted(counters)) == 4)
    assert due == []
    assert counted(counters) == [("ada", n) for n in (1, 2, 3, 4)]


@pytest.mark.kafka
async def test_the_positions_of_the_database_count_and_not_those_of_the_broker(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str
):
    """After a restore from a backup the broker believes that all was heard."""
    await send(kafka_server, topic, *(counters.news(knock(times=n)) for n in (1, 2, 3)))
    ears = Ears(counters, kafka_server, topic, take=_take_nothing)
    async with ears:
        await until(lambda: ears.listener.assigned)
        await asyncio.sleep(0.5)
    await send(kafka_server, topic, counters.news(knock(times=4)))
    inbox = Inbox(counters.hearing, counters.committer, counters.store, taken=lambda: None)

    def positions() -> Any:
        time.sleep(0.5)  # Long enough for the broker to send what it believes to be next.
        return inbox.positions()

    again = Ears(counters, kafka_server, topic, positions=positions)
    again.listener._subscriber.group_id = ears.listener._group
    async with again:
        await until(lambda: len(counted(counters)) == 4)


async def _take_nothing(messages: Any, ends: Any) -> None: ...


@pytest.mark.kafka
async def test_hearing_pauses_and_goes_on(counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str):
    ears = Ears(counters, kafka_server, topic)
    ears.listener.hold(True)
    await send(kafka_server, topic, counters.news(knock()))
    async with ears:
        await until(lambda: ears.listener.assigned)
        await asyncio.sleep(0.5)
        assert counted(counters) == []
        ears.listener.hold(False)
        await until(lambda: len(counted(counters)) == 1)


@pytest.mark.kafka
async def test_a_partition_taken_away_ends_a_long_wait(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str, monkeypatch: pytest.MonkeyPatch
):
    """A batch that waits for its database is dropped after a while, and heard again from the positions."""
    monkeypatch.setattr(listening, "PATIENCE", 0.2)
    tries: list[int] = []
    inbox = Inbox(counters.hearing, counters.committer, counters.store, taken=lambda: None)

    async def take(messages: Any, ends: Any) -> None:
        tries.append(len(messages))
        if len(tries) == 1:
            await asyncio.sleep(60)
        await inbox.take(messages, ends)

    await send(kafka_server, topic, counters.news(knock()))
    ears = Ears(counters, kafka_server, topic, take=take)
    async with ears:
        await until(lambda: bool(tries))
        mine = ears.listener.consumer.assignment()
        await ears.listener.on_partitions_revoked(mine)
        await ears.listener.on_partitions_assigned(mine)
        await until(lambda: len(counted(counters)) == 1)
    assert len(tries) == 2


@pytest.mark.kafka
async def test_a_topic_that_was_made_again_stalls_with_an_alarm(
    counters: ServiceUnderTest, kafka_server: KafkaServer, topic: str
):
    await send(kafka_server, topic, *(counters.news(knock(times=n)) for n in (1, 2, 3)))
    ears = Ears(counters, kafka_server, topic)
    async with ears:
        await until(lambda: len(counted(counters)) == 3)
        await make_again(kafka_server, topic)
        async with asyncio.timeout(30):
            while ears.listener.stalled is None:  # As the running service asks each second.
                await asyncio.sleep(0.2)
                try:
                    await ears.listener.watch()
                except Exception:  # noqa: BLE001 - while the topic is missing
                    continue
    assert ears.listener.stalled == f"{topic}/0 ends at 0, below our position 3"

    restarted = Ears(counters, kafka_server, topic)
    async with restarted:
        await until(lambda: restarted.listener.stalled is not None)
    counters.store.rows(
        "insert into inbox_positions select topic, max(incarnation) + 1, partition, 0 from inbox_positions"
        " group by topic, partition returning topic"
    )
    first, fourth = counters.news(knock(times=1), version=1), counters.news(knock(times=4), version=4)
    await send(kafka_server, topic, first, fourth)
    async with Ears(counters, kafka_server, topic) as anew:
        await until(lambda: len(counted(counters)) == 4)
    assert anew.listener.stalled is None
    assert counted(counters) == [("ada", n) for n in (1, 2, 3, 4)], "ids keep everything exactly once"


async def make_again(kafka: KafkaServer, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.delete_topics([topic])
    await admin.close()
    for _ in range(100):
        await asyncio.sleep(0.1)
        try:
            await asyncio.to_thread(create_topics, kafka.bootstrap_servers, [topic])
        except Exception:  # noqa: BLE001 - the old one is not gone yet
            continue
        return


def test_the_ends_are_asked_for_where_a_day_comes(counters: ServiceUnderTest):
    inbox = Inbox(counters.hearing, counters.committer, counters.store, taken=lambda: None)
    assert inbox.wants_ends([counters.news(knock()), counters.news(DayCame(day=monday))])
    assert not inbox.wants_ends([counters.news(knock()), counters.message("doors.events.v1", None)])


def test_a_service_hears_the_topics_of_what_it_consumes_shows_and_of_the_days(counters: ServiceUnderTest):
    assert [fact.TYPE for fact in counters.hearing.facts] == ["days.DayCame.v1", "doors.Knocked.v1"]
    assert Duties(consumes={Knocked: when_knocked}).consumes == DUTIES.consumes
    assert HOUSE.name == "counters"
    assert events_topic("doors") == "doors.events.v1"
    assert stream_of("ada").version == 5
