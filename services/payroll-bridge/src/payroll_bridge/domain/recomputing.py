"""Payroll's lines recomputed: each closing of a month decided again, on what was known before it, by the same rules."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements import DamagesAssessed, DamagesReversed
from contracts.envelope import Event, Fact, Period
from contracts.learning import (
    CoursePublished,
    ExamFailed,
    ExamPassed,
    TrainingCompleted,
    TrainingOverdue,
    TrainingVoided,
)
from contracts.payroll_bridge import (
    AdjustmentProposed,
    AdjustmentWithdrawn,
    BonusRuleAdopted,
    ConsentGiven,
    DamagesDeducted,
    PayrollClosed,
    WageSet,
)
from contracts.people import EmployeeHired, EmployeeLeft, LeavingCorrected
from payroll_bridge.domain import adjustments, claim, payroll
from payroll_bridge.domain.bonus_rule import in_force as rule_in_force
from payroll_bridge.domain.closing import NO_PLACE, Decider, Owed, Place, planned, settle, take_back
from payroll_bridge.domain.lines import PayLine, line_of, taken_back
from payroll_bridge.domain.month import window_of
from payroll_bridge.domain.pay import NOTHING, MonthsPay
from payroll_bridge.domain.results import Place as ResultPlace
from payroll_bridge.domain.results import (
    Result,
    courses_in,
    fallen_with,
    paid_for_voided,
    result_of,
    withheld_from_passed,
)
from payroll_bridge.domain.wage import SealedWage, in_force

Recomputed = tuple[Event[Fact], Fact | None, Fact | str | None]
Open = Callable[[Mapping[str, SealedWage]], Mapping[str, MonthsPay | None]]
"""The pay of each sealed wage; None where its key is gone."""
SEALED = "the wage is sealed, and it was not asked to open wages"
GONE = "the wage cannot be opened any more: its key is gone"
LinePlace = tuple[str, Period, str, str]


@dataclass
class Known:
    """What payroll-bridge knows at a moment of its history. It keeps the books of a closing in memory."""

    results: dict[ResultPlace, Result] = field(default_factory=dict[ResultPlace, Result])
    classes: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    owed: dict[str, Owed] = field(default_factory=dict[str, Owed])
    wages: dict[tuple[str, Period], SealedWage] = field(default_factory=dict[tuple[str, Period], SealedWage])
    rules: dict[int, date] = field(default_factory=dict[int, date])
    lines: dict[LinePlace, PayLine] = field(default_factory=dict[LinePlace, PayLine])
    reversals: list[PayLine] = field(default_factory=list[PayLine])
    closed: dict[Period, date] = field(default_factory=dict[Period, date])
    states: dict[UUID, Any] = field(default_factory=dict[UUID, Any])

    def take_in(self, fact: Fact, event: str, stream: UUID) -> None:
        self._hear(fact, event)
        self._keep(fact, stream)

    def _hear(self, fact: Fact, event: str) -> None:
        match fact:
            case ExamPassed() | ExamFailed() | TrainingOverdue() | TrainingCompleted():
                self._attempted(result_of(fact, event))
            case TrainingVoided():
                for place in fallen_with(fact.completion, self._results_of(fact.employee)):
                    self.results[place] = replace(self.results[place], voided=True)
            case CoursePublished() if self.classes.get(fact.course, (0, ""))[0] <= fact.course_version:
                self.classes[fact.course] = fact.course_version, fact.course_class
            case EmployeeHired():
                self.places.setdefault(fact.employee, Place(fact.region, None))
            case EmployeeLeft() | LeavingCorrected() if fact.employee in self.places:
                self.places[fact.employee] = replace(self.places[fact.employee], last_day=fact.last_day)
            case DamagesAssessed():
                self.owed[fact.employee] = replace(self._owed(fact.employee), assessed=fact.amount, assessment=event)
            case DamagesReversed():
                self.owed[fact.employee] = replace(self._owed(fact.employee), assessed=NOTHING, assessment=event)
            case _:
                pass

    def _keep(self, fact: Fact, stream: UUID) -> None:
        match fact:
            case WageSet():
                told = fact.monthly_wage, fact.performance_bonus, fact.minimum_wage
                wage = SealedWage(fact.employee, fact.first_period, *told)
                self.wages[fact.employee, fact.first_period] = wage
            case BonusRuleAdopted():
                self.rules[fact.rule] = fact.first_day
            case AdjustmentProposed():
                self.lines.setdefault((fact.employee, fact.period, fact.kind, fact.reference), line_of(fact))
                self._evolve(adjustments, stream, fact)
            case AdjustmentWithdrawn():
                place = fact.employee, fact.period, fact.kind, fact.reference
                if place in self.lines:
                    self.lines[place], reversal = taken_back(self.lines[place], fact)
                    self.reversals.append(reversal)
                self._evolve(adjustments, stream, fact)
            case ConsentGiven() | DamagesDeducted():
                if isinstance(fact, DamagesDeducted):
                    owed = self._owed(fact.employee)
                    self.owed[fact.employee] = replace(owed, deducted=owed.deducted + fact.amount)
                self._evolve(claim, stream, fact)
            case PayrollClosed():
                self.closed[fact.period] = fact.cutoff
            case _:
                pass

    def _evolve(self, decider: Decider, stream: UUID, fact: Fact) -> None:
        self.states[stream] = decider.evolve(self.states.get(stream, decider.initial), fact)

    def _attempted(self, told: Result) -> None:
        held = self.results.get(told.place)
        kept = held or told
        self.results[told.place] = replace(kept, completion=told.completion) if told.completion else kept

    def _results_of(self, employee: str) -> list[Result]:
        return [each for each in self.results.values() if each.employee == employee]

    def _owed(self, employee: str) -> Owed:
        return self.owed.get(employee, Owed(employee, NOTHING, "", Decimal()))

    def copied(self) -> "Known":
        return replace(self, **{name: copy(held) for name, held in vars(self).items()})


@dataclass
class BooksInMemory:
    """The books of one closing: what it decides is kept here, and nowhere else."""

    known: Known
    decided: list[Fact] = field(default_factory=list[Fact])

    def decide(self, decider: Decider, stream: UUID, command: object) -> Sequence[Fact]:
        facts: Sequence[Fact] = decider.decide(command, self.state(decider, stream))
        for fact in facts:
            self.known.take_in(fact, "", stream)
        self.decided.extend(facts)
        return facts

    def state(self, decider: Decider, stream: UUID) -> Any:
        return self.known.states.get(stream, decider.initial)

    def lines_of(self, period: Period) -> list[PayLine]:
        return [line for line in (*self.known.lines.values(), *self.known.reversals) if line.period == period]


@dataclass
class Closing:
    """What one closing recorded, in one Work, and what was known before it."""

    before: Known
    events: list[Event[Fact]] = field(default_factory=list[Event[Fact]])


def recomputed(events: Iterable[Event[Fact]], open_wages: Open | None = None) -> Iterator[Recomputed]:
    """Each line, deduction and closing beside what the rules decide; what they decide beyond it is missing there."""
    known, closings = Known(), dict[tuple[UUID, datetime], Closing]()
    for event in events:
        if isinstance(event.fact, AdjustmentProposed | AdjustmentWithdrawn | DamagesDeducted | PayrollClosed):
            work = event.correlation, event.time
            if work not in closings:
                closings[work] = Closing(known.copied())
            closings[work].events.append(event)
        known.take_in(event.fact, str(event.id), event.stream)
    for each in closings.values():
        yield from closed_anew(each, open_wages)


def closed_anew(closing: Closing, open_wages: Open | None) -> Iterator[Recomputed]:
    closed = next((event for event in closing.events if isinstance(event.fact, PayrollClosed)), None)
    if closed is None or not isinstance(closed.fact, PayrollClosed):
        for event in closing.events:
            yield event, event.fact, "the closing of its month is not among the events"
        return
    decided, gone = decided_anew(closing.before, closed.fact.period, closed.fact.cutoff, open_wages)
    expected = {_identity(fact): fact for fact in decided}
    for event in closing.events:
        made = expected.pop(_identity(event.fact), None)
        why = _untold(event.fact, gone, opens=open_wages is not None)
        yield event, event.fact, why or made
    for fact in expected.values():
        if not _untold(fact, gone, opens=open_wages is not None):
            yield closed, None, fact


def decided_anew(
    before: Known, period: Period, cutoff: date, open_wages: Open | None
) -> tuple[Sequence[Fact], frozenset[str]]:
    """What closing a month decides, and whose wage could not be opened."""
    books = BooksInMemory(before.copied())
    known = books.known
    newest = max(known.closed.items(), default=None)
    late = (line for line in known.lines.values() if newest and line.period == newest[0])
    from_passed = withheld_from_passed(late, known.results.values(), newest[1]) if newest else []
    take_back(books, period, paid_for_voided(known.lines.values(), known.results.values()), from_passed)
    window = window_of(period, cutoff, newest)
    classes = {course: named for course, (_, named) in known.classes.items()}
    courses = courses_in(window, known.results.values(), known.lines.values(), classes)
    places = {who: known.places.get(who, NO_PLACE) for who in courses.keys() | known.owed.keys()}
    plan = planned(window, rule_in_force(known.rules.items(), cutoff), courses, known.owed.values(), places)
    sealed = {who: it for who, it in in_force(known.wages.values(), period).items() if who in plan.employees}
    opened = open_wages(sealed) if open_wages else dict.fromkeys(sealed)
    command = settle(books, plan, {who: pay for who, pay in opened.items() if pay})
    return (*books.decided, *payroll.decide(command, payroll.initial)), frozenset(
        w for w, pay in opened.items() if not pay
    )


def _identity(fact: Fact) -> tuple[object, ...]:
    named = ("employee", "period", "kind", "reference")
    return type(fact), *(getattr(fact, name, None) for name in named)


def _untold(fact: Fact, gone: frozenset[str], *, opens: bool) -> str | None:
    """Why a figure that rests on a wage cannot be told. What is taken back rests on the line, and on no wage."""
    if isinstance(fact, AdjustmentWithdrawn):
        return None
    rests_on_one = bool(gone) if isinstance(fact, PayrollClosed) else getattr(fact, "employee", None) in gone
    return (GONE if opens else SEALED) if rests_on_one else None
