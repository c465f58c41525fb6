"""Results in courses: each attempt of an employee with its day, and what was not learned by its day."""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from chassis.keeping.work import Asked, Work
from contracts.envelope import Event, Fact
from contracts.learning import (
    CoursePublished,
    ExamFailed,
    ExamPassed,
    TrainingCompleted,
    TrainingOverdue,
    TrainingVoided,
)
from payroll_bridge.domain.allowances import Attempt
from payroll_bridge.domain.month import CLASSES, Course, Window

TABLES = ("courses", "attempts")
OVERDUE = -1  # in place of an attempt's number


def when_published(work: Work, event: Event[CoursePublished]) -> None:
    it = event.fact
    work.write(
        "insert into courses (course, course_version, course_class) values (%s, %s, %s) on conflict (course) do update"
        " set course_version = excluded.course_version, course_class = excluded.course_class"
        " where courses.course_version <= excluded.course_version",
        *(it.course, it.course_version, it.course_class),
    )


def when_examined(work: Work, event: Event[ExamPassed | ExamFailed]) -> None:
    it = event.fact
    work.write(
        "insert into attempts (employee, course, on_day, attempt, news, passed, score, course_class)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        *(it.employee, it.course, it.on, it.attempt, event.id, isinstance(it, ExamPassed), it.score, it.course_class),
    )


def when_completed(work: Work, event: Event[TrainingCompleted]) -> None:
    """The exam that completed the course is the same attempt, told twice."""
    it = event.fact
    work.write(
        "insert into attempts (employee, course, on_day, attempt, news, passed, score, course_class, completion)"
        " values (%s, %s, %s, %s, %s, true, %s, %s, %s)"
        " on conflict (employee, course, on_day, attempt) do update set completion = excluded.completion",
        *(it.employee, it.course, it.on, it.attempts, event.id, it.score, it.course_class, event.id),
    )


def when_voided(work: Work, event: Event[TrainingVoided]) -> None:
    """With the completion goes the pass that led to it, whatever day that has."""
    it = event.fact
    work.write(
        "update attempts set voided = true where employee = %s and course = %s and passed and on_day <="
        " (select on_day from attempts where employee = %s and course = %s and completion::text = %s)",
        *(it.employee, it.course, it.employee, it.course, it.completion),
    )


def when_overdue(work: Work, event: Event[TrainingOverdue]) -> None:
    it = event.fact
    work.write(
        "insert into attempts (employee, course, on_day, attempt, news, passed) values (%s, %s, %s, %s, %s, false)"
        " on conflict do nothing",
        *(it.employee, it.course, it.on, OVERDUE, event.id),
    )


def courses_in(asked: Asked, window: Window) -> Iterator[tuple[str, tuple[Course, ...]]]:
    """Each employee who has a result in the window, with all that is known of those courses by the cut-off."""
    rows = asked.rows(
        "select a.*, c.course_class as published_class, exists (select 1 from lines l where l.employee = a.employee"
        " and l.reference = a.course and l.kind = 'TRAINING_SUBSIDY' and not l.reversal and l.withdrawn_in is null"
        " and not exists (select 1 from attempts v where v.voided and v.employee = a.employee and v.course = a.course"
        " and l.fact in (v.news::text, v.completion::text))) as is_paid"
        " from attempts a left join courses c using (course) where not a.voided and a.on_day <= %s"
        " and (a.employee, a.course) in (select employee, course from attempts where not voided"
        " and on_day between %s and %s) order by a.employee, a.course, a.on_day, a.attempt",
        *(window.cutoff, window.pays_from, window.cutoff),
    )
    for employee, theirs in groupby(rows, key=lambda row: row["employee"]):
        yield employee, tuple(_course(list(told)) for _, told in groupby(theirs, key=lambda row: row["course"]))


def _course(rows: list[dict[str, Any]]) -> Course:
    """A course of a class that nobody told is treated like safety training: no bonus is withheld for it."""
    classes = [row["course_class"] or row["published_class"] for row in rows]
    known = [CLASSES[name] for name in classes if name]
    return Course(
        course=rows[0]["course"],
        training=known[-1] if known else CLASSES["强制"],
        exams=tuple(_attempt(row) for row in rows if row["attempt"] != OVERDUE),
        overdue=tuple(_attempt(row) for row in rows if row["attempt"] == OVERDUE),
        is_paid=rows[0]["is_paid"],
    )


def _attempt(row: dict[str, Any]) -> Attempt:
    return Attempt(str(row["completion"] or row["news"]), row["on_day"], row["passed"], row["score"])


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    CoursePublished: when_published,
    ExamPassed: when_examined,
    ExamFailed: when_examined,
    TrainingCompleted: when_completed,
    TrainingVoided: when_voided,
    TrainingOverdue: when_overdue,
}
