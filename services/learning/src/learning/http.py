"""The HTTP face of learning."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, Field

from chassis.facing.asking import Body, Caller, NotFound, Who, after_of, cursor_of
from chassis.facing.policy import Policy, Relation
from contracts.learning import Contribution, CourseClass, Form
from learning import handlers
from learning.domain.course import PublishCourse
from learning.views import contributions, courses, staff, training_record

EVERYBODY = ("hr", "manager", "employee", "payroll", "auditor", "operator", "service")
LARGEST_PAGE = 1_000

POLICY = Policy(
    {
        "learning.publish": {"hr": Relation.ANYONE},
        "learning.assign": {"hr": Relation.ANYONE, "manager": Relation.MANAGES},
        "learning.study": {"hr": Relation.ANYONE, "manager": Relation.MANAGES, "employee": Relation.SELF},
        "learning.exam": {"hr": Relation.ANYONE, "manager": Relation.MANAGES, "employee": Relation.SELF},
        "learning.attend": {"hr": Relation.ANYONE, "manager": Relation.MANAGES},
        "learning.complete": {"hr": Relation.ANYONE},
        "learning.void": {"hr": Relation.ANYONE},
        "learning.contribute": {"hr": Relation.ANYONE},
        "learning.courses": dict.fromkeys(EVERYBODY, Relation.ANYONE),
        "learning.record": {"hr": Relation.ANYONE, "auditor": Relation.ANYONE},
        "learning.read": {
            "hr": Relation.ANYONE,
            "auditor": Relation.ANYONE,
            "manager": Relation.MANAGES,
            "employee": Relation.SELF,
        },
    }
)


class _About(Protocol):
    @property
    def employee(self) -> str: ...


A = TypeVar("A", bound=_About)


def _once(employees: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(employees)) != len(employees):
        raise ValueError("somebody is listed twice")
    return employees


def _once_each(entries: tuple[A, ...]) -> tuple[A, ...]:
    _once(tuple(entry.employee for entry in entries))
    return entries


Name = Annotated[str, Field(min_length=1, max_length=100)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Hours = Annotated[Decimal, Field(gt=0, le=10_000, decimal_places=2)]
Score = Annotated[Decimal, Field(ge=0, le=1_000, decimal_places=2)]
Employees = Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(_once)]


class NewCourse(Body):
    course: Annotated[str, Field(pattern=r"^[^/\s]{1,100}$")]
    title: Title
    course_class: CourseClass
    form: Form
    hours: Hours
    pass_mark: Score | None = None
    posts: tuple[Name, ...] = ()
    on_hire: bool = False
    due_days: Annotated[int, Field(ge=0, le=3_660)]
    first_day: date


class Listed(Body):
    on: date
    employees: Employees


class StudyEntry(Body):
    employee: Name
    hours: Hours


class Studies(Body):
    on: date
    entries: Annotated[tuple[StudyEntry, ...], Field(min_length=1), AfterValidator(_once_each)]


class ExamEntry(Body):
    employee: Name
    score: Score


class Exams(Body):
    on: date
    entries: Annotated[tuple[ExamEntry, ...], Field(min_length=1), AfterValidator(_once_each)]


class CompletionEntry(Body):
    employee: Name
    score: Score | None = None


class Completions(Body):
    on: date
    entries: Annotated[tuple[CompletionEntry, ...], Field(min_length=1), AfterValidator(_once_each)]


class Voiding(Body):
    employee: Name
    reason: Title


class NewContribution(Body):
    employee: Name
    kind: Contribution
    title: Title
    on: date


router = APIRouter(tags=["learning"])


@router.post("/courses", status_code=201)
async def publish_course(course: NewCourse, who: Who) -> Response:
    """Publishes a course, or a new version of it, and assigns it to those whom it asks."""
    who.may("learning.publish")
    handler = partial(handlers.publish_course, command=PublishCourse(**dict(course)))
    return await who.do(handler, status=201, stream=handlers.course_stream(course.course))


@router.post("/courses/{course}/assignments")
async def assign_course(course: str, listed: Listed, who: Who) -> Response:
    """Assigns a course by hand, also to those who completed it before."""
    await _may_each(who, "learning.assign", listed.employees)
    return await who.do(partial(handlers.assign_course, name=course, on=listed.on, employees=listed.employees))


@router.post("/courses/{course}/studies")
async def study(course: str, studies: Studies, who: Who) -> Response:
    """Records hours studied. A course without exam is completed when its hours are reached."""
    hours = {entry.employee: entry.hours for entry in studies.entries}
    await _may_each(who, "learning.study", hours)
    return await who.do(partial(handlers.study, name=course, on=studies.on, hours=hours))


@router.post("/courses/{course}/exams")
async def sit_exams(course: str, exams: Exams, who: Who) -> Response:
    """Records exams sat. A pass completes the course; a fail asks for studying again before the resit."""
    scores = {entry.employee: entry.score for entry in exams.entries}
    await _may_each(who, "learning.exam", scores)
    return await who.do(partial(handlers.sit_exams, name=course, on=exams.on, scores=scores))


@router.post("/courses/{course}/attendances")
async def attend(course: str, listed: Listed, who: Who) -> Response:
    """Takes in an instructor's list of who attended a workshop."""
    await _may_each(who, "learning.attend", listed.employees)
    return await who.do(partial(handlers.attend, name=course, on=listed.on, employees=listed.employees))


@router.post("/courses/{course}/completions")
async def complete_outside(course: str, completions: Completions, who: Who) -> Response:
    """Records that trainings elsewhere have ended, with the score that was given there."""
    who.may("learning.complete")
    scores = {entry.employee: entry.score for entry in completions.entries}
    return await who.do(partial(handlers.complete_outside, name=course, on=completions.on, scores=scores))


@router.post("/courses/{course}/voids")
async def void_training(course: str, voiding: Voiding, who: Who) -> Response:
    """Takes back a completion that did not happen as recorded; it can then be done again."""
    who.may("learning.void", voiding.employee)
    handler = partial(handlers.void_training, name=course, employee=voiding.employee, reason=voiding.reason)
    return await who.do(handler, stream=handlers.enrolment_stream(voiding.employee, course))


@router.post("/contributions", status_code=201)
async def make_contribution(made: NewContribution, who: Who) -> Response:
    """Records that somebody shared knowledge, mentored a colleague or solved a technical problem."""
    who.may("learning.contribute", made.employee)
    handler = partial(handlers.make_contribution, **dict(made))
    return await who.do(handler, status=201, stream=handlers.contributions_stream(made.employee))


@router.get("/courses")
def list_courses(who: Who) -> dict[str, Any]:
    """Every course in its newest version."""
    who.may("learning.courses")
    return {"courses": [versions[-1].model_dump(mode="json") for versions in courses.all_courses(who.asked)]}


@router.get("/courses/{course}/record")
def read_course_record(course: str, who: Who, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
    """A page of those who have or had to learn a course, and how far each has come."""
    who.may("learning.record")
    most = max(1, min(limit, LARGEST_PAGE))
    rows = training_record.record_of_course(who.asked, course, after_of(cursor), most)
    return {"record": rows, "next": cursor_of(rows[-1]["employee"]) if len(rows) == most else None}


@router.get("/employees/{employee}/trainings")
def read_trainings(employee: str, who: Who) -> dict[str, Any]:
    """What an employee has to learn, has learned here and before, and has contributed."""
    member = staff.members(who.asked, [employee]).get(employee)
    who.may("learning.read", employee, member.department if member else None)
    if member is None:
        raise NotFound(employee)
    return {
        "employee": employee,
        "trainings": training_record.record_of_employee(who.asked, employee),
        "past_trainings": training_record.past_trainings(who.asked, employee),
        "contributions": contributions.contributions_of(who.asked, employee),
    }


async def _may_each(who: Caller, action: str, employees: Iterable[str]) -> None:
    """Raises NotAllowed unless the caller may do this for every one of these employees."""
    wanted = list(employees)
    known = await run_in_threadpool(staff.members, who.asked, wanted)
    for employee in wanted:
        who.may(action, employee, known[employee].department if employee in known else None)
