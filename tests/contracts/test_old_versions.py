"""An event with a second version: old bytes stay as they are and readable, and whoever reads them reads the newest."""

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest

from chassis.keeping.running import Duties
from chassis.keeping.work import House, Work
from chassis.testing.service import ServiceUnderTest
from contracts.envelope import Fact, read
from contracts.topics import KNOWN, PUBLISHED

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
EXAMPLES = [path.read_bytes() for path in sorted((CONTRACTS / "examples").glob("*.json"))]
STREAM = UUID(int=7)
OLD = (
    b'{"actor":"user:grace","correlationid":"0af76519-16cd-43dd-8448-eb211c80319c","data":{"course":"safety",'
    b'"seat":"A1/17"},"datacontenttype":"application/json","dataschema":"urn:qizheng:schema:planted.SeatTaken.v1",'
    b'"id":"8265c1eb-c133-5642-8dbd-3a722d494f44","source":"urn:qizheng:planted","specversion":"1.0",'
    b'"streamid":"00000000-0000-0000-0000-000000000007","streamversion":1,"subject":"ada",'
    b'"time":"2024-01-08T01:30:00.123456Z","type":"planted.SeatTaken.v1"}'
)


class SeatTaken(Fact):
    """The second version names room and seat apart."""

    TYPE: ClassVar[str] = "planted.SeatTaken.v2"
    course: str
    room: str
    seat: int


class SeatTakenAtFirst(Fact):
    TYPE: ClassVar[str] = "planted.SeatTaken.v1"
    course: str
    seat: str

    def lifted(self) -> SeatTaken:
        room, seat = self.seat.split("/")
        return SeatTaken(course=self.course, room=room, seat=int(seat))


TOYS: dict[str, type[Fact]] = {fact.TYPE: fact for fact in (SeatTakenAtFirst, SeatTaken)}
taken = SeatTaken(course="safety", room="A1", seat=17)


@dataclass(frozen=True)
class seats:  # noqa: N801  # stands for a module of the domain
    """Says what it is told to, and remembers what it said."""

    initial: tuple[Fact, ...] = ()

    def decide(self, command: Fact, _: tuple[Fact, ...]) -> tuple[Fact, ...]:
        return (command,)

    def evolve(self, said: tuple[Fact, ...], fact: Fact) -> tuple[Fact, ...]:
        return (*said, fact)


def test_old_bytes_are_read_as_the_newest_version_and_stay_as_they_are():
    event = read(OLD, TOYS)
    assert (event.fact, event.type, event.raw) == (taken, SeatTakenAtFirst.TYPE, OLD)


def test_the_newest_version_is_read_as_it_is():
    assert taken.lifted() is taken


@pytest.mark.postgres
def test_a_consumer_of_both_versions_is_told_the_newest(database: str):
    told: list[Fact] = []
    consumes = dict.fromkeys(TOYS.values(), lambda _, news: told.append(news))
    house = House("toys", facts={})
    with ServiceUnderTest(house, Duties(consumes=consumes), "chassis.testing.counter", database) as toys:
        outcomes = toys.delivers(toys.message("planted.events.v1", OLD, b"ada"))

    assert (outcomes, told) == (["heard"], [taken])


@pytest.mark.postgres
def test_a_stream_that_began_with_an_old_version_is_folded_from_the_newest(database: str):
    def say(work: Work, fact: Fact) -> int:
        return work.decide(seats(), STREAM, fact)

    house = House("planted", facts=TOYS)
    with ServiceUnderTest(house, Duties(), "chassis.testing.counter", database) as toys:
        toys.ask(say, SeatTakenAtFirst(course="safety", seat="A1/17"))
    with ServiceUnderTest(house, Duties(), "chassis.testing.counter", database) as toys:
        toys.ask(say, taken)
        state = toys.ask(lambda work: work.state(seats(), STREAM))
        kept = [event.type for event in toys.events()]

    assert state == (taken, taken)
    assert kept == [SeatTakenAtFirst.TYPE, SeatTaken.TYPE]


# What the published contracts owe


def half_lifted(examples: Iterable[bytes], known: Mapping[str, type[Fact]]) -> list[str]:
    """Each event version that is read as one that is old itself."""
    events = [read(example, known) for example in examples]
    return [event.type for event in events if event.fact and event.fact.lifted() is not event.fact]


def deaf(heard: Container[str], examples: Iterable[bytes], known: Mapping[str, type[Fact]]) -> list[str]:
    """Each old version that goes unheard, though what it is read as is heard."""
    read_as = {event.type: event.fact.TYPE for event in (read(e, known) for e in examples) if event.fact}
    return [old for old, newest in read_as.items() if newest in heard and old not in heard]


def test_every_version_ever_published_is_read_as_the_newest():
    assert half_lifted(EXAMPLES, KNOWN) == []


@pytest.mark.parametrize("service", PUBLISHED)
def test_a_service_that_hears_an_event_hears_its_old_versions_too(service: str):
    channels = json.loads((CONTRACTS / f"asyncapi/{service}.json").read_text())["channels"].values()
    heard = {name for channel in channels for name in channel["messages"]}
    assert len(heard) > 1
    assert deaf(heard, EXAMPLES, KNOWN) == []


def test_a_version_that_is_lifted_half_way_is_caught():
    class SeatTakenLater(Fact):
        TYPE: ClassVar[str] = "planted.SeatTaken.v3"

    class SeatTakenThen(SeatTaken):
        def lifted(self) -> Fact:
            return SeatTakenLater()

    class SeatTakenHalf(SeatTakenAtFirst):
        def lifted(self) -> SeatTaken:
            return SeatTakenThen(course=self.course, room="A1", seat=17)

    assert half_lifted([OLD], TOYS) == []
    assert half_lifted([OLD], {SeatTakenHalf.TYPE: SeatTakenHalf}) == [SeatTakenHalf.TYPE]


def test_a_service_that_is_deaf_to_an_old_version_is_caught():
    assert deaf({SeatTaken.TYPE}, [OLD], TOYS) == [SeatTakenAtFirst.TYPE]
    assert deaf(TOYS, [OLD], TOYS) == []
    assert deaf(set(), [OLD], TOYS) == []
