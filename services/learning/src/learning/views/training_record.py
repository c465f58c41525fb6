"""How far each employee has come with each course: assigned, failed, completed; and what was learned before this system."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.learning import (
    CourseAssigned,
    CourseStudied,
    ExamFailed,
    ExamPassed,
    TrainingCompleted,
    TrainingOverdue,
    TrainingVoided,
)
from contracts.people import PastTrainingImported

TABLES = ("training_record", "past_trainings")


def when_assigned(work: Work, event: Event[CourseAssigned]) -> None:
    """A new assignment begins the row anew; what was completed before it stands in the events."""
    it = event.fact
    work.write(
        "insert into training_record (employee, course, course_version, state, because, assigned_on, due)"
        " values (%s, %s, %s, 'ASSIGNED', %s, %s, %s) on conflict (employee, course) do update set"
        " course_version = excluded.course_version, state = excluded.state, because = excluded.because,"
        " assigned_on = excluded.assigned_on, due = excluded.due, hours = 0, attempts = 0, score = null,"
        " completed_on = null, completion = null, overdue_on = null",
        *(it.employee, it.course, it.course_version, it.because, it.on, it.due),
    )


def when_studied(work: Work, event: Event[CourseStudied]) -> None:
    it = event.fact
    work.write(
        "update training_record set state = 'ASSIGNED', hours = hours + %s where employee = %s and course = %s",
        *(it.hours, it.employee, it.course),
    )


def when_passed(work: Work, event: Event[ExamPassed]) -> None:
    it = event.fact
    work.write(
        "update training_record set attempts = %s, score = %s where employee = %s and course = %s",
        *(it.attempt, it.score, it.employee, it.course),
    )


def when_failed(work: Work, event: Event[ExamFailed]) -> None:
    it = event.fact
    work.write(
        "update training_record set state = 'FAILED', attempts = %s, score = %s where employee = %s and course = %s",
        *(it.attempt, it.score, it.employee, it.course),
    )


def when_completed(work: Work, event: Event[TrainingCompleted]) -> None:
    """Who attends a workshop without being asked has no row before this."""
    it = event.fact
    work.write(
        "insert into training_record (employee, course, course_version, state, attempts, score, completed_on, completion)"
        " values (%s, %s, %s, 'COMPLETED', %s, %s, %s, %s) on conflict (employee, course) do update set"
        " state = excluded.state, attempts = excluded.attempts, score = excluded.score,"
        " completed_on = excluded.completed_on, completion = excluded.completion",
        *(it.employee, it.course, it.course_version, it.attempts, it.score, it.on, event.id),
    )


def when_voided(work: Work, event: Event[TrainingVoided]) -> None:
    """Where nobody had asked for it, nothing is left; else it is to be learned from the start."""
    it = event.fact
    work.write(
        "delete from training_record where employee = %s and course = %s and due is null", it.employee, it.course
    )
    work.write(
        "update training_record set state = 'ASSIGNED', hours = 0, score = null, completed_on = null, completion = null"
        " where employee = %s and course = %s",
        *(it.employee, it.course),
    )


def when_overdue(work: Work, event: Event[TrainingOverdue]) -> None:
    it = event.fact
    work.write(
        "update training_record set overdue_on = %s where employee = %s and course = %s", it.on, it.employee, it.course
    )


def when_past_training_imported(work: Work, event: Event[PastTrainingImported]) -> None:
    it = event.fact
    work.write(
        "insert into past_trainings (employee, course, kind, on_day, hours, score, mark)"
        " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.employee, it.course, it.kind, it.on, it.hours, it.score, it.mark),
    )


def completion_of(asked: Asked, employee: str, course: str) -> UUID | None:
    """The id of the TrainingCompleted that stands, or None."""
    rows = asked.rows("select completion from training_record where employee = %s and course = %s", employee, course)
    return rows[0]["completion"] if rows else None


def due_of(asked: Asked, employee: str, course: str) -> date | None:
    """The day by which an employee has to have learned a course; None where nobody asked for it."""
    rows = asked.rows("select due from training_record where employee = %s and course = %s", employee, course)
    return rows[0]["due"] if rows else None


def record_of_course(asked: Asked, course: str, after: str, limit: int) -> list[dict[str, Any]]:
    """A page of those who have or had to learn a course, in the order of their ids."""
    return asked.rows(
        "select employee, course_version, state, because, assigned_on, due, hours::text, attempts, score::text,"
        " completed_on, completion, overdue_on from training_record where course = %s and employee > %s"
        " order by employee limit %s",
        *(course, after, limit),
    )


def record_of_employee(asked: Asked, employee: str) -> list[dict[str, Any]]:
    """Every course that an employee has or had to learn, in the order of their names."""
    return asked.rows(
        "select course, course_version, state, because, assigned_on, due, hours::text, attempts, score::text,"
        " completed_on, completion, overdue_on from training_record where employee = %s order by course",
        employee,
    )


def past_trainings(asked: Asked, employee: str) -> list[dict[str, Any]]:
    """What an employee had learned before this system, oldest first."""
    return asked.rows(
        'select course, kind, on_day as "on", hours::text, score::text, mark from past_trainings where employee = %s'
        " order by on_day, course",
        employee,
    )


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    CourseAssigned: when_assigned,
    CourseStudied: when_studied,
    ExamPassed: when_passed,
    ExamFailed: when_failed,
    TrainingCompleted: when_completed,
    TrainingVoided: when_voided,
    TrainingOverdue: when_overdue,
    PastTrainingImported: when_past_training_imported,
}
