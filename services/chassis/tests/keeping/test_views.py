"""Views: declared with their tables, changed by events alone, and made again equal to what they were."""

from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from chassis.keeping.listening import Message
from chassis.keeping.rebuilding import rebuild_views
from chassis.testing.counter.domain import Knocked
from chassis.testing.counter.service import count, empty
from chassis.testing.counter.telling import letters
from chassis.testing.places import KafkaServer
from chassis.testing.service import ServiceUnderTest
from chassis.testing.topics import create_topics

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.timeout(90)]


@pytest.fixture
async def doors(kafka_server: KafkaServer) -> Any:
    """Delivers records to the counters and to the broker alike, each at the same place."""
    create_topics(kafka_server.bootstrap_servers, ["doors.events.v1", "days.events.v1"])
    await forget_all(kafka_server)
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.bootstrap_servers) as producer:

        async def through(service: ServiceUnderTest, *messages: Message) -> list[str]:
            placed: list[Message] = []
            for message in messages:
                sent = await producer.send_and_wait(message.topic, message.value, key=message.key)
                placed.append(
                    Message(message.topic, sent.partition, sent.offset, message.key, message.value, message.headers)
                )
            return service.delivers(*placed)

        yield through


async def forget_all(kafka: KafkaServer) -> None:
    """What other tests have said is not for this one."""
    parts = [TopicPartition("doors.events.v1", n) for n in range(12)]
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers) as consumer:
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.delete_records({part: RecordsToDelete(before_offset=end) for part, end in ends.items()})
    await admin.close()


def views(service: ServiceUnderTest) -> Any:
    knocks = service.store.rows("select * from knocks order by employee")
    return knocks, service.store.rows("select * from tallies order by stream")


def knock(employee: str = "ada", times: int = 1, note: str = "") -> Knocked:
    return Knocked(employee=employee, times=times, note=note)


async def rebuilt_equals_live(service: ServiceUnderTest, kafka: KafkaServer) -> Any:
    live = views(service)
    service.store.rows("update tallies set total = -1 returning 1")
    service.store.rows("delete from knocks where employee = 'ada' returning 1")
    await rebuild_views(service.hearing, service.store, kafka.bootstrap_servers)
    assert views(service) == live
    return live


async def test_a_view_made_again_equals_the_live_one(counters: ServiceUnderTest, kafka_server: KafkaServer, doors: Any):
    counters.ask(count, "ada", 5, "own")
    await doors(counters, counters.news(knock(times=2, note="a")), counters.news(knock("grace", 3)))
    counters.ask(empty, "ada")
    await doors(counters, counters.news(knock(times=4, note="b")))
    knocks, tallies = await rebuilt_equals_live(counters, kafka_server)
    assert knocks[0] == {"employee": "ada", "times": 6, "note": "b"}, "own facts and news stand in their order"
    assert sorted(row["total"] for row in tallies) == [3, 4]


async def test_what_came_twice_or_out_of_its_order_is_made_again_once_and_in_order(
    counters: ServiceUnderTest, kafka_server: KafkaServer, doors: Any
):
    one, two, three, four = (counters.news(knock(times=n, note=str(n))) for n in (1, 2, 3, 4))
    await doors(counters, one, three, four, two, three, four)
    knocks, _ = await rebuilt_equals_live(counters, kafka_server)
    assert knocks == [{"employee": "ada", "times": 10, "note": "1234"}]


async def test_what_was_parked_or_discarded_is_not_shown_by_a_rebuild_either(
    counters: ServiceUnderTest, kafka_server: KafkaServer, doors: Any
):
    bug, behind, later = counters.news(knock(times=10)), counters.news(knock(times=2)), counters.news(knock(times=3))
    others = counters.news(knock("grace", 10)), counters.news(knock("grace", 1)), counters.news(knock("linus", 7))
    outcomes = await doors(counters, bug, behind, *others)
    assert outcomes == ["refused", "behind", "refused", "behind", "heard"]
    letters(counters).discard(1, operator="olga", reason="a mistake")
    await doors(counters, later, counters.message("doors.events.v1", b"poison", b"linus"))
    knocks, _ = await rebuilt_equals_live(counters, kafka_server)
    assert knocks == [
        {"employee": "ada", "times": 5, "note": ""},
        {"employee": "linus", "times": 7, "note": ""},
    ]


async def test_what_the_broker_has_beyond_the_inboxs_positions_is_left_to_the_inbox(
    counters: ServiceUnderTest, kafka_server: KafkaServer, doors: Any
):
    await doors(counters, counters.news(knock(times=1)))
    ahead = counters.news(knock(times=2))
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.bootstrap_servers) as producer:
        sent = await producer.send_and_wait(ahead.topic, ahead.value, key=ahead.key)
    await rebuilt_equals_live(counters, kafka_server)
    heard = Message(ahead.topic, sent.partition, sent.offset, ahead.key, ahead.value, ())
    assert counters.delivers(heard) == ["heard"]
    assert counters.store.rows("select times from knocks") == [{"times": 3}]


async def test_a_rebuild_looks_at_the_newest_incarnation_of_a_topic(
    counters: ServiceUnderTest, kafka_server: KafkaServer, doors: Any
):
    await doors(counters, counters.news(knock(times=1)))
    counters.store.rows(
        "insert into inbox_positions select topic, 2, partition, next_offset from inbox_positions"
        " union all select topic, 0, partition, 1000000 from inbox_positions returning topic"
    )
    await rebuilt_equals_live(counters, kafka_server)


async def test_a_service_that_has_heard_nothing_yet_makes_its_own_views_again(
    counters: ServiceUnderTest, kafka_server: KafkaServer
):
    counters.ask(count, "ada", 1, "", 3)
    await rebuilt_equals_live(counters, kafka_server)
    assert await rebuild_views(counters.hearing, counters.store, kafka_server.bootstrap_servers) == 3


async def test_what_is_asked_while_views_are_made_again_is_in_them(
    counters: ServiceUnderTest, kafka_server: KafkaServer
):
    counters.ask(count, "ada", 1, "", 2_000)
    asked = [counters.asks(count, "grace")]
    rebuilding = rebuild_views(counters.hearing, counters.store, kafka_server.bootstrap_servers)
    asked += [counters.asks(count, "grace") for _ in range(10)]
    await rebuilding
    assert [one.result() for one in asked] == list(range(1, 12))
    assert sorted(row["total"] for row in counters.store.rows("select total from tallies")) == [11, 2_000]
