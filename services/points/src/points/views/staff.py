"""Who works here: department, from when until when, and as what on each day."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.people import EmployeeHired, EmployeeLeft, EmployeeTransferred, LeavingCorrected
from points.domain.roles import Employment, Post

TABLES = ("staff", "posts")


@dataclass(frozen=True)
class Member:
    """`department` is the one that was told last; `last_day` is None for who has not left."""

    employee: str
    department: str
    hired_on: date
    last_day: date | None


def when_hired(work: Work, event: Event[EmployeeHired]) -> None:
    it = event.fact
    work.write(
        "insert into staff (employee, department, hired_on) values (%s, %s, %s) on conflict (employee) do nothing",
        *(it.employee, it.department, it.on),
    )
    _held(work, it)


def when_transferred(work: Work, event: Event[EmployeeTransferred]) -> None:
    work.write("update staff set department = %s where employee = %s", event.fact.department, event.fact.employee)
    _held(work, event.fact)


def when_left(work: Work, event: Event[EmployeeLeft | LeavingCorrected]) -> None:
    work.write("update staff set last_day = %s where employee = %s", event.fact.last_day, event.fact.employee)


def _held(work: Work, it: EmployeeHired | EmployeeTransferred) -> None:
    work.write(
        "insert into posts (employee, since, level, post) values (%s, %s, %s, %s)"
        " on conflict (employee, since) do update set level = excluded.level, post = excluded.post",
        *(it.employee, it.on, it.level, it.post),
    )


def member(asked: Asked, employee: str) -> Member | None:
    """One employee, or None for whom people has not told of."""
    rows = asked.rows("select * from staff where employee = %s", employee)
    return Member(**rows[0]) if rows else None


def posts_of(asked: Asked, employee: str) -> list[Post]:
    """The posts that an employee is known to hold or have held; none for whom people has not told of."""
    return [Post(**row) for row in asked.rows("select since, level, post from posts where employee = %s", employee)]


def everybody(asked: Asked) -> dict[str, Employment]:
    """Everybody who ever worked here."""
    posts: dict[str, list[Post]] = defaultdict(list)
    for row in asked.rows("select * from posts"):
        posts[row.pop("employee")].append(Post(**row))
    rows = asked.rows("select employee, hired_on, last_day from staff")
    return {
        row["employee"]: Employment(row["hired_on"], row["last_day"], tuple(posts[row["employee"]])) for row in rows
    }


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    EmployeeHired: when_hired,
    EmployeeTransferred: when_transferred,
    EmployeeLeft: when_left,
    LeavingCorrected: when_left,
}
