"""A counter, which holds so much and no more: what can be said of it, asked of it, and what others say."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from contracts import Refusal
from contracts.envelope import Fact, Number
from contracts.operations import DeadLetterHandled

# What is said


class Counted(Fact):
    TYPE: ClassVar[str] = "counters.Counted.v1"
    employee: str
    by: int
    note: str = ""


class Emptied(Fact):
    TYPE: ClassVar[str] = "counters.Emptied.v1"
    employee: str
    amount: Number | None = None


class Retried(DeadLetterHandled):
    TYPE: ClassVar[str] = "counters.DeadLetterRetried.v1"


class Discarded(DeadLetterHandled):
    TYPE: ClassVar[str] = "counters.DeadLetterDiscarded.v1"


class Knocked(Fact):
    """Said by another service."""

    TYPE: ClassVar[str] = "doors.Knocked.v1"
    employee: str
    times: int
    note: str = ""


class Slammed(Fact):
    """Said by another service, and of no interest here."""

    TYPE: ClassVar[str] = "doors.Slammed.v1"
    employee: str


class DayCame(Fact):
    TYPE: ClassVar[str] = "days.DayCame.v1"
    day: date


FACTS: dict[str, type[Fact]] = {fact.TYPE: fact for fact in (Counted, Emptied, Retried, Discarded)}

# The decider


@dataclass(frozen=True)
class Count:
    employee: str
    by: int = 1
    note: str = ""
    times: int = 1


@dataclass(frozen=True)
class Empty:
    employee: str


@dataclass(eq=False)
class TooMuch(Refusal):
    """A counter holds ten thousand."""

    total: int


class NothingToEmpty(Refusal):
    """The counter is empty."""


@dataclass(frozen=True)
class Counter:
    total: int = 0


initial = Counter()


def decide(command: Count | Empty, counter: Counter) -> tuple[Fact, ...]:
    match command:
        case Count(employee, by, note, times):
            if counter.total + by * times > 10_000:
                raise TooMuch(counter.total + by * times)
            return tuple(Counted(employee=employee, by=by, note=note) for _ in range(times))
        case Empty(employee):
            if not counter.total:
                raise NothingToEmpty
            return (Emptied(employee=employee),)


def evolve(counter: Counter, fact: Fact) -> Counter:
    match fact:
        case Counted(by=by):
            return Counter(counter.total + by)
        case _:
            return Counter()
