"""Accidents: services killed, messages that come twice, out of order or broken. The books balance all the same."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from company.client import Client
from house import House
from journeys.telling import counts_agree, course, eventually, hire, open_days, points_of
from outsider import Ledger, look_at_both, look_at_ledger, look_at_topics, messages_of, source_of

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
TOPIC = "learning.events.v1"
POISON = b"\xff not an event"
KILLED = ("learning", "points", "evidence")


@pytest.fixture(scope="module")
def lived(house: House, client: Client) -> Client:
    """Rules, a course without an exam, and a dozen people who may take it."""
    open_days(client, "2023-12-27")
    rates = {"ONLINE_HOURS": "2", "WORKSHOP": "5", "EXAM_PASSED": "10", "SHARING": "15", "MENTORING_DONE": "20"}
    rules = {"first_day": "2024-01-01", "rates": rates, "role_rates": {"RD_MIDDLE": {"TECH_PROJECT": "30"}}}
    client.post("points", "/rules", {**rules, "scheme": "TOTAL_ONLY", "target": "100"})
    for number in range(101, 113):
        hire(client, f"{number:06d}", "检验员", "基层")
    client.wait_until_heard("people", by="learning")
    client.wait_until_heard("people", by="points")
    client.post("learning", "/courses", course("reading", pass_mark=None, hours="3", posts=["检验员"]))
    return client


def study(client: Client, employees: Sequence[str]) -> None:
    entries = [{"employee": employee, "hours": "3"} for employee in employees]
    client.post("learning", "/courses/reading/studies", {"on": "2024-02-05", "entries": entries})


@pytest.mark.parametrize(("killed", "number"), list(zip(KILLED, (101, 102, 103), strict=True)))
def test_a_service_that_is_killed_goes_on_where_it_was(house: House, lived: Client, killed: str, number: int):
    employee = f"E{number:06d}"
    study(lived, [employee])
    house.kill_service(killed)
    house.start_service(killed)

    eventually(lambda: points_of(lived, employee), "6")
    eventually(lambda: counts_agree(house, lived), True)
    house.command("evidence", "verify", "--ledger", str(house.ledger))


async def records_of(bootstrap: str, key: bytes) -> list[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        parts = [TopicPartition(TOPIC, n) for n in range(12)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        found: list[Any] = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += [record for record in batch if record.key == key]
        return found
    finally:
        await consumer.stop()


async def send(bootstrap: str, records: Sequence[tuple[bytes, bytes | None, Any]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for key, value, headers in records:
            await producer.send_and_wait(TOPIC, value=value, key=key, headers=headers)
    finally:
        await producer.stop()


def duplicates(client: Client) -> int:
    """How many the ledger has flagged; a relay that was killed may have said some things twice itself."""
    return client.get("evidence", "/status", role="auditor")["flags"].get("duplicate", 0)


def test_messages_that_come_again_and_out_of_order_change_nothing(house: House, lived: Client):
    employee = "E000104"
    study(lived, [employee])
    eventually(lambda: points_of(lived, employee), "6")
    heard = asyncio.run(records_of(house.bootstrap, employee.encode()))
    assert len(heard) >= 3

    before = duplicates(lived)
    asyncio.run(send(house.bootstrap, [(r.key, r.value, list(r.headers)) for r in reversed(heard)]))
    study(lived, ["E000105"])

    eventually(lambda: points_of(lived, "E000105"), "6")
    assert points_of(lived, employee) == "6"
    eventually(lambda: duplicates(lived), before + len(heard))


def letters(house: House, service: str) -> list[dict[str, Any]]:
    return json.loads(house.command(service, "dead-letters", "list", "--json"))


def test_poison_parks_only_its_own_key_until_an_operator_discards_it(house: House, lived: Client):
    poisoned, other = "E000106", "E000107"
    asyncio.run(send(house.bootstrap, [(poisoned.encode(), POISON, [])]))
    study(lived, [poisoned, other])

    eventually(lambda: points_of(lived, other), "6")
    parked = [letter for letter in letters(house, "points") if letter["sequence_key"] == poisoned]
    assert parked[0]["kind"] == "poison"
    assert {letter["kind"] for letter in parked[1:]} == {"behind"}
    assert points_of(lived, poisoned) == "0"

    house.command("points", "dead-letters", "discard", str(parked[0]["letter"]), "--reason", "nobody's message")

    eventually(lambda: points_of(lived, poisoned), "6")
    assert [letter for letter in letters(house, "points") if letter["sequence_key"] == poisoned] == []


def test_the_ledger_has_the_poison_too_and_still_holds(house: House, lived: Client):
    eventually(lambda: lived.get("evidence", "/status", role="auditor")["flags"].get("not-an-event"), 1)
    house.command("evidence", "verify", "--ledger", str(house.ledger))


def test_all_that_the_outsider_objects_to_is_the_poison(house: House, lived: Client):
    eventually(lambda: counts_agree(house, lived), True)
    messages, ledger = asyncio.run(messages_of(house.bootstrap)), Ledger(source_of(str(house.ledger)))
    (poison,) = (message.place for message in messages if message.value == POISON)

    found = [*look_at_ledger(ledger), *look_at_topics(messages, ledger.keys), *look_at_both(messages, ledger)]

    assert [breach.rule for breach in found] == ["a record is a canonical CloudEvent"]
    assert str(poison) in found[0].where
