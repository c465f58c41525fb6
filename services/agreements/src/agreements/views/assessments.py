"""What leaving cost each employee: the assessment that stands, and those that were reversed."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.agreements import DamagesAssessed, DamagesReversed
from contracts.envelope import Event, Fact

TABLES = ("assessments",)


def when_damages_assessed(work: Work, event: Event[DamagesAssessed]) -> None:
    it = event.fact
    work.write(
        "insert into assessments values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.employee, event.version, it.last_day, it.ground, it.article, it.amount, it.ceiling, it.alternative),
        *(list(it.agreements), list(it.steps), it.claim_deadline),
    )


def when_damages_reversed(work: Work, event: Event[DamagesReversed]) -> None:
    work.write(
        "update assessments set reversed_because = %s where employee = %s and version < %s and reversed_because is null",
        *(event.fact.reason, event.fact.employee, event.version),
    )


def assessments_of(asked: Asked, employee: str) -> list[dict[str, Any]]:
    """Every assessment of an employee, oldest first; at most the last one stands."""
    return asked.rows(
        "select last_day, ground, article, amount::text, ceiling::text, alternative::text, agreements, steps,"
        " claim_deadline, reversed_because from assessments where employee = %s order by version",
        employee,
    )


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    DamagesAssessed: when_damages_assessed,
    DamagesReversed: when_damages_reversed,
}
