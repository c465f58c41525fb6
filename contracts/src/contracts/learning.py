"""What `learning` says: who must learn what, by when, and did they."""

from typing import ClassVar, Literal

from contracts.envelope import Day, Fact, Number
from contracts.operations import DeadLetterHandled

CourseClass = Literal["专项", "岗前", "强制", "日常"]
Form = Literal["ONLINE", "WORKSHOP", "EXTERNAL"]
Because = Literal["POST", "HIRE", "HAND", "TRANSFER"]
Contribution = Literal["SHARING", "MENTORING", "TECH_PROJECT"]


class CoursePublished(Fact):
    """A version of a course. `posts` get it assigned (empty: none), `on_hire` gives it to every new hire;
    `pass_mark` is None where there is no exam; `due_days` count from the assignment."""

    TYPE: ClassVar[str] = "learning.CoursePublished.v1"
    course: str
    course_version: int
    title: str
    course_class: CourseClass
    form: Form
    hours: Number
    pass_mark: Number | None = None
    posts: tuple[str, ...] = ()
    on_hire: bool = False
    due_days: int
    first_day: Day


class CourseAssigned(Fact):
    TYPE: ClassVar[str] = "learning.CourseAssigned.v1"
    employee: str
    course: str
    course_version: int
    because: Because
    on: Day
    due: Day


class CourseStudied(Fact):
    """The material was gone through; after a failed exam this opens the resit."""

    TYPE: ClassVar[str] = "learning.CourseStudied.v1"
    employee: str
    course: str
    on: Day
    hours: Number


class ExamPassed(Fact):
    TYPE: ClassVar[str] = "learning.ExamPassed.v1"
    employee: str
    course: str
    course_class: CourseClass
    on: Day
    attempt: int
    score: Number
    pass_mark: Number


class ExamFailed(Fact):
    TYPE: ClassVar[str] = "learning.ExamFailed.v1"
    employee: str
    course: str
    course_class: CourseClass
    on: Day
    attempt: int
    score: Number
    pass_mark: Number


class TrainingCompleted(Fact):
    """A course is done: attended, or its exam passed. `attempts` counts exams sat, 0 where there is none."""

    TYPE: ClassVar[str] = "learning.TrainingCompleted.v1"
    employee: str
    course: str
    course_version: int
    course_class: CourseClass
    form: Form
    hours: Number
    on: Day
    attempts: int
    score: Number | None = None


class TrainingVoided(Fact):
    """A completion did not happen as recorded; `completion` is the id of its TrainingCompleted."""

    TYPE: ClassVar[str] = "learning.TrainingVoided.v1"
    employee: str
    course: str
    completion: str
    reason: str


class TrainingOverdue(Fact):
    """The day to have learned this by, `due`, has passed on the day `on`; said once for an assignment."""

    TYPE: ClassVar[str] = "learning.TrainingOverdue.v1"
    employee: str
    course: str
    due: Day
    on: Day


class ContributionMade(Fact):
    """Knowledge shared, a colleague mentored, a technical problem solved."""

    TYPE: ClassVar[str] = "learning.ContributionMade.v1"
    employee: str
    kind: Contribution
    title: str
    on: Day


class DeadLetterRetried(DeadLetterHandled):
    TYPE: ClassVar[str] = "learning.DeadLetterRetried.v1"


class DeadLetterDiscarded(DeadLetterHandled):
    TYPE: ClassVar[str] = "learning.DeadLetterDiscarded.v1"


Event = (
    CoursePublished
    | CourseAssigned
    | CourseStudied
    | ExamPassed
    | ExamFailed
    | TrainingCompleted
    | TrainingVoided
    | TrainingOverdue
    | ContributionMade
    | DeadLetterRetried
    | DeadLetterDiscarded
)
