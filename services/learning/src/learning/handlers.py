"""What learning does when asked, and when news arrives. Each runs inside one Work, which only the chassis commits."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.keeping.work import Work
from contracts.envelope import Fact
from contracts.learning import (
    Because,
    Contribution,
    CoursePublished,
    CourseStudied,
    ExamFailed,
    ExamPassed,
    TrainingCompleted,
)
from contracts.people import EmployeeHired, EmployeeTransferred
from learning.domain import contribution, course, enrolment
from learning.domain.contribution import MakeContribution
from learning.domain.course import PublishCourse, Versions
from learning.domain.enrolment import AssignCourse, NotCompleted, NotEmployed, NoteOverdue, VoidTraining
from learning.domain.rounds import Enrolment
from learning.domain.ways import AttendWorkshop, CompleteOutside, SitExam, StudyCourse, Way
from learning.views import courses, staff, training_record

TOLD = {CourseStudied: "studied", ExamPassed: "passed", ExamFailed: "failed", TrainingCompleted: "completed"}


def course_stream(course: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:learning:course:{course}")


def enrolment_stream(employee: str, course: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:learning:enrolment:{employee}/{course}")


def contributions_stream(employee: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:qizheng:learning:contributions:{employee}")


def publish_course(work: Work, command: PublishCourse) -> dict[str, int]:
    """Publishes a version, and assigns it to those who are here and whom it asks."""
    stream = course_stream(command.course)
    work.decide(course, stream, command)
    versions = course.published(work.state(course, stream), command.course)
    new = [event for event in work.decided if isinstance(event.fact, CoursePublished)]
    assigned = _assign(work, _asked_by(versions[-1], staff.everybody(work))) if new else 0
    return {"course_version": versions[-1].course_version, "assigned": assigned}


def _asked_by(version: CoursePublished, everybody: Iterable[staff.Member]) -> list[AssignCourse]:
    asked = ((one, course.asked_since(version, one.post, one.hired_on)) for one in everybody)
    return [
        AssignCourse(one.employee, version, why[0], why[1]) for one, why in asked if why and not one.has_left(why[1])
    ]


def assign_course(work: Work, name: str, on: date, employees: Iterable[str]) -> dict[str, int]:
    """Assigns a course by hand; who has it open already keeps the assignment they have."""
    version = course.in_force(_versions(work, name), on)
    wanted = list(employees)
    _all_here(work, wanted, on)
    return {"assigned": _assign(work, [AssignCourse(employee, version, "HAND", on) for employee in wanted])}


def study(work: Work, name: str, on: date, hours: Mapping[str, Decimal]) -> dict[str, int]:
    versions = _versions(work, name)
    return _each(work, on, [StudyCourse(employee, versions, on, of) for employee, of in hours.items()])


def sit_exams(work: Work, name: str, on: date, scores: Mapping[str, Decimal]) -> dict[str, int]:
    versions = _versions(work, name)
    return _each(work, on, [SitExam(employee, versions, on, score) for employee, score in scores.items()])


def attend(work: Work, name: str, on: date, employees: Iterable[str]) -> dict[str, int]:
    """Takes in an instructor's list of who was there."""
    versions = _versions(work, name)
    return _each(work, on, [AttendWorkshop(employee, versions, on) for employee in employees])


def complete_outside(work: Work, name: str, on: date, scores: Mapping[str, Decimal | None]) -> dict[str, int]:
    """Records that trainings elsewhere have ended on that day, passed or failed."""
    versions = _versions(work, name)
    return _each(work, on, [CompleteOutside(employee, versions, on, score) for employee, score in scores.items()])


def void_training(work: Work, name: str, employee: str, reason: str) -> int:
    """Takes a completion back. What was due is due again."""
    completion = training_record.completion_of(work, employee, name)
    if completion is None:
        raise NotCompleted(employee, name)
    stream = enrolment_stream(employee, name)
    return work.decide(enrolment, stream, VoidTraining(employee, name, str(completion), reason))


def make_contribution(work: Work, employee: str, kind: Contribution, title: str, on: date) -> int:
    _all_here(work, [employee], on)
    command = MakeContribution(employee, kind, title, on)
    return work.decide(contribution, contributions_stream(employee), command)


def when_employee_hired(work: Work, news: EmployeeHired) -> None:
    """Assigns what the post asks for, and what every new hire gets."""
    asked = [_since(versions, news.post, news.on, news.employee) for versions in courses.all_courses(work)]
    _assign(work, [command for command in asked if command])


def when_employee_transferred(work: Work, news: EmployeeTransferred) -> None:
    """Assigns what the new post asks for and the employee has not been assigned yet."""
    if not _still_here(work, news.employee, news.on):
        return
    asked: list[AssignCourse] = []
    for versions in courses.all_courses(work):
        version = course.first_met(versions, news.on)
        if why := course.asked_on_transfer(version, news.post, news.on):
            asked.append(AssignCourse(news.employee, version, *why))
    _assign(work, asked)


def when_training_due(work: Work, key: str) -> None:
    """Says once that a training is overdue; to who has left, nothing is said."""
    at: Enrolment = work.state(enrolment, UUID(key))
    if at is not None and _still_here(work, at.round.employee, work.today):
        work.decide(enrolment, UUID(key), NoteOverdue(work.today))


def _since(versions: Versions, post: str, hired_on: date, employee: str) -> AssignCourse | None:
    version = course.first_met(versions, hired_on)
    why: tuple[Because, date] | None = course.asked_since(version, post, hired_on)
    return AssignCourse(employee, version, *why) if why else None


def _versions(work: Work, name: str) -> Versions:
    return course.published(work.state(course, course_stream(name)), name)


def _still_here(work: Work, employee: str, on: date) -> bool:
    member = staff.members(work, [employee]).get(employee)
    return member is not None and not member.has_left(on)


def _all_here(work: Work, employees: Iterable[str], on: date) -> None:
    """Refuses with NotEmployed, which names the first who did not work here on that day."""
    wanted = list(employees)
    known = staff.members(work, wanted)
    for employee in wanted:
        if employee not in known or not known[employee].is_here(on):
            raise NotEmployed(employee, on)


def _assign(work: Work, commands: Iterable[AssignCourse]) -> int:
    """Assigns. Returns how many assignments were new."""
    asked = {enrolment_stream(command.employee, command.version.course): command for command in commands}
    work.batch.load(asked)
    before = len(work.decided)
    for stream, command in asked.items():
        work.decide(enrolment, stream, command)
    return len(work.decided) - before


def _each(work: Work, on: date, commands: Iterable[Way]) -> dict[str, int]:
    """Puts one command to each enrolment: all or nothing. Returns how many of what happened."""
    asked = {enrolment_stream(command.employee, command.course[0].course): command for command in commands}
    _all_here(work, [command.employee for command in asked.values()], on)
    work.batch.load(asked)
    for stream, command in asked.items():
        work.decide(enrolment, stream, command)
    happened = [type(event.fact) for event in work.decided]
    return {name: happened.count(kind) for kind, name in TOLD.items()}


CONSUMES: Mapping[type[Fact], Callable[[Work, Any], None]] = {
    EmployeeHired: when_employee_hired,
    EmployeeTransferred: when_employee_transferred,
}
