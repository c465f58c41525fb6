"""The ways through a course: study and exam, a workshop attended, a training elsewhere."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts import Refusal
from contracts.learning import CoursePublished, CourseStudied, Event, ExamFailed, ExamPassed, Form, TrainingCompleted
from learning.domain.course import Versions, in_force
from learning.domain.rounds import Completed, Enrolment, Failed, Learning

# What can be asked


@dataclass(frozen=True)
class StudyCourse:
    employee: str
    course: Versions
    on: date
    hours: Decimal


@dataclass(frozen=True)
class SitExam:
    employee: str
    course: Versions
    on: date
    score: Decimal


@dataclass(frozen=True)
class AttendWorkshop:
    employee: str
    course: Versions
    on: date


@dataclass(frozen=True)
class CompleteOutside:
    """A training elsewhere has ended; `score` is what the other house gave, if it gave one."""

    employee: str
    course: Versions
    on: date
    score: Decimal | None


Way = StudyCourse | SitExam | AttendWorkshop | CompleteOutside

# Why the answer may be no


@dataclass(eq=False)
class NotAssigned(Refusal):
    """The employee has not been assigned this course."""

    employee: str
    course: str


@dataclass(eq=False)
class AlreadyCompleted(Refusal):
    """The employee has completed this course; a new assignment opens it again."""

    employee: str
    course: str
    completed_on: date


@dataclass(eq=False)
class OtherForm(Refusal):
    """This is not how a course of this form is learned."""

    course: str
    form: Form


@dataclass(eq=False)
class NoExam(Refusal):
    """This course has no exam: it is completed by studying it."""

    course: str


@dataclass(eq=False)
class StudyUnfinished(Refusal):
    """The exam opens once the hours of the course have been studied."""

    employee: str
    course: str
    studied: Decimal
    hours: Decimal


@dataclass(eq=False)
class MustStudyAgain(Refusal):
    """The exam was failed on that day; the resit opens by studying again, then or later."""

    employee: str
    course: str
    failed_on: date


@dataclass(eq=False)
class ScoreMissing(Refusal):
    """The course has a pass mark, so its completion needs a score."""

    employee: str
    course: str
    pass_mark: Decimal


# What follows


def go(command: Way, enrolment: Enrolment) -> tuple[Event, ...]:
    match command:
        case StudyCourse():
            return study(command, enrolment)
        case SitExam():
            return sit(command, enrolment)
        case AttendWorkshop():
            return attend(command, enrolment)
        case CompleteOutside():
            return complete_outside(command, enrolment)


def study(command: StudyCourse, enrolment: Enrolment) -> tuple[Event, ...]:
    begun = still_open(command, enrolment)
    version = _version(command, begun, "ONLINE")
    if isinstance(begun, Failed) and command.on < begun.failed_on:
        raise MustStudyAgain(command.employee, version.course, begun.failed_on)
    studied = CourseStudied(employee=command.employee, course=version.course, on=command.on, hours=command.hours)
    if version.pass_mark is None and begun.hours + command.hours >= version.hours:
        return (studied, _completed(command, version, begun.round.attempts, None))
    return (studied,)


def sit(command: SitExam, enrolment: Enrolment) -> tuple[Event, ...]:
    begun = still_open(command, enrolment)
    version = _version(command, begun, "ONLINE")
    if version.pass_mark is None:
        raise NoExam(version.course)
    if isinstance(begun, Failed):
        raise MustStudyAgain(command.employee, version.course, begun.failed_on)
    if begun.hours < version.hours:
        raise StudyUnfinished(command.employee, version.course, begun.hours, version.hours)
    return _examined(command, version, begun.round.attempts + 1, command.score, version.pass_mark)


def attend(command: AttendWorkshop, enrolment: Enrolment) -> tuple[Event, ...]:
    match enrolment:
        case None:
            version = in_force(command.course, command.on)
            if version.form != "WORKSHOP":
                raise OtherForm(version.course, version.form)
            return (_completed(command, version, 0, None),)
        case Completed(completed_on=done) if done == command.on:
            return ()
        case Learning() | Failed() | Completed():
            begun = still_open(command, enrolment)
            return (_completed(command, _version(command, begun, "WORKSHOP"), begun.round.attempts, None),)


def complete_outside(command: CompleteOutside, enrolment: Enrolment) -> tuple[Event, ...]:
    begun = still_open(command, enrolment)
    version = _version(command, begun, "EXTERNAL")
    if version.pass_mark is None:
        return (_completed(command, version, begun.round.attempts, command.score),)
    if command.score is None:
        raise ScoreMissing(command.employee, version.course, version.pass_mark)
    return _examined(command, version, begun.round.attempts + 1, command.score, version.pass_mark)


def still_open(command: Way, enrolment: Enrolment) -> Learning | Failed:
    """What has begun and is not done. Refuses with NotAssigned or AlreadyCompleted."""
    match enrolment:
        case None:
            raise NotAssigned(command.employee, command.course[0].course)
        case Completed(completed_on=done):
            raise AlreadyCompleted(command.employee, command.course[0].course, done)
        case Learning() | Failed():
            return enrolment


def _version(command: Way, begun: Learning | Failed, form: Form) -> CoursePublished:
    """The version that was assigned: a later one does not change what was asked."""
    version = command.course[begun.round.version - 1]
    if version.form != form:
        raise OtherForm(version.course, version.form)
    return version


def _examined(
    command: Way, version: CoursePublished, attempt: int, score: Decimal, pass_mark: Decimal
) -> tuple[Event, ...]:
    kind = ExamPassed if score >= pass_mark else ExamFailed
    exam = kind(
        employee=command.employee,
        course=version.course,
        course_class=version.course_class,
        on=command.on,
        attempt=attempt,
        score=score,
        pass_mark=pass_mark,
    )
    return (exam, _completed(command, version, attempt, score)) if isinstance(exam, ExamPassed) else (exam,)


def _completed(command: Way, version: CoursePublished, attempts: int, score: Decimal | None) -> TrainingCompleted:
    return TrainingCompleted(
        employee=command.employee,
        course=version.course,
        course_version=version.course_version,
        course_class=version.course_class,
        form=version.form,
        hours=version.hours,
        on=command.on,
        attempts=attempts,
        score=score,
    )
