"""Results in courses as payroll knows them: what was sat, passed, missed, and what of it did not happen after all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from contracts.learning import ExamFailed, ExamPassed, TrainingCompleted, TrainingOverdue
from payroll_bridge.domain.allowances import Attempt
from payroll_bridge.domain.lines import PayLine
from payroll_bridge.domain.month import CLASSES, Course, Window

OVERDUE = -1  # in place of an attempt's number

Told = ExamPassed | ExamFailed | TrainingCompleted | TrainingOverdue
Place = tuple[str, str, date, int]


@dataclass(frozen=True)
class Result:
    """`news` is the id of the event that told it first, `completion` that of the completion which it brought."""

    employee: str
    course: str
    on: date
    attempt: int
    news: str
    passed: bool
    score: Decimal | None = None
    course_class: str | None = None
    completion: str | None = None
    voided: bool = False

    @property
    def place(self) -> Place:
        """One attempt is one result: the exam that completed the course is the same attempt, told twice."""
        return self.employee, self.course, self.on, self.attempt

    @property
    def attempted(self) -> Attempt:
        return Attempt(self.completion or self.news, self.on, self.passed, self.score)

    def told_by(self, line: PayLine) -> bool:
        """Whether it is this result that a line stands for."""
        return (line.employee, line.reference) == (self.employee, self.course) and line.fact in (
            self.news,
            self.completion,
        )


def result_of(it: Told, news: str) -> Result:
    match it:
        case ExamPassed() | ExamFailed():
            passed = isinstance(it, ExamPassed)
            return Result(it.employee, it.course, it.on, it.attempt, news, passed, it.score, it.course_class)
        case TrainingCompleted():
            return Result(it.employee, it.course, it.on, it.attempts, news, True, it.score, it.course_class, news)
        case TrainingOverdue():
            return Result(it.employee, it.course, it.on, OVERDUE, news, False)


def fallen_with(completion: str, theirs: Iterable[Result]) -> tuple[Place, ...]:
    """What an employee has of a course is void with its completion: the passes up to it, whatever day they have."""
    known = tuple(theirs)
    done = next((each for each in known if each.completion == completion), None)
    if done is None:
        return ()
    return tuple(each.place for each in known if each.passed and each.course == done.course and each.on <= done.on)


def courses_in(
    window: Window, results: Iterable[Result], lines: Iterable[PayLine], published: Mapping[str, str]
) -> dict[str, tuple[Course, ...]]:
    """Each employee who has a result in the window, with all that is known of those courses by the cut-off."""
    known, paid = sorted(results, key=lambda each: each.place), by_course(lines)
    found: dict[str, tuple[Course, ...]] = {}
    for (employee, course), each in groupby(known, key=lambda each: each.place[:2]):
        theirs = list(each)
        counted = [it for it in theirs if not it.voided and it.on <= window.cutoff]
        if any(it.on >= window.pays_from for it in counted):
            is_paid = any(_pays(line, theirs) for line in paid.get((employee, course), ()))
            found[employee] = (*found.get(employee, ()), _course(course, counted, published.get(course), is_paid))
    return found


def _pays(line: PayLine, theirs: Iterable[Result]) -> bool:
    """Whether a line pays the course once ever: it stands, and so does the completion that it stands for."""
    voided = any(each.voided and each.told_by(line) for each in theirs)
    return line.kind == "TRAINING_SUBSIDY" and line.stands and not voided


def _course(course: str, results: list[Result], published: str | None, is_paid: bool) -> Course:
    """A course of a class that nobody told is treated like safety training: no bonus is withheld for it."""
    known = [CLASSES[name] for each in results if (name := each.course_class or published)]
    return Course(
        course=course,
        training=known[-1] if known else CLASSES["强制"],
        exams=tuple(each.attempted for each in results if each.attempt != OVERDUE),
        overdue=tuple(each.attempted for each in results if each.attempt == OVERDUE),
        is_paid=is_paid,
    )


def paid_for_voided(lines: Iterable[PayLine], results: Iterable[Result]) -> list[PayLine]:
    """Lines that stand for a completion which did not happen as recorded."""
    found = {
        line
        for result, theirs in beside(results, lines)
        for line in theirs
        if result.voided and line.stands and line.pays and result.told_by(line)
    }
    return sorted(found)


def withheld_from_passed(lines: Iterable[PayLine], results: Iterable[Result], cutoff: date) -> list[PayLine]:
    """Of bonus withheld at a cut-off, that of those who, as was heard since, had passed by then."""
    last = dict[PayLine, Result]()
    for result, theirs in beside(sorted(results, key=lambda each: each.place), lines):
        if not result.voided and result.on <= cutoff:
            last |= dict.fromkeys(theirs, result)
    return sorted(line for line, it in last.items() if line.stands and line.kind == "BONUS_WITHHELD" and it.passed)


def beside(results: Iterable[Result], lines: Iterable[PayLine]) -> Iterator[tuple[Result, list[PayLine]]]:
    """Each result with the lines of its course and employee."""
    known = by_course(lines)
    return ((result, known.get((result.employee, result.course), [])) for result in results)


def by_course(lines: Iterable[PayLine]) -> dict[tuple[str, str], list[PayLine]]:
    found: dict[tuple[str, str], list[PayLine]] = defaultdict(list)
    for line in lines:
        found[line.employee, line.reference].append(line)
    return found
