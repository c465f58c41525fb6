"""Results in courses: each attempt of an employee with its day, and what was not learned by its day."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, LiteralString

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
from payroll_bridge.domain.month import Window
from payroll_bridge.domain.results import Result, fallen_with, result_of

TABLES = ("courses", "attempts")


def when_published(work: Work, event: Event[CoursePublished]) -> None:
    it = event.fact
    work.write(
        "insert into courses (course, course_version, course_class) values (%s, %s, %s) on conflict (course) do update"
        " set course_version = excluded.course_version, course_class = excluded.course_class"
        " where courses.course_version <= excluded.course_version",
        *(it.course, it.course_version, it.course_class),
    )


def when_examined(work: Work, event: Event[ExamPassed | ExamFailed | TrainingOverdue]) -> None:
    _keep(work, result_of(event.fact, str(event.id)), "do nothing")


def when_completed(work: Work, event: Event[TrainingCompleted]) -> None:
    _keep(work, result_of(event.fact, str(event.id)), "do update set completion = excluded.completion")


def _keep(work: Work, it: Result, if_known: LiteralString) -> None:
    work.write(
        "insert into attempts (employee, course, on_day, attempt, news, passed, score, course_class, completion)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (employee, course, on_day, attempt) " + if_known,
        *(it.employee, it.course, it.on, it.attempt, it.news, it.passed, it.score, it.course_class, it.completion),
    )


def when_voided(work: Work, event: Event[TrainingVoided]) -> None:
    for employee, course, on, attempt in fallen_with(event.fact.completion, results_of(work, (event.fact.employee,))):
        work.write(
            "update attempts set voided = true where (employee, course, on_day, attempt) = (%s, %s, %s, %s)",
            *(employee, course, on, attempt),
        )


# What a closing looks at: each answers with all that the rules could need, and the rules choose.


def results_near(asked: Asked, window: Window) -> list[Result]:
    """All results of the employees and courses that have one in the window."""
    return _results(
        asked.rows(
            f"{SELECT} where (employee, course) in (select employee, course from attempts where on_day between %s and %s)",
            *(window.pays_from, window.cutoff),
        )
    )


def results_of(asked: Asked, employees: Iterable[str]) -> list[Result]:
    return _results(asked.rows(f"{SELECT} where employee = any(%s)", list(employees)))


def voided_results(asked: Asked) -> list[Result]:
    return _results(asked.rows(f"{SELECT} where voided"))


def published_classes(asked: Asked) -> dict[str, str]:
    """The class of each course, as its newest version has it."""
    return {row["course"]: row["course_class"] for row in asked.rows("select course, course_class from courses")}


SELECT = (
    'select employee, course, on_day as "on", attempt, news::text as news, passed, score, course_class,'
    " completion::text as completion, voided from attempts"
)


def _results(rows: list[dict[str, Any]]) -> list[Result]:
    return [Result(**row) for row in rows]


CHANGES: Mapping[type[Fact], Callable[[Work, Event[Any]], None]] = {
    CoursePublished: when_published,
    ExamPassed: when_examined,
    ExamFailed: when_examined,
    TrainingCompleted: when_completed,
    TrainingVoided: when_voided,
    TrainingOverdue: when_examined,
}
