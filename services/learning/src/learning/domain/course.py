"""A course: something to learn, in versions that each hold from a first day, and whom a version asks to learn it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts import Refusal
from contracts.learning import Because, CourseClass, CoursePublished, Event, Form

Versions = tuple[CoursePublished, ...]

# What can be asked


@dataclass(frozen=True)
class PublishCourse:
    """`hours` is what learning takes; `pass_mark` is None where there is no exam; `due_days` count from the assignment."""

    course: str
    title: str
    course_class: CourseClass
    form: Form
    hours: Decimal
    pass_mark: Decimal | None
    posts: tuple[str, ...]
    on_hire: bool
    due_days: int
    first_day: date


Command = PublishCourse

# Why the answer may be no


@dataclass(eq=False)
class NoSuchCourse(Refusal):
    """No course has been published under this name."""

    course: str
    status = 404


@dataclass(eq=False)
class NotYetOffered(Refusal):
    """On that day no version of the course held yet."""

    course: str
    first_day: date
    on: date


@dataclass(eq=False)
class FirstDayGoesBack(Refusal):
    """A new version cannot hold from an earlier day than the version before it."""

    course: str
    first_day: date
    held_from: date


@dataclass(eq=False)
class WorkshopHasNoExam(Refusal):
    """A workshop is done by attending; an exam belongs to a course of its own."""

    course: str


# What it can be


@dataclass(frozen=True)
class Published:
    """`versions` oldest first; their first days never go back."""

    versions: Versions


Course = Published | None
initial: Course = None


def decide(command: Command, course: Course) -> tuple[Event, ...]:
    versions = course.versions if course else ()
    version = _version(command, len(versions) + 1)
    if command.form == "WORKSHOP" and command.pass_mark is not None:
        raise WorkshopHasNoExam(command.course)
    if not versions:
        return (version,)
    if version.model_copy(update={"course_version": len(versions)}) == versions[-1]:
        return ()  # The same course again is no new version.
    if command.first_day < versions[-1].first_day:
        raise FirstDayGoesBack(command.course, command.first_day, versions[-1].first_day)
    return (version,)


def _version(command: PublishCourse, number: int) -> CoursePublished:
    return CoursePublished(
        course=command.course,
        course_version=number,
        title=command.title,
        course_class=command.course_class,
        form=command.form,
        hours=command.hours,
        pass_mark=command.pass_mark,
        posts=command.posts,
        on_hire=command.on_hire,
        due_days=command.due_days,
        first_day=command.first_day,
    )


def evolve(course: Course, event: Event) -> Course:
    match event:
        case CoursePublished():
            return Published((*course.versions, event) if course else (event,))
        case _:
            return course


# What follows from it


def published(course: Course, name: str) -> Versions:
    """The versions of a course. Refuses with NoSuchCourse."""
    if course is None:
        raise NoSuchCourse(name)
    return course.versions


def in_force(versions: Versions, on: date) -> CoursePublished:
    """The version that holds on a day. Refuses with NotYetOffered before the first."""
    held = [version for version in versions if version.first_day <= on]
    if not held:
        raise NotYetOffered(versions[0].course, versions[0].first_day, on)
    return held[-1]


def first_met(versions: Versions, on: date) -> CoursePublished:
    """The version that holds on a day, or else the first that will."""
    return in_force(versions, max(on, versions[0].first_day))


def asked_since(version: CoursePublished, post: str, hired_on: date) -> tuple[Because, date] | None:
    """Why, and from which day, a version asks someone hired on a day into a post to learn it; None if it does not."""
    if post in version.posts:
        return "POST", max(version.first_day, hired_on)
    if version.on_hire and hired_on >= version.first_day:
        return "HIRE", hired_on
    return None


def asked_on_transfer(version: CoursePublished, post: str, on: date) -> tuple[Because, date] | None:
    """Why, and from which day, a version asks someone who takes up a post to learn it; None if it does not."""
    return ("TRANSFER", max(version.first_day, on)) if post in version.posts else None
