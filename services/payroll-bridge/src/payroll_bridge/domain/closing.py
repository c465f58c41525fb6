"""The closing of a month 结算: what earlier months paid wrongly is taken back, and what this one brings is settled."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from contracts.envelope import Fact, Period
from contracts.payroll_bridge import DamagesDeducted
from payroll_bridge.domain import adjustments, claim
from payroll_bridge.domain.adjustments import ProposeAdjustment, WithdrawAdjustment
from payroll_bridge.domain.claim import DeductDamages
from payroll_bridge.domain.lines import PayLine, sums_of
from payroll_bridge.domain.month import Course, Due, Window, due_of, matters
from payroll_bridge.domain.pay import NOTHING, MonthsPay
from payroll_bridge.domain.payroll import CloseMonth, days_of
from payroll_bridge.domain.regions import RULED_BY, rule_of
from payroll_bridge.domain.streams import stream_of

REGION_UNKNOWN = "REGION_UNKNOWN"


@dataclass(frozen=True)
class Place:
    """Where somebody works, and until when they are on the payroll."""

    region: str
    last_day: date | None


NO_PLACE = Place("", None)


@dataclass(frozen=True)
class Owed:
    """A claim for damages: how much was assessed, and how much of it wages have paid."""

    employee: str
    assessed: Decimal
    assessment: str
    deducted: Decimal

    @property
    def to_return(self) -> Decimal:
        """What was deducted for a claim that then fell away."""
        return max(self.deducted - self.assessed, NOTHING)

    @property
    def is_open(self) -> bool:
        return self.assessed > self.deducted


class Decider(Protocol):
    """A module of the rules."""

    @property
    def initial(self) -> Any: ...
    @property
    def decide(self) -> Callable[[Any, Any], Sequence[Fact]]: ...
    @property
    def evolve(self) -> Callable[[Any, Any], Any]: ...


class Books(Protocol):
    """Where a closing is written: the streams of the service, in a Work or in memory."""

    def decide(self, decider: Decider, stream: UUID, command: object) -> Sequence[Fact]:
        """Decides a command and keeps what happened, which is returned."""
        ...

    def state(self, decider: Decider, stream: UUID) -> Any: ...
    def lines_of(self, period: Period) -> Iterable[PayLine]: ...


@dataclass(frozen=True)
class Plan:
    """What a closing has to settle: results that bring or cost something, and claims with something still owed."""

    window: Window
    rule: int | None
    courses: Mapping[str, Sequence[Course]]
    claims: Mapping[str, Owed]
    places: Mapping[str, Place]

    @property
    def employees(self) -> set[str]:
        return self.courses.keys() | self.claims.keys()

    def rule_for(self, employee: str) -> int | None:
        """Who left before the month has no bonus in it that could be withheld."""
        return self.rule if employed_in(self.window, self.places.get(employee, NO_PLACE)) else None


def employed_in(window: Window, place: Place) -> bool:
    return place.last_day is None or place.last_day >= days_of(window.period)[0]


def planned(
    window: Window,
    rule: int | None,
    courses: Mapping[str, Sequence[Course]],
    claims: Iterable[Owed],
    places: Mapping[str, Place],
) -> Plan:
    """The plan of a month out of all that is known: courses that matter, and open claims of who is still paid."""
    known = Plan(window, rule, courses, {}, places)
    counted = {
        who: those
        for who, theirs in courses.items()
        if (those := [course for course in theirs if matters(course, window, known.rule_for(who))])
    }
    staying = {
        it.employee: it for it in claims if it.is_open and employed_in(window, places.get(it.employee, NO_PLACE))
    }
    return Plan(window, rule, counted, staying, places)


def settle(books: Books, plan: Plan, pays: Mapping[str, MonthsPay]) -> CloseMonth:
    """Proposes the lines of the month and deducts what is owed; what closes the month says what that came to."""
    period, left = plan.window.period, dict(pays)
    blocked = blocked_claims(books, plan)
    for who, courses in sorted(plan.courses.items()):
        if pay := left.get(who):
            due = due_of(pay, courses, plan.window, plan.rule_for(who))
            propose(books, period, who, due)
            withheld = sum((it.amount for it in due if it.kind == "BONUS_WITHHELD"), NOTHING)
            left[who] = MonthsPay(pay.wage - withheld, pay.minimum_wage, pay.performance_bonus - withheld)
    payable = [owed for who, owed in sorted(plan.claims.items()) if who not in blocked]
    for owed in payable:
        if pay := left.get(owed.employee):
            deduct(books, plan.window, owed, pay, plan.places[owed.employee])
    needed = plan.courses.keys() | {owed.employee for owed in payable}
    sums = sums_of(books.lines_of(period))
    without = tuple(sorted(needed - left.keys()))
    return CloseMonth(period, plan.window.cutoff, sums.lines, sums.paid, sums.withheld, without, blocked)


def propose(books: Books, period: Period, employee: str, due: Iterable[Due]) -> None:
    for it in due:
        command = ProposeAdjustment(
            employee, period, it.kind, it.reference, it.amount, it.basis, taxable=it.taxable, fact=it.fact
        )
        books.decide(adjustments, stream_of("adjustments", employee), command)


def blocked_claims(books: Books, plan: Plan) -> dict[str, str]:
    """Whose claim waits in this month, and why."""
    blocked: dict[str, str] = {}
    for who in sorted(plan.claims):
        region = plan.places.get(who, NO_PLACE).region
        if region not in RULED_BY:
            blocked[who] = REGION_UNKNOWN
        elif why := claim.blocked_by(books.state(claim, stream_of("claim", who)), rule_of(region, plan.window.cutoff)):
            blocked[who] = why.value
    return blocked


def deduct(books: Books, window: Window, owed: Owed, pay: MonthsPay, place: Place) -> None:
    command = DeductDamages(owed.employee, window.period, owed.assessed, pay, rule_of(place.region, window.cutoff))
    for taken in books.decide(claim, stream_of("claim", owed.employee), command):
        if isinstance(taken, DamagesDeducted):
            basis = f"违约金: written consent, {taken.limit}"
            due = Due("DAMAGES_DEDUCTION", owed.assessment, taken.amount, basis, owed.assessment, taxable=False)
            propose(books, window.period, owed.employee, (due,))


def take_back(books: Books, period: Period, for_voided: Iterable[PayLine], from_passed: Iterable[PayLine]) -> None:
    """Corrects in this period what an earlier one paid or withheld on facts that were others, as was heard since."""
    for line in for_voided:
        withdraw(books, line, period, "the completion did not happen as recorded")
    for line in from_passed:
        withdraw(books, line, period, "passed by the cut-off, as was heard later")


def withdraw(books: Books, line: PayLine, corrected_in: Period, reason: str) -> None:
    command = WithdrawAdjustment(
        line.employee, line.period, line.kind, line.reference, reason, line.fact, corrected_in=corrected_in
    )
    books.decide(adjustments, stream_of("adjustments", line.employee), command)
