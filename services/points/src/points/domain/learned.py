"""What was learned and given: what an event of learning counts as, and what falls with a completion that is voided."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.learning import ContributionMade, ExamPassed, TrainingCompleted
from points.domain.account import Fact
from points.domain.purse import AwardPoints
from points.domain.rulebook import Rulebook
from points.domain.rules import Kind

GIVEN = {"SHARING": Kind.SHARING, "MENTORING": Kind.MENTORING_DONE, "TECH_PROJECT": Kind.TECH_PROJECT}
ATTENDED = {"ONLINE": Kind.ONLINE_HOURS, "WORKSHOP": Kind.WORKSHOP}
"""What a completed training counts as, by its form; one that the company pays elsewhere earns nothing."""

Told = TrainingCompleted | ExamPassed | ContributionMade


@dataclass(frozen=True)
class Learned:
    """`fact` is the id of learning's event, `version` its place in the stream of the enrolment; `kind` is None for what
    earns nothing by itself, `attempts` are those at the exam."""

    fact: str
    employee: str
    kind: Kind | None
    course: str | None
    about: str
    quantity: Decimal
    on: date
    attempts: int
    version: int

    @property
    def exam(self) -> str | None:
        return self.course if self.kind is Kind.EXAM_PASSED else None

    @property
    def moment(self) -> tuple[date, int]:
        return self.on, self.version


def learned_from(it: Told, fact: str, version: int) -> Learned:
    """What an event of learning counts as, by its id and its version."""
    match it:
        case TrainingCompleted():
            quantity = it.hours if it.form == "ONLINE" else Decimal(1)
            kind, course, about, attempts = ATTENDED.get(it.form), it.course, it.course, it.attempts
        case ExamPassed():
            quantity, kind, course, about, attempts = Decimal(1), Kind.EXAM_PASSED, it.course, it.course, it.attempt
        case ContributionMade():
            quantity, kind, course, about, attempts = Decimal(1), GIVEN[it.kind], None, it.title, 0
    return Learned(fact, it.employee, kind, course, about, quantity, it.on, attempts, version)


def fallen_with(completion: str, theirs: Iterable[Learned]) -> tuple[str, ...]:
    """What no longer holds of an employee's once a completion is voided: itself, and the newest exam that led to it, if
    it was by an exam."""
    known = tuple(theirs)
    done = next((one for one in known if one.fact == completion), None)
    if done is None or not done.attempts:
        return (completion,)
    passes = [one for one in known if one.exam and one.exam == done.course and one.moment < done.moment]
    exam = max(passes, key=lambda one: one.moment, default=None)
    return (completion,) if exam is None else (completion, exam.fact)


def award_of(one: Learned, role: str | None, rulebook: Rulebook) -> AwardPoints | None:
    """The award to ask for, by the rules adopted so far; None for what earns nothing, or before it is known whose it is."""
    if role is None or one.kind is None:
        return None
    fact = Fact(one.fact, one.kind, one.on, role, one.quantity, one.exam)
    return AwardPoints(one.employee, fact, rulebook.rates(), one.about)
