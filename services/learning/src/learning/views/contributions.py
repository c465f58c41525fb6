"""What each employee gave to the learning of others."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.learning import ContributionMade

TABLES = ("contributions",)


def when_made(work: Work, event: Event[ContributionMade]) -> None:
    it = event.fact
    work.write(
        "insert into contributions (employee, kind, title, on_day) values (%s, %s, %s, %s) on conflict do nothing",
        *(it.employee, it.kind, it.title, it.on),
    )


def contributions_of(asked: Asked, employee: str) -> list[dict[str, Any]]:
    """What an employee contributed, oldest first."""
    return asked.rows(
        'select kind, title, on_day as "on" from contributions where employee = %s order by on_day, kind, title',
        employee,
    )


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {ContributionMade: when_made}
