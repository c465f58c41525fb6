"""Which training of whom ended when: a training may end before its agreement is sealed, or before that is heard."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.learning import TrainingCompleted

TABLES = ("training_ends",)


def when_training_completed(work: Work, event: Event[TrainingCompleted]) -> None:
    it = event.fact
    work.write("insert into training_ends values (%s, %s, %s) on conflict do nothing", it.employee, it.course, it.on)


def first_end(asked: Asked, employee: str, course: str, since: date) -> date | None:
    """The first day from `since` on at which the employee completed the course; None while they have not."""
    (row,) = asked.rows(
        "select min(on_day) as on_day from training_ends where employee = %s and course = %s and on_day >= %s",
        *(employee, course, since),
    )
    return row["on_day"]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {TrainingCompleted: when_training_completed}
