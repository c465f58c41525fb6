"""Who works here, as far as agreements needs to know: where, until when by contract, and how they left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.people import EmployeeHired, EmployeeLeft, EmployeeTransferred, Ground, LeavingCorrected

TABLES = ("staff",)


@dataclass(frozen=True)
class Member:
    employee: str
    department: str
    hired_on: date
    contract_end: date | None
    last_day: date | None
    ground: Ground | None


def when_hired(work: Work, event: Event[EmployeeHired]) -> None:
    it = event.fact
    work.write(
        "insert into staff (employee, department, hired_on, contract_end) values (%s, %s, %s, %s)"
        " on conflict (employee) do nothing",
        *(it.employee, it.department, it.on, it.contract_end),
    )


def when_transferred(work: Work, event: Event[EmployeeTransferred]) -> None:
    work.write("update staff set department = %s where employee = %s", event.fact.department, event.fact.employee)


def when_left(work: Work, event: Event[EmployeeLeft | LeavingCorrected]) -> None:
    it = event.fact
    work.write("update staff set last_day = %s, ground = %s where employee = %s", it.last_day, it.ground, it.employee)


def member(asked: Asked, employee: str) -> Member | None:
    """One employee, or None."""
    rows = asked.rows("select * from staff where employee = %s", employee)
    return Member(**rows[0]) if rows else None


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    EmployeeHired: when_hired,
    EmployeeTransferred: when_transferred,
    EmployeeLeft: when_left,
    LeavingCorrected: when_left,
}
