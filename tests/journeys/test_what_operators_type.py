"""What operators type at the services of a running house: letters, consumers, incarnations; and what comes of it."""

import json
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager

import psycopg
import pytest
from company.client import Client
from house import House
from journeys.rows import rows_of_views
from journeys.telling import UNHARMED, counts_agree, eventually, letters_of, points_of, read, story_of

from chassis.testing.processes import ServerError
from contracts.topics import PUBLISHED

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.timeout(180)]
TOPIC = "learning.events.v1"
HAS_HEARD: dict[str, Callable[[House, Client, str], bool]] = {
    "points": lambda _, client, employee: points_of(client, employee) == "6",
    "evidence": lambda house, client, _: counts_agree(house, client),
}
HEARD_ANEW = """
    select now.partition, now.next_offset >= before.next_offset
    from inbox_positions before join inbox_positions now using (topic, partition)
    where now.incarnation > before.incarnation and before.next_offset > 0
"""


@pytest.mark.parametrize("service", PUBLISHED)
def test_where_nothing_is_parked_the_list_says_so(house: House, lived: Client, service: str):
    assert house.command(service, "dead-letters", "list") == "nothing is parked\n"


@pytest.mark.parametrize("service", PUBLISHED)
def test_a_letter_that_nobody_parked_cannot_be_shown(house: House, lived: Client, service: str):
    with pytest.raises(ServerError, match=f"{service}: NoSuchLetter: Nothing is parked .* {{'asked': '999'}}"):
        house.command(service, "dead-letters", "show", "999")


@contextmanager
def no_entry_for(house: House, employee: str) -> Generator[None]:
    """A slip of an administrator: points cannot write down what an employee earns."""
    with psycopg.connect(house.database("points"), autocommit=True) as administrator:
        administrator.execute(f"alter table entries add constraint slip check (employee <> '{employee}')")
        try:
            yield
        finally:
            administrator.execute("alter table entries drop constraint slip")


def retried_of(client: Client, employee: str) -> list[str]:
    """Why operators tried the letters of an employee again, as the ledger tells it."""
    told = client.get("evidence", "/records", role="auditor", type="points.DeadLetterRetried.v1")["records"]
    said = [record["data"] for record in told]
    return [fact["reason"] for fact in said if fact["key"] == employee]


def test_a_parked_letter_is_listed_and_shown_and_heard_when_it_is_tried_again(house: House, lived: Client):
    employee = "E000115"
    retry = ("dead-letters", "retry", employee, "--reason")
    with no_entry_for(house, employee):
        read(lived, employee)
        eventually(lambda: [it["kind"] for it in letters_of(house, "points", employee)], ["refused"])
        ((letter, reason),) = ((it["letter"], it["reason"]) for it in letters_of(house, "points", employee))
        shown = json.loads(house.command("points", "dead-letters", "show", str(letter)))
        assert reason.startswith("CheckViolation")
        assert json.loads(shown["raw"])["type"] == "learning.TrainingCompleted.v1"
        assert employee in house.command("points", "dead-letters", "list")
        assert house.command("points", *retry, "too soon").splitlines()[-1] == "0 heard"
        assert points_of(lived, employee) == "0"

    assert house.command("points", *retry, "mended") == "1 heard\n"
    assert story_of(lived, employee) == story_of(lived, UNHARMED)
    assert letters_of(house, "points", employee) == []
    eventually(lambda: retried_of(lived, employee), ["too soon", "mended"])


@pytest.mark.parametrize(
    ("paused", "other", "employee"), [("points", "evidence", "E000116"), ("evidence", "points", "E000117")]
)
def test_a_paused_consumer_hears_nothing_until_it_is_resumed(
    house: House, lived: Client, paused: str, other: str, employee: str
):
    eventually(lambda: counts_agree(house, lived), True)
    house.command(paused, "consumer", "pause")
    house.stop_service(paused)  # It would stop hearing within a second; begun anew, it never hears.
    house.start_service(paused)
    read(lived, employee)
    eventually(lambda: HAS_HEARD[other](house, lived, employee), True)
    assert not HAS_HEARD[paused](house, lived, employee)

    house.command(paused, "consumer", "resume")
    eventually(lambda: HAS_HEARD[paused](house, lived, employee), True)


def test_a_topic_that_is_heard_anew_from_its_start_changes_nothing(house: House, lived: Client):
    def heard_anew() -> dict[int, bool]:
        with psycopg.connect(house.database("points")) as database:
            return dict(database.execute(HEARD_ANEW).fetchall())

    before = rows_of_views(house, "points")
    house.stop_service("points")
    told = house.command("points", "consumer", "new-incarnation", TOPIC)
    assert re.fullmatch(r"[1-9]\d* partitions are read from their start\n", told)
    behind = heard_anew()
    assert behind
    assert not any(behind.values())
    house.start_service("points")

    eventually(lambda: all(heard_anew().values()), True)
    assert rows_of_views(house, "points") == before
