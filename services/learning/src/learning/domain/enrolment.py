"""An enrolment: one employee and one course, from the assignment through study and exams to the completion, and again."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from contracts import Refusal
from contracts.learning import (
    Because,
    CourseAssigned,
    CoursePublished,
    CourseStudied,
    Event,
    ExamFailed,
    ExamPassed,
    TrainingCompleted,
    TrainingOverdue,
    TrainingVoided,
)
from learning.domain import ways
from learning.domain.rounds import Completed, Enrolment, Failed, Learning, Round
from learning.domain.ways import AttendWorkshop, CompleteOutside, SitExam, StudyCourse

initial: Enrolment = None

# What can be asked


@dataclass(frozen=True)
class AssignCourse:
    employee: str
    version: CoursePublished
    because: Because
    on: date


@dataclass(frozen=True)
class VoidTraining:
    """`completion` is the id of the TrainingCompleted that did not happen as recorded."""

    employee: str
    course: str
    completion: str
    reason: str


@dataclass(frozen=True)
class NoteOverdue:
    on: date


Command = AssignCourse | ways.Way | VoidTraining | NoteOverdue

# Why the answer may be no


@dataclass(eq=False)
class NotEmployed(Refusal):
    """On that day nobody worked here under this employee id."""

    employee: str
    on: date


@dataclass(eq=False)
class NotCompleted(Refusal):
    """There is no completion of this course that could be voided."""

    employee: str
    course: str


# What follows


def decide(command: Command, enrolment: Enrolment) -> tuple[Event, ...]:
    match command:
        case AssignCourse():
            return assign(command, enrolment)
        case StudyCourse() | SitExam() | AttendWorkshop() | CompleteOutside():
            return ways.go(command, enrolment)
        case VoidTraining():
            return void(command, enrolment)
        case NoteOverdue():
            return note_overdue(command, enrolment)


def assign(command: AssignCourse, enrolment: Enrolment) -> tuple[Event, ...]:
    match enrolment:
        case Learning() | Failed():
            return ()
        case Completed(completed_on=done) if command.because != "HAND" or command.on <= done:
            return ()  # No rule asks twice; by hand, only a later day asks for it again.
        case None | Completed():
            return (
                CourseAssigned(
                    employee=command.employee,
                    course=command.version.course,
                    course_version=command.version.course_version,
                    because=command.because,
                    on=command.on,
                    due=command.on + timedelta(days=command.version.due_days),
                ),
            )


def void(command: VoidTraining, enrolment: Enrolment) -> tuple[Event, ...]:
    match enrolment:
        case Completed():
            return (
                TrainingVoided(
                    employee=command.employee,
                    course=command.course,
                    completion=command.completion,
                    reason=command.reason,
                ),
            )
        case None | Learning() | Failed():
            raise NotCompleted(command.employee, command.course)


def note_overdue(command: NoteOverdue, enrolment: Enrolment) -> tuple[Event, ...]:
    match enrolment:
        case Learning(round=at) | Failed(round=at) if at.due is not None and at.due < command.on and not at.overdue:
            return (TrainingOverdue(employee=at.employee, course=at.course, due=at.due, on=command.on),)
        case _:
            return ()


def evolve(enrolment: Enrolment, event: Event) -> Enrolment:
    match event, enrolment:
        case CourseAssigned(), _:
            return Learning(Round(event.employee, event.course, event.course_version, event.due), Decimal(0))
        case CourseStudied(hours=hours), Learning() | Failed():
            return Learning(enrolment.round, enrolment.hours + hours)
        case ExamPassed(attempt=attempt), Learning() | Failed():
            return replace(enrolment, round=replace(enrolment.round, attempts=attempt))
        case ExamFailed(attempt=attempt, on=on), Learning() | Failed():
            return Failed(replace(enrolment.round, attempts=attempt), enrolment.hours, on)
        case TrainingCompleted(on=on), Learning() | Failed():
            return Completed(enrolment.round, on)
        case TrainingCompleted(on=on), None:
            return Completed(Round(event.employee, event.course, event.course_version, None), on)
        case TrainingVoided(), Completed(round=at):
            return Learning(at, Decimal(0)) if at.due else None
        case TrainingOverdue(), Learning() | Failed():
            return replace(enrolment, round=replace(enrolment.round, overdue=True))
        case _:
            return enrolment
