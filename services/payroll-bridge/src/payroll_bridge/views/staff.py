"""Where people work, whose law on deductions holds there, and until when they are on the payroll."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.people import EmployeeHired, EmployeeLeft, LeavingCorrected
from payroll_bridge.domain.closing import Place

TABLES = ("staff",)


def when_hired(work: Work, event: Event[EmployeeHired]) -> None:
    work.write(
        "insert into staff (employee, region) values (%s, %s) on conflict (employee) do nothing",
        *(event.fact.employee, event.fact.region),
    )


def when_left(work: Work, event: Event[EmployeeLeft | LeavingCorrected]) -> None:
    work.write("update staff set last_day = %s where employee = %s", event.fact.last_day, event.fact.employee)


def places_of(asked: Asked, employees: Iterable[str]) -> dict[str, Place]:
    rows = asked.rows("select employee, region, last_day from staff where employee = any(%s)", list(employees))
    return {row["employee"]: Place(row["region"], row["last_day"]) for row in rows}


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    EmployeeHired: when_hired,
    EmployeeLeft: when_left,
    LeavingCorrected: when_left,
}
