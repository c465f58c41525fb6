"""The counters as a service: its view, its handlers, its errand, and the house that they make."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.keeping.errands import Outcome
from chassis.keeping.running import Duties
from chassis.keeping.work import House, Work
from chassis.testing.counter import domain
from chassis.testing.counter.domain import FACTS, Count, Counted, DayCame, Emptied, Empty, Knocked
from contracts.envelope import Event, Fact

# The view


def when_emptied(work: Work, event: Event[Emptied]) -> None:
    """What was noted of an employee's knocks goes with what stood on the counter."""
    work.write("update tallies set total = 0 where stream = %s", event.stream)
    work.write("update knocks set note = '' where employee = %s", event.fact.employee)


class Tallies:
    """What stands on each counter, and how often each employee has knocked."""

    TABLES = ("tallies", "knocks")
    CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
        Counted: lambda work, event: work.write(
            "insert into tallies (stream, total, note) values (%s, %s, %s) on conflict (stream)"
            " do update set total = tallies.total + excluded.total, note = excluded.note",
            *(event.stream, event.fact.by, event.fact.note),
        ),
        Emptied: when_emptied,
        Knocked: lambda work, event: work.write(
            "insert into knocks (employee, times, note) values (%s, %s, %s) on conflict (employee)"
            " do update set times = knocks.times + excluded.times, note = knocks.note || excluded.note",
            *(event.fact.employee, event.fact.times, event.fact.note),
        ),
    }


# The handlers


def stream_of(employee: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:test:counters:{employee}")


def count(work: Work, employee: str, by: int = 1, note: str = "", times: int = 1) -> int:
    return work.decide(domain, stream_of(employee), Count(employee, by, note, times))


def empty(work: Work, employee: str) -> int:
    return work.decide(domain, stream_of(employee), Empty(employee))


def when_knocked(work: Work, news: Knocked) -> None:
    """Counts every knock; ten knocks are a bug, and a remark is reminded of the next day."""
    if news.times == 10:
        raise ZeroDivisionError("ten knocks")
    if news.note.startswith("remind"):
        work.remind(work.today, "remind", news.employee)
    count(work, news.employee, news.times, news.note)


def when_reminder_due(work: Work, key: str) -> None:
    count(work, key)


def ring(event: Event[Fact]) -> Outcome:
    """The errand of an emptied counter: it is counted that it rang."""

    def rang(work: Work) -> None:
        count(work, f"bell-{event.subject}")

    return rang


HOUSE = House("counters", FACTS, (Tallies(),), errands=frozenset({Emptied}), day_opened=DayCame)
DUTIES = Duties(consumes={Knocked: when_knocked}, due={"remind": when_reminder_due}, errands={Emptied: ring})
