"""Snapshots: a state is read from its newest one, and from none that could tell it otherwise."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from chassis.keeping.work import Cause
from chassis.testing.counter import domain
from chassis.testing.counter.domain import Counted, Counter
from chassis.testing.counter.service import count, stream_of
from chassis.testing.service import ServiceUnderTest

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(60)]

BY_HR = Cause("user:hr", UUID(int=7))


def test_a_state_is_read_from_its_snapshot(counters: ServiceUnderTest):
    counters.ask(count, "ada", 1, "", 150)
    counters.ask(count, "ada", 1, "", 60)
    (newest, _) = counters.store.rows("select * from snapshots order by originator_version desc")
    assert (newest["originator_version"], bytes(newest["state"])) == (200, b'{"total":200}')
    counters.store.rows("update snapshots set state = '{\"total\":1200}' where originator_version = 200 returning 1")
    assert counters.ask(lambda work: work.state(domain, stream_of("ada"))) == Counter(1_210)


def test_a_snapshot_of_a_shape_or_code_that_has_moved_on_is_ignored(counters: ServiceUnderTest):
    counters.ask(count, "ada", 1, "", 120)
    counters.store.rows(
        "update snapshots set topic = 'chassis.testing.counter.domain/0ld0ld', state = '{}' returning 1"
    )
    assert counters.ask(lambda work: work.state(domain, stream_of("ada"))) == Counter(120)
    assert counters.ask(count, "ada") == 121


@dataclass(frozen=True)
class Open:
    total: int


@dataclass(frozen=True)
class Shut:
    total: int


class Doors:
    """Two states that look alike once they are written."""

    initial = Open(0)

    @staticmethod
    def decide(command: int, state: Open | Shut) -> tuple[Counted, ...]:
        return tuple(Counted(employee="ada", by=1) for _ in range(command))

    @staticmethod
    def evolve(state: Open | Shut, fact: object) -> Open | Shut:
        return Shut(state.total + 1)


def test_no_snapshot_is_kept_of_a_state_that_would_be_read_as_another(counters: ServiceUnderTest):
    doors, stream = Doors(), stream_of("doors")
    counters.ask(lambda work: work.decide(doors, stream, 100))
    assert counters.store.rows("select * from snapshots") == []
    assert counters.ask(lambda work: work.state(doors, stream)) == Shut(100)


class Lump:
    """A state that nothing can write."""

    def __init__(self, size: int) -> None:
        self.size = size


class Lumps:
    initial = Lump(0)

    @staticmethod
    def decide(command: int, state: Lump) -> tuple[Counted, ...]:
        return tuple(Counted(employee="ada", by=1) for _ in range(command))

    @staticmethod
    def evolve(state: Lump, fact: object) -> Lump:
        return Lump(state.size + 1)


def test_a_decider_whose_state_cannot_be_written_works_without_snapshots(counters: ServiceUnderTest):
    lumps, stream = Lumps(), stream_of("lump")
    assert counters.ask(lambda work: work.decide(lumps, stream, 100)) == 100
    assert counters.ask(lambda work: work.state(lumps, stream).size) == 100
