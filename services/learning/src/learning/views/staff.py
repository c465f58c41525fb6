"""Who is here to learn: post and department of each employee, and from when until when they work here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.people import EmployeeHired, EmployeeLeft, EmployeeTransferred, LeavingCorrected

TABLES = ("staff",)


@dataclass(frozen=True)
class Member:
    """`last_day` counts as employed; None for who has not left."""

    employee: str
    department: str
    post: str
    hired_on: date
    last_day: date | None

    def is_here(self, on: date) -> bool:
        """Whether they work here on that day."""
        return self.hired_on <= on and not self.has_left(on)

    def has_left(self, on: date) -> bool:
        """Whether they are gone by that day."""
        return self.last_day is not None and self.last_day < on


def when_hired(work: Work, event: Event[EmployeeHired]) -> None:
    it = event.fact
    work.write(
        "insert into staff (employee, department, post, hired_on) values (%s, %s, %s, %s)"
        " on conflict (employee) do nothing",
        *(it.employee, it.department, it.post, it.on),
    )


def when_transferred(work: Work, event: Event[EmployeeTransferred]) -> None:
    it = event.fact
    work.write("update staff set department = %s, post = %s where employee = %s", it.department, it.post, it.employee)


def when_left(work: Work, event: Event[EmployeeLeft | LeavingCorrected]) -> None:
    work.write("update staff set last_day = %s where employee = %s", event.fact.last_day, event.fact.employee)


def everybody(asked: Asked) -> list[Member]:
    """All who ever worked here, in the order of their ids."""
    return [Member(**row) for row in asked.rows("select * from staff order by employee")]


def members(asked: Asked, employees: Iterable[str]) -> dict[str, Member]:
    """Those of these employees whom we know."""
    found = asked.rows("select * from staff where employee = any(%s)", list(employees))
    return {row["employee"]: Member(**row) for row in found}


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    EmployeeHired: when_hired,
    EmployeeTransferred: when_transferred,
    EmployeeLeft: when_left,
    LeavingCorrected: when_left,
}
