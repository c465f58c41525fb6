"""Claims for damages: how much was assessed, and how much of it wages have paid."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.agreements import DamagesAssessed, DamagesReversed
from contracts.envelope import Event, Fact
from contracts.payroll_bridge import DamagesDeducted
from payroll_bridge.domain.closing import Owed

TABLES = ("claims",)


def when_assessed(work: Work, event: Event[DamagesAssessed]) -> None:
    """A newer assessment takes the place of an older one."""
    _assess(work, event.fact.employee, event.fact.amount, event)


def when_reversed(work: Work, event: Event[DamagesReversed]) -> None:
    _assess(work, event.fact.employee, Decimal("0.00"), event)


def _assess(work: Work, employee: str, amount: Decimal, event: Event[Any]) -> None:
    work.write(
        "insert into claims (employee, assessed, assessment) values (%s, %s, %s) on conflict (employee) do update set"
        " assessed = excluded.assessed, assessment = excluded.assessment",
        *(employee, amount, str(event.id)),
    )


def when_deducted(work: Work, event: Event[DamagesDeducted]) -> None:
    work.write(
        "insert into claims (employee, deducted) values (%s, %s) on conflict (employee) do update set"
        " deducted = claims.deducted + excluded.deducted",
        *(event.fact.employee, event.fact.amount),
    )


def claims(asked: Asked) -> list[Owed]:
    """Every claim, whatever is still owed of it."""
    return [_owed(row) for row in asked.rows("select * from claims order by employee")]


def claim_of(asked: Asked, employee: str) -> Owed | None:
    rows = asked.rows("select * from claims where employee = %s", employee)
    return _owed(rows[0]) if rows else None


def _owed(row: dict[str, Any]) -> Owed:
    return Owed(row["employee"], row["assessed"], row["assessment"] or "", row["deducted"])


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    DamagesAssessed: when_assessed,
    DamagesReversed: when_reversed,
    DamagesDeducted: when_deducted,
}
