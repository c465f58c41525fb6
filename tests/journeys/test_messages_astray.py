"""Messages that come twice, out of order or broken. What is to be heard is heard once, and nothing is left out."""

import asyncio
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from company.client import Client
from house import House
from journeys.telling import UNHARMED, counts_agree, eventually, letters_of, points_of, read, story_of
from outsider import Ledger, look_at_both, look_at_ledger, look_at_topics, messages_of, source_of

from chassis.keeping.relay import headers_of
from chassis.keeping.signing import signer

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
TOPIC = "learning.events.v1"
HEARERS = ("agreements", "points", "payroll-bridge")  # of learning
POISON = b"\xff not an event"
UNTOLD = "select state from stored_events, relay_position where notification_id > notification order by notification_id"
TOLD = "update relay_position set notification = (select max(notification_id) from stored_events)"


def send(house: House, key: str, *records: tuple[bytes, Iterable[tuple[str, bytes]]]) -> None:
    """Puts values with their headers into the topic of learning, one after the other."""

    async def sending() -> None:
        async with AIOKafkaProducer(bootstrap_servers=house.bootstrap) as producer:
            for value, headers in records:
                await producer.send_and_wait(TOPIC, value=value, key=key.encode(), headers=list(headers))

    asyncio.run(sending())


def told_of(house: House, employee: str) -> list[tuple[bytes, Any]]:
    """What learning has told of an employee, record by record."""
    messages = asyncio.run(messages_of(house.bootstrap))
    return [(m.value, m.headers) for m in messages if (m.topic, m.key) == (TOPIC, employee.encode())]


def flagged(client: Client, flag: str) -> int:
    """How many the ledger has flagged so; a relay that was killed may have said some things twice itself."""
    return client.get("evidence", "/status", role="auditor")["flags"].get(flag, 0)


@contextmanager
def in_place_of_its_relay(house: House, service: str) -> Generator[psycopg.Connection[Any]]:
    """Lets a service run on without telling anything: that is up to whoever is inside."""
    house.stop_service(service)
    with psycopg.connect(house.database(service), autocommit=True) as turn:
        turn.execute("select pg_advisory_lock(hashtext('relay'))")
        house.start_service(service)
        yield turn


def test_messages_that_come_again_in_another_order_change_nothing(house: House, lived: Client):
    employee = "E000110"
    read(lived, employee)
    eventually(lambda: story_of(lived, employee), story_of(lived, UNHARMED))
    heard, before = told_of(house, employee), flagged(lived, "duplicate")
    assert len(heard) >= 3

    send(house, employee, *reversed(heard))
    lived.post(
        "learning", "/contributions", {"employee": employee, "kind": "SHARING", "title": "x", "on": "2024-02-06"}
    )

    eventually(lambda: points_of(lived, employee), "21")  # which comes behind all of them
    eventually(lambda: flagged(lived, "duplicate") >= before + len(heard), True)


def test_a_version_ahead_of_its_turn_waits_for_the_one_before_it(house: House, lived: Client):
    employee = "E000112"
    before = flagged(lived, "out-of-order")
    with in_place_of_its_relay(house, "learning") as turn:
        read(lived, employee)
        values = [value for (value,) in turn.execute(UNTOLD)]
        first, *ahead = [(value, headers_of(value, signer("learning", house.keys))) for value in values]
        assert ahead
        send(house, employee, *reversed(ahead))
        eventually(lambda: [it["kind"] for it in letters_of(house, "points", employee)], ["waiting"] * len(ahead))
        assert points_of(lived, employee) == "0"
        send(house, employee, first)
        turn.execute(TOLD)

    eventually(lambda: story_of(lived, employee), story_of(lived, UNHARMED))
    assert letters_of(house, "points", employee) == []
    eventually(lambda: flagged(lived, "out-of-order") > before, True)
    eventually(lambda: counts_agree(house, lived), True)


def test_poison_parks_only_its_own_key_until_an_operator_discards_it(house: House, lived: Client):
    poisoned, other = "E000113", "E000114"
    send(house, poisoned, (POISON, []))
    read(lived, poisoned, other)

    eventually(lambda: points_of(lived, other), "6")
    eventually(lambda: [it["kind"] for it in letters_of(house, "points", poisoned)], ["poison", "behind", "behind"])
    assert points_of(lived, poisoned) == "0"

    for service in HEARERS:
        letter, *_ = letters_of(house, service, poisoned)
        house.command(service, "dead-letters", "discard", str(letter["letter"]), "--reason", "nobody's message")

    eventually(lambda: points_of(lived, poisoned), "6")
    assert [letters_of(house, service, poisoned) for service in HEARERS] == [[]] * len(HEARERS)


def test_the_ledger_has_the_poison_too_and_still_holds(house: House, lived: Client):
    eventually(lambda: flagged(lived, "not-an-event"), 1)
    house.command("evidence", "verify", "--ledger", str(house.ledger))


def objections(house: House) -> list[tuple[str, bool]]:
    """The rules that an outsider finds broken, each with whether it is the poison that breaks it."""
    messages, ledger = asyncio.run(messages_of(house.bootstrap)), Ledger(source_of(str(house.ledger)))
    (poison,) = (str(message.place) for message in messages if message.value == POISON)
    found = [*look_at_ledger(ledger), *look_at_topics(messages, ledger.keys), *look_at_both(messages, ledger)]
    return [(breach.rule, poison in breach.where) for breach in found]


def test_all_that_the_outsider_objects_to_is_the_poison(house: House, lived: Client):
    eventually(lambda: objections(house), [("a record is a canonical CloudEvent", True)])
