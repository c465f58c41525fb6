"""What training brings or costs one employee in a month, course by course, by the state at the cut-off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.envelope import Period
from contracts.payroll_bridge import Line
from payroll_bridge.domain.allowances import STANDARD, Attempt, Outcome, TrainingClass, allowances, outcome_at
from payroll_bridge.domain.pay import MonthsPay, percent
from payroll_bridge.domain.payroll import days_of

CLASSES = {
    "专项": TrainingClass.SPECIAL,
    "岗前": TrainingClass.ONBOARDING,
    "强制": TrainingClass.MANDATORY_SAFETY,
    "日常": TrainingClass.SPECIAL,
}
"""Learning's word for a course, and which rule of pay it falls under: a daily course pays as a special one does."""


@dataclass(frozen=True)
class Window:
    """Which days a closing looks at. What was heard late, of days before the last cut-off, still pays, but costs
    nobody a bonus: that month was settled without it."""

    period: Period
    cutoff: date
    pays_from: date
    costs_from: date


def window_of(period: Period, cutoff: date, before: tuple[Period, date] | None) -> Window:
    """`before` is the last closed period with its cut-off: what came after that cut-off is this period's."""
    first, _ = days_of(period)
    if before is None:
        return Window(period, cutoff, first, first)
    return Window(period, cutoff, days_of(before[0])[0], before[1] + timedelta(days=1))


@dataclass(frozen=True)
class Course:
    """One employee's results in a course. `is_paid` says that its allowance was paid, now or years ago."""

    course: str
    training: TrainingClass
    exams: tuple[Attempt, ...]
    overdue: tuple[Attempt, ...] = ()
    is_paid: bool = False

    def at(self, cutoff: date) -> Outcome:
        """To be overdue is no attempt: it only counts where nothing was sat or finished since."""
        exams = [exam for exam in self.exams if exam.on <= cutoff]
        missed = [late for late in self.overdue if late.on <= cutoff and all(exam.on < late.on for exam in exams)]
        return outcome_at(cutoff, (*exams, *missed))


@dataclass(frozen=True)
class Due:
    kind: Line
    reference: str
    amount: Decimal
    basis: str
    fact: str
    taxable: bool = True


def matters(course: Course, window: Window, rule: int | None) -> bool:
    """Whether the course's state at the cut-off can bring or cost anything in this window."""
    outcome = course.at(window.cutoff)
    if outcome.last is None:
        return False
    if outcome.passed:
        return outcome.last.on >= window.pays_from and not course.is_paid
    return outcome.last.on >= window.costs_from and rule is not None and may_cost(course)


def may_cost(course: Course) -> bool:
    return course.training in (TrainingClass.SPECIAL, TrainingClass.ONBOARDING)


def due_of(pay: MonthsPay, courses: Iterable[Course], window: Window, rule: int | None) -> tuple[Due, ...]:
    """An employee's lines of the month. The share that may be withheld is the month's, not each course's, so however
    many were missed there is one line, under the first of them."""
    counted = [course for course in courses if matters(course, window, rule)]
    earned = [due for course in counted for due in brought(pay, course, window)]
    missed = [course for course in counted if not course.at(window.cutoff).passed]
    return (*earned, *cost(pay, missed, window, rule))


def brought(pay: MonthsPay, course: Course, window: Window) -> Iterator[Due]:
    outcome = course.at(window.cutoff)
    if not outcome.passed or outcome.last is None:
        return
    made, on, fact = allowances(pay, outcome, course.training), outcome.last.on, outcome.last.news
    if made.subsidy:
        basis = f"培训补贴: {percent(STANDARD.subsidy)} of the month's wage, passed on {on}"
        yield Due("TRAINING_SUBSIDY", course.course, made.subsidy, basis, fact)
    if made.excellence:
        why = f"{STANDARD.excellent_from} or more at the first attempt"
        basis = f"优秀奖励: {percent(STANDARD.excellence)} of the month's wage, {why}"
        yield Due("EXCELLENCE", course.course, made.excellence, basis, fact)


def cost(pay: MonthsPay, missed: list[Course], window: Window, rule: int | None) -> Iterator[Due]:
    if not missed or rule is None:
        return
    outcome = missed[0].at(window.cutoff)
    withheld = allowances(pay, outcome, missed[0].training).bonus_withheld
    if withheld and outcome.last:
        named = ", ".join(course.course for course in missed[:5]) + (" …" if len(missed) > 5 else "")
        at_most = f"at most {percent(STANDARD.withheld_at_most)} of the month's wage and never more than the bonus"
        basis = f"bonus rule {rule} (劳动合同法4): not passed by {window.cutoff}: {named}; {at_most}"
        yield Due("BONUS_WITHHELD", missed[0].course, withheld, basis, outcome.last.news)
