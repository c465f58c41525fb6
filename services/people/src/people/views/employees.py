"""Who works here and who did: one row an employee, with the personal particulars still sealed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact, Sealed
from contracts.people import EmployeeHired, EmployeeLeft, EmployeeTransferred, LeavingCorrected, PastTrainingImported

TABLES = ("employees", "past_trainings")


@dataclass(frozen=True)
class EmployeeRow:
    employee: str
    number: str
    department: str
    post: str
    rank: str
    level: str
    region: str
    hired_on: date
    contract_end: date | None
    probation_end: date | None
    last_day: date | None
    ground: str | None
    name: Sealed
    identity_number: Sealed
    phone: Sealed | None


def when_hired(work: Work, event: Event[EmployeeHired]) -> None:
    it = event.fact
    work.write(
        "insert into employees (employee, number, department, post, rank, level, region, hired_on, contract_end,"
        " probation_end, name, identity_number, phone) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (employee) do nothing",
        *(it.employee, it.number, it.department, it.post, it.rank, it.level, it.region, it.on, it.contract_end),
        *(it.probation_end, it.name.model_dump_json(), it.identity_number.model_dump_json()),
        it.phone.model_dump_json() if it.phone else None,
    )


def when_transferred(work: Work, event: Event[EmployeeTransferred]) -> None:
    it = event.fact
    work.write(
        "update employees set department = %s, post = %s, rank = %s, level = %s where employee = %s",
        *(it.department, it.post, it.rank, it.level, it.employee),
    )


def when_left(work: Work, event: Event[EmployeeLeft | LeavingCorrected]) -> None:
    it = event.fact
    work.write(
        "update employees set last_day = %s, ground = %s where employee = %s", it.last_day, it.ground, it.employee
    )


def when_past_training_imported(work: Work, event: Event[PastTrainingImported]) -> None:
    it = event.fact
    work.write(
        "insert into past_trainings (employee, course, kind, on_day, hours, score, mark)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.employee, it.course, it.kind, it.on, it.hours, it.score, it.mark),
    )


def employee(asked: Asked, employee: str) -> EmployeeRow | None:
    """One employee, or None."""
    rows = asked.rows("select * from employees where employee = %s", employee)
    return _row(rows[0]) if rows else None


def employees_after(asked: Asked, after: str, limit: int) -> list[EmployeeRow]:
    """A page of employees in the order of their ids."""
    rows = asked.rows("select * from employees where employee > %s order by employee limit %s", after, limit)
    return [_row(row) for row in rows]


def past_trainings(asked: Asked, employee: str) -> list[dict[str, Any]]:
    """What an employee had learned before this system, oldest first."""
    return asked.rows(
        'select course, kind, on_day as "on", hours::text, score::text, mark from past_trainings where employee = %s'
        " order by on_day, course",
        employee,
    )


def _row(row: dict[str, Any]) -> EmployeeRow:
    sealed: dict[str, Any] = {
        name: row[name] and Sealed.model_validate_json(row[name]) for name in ("name", "identity_number", "phone")
    }
    return EmployeeRow(**{**row, **sealed})


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    EmployeeHired: when_hired,
    EmployeeTransferred: when_transferred,
    EmployeeLeft: when_left,
    LeavingCorrected: when_left,
    PastTrainingImported: when_past_training_imported,
}
