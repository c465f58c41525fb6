"""What payroll-bridge does when asked to close a month: all of it in one Work, which only the chassis commits."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from chassis.keeping.work import Asked, Work
from contracts import Refusal
from contracts.envelope import Period
from contracts.payroll_bridge import DamagesDeducted
from payroll_bridge.domain import adjustments, claim, payroll
from payroll_bridge.domain.adjustments import ProposeAdjustment, WithdrawAdjustment
from payroll_bridge.domain.claim import DeductDamages
from payroll_bridge.domain.month import Course, Due, Window, due_of, matters, window_of
from payroll_bridge.domain.pay import NOTHING, MonthsPay
from payroll_bridge.domain.payroll import CloseMonth, LaterPeriodClosed
from payroll_bridge.domain.regions import RULED_BY, rule_of
from payroll_bridge.handlers.keeping import OpenedWage, stream_of
from payroll_bridge.views.bonus_rules import rule_on
from payroll_bridge.views.claims import ClaimRow, open_claims
from payroll_bridge.views.lines import LineRow, paid_for_voided, sums_of, withheld_from_passed
from payroll_bridge.views.periods import PeriodRow, newest_closed, period_row
from payroll_bridge.views.results import courses_in
from payroll_bridge.views.staff import Place, places_of
from payroll_bridge.views.wages import SealedWage, wages_in

REGION_UNKNOWN = "REGION_UNKNOWN"
NO_PLACE = Place("", None)


@dataclass(eq=False)
class MonthMoved(Refusal):
    """A wage or a result came while the month was being closed. Nothing was closed: ask again."""

    employee: str


@dataclass(frozen=True)
class Plan:
    """What a closing has to settle: results that bring or cost something, and claims with something still owed."""

    window: Window
    rule: int | None
    courses: dict[str, list[Course]]
    claims: dict[str, ClaimRow]
    places: dict[str, Place]

    @property
    def employees(self) -> set[str]:
        return self.courses.keys() | self.claims.keys()

    def rule_for(self, employee: str) -> int | None:
        """Who left before the month has no bonus in it that could be withheld."""
        return self.rule if employed_in(self.window, self.places.get(employee, NO_PLACE)) else None


def employed_in(window: Window, place: Place) -> bool:
    return place.last_day is None or place.last_day >= payroll.days_of(window.period)[0]


def plan_of(asked: Asked, period: Period, cutoff: date) -> Plan:
    newest = newest_closed(asked)
    window = window_of(period, cutoff, (newest.period, newest.cutoff) if newest else None)
    found, claims = dict(courses_in(asked, window)), {it.employee: it for it in open_claims(asked)}
    places = places_of(asked, found.keys() | claims.keys())
    staying = {who: it for who, it in claims.items() if employed_in(window, places.get(who, NO_PLACE))}
    plan = Plan(window, rule_on(asked, cutoff), {}, staying, places)
    for who, theirs in found.items():
        if counted := [course for course in theirs if matters(course, window, plan.rule_for(who))]:
            plan.courses[who] = counted
    return plan


def wages_to_open(asked: Asked, period: Period, cutoff: date) -> dict[str, SealedWage]:
    """The wages that closing this month will need, to be opened before its Work begins."""
    if period_row(asked, period):
        return {}
    return wages_in(asked, plan_of(asked, period, cutoff).employees, period)


def close_month(work: Work, period: Period, cutoff: date, wages: Mapping[str, OpenedWage]) -> dict[str, Any]:
    """Settles a month, once: asking again answers the same. Refuses with MonthMoved."""
    stream = stream_of("payroll", period)
    standing = work.state(payroll, stream)
    if standing is None:
        payroll.may_be_cut_off(period, cutoff, work.today)
        newest = newest_closed(work)
        if newest and newest.period > period:
            raise LaterPeriodClosed(period, newest.period)
        take_back(work, period, newest)
        settle(work, stream, plan_of(work, period, cutoff), wages)
    else:
        payroll.same_cutoff(cutoff, standing)
    row = period_row(work, period)
    return {name: it for name, it in asdict(row).items() if name != "file"} if row else {}


def settle(work: Work, stream: UUID, plan: Plan, wages: Mapping[str, OpenedWage]) -> None:
    period, cutoff = plan.window.period, plan.window.cutoff
    pays = pays_of(work, plan, wages)
    work.batch.load(stream_of(kind, who) for who in plan.employees for kind in ("adjustments", "claim"))
    blocked = blocked_claims(work, plan)
    for who, courses in sorted(plan.courses.items()):
        if pay := pays.get(who):
            due = due_of(pay, courses, plan.window, plan.rule_for(who))
            propose(work, period, who, due)
            withheld = sum((it.amount for it in due if it.kind == "BONUS_WITHHELD"), NOTHING)
            pays[who] = MonthsPay(pay.wage - withheld, pay.minimum_wage, pay.performance_bonus - withheld)
    payable = [row for who, row in sorted(plan.claims.items()) if who not in blocked]
    for row in payable:
        if pay := pays.get(row.employee):
            deduct(work, plan.window, row, pay, plan.places[row.employee])
    needed = plan.courses.keys() | {row.employee for row in payable}
    sums = sums_of(work, period)
    closing = CloseMonth(
        period, cutoff, sums.lines, sums.paid, sums.withheld, tuple(sorted(needed - pays.keys())), blocked
    )
    work.decide(payroll, stream, closing)


def pays_of(work: Work, plan: Plan, wages: Mapping[str, OpenedWage]) -> dict[str, MonthsPay]:
    pays: dict[str, MonthsPay] = {}
    for who, now in wages_in(work, plan.employees, plan.window.period).items():
        held = wages.get(who)
        if held is None or held.sealed != now:
            raise MonthMoved(who)
        if held.pay:
            pays[who] = held.pay
    return pays


def propose(work: Work, period: Period, employee: str, due: Iterable[Due]) -> None:
    for it in due:
        command = ProposeAdjustment(
            employee, period, it.kind, it.reference, it.amount, it.basis, taxable=it.taxable, fact=it.fact
        )
        work.decide(adjustments, stream_of("adjustments", employee), command)


def blocked_claims(work: Work, plan: Plan) -> dict[str, str]:
    """Whose claim waits in this month, and why."""
    blocked: dict[str, str] = {}
    for who in sorted(plan.claims):
        region = plan.places.get(who, NO_PLACE).region
        if region not in RULED_BY:
            blocked[who] = REGION_UNKNOWN
        elif why := claim.blocked_by(work.state(claim, stream_of("claim", who)), rule_of(region, plan.window.cutoff)):
            blocked[who] = why.value
    return blocked


def deduct(work: Work, window: Window, row: ClaimRow, pay: MonthsPay, place: Place) -> None:
    rule, before = rule_of(place.region, window.cutoff), len(work.decided)
    command = DeductDamages(row.employee, window.period, row.assessed, pay, rule)
    work.decide(claim, stream_of("claim", row.employee), command)
    for taken in [event.fact for event in work.decided[before:] if isinstance(event.fact, DamagesDeducted)]:
        basis = f"违约金: written consent, {taken.limit}"
        due = Due("DAMAGES_DEDUCTION", row.assessment, taken.amount, basis, row.assessment, taxable=False)
        propose(work, window.period, row.employee, (due,))


def take_back(work: Work, period: Period, newest: PeriodRow | None) -> None:
    """Corrects in this period what an earlier one paid or withheld on facts that were others, as was heard since."""
    for line in paid_for_voided(work):
        withdraw(work, line, period, "the completion did not happen as recorded")
    if newest:
        for line in withheld_from_passed(work, newest.period, newest.cutoff):
            withdraw(work, line, period, "passed by the cut-off, as was heard later")


def withdraw(work: Work, line: LineRow, corrected_in: Period, reason: str) -> None:
    command = WithdrawAdjustment(
        line.employee, line.period, line.kind, line.reference, reason, line.fact, corrected_in=corrected_in
    )
    work.decide(adjustments, stream_of("adjustments", line.employee), command)
